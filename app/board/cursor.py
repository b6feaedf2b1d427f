"""Where a reader of events stands. Opaque to clients; read in commit order so that no event is ever skipped.

PostgreSQL: the pair (transaction id, event id), only below the oldest running transaction: an event with a lower id may
commit later, and reading by id alone loses it. SQLite has one writer at a time, so the id is enough.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import literal_column as column
from sqlalchemy import select, text, tuple_

from app.db import db, is_sqlite
from app.models import Event


@dataclass(frozen=True, order=True)
class Cursor:
    """After which event."""

    xid: int
    id: int

    def __str__(self) -> str:
        return f"{self.xid}-{self.id}"


def parse(value: object) -> Cursor | None:
    """A cursor from a client's text, or None when it is not one."""
    xid, dash, id_ = str(value).partition("-")
    if not dash or not xid.isdigit() or not id_.isdigit() or len(str(value)) > 60:
        return None
    return Cursor(int(xid), int(id_))


def newest() -> Cursor:
    """The last event that everybody can see by now."""
    if is_sqlite():
        last = "SELECT 0, coalesce(max(id), 0) FROM event"
    else:
        last = (
            "SELECT xid::text::bigint, id FROM event WHERE xid < pg_snapshot_xmin(pg_current_snapshot())"
            " ORDER BY event.xid DESC, event.id DESC LIMIT 1"  # "xid" alone is the text above: every event, sorted
        )
    found = db.session.execute(text(last)).first()
    return Cursor(int(found[0]), int(found[1])) if found else Cursor(0, 0)


def known(cursor: Cursor) -> bool:
    """Whether this place exists here: false after the database went back to a backup."""
    return cursor <= newest()


def after(cursor: Cursor, limit: int, showroom: UUID | None = None, group: UUID | None = None) -> list[Event]:
    """The next events in commit order, for everybody or for one group or showroom."""
    query = select(Event).limit(limit)
    if is_sqlite():
        query = query.where(Event.id > cursor.id).order_by(Event.id)
    else:
        here = tuple_(column("event.xid"), Event.id)
        query = query.where(
            here > tuple_(text(f"'{cursor.xid}'::xid8"), cursor.id),
            text("event.xid < pg_snapshot_xmin(pg_current_snapshot())"),
        ).order_by(column("event.xid"), Event.id)
    if group is not None:
        query = query.where(Event.group_id == group)
    if showroom is not None:
        query = query.where(Event.showroom_id == showroom)
    return list(db.session.scalars(query))


def of(event: Event) -> Cursor:
    """The place of this event."""
    return Cursor(int(event.xid or 0), event.id)
