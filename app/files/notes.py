"""A note: a few words for whoever looks at this customer next. Called by the API inside a write, and by the worker."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update

from app.db import db
from app.errors import NotFound
from app.files.store import REMOVED_FOR
from app.models import FollowUp, Note, Person, happened


def add(follow_up: FollowUp, person: Person, id_: UUID, text: str, now: datetime) -> tuple[Note, bool]:
    """The same id again is the same note, and False. Raises NotFound when it is another follow-up's."""
    known = db.session.get(Note, id_)
    if known is not None:
        if known.group_id != follow_up.group_id or known.follow_up_id != follow_up.id:
            raise NotFound("This note belongs to something else.")
        return known, False
    note = Note(
        id=id_,
        group_id=follow_up.group_id,
        customer_id=follow_up.customer_id,
        follow_up_id=follow_up.id,
        person_id=person.id,
        text=text,
        created_at=now,
    )
    db.session.add(note)
    db.session.flush()
    happened("note_added", follow_up, now, person_id=person.id, note=str(id_))
    return note, True


def of_group(id_: UUID, group_id: UUID) -> Note:
    """A note, also a removed one: its removal may be undone. Raises NotFound."""
    note = db.session.get(Note, id_)
    if note is None or note.group_id != group_id:
        raise NotFound("We cannot find this note.")
    return note


def sweep(now: datetime) -> None:
    """The words of removed notes go when undo is over. Inside a write."""
    over = Note.removed_at <= now - REMOVED_FOR
    db.session.execute(update(Note).where(over, Note.text != "").values(text=""))
