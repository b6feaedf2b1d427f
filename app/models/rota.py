"""When somebody is away, and who is on call outside opening hours."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.models.base import Model, Owned, belongs, owned


class Absence(Owned, Model):
    """From when to when somebody is away; the deputy sees their customers meanwhile (an absence needs one)."""

    __tablename__ = "absence"
    __table_args__ = owned(
        belongs("person_id", "person"),
        belongs("deputy_id", "person"),
        CheckConstraint("ends_at > starts_at", name="ends_later"),
        Index(None, "group_id", "person_id", "ends_at"),
    )
    person_id: Mapped[UUID]
    deputy_id: Mapped[UUID]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class OnCall(Owned, Model):
    """A volunteer who is told about leads outside opening hours, from when to when."""

    __tablename__ = "on_call"
    __table_args__ = owned(
        belongs("showroom_id", "showroom"),
        belongs("person_id", "person"),
        CheckConstraint("ends_at > starts_at", name="ends_later"),
        Index(None, "group_id", "showroom_id", "ends_at"),
    )
    showroom_id: Mapped[UUID]
    person_id: Mapped[UUID]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
