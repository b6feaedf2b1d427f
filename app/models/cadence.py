"""A showroom's own cadence, one row a version: a running follow-up keeps the version it began with."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.models.base import Model, Owned, belongs, owned


class CadenceVersion(Owned, Model):
    """Never changed once written: editing makes the next version, which new follow-ups begin with."""

    __tablename__ = "cadence"
    __table_args__ = owned(
        belongs("showroom_id", "showroom"),
        belongs("created_by_id", "person"),
        # a follow-up names its cadence by name and version, also after a handover to another showroom
        UniqueConstraint("group_id", "name", "version"),
    )
    showroom_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(String(40))
    """Which of the two it replaces: six_in_ten (calls) or written."""
    version: Mapped[int]
    """From 2 on, counted in the whole group; 1 is the cadence every showroom starts with."""
    data: Mapped[dict[str, Any]]
    """The steps as ``app.cadence.steps.Cadence.to_json`` writes them, with the showroom's own texts."""
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    created_by_id: Mapped[UUID | None]
