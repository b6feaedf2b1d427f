"""Events: past-tense facts, append-only, with ids, enums and numbers and never names or text.

Written in the transaction of the change they tell; read in order by the feed (``app.board.feed``).
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from sqlalchemy import FetchedValue, ForeignKey, Index, String, Table, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from app.db import BigId
from app.models.base import Model
from app.rows import put_values

if TYPE_CHECKING:
    from app.models.follow_up import FollowUp


class Xid(UserDefinedType[str]):
    """PostgreSQL's 64-bit transaction id: with the row id it orders events by commit without losing one."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "XID8"


@compiles(Xid, "sqlite")
def _xid_on_sqlite(_type: Xid, _compiler: Any, **_: Any) -> str:
    return "INTEGER"


ABOUT_A_LEAD = text("lead_id IS NOT NULL")


class Event(Model):
    """``xid`` is filled by the database (PostgreSQL default, set in the migration); on SQLite the id is enough."""

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_order", "xid", "id"),
        Index(None, "group_id", "follow_up_id"),
        Index("ix_event_lead", "lead_id", sqlite_where=ABOUT_A_LEAD, postgresql_where=ABOUT_A_LEAD),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    xid: Mapped[str | None] = mapped_column(Xid, server_default=FetchedValue())
    group_id: Mapped[UUID] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"))
    showroom_id: Mapped[UUID | None]
    follow_up_id: Mapped[UUID | None]
    lead_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    attempt_id: Mapped[UUID | None]
    type: Mapped[str] = mapped_column(String(40))
    version: Mapped[int] = mapped_column(default=1)
    at: Mapped[datetime]
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)


EVENT = cast(Table, Event.__table__)


def append(
    type_: str,
    at: datetime,
    *,
    group_id: UUID,
    showroom_id: UUID | None = None,
    follow_up_id: UUID | None = None,
    lead_id: UUID | None = None,
    person_id: UUID | None = None,
    attempt_id: UUID | None = None,
    **data: str | int | float | bool | None,
) -> None:
    """Write one event in the running transaction. ``data`` holds enums and numbers only, never names or text."""
    event = {
        "type": type_,
        "version": 1,
        "at": at,
        "group_id": group_id,
        "showroom_id": showroom_id,
        "follow_up_id": follow_up_id,
        "lead_id": lead_id,
        "person_id": person_id,
        "attempt_id": attempt_id,
        "data": data,
    }
    put_values(EVENT, event)


def happened(
    type_: str,
    follow_up: "FollowUp",
    at: datetime,
    *,
    person_id: UUID | None = None,
    lead_id: UUID | None = None,
    attempt_id: UUID | None = None,
    **data: str | int | float | bool | None,
) -> None:
    """``append`` for what happens in a follow-up."""
    append(
        type_,
        at,
        group_id=follow_up.group_id,
        showroom_id=follow_up.showroom_id,
        follow_up_id=follow_up.id,
        lead_id=lead_id,
        person_id=person_id,
        attempt_id=attempt_id,
        **data,
    )
