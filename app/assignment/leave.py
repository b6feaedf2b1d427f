"""Somebody leaves the firm: their customers with an open follow-up get a new owner, their devices and passkeys
are shut out.

In: a person, and who says so. Out: everything changed in the running transaction, or nothing. Called by the API and the
command line. Customers without an open follow-up are told nothing: they get a new owner when they return.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update

from app import access
from app.assignment import absence
from app.assignment.assign import take_all_turns
from app.assignment.choose import choose
from app.assignment.duty import candidates, manager
from app.assignment.hand_over import hand_over
from app.assignment.introduce import KIND
from app.db import db
from app.errors import Conflict
from app.models import (
    STILL_OPEN,
    Absence,
    Delivery,
    DeliveryState,
    EndReason,
    FollowUp,
    OnCall,
    Passkey,
    Person,
    append,
    happened,
)


@dataclass(frozen=True)
class Departure:
    """How many follow-ups have a new owner, how many customers get a letter, how many devices were signed out."""

    handed_over: int
    told: int
    devices: int


def leave(person: Person, by: Person | None, now: datetime) -> Departure:
    """All of it in one transaction. ``by`` None: the operator. Inside a write.

    Raises Conflict: left_already, not_yourself, or nobody_else (no colleague and no manager is left to take over).
    """
    if person.left_at is not None:
        raise Conflict(f"{person.first_name} has left already.", code="left_already")
    if by is not None and by.id == person.id:
        raise Conflict("Ask somebody else to do this: you would lock yourself out.", code="not_yourself")
    take_all_turns(person.group_id)  # or a lead that is being placed is theirs just after
    person.left_at = now
    db.session.flush()
    if person.manages and manager(person.showroom) is None:
        raise Conflict(
            f"{person.first_name} is the only manager. Make somebody else a manager first.",
            code="nobody_else",
        )
    given = [_hand_on(access.lock_follow_up(id_), by, now) for id_ in _open_follow_ups(person)]
    _leave_the_rota(person, now)
    db.session.execute(delete(Passkey).where(Passkey.person_id == person.id))
    devices = access.revoke_all(person, now)
    append("person_left", now, group_id=person.group_id, showroom_id=person.showroom_id, person_id=person.id)
    return Departure(len(given), _told(given, now), devices)


def _open_follow_ups(person: Person) -> list[UUID]:
    query = select(FollowUp.id).where(
        FollowUp.group_id == person.group_id,
        FollowUp.owner_id == person.id,
        STILL_OPEN,
    )
    return list(db.session.scalars(query.order_by(FollowUp.id)))


def _hand_on(follow_up: FollowUp, by: Person | None, now: datetime) -> FollowUp:
    """To whoever covers it and so knows the customer, else whose turn it is, else the manager."""
    covers = follow_up.covered_by_id
    chosen = covers or choose(candidates(follow_up.showroom)) or manager(follow_up.showroom)
    if chosen is None:
        raise Conflict(
            f"Nobody in {follow_up.showroom.name} can take over. Add a person first.", code="nobody_else"
        )
    return hand_over(follow_up, EndReason.LEFT, db.session.get_one(Person, chosen), now, by)


def _leave_the_rota(person: Person, now: datetime) -> None:
    """Nobody may count on them: not as a deputy, not on call, not as who covers."""
    db.session.execute(update(Person).where(Person.deputy_id == person.id).values(deputy_id=None))
    db.session.execute(delete(OnCall).where(OnCall.person_id == person.id, OnCall.ends_at > now))
    covered = select(FollowUp).where(
        FollowUp.group_id == person.group_id,
        FollowUp.covered_by_id == person.id,
        STILL_OPEN,
    )
    for follow_up in db.session.scalars(covered):
        follow_up.covered_by_id = None
        happened("cover_ended", follow_up, now, person_id=follow_up.owner_id)
    db.session.flush()
    coming = select(Absence).where(Absence.group_id == person.group_id, Absence.ends_at > now)
    for own in db.session.scalars(coming.where(Absence.person_id == person.id)):
        absence.end(own, now)
    for other in db.session.scalars(coming.where(Absence.deputy_id == person.id)):
        absence.replace_deputy(other, now)


def _told(given: list[FollowUp], now: datetime) -> int:
    query = select(func.count()).where(
        Delivery.follow_up_id.in_([f.id for f in given]),
        Delivery.kind == KIND,
        Delivery.created_at == now,
        Delivery.state == DeliveryState.QUEUED,
    )
    return int(db.session.scalar(query) or 0) if given else 0
