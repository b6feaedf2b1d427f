"""One number, two readings: a Belgian mobile typed without its country is a valid Dutch landline. Both are kept, and
the salesperson switches with one tap.

In: a number as typed and the showroom's country. Out: every reading worth offering, the first one first. Called by the
follow-up's shape and the API.
"""

from datetime import datetime
from functools import lru_cache

from sqlalchemy import select

from app.assignment import assign
from app.cadence import record
from app.db import db
from app.errors import Unreadable
from app.intake.phones import read_phones
from app.models import MATCHES, ContactPoint, Customer, FollowUp, Person, PointKind, Showroom, happened


@lru_cache(maxsize=4096)
def readings(raw: str, country: str) -> tuple[str, ...]:
    """E.164 readings of one field; () where there is nothing to choose."""
    found = next(iter(read_phones(raw, country)), None)
    if found is None:
        return ()
    every = tuple(dict.fromkeys([*([found.e164] if found.e164 else []), *found.readings]))
    return every if len(every) > 1 or not found.e164 else ()


def choose(
    point: ContactPoint, e164: str, showroom: Showroom, follow_up: FollowUp | None, by: Person, now: datetime
) -> None:
    """Dial this reading from now on. Inside a write. Raises Unreadable when the number cannot be read so.

    If the number in this reading is known to be somebody else's it is dialled, and matched on no more.
    """
    if point.kind is not PointKind.PHONE or e164 not in readings(point.raw, showroom.country):
        raise Unreadable("This number cannot be read so.", fields={"e164": "Not one of its readings."})
    if point.value == e164:
        return
    taken = select(ContactPoint.id).where(
        ContactPoint.group_id == point.group_id,
        ContactPoint.kind == PointKind.PHONE,
        ContactPoint.value == e164,
        MATCHES,
        ContactPoint.id != point.id,
    )
    point.matches = db.session.scalar(taken.limit(1)) is None
    point.value, point.wrong_at = e164, None
    db.session.flush()
    if follow_up is not None:
        happened("lead_corrected", follow_up, now, person_id=by.id, fields="number", joined=False)
        record.replan(follow_up, now)


def open_follow_up(customer: Customer) -> FollowUp | None:
    """The open follow-up of the customer whose number it is, locked."""
    return assign.open_follow_up(customer)
