"""Who stands in for an owner: told when they cannot take a customer, or do not. Reads only.

In: a follow-up and now. Out: a person, or None when no colleague can. Called by escalate and hand_over.
"""

from datetime import datetime

from sqlalchemy import select

from app.assignment.choose import choose
from app.assignment.duty import availability, candidates
from app.db import db
from app.models import Absence, Availability, FollowUp, Person


def deputy(follow_up: FollowUp, now: datetime) -> Person | None:
    """While the owner is absent the deputy named for that, else their own; when that one is off too (off is silent),
    or there is none, the colleague on duty whose turn it is. Never the one who covers: they have it already.
    """
    has_it = follow_up.covered_by_id
    for named in (_of_the_absence(follow_up.owner, now), _own(follow_up.owner)):
        if named is None or named.id == has_it or named.left_at is not None:
            continue
        if availability(named, now).state is not Availability.OFF:
            return named
    others = [
        c
        for c in candidates(follow_up.showroom, without=follow_up.owner_id)
        if c.availability is Availability.ON_DUTY and c.id != has_it
    ]
    chosen = choose(others)
    return db.session.get(Person, chosen) if chosen else None


def _of_the_absence(owner: Person, now: datetime) -> Person | None:
    query = (
        select(Person)
        .join(Absence, Absence.deputy_id == Person.id)
        .where(
            Absence.group_id == owner.group_id,
            Absence.person_id == owner.id,
            Absence.starts_at <= now,
            Absence.ends_at > now,
        )
        .order_by(Absence.created_at.desc())
        .limit(1)
    )
    return db.session.scalar(query)


def _own(owner: Person) -> Person | None:
    return db.session.get_one(Person, owner.deputy_id) if owner.deputy_id else None
