"""Take a photo, a video or a note away, and put it back while that can be undone.

Called by the API inside a write. Content and words go for good when undo is over: the file's with ``store.sweep``,
the note's with ``notes.sweep``.
"""

from datetime import datetime, timedelta

from app.errors import Gone, NotAllowed
from app.models import File, FollowUp, Note, Person, happened

UNDO = timedelta(hours=1)
"""The screen offers it for 8 seconds; a phone without a network may send it later."""


def may_remove(thing: File | Note, person: Person) -> bool:
    """Who added it, and a manager."""
    return thing.person_id == person.id or person.manages


def remove(thing: File | Note, follow_up: FollowUp, person: Person, now: datetime) -> None:
    """Nobody sees it any more. Removing twice is removing once. Raises NotAllowed."""
    _check(thing, person)
    if thing.removed_at is None:
        thing.removed_at = now
        _tell("removed", thing, follow_up, person, now)


def restore(thing: File | Note, follow_up: FollowUp, person: Person, now: datetime) -> None:
    """Undo. Raises NotAllowed, and Gone when it was removed more than ``UNDO`` ago."""
    _check(thing, person)
    if thing.removed_at is None:
        return
    if thing.removed_at <= now - UNDO:
        raise Gone("It was removed too long ago.", code="removed")
    thing.removed_at = None
    _tell("restored", thing, follow_up, person, now)


def _check(thing: File | Note, person: Person) -> None:
    if not may_remove(thing, person):
        raise NotAllowed("Only whoever added this, or a manager, can remove it.")


def _tell(what: str, thing: File | Note, follow_up: FollowUp, person: Person, now: datetime) -> None:
    if isinstance(thing, Note):
        happened(f"note_{what}", follow_up, now, person_id=person.id, note=str(thing.id))
    else:
        happened(
            f"file_{what}", follow_up, now, person_id=person.id, file=str(thing.id), kind=thing.kind.value
        )
