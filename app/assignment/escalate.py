"""Raise attention when a step stays undone (product.md, Escalation). Attention escalates, ownership does not.

Called by the worker; each rung is one short transaction guarded by the time it was due at. The height of each
rung is ``app.cadence.ladder``; the height reached is ``follow_up.rung``. Called by assign when a lead arrives that its
owner cannot take now.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update

from app.access import lock_follow_up
from app.assignment import second_channel
from app.assignment.deputy import deputy
from app.assignment.duty import availability, candidates, on_call
from app.cadence import due, record
from app.cadence.ladder import Rung
from app.db import db, write
from app.faults import fault_point
from app.models import Availability, Delivery, DeliveryChannel, FollowUp, Person, Role, happened
from app.outbox import letters
from app.push import notify
from app.texts import mails
from app.texts.moments import moment

BATCH = 50
KINDS = {Rung.ALARM: "alarm", Rung.GROUP_MANAGER: "alarm", Rung.OWNER_AGAIN: "reminder"}
"""What a rung says, where it is not "can you step in?"."""
LATER = timedelta(minutes=15)
"""What the customer is promised when nobody has called after the alarm's rung."""


def due_rungs(now: datetime) -> list[UUID]:
    """Follow-ups whose next rung is due."""
    query = select(FollowUp.id).where(FollowUp.escalate_at <= now).order_by(FollowUp.escalate_at).limit(BATCH)
    ids = list(db.session.scalars(query))
    db.session.rollback()
    return ids


def next_at() -> datetime | None:
    """When the next rung falls due."""
    query = select(FollowUp.escalate_at).where(FollowUp.escalate_at.is_not(None))
    return db.session.scalar(query.order_by(FollowUp.escalate_at).limit(1))


def at_once(follow_up: FollowUp, known: bool, now: datetime) -> None:
    """A lead has arrived. Outside opening hours whoever is on call is told now; inside them the deputy, when a customer
    who was ``known`` before has an owner with somebody else, at lunch, off or away (a new one went to who is free).
    Inside the transaction that assigns it.
    """
    if follow_up.hold_check_at is not None:
        return  # somebody is on the phone with this very customer
    if not follow_up.showroom.hours.is_open(now):
        _tell(follow_up, Rung.ON_CALL, on_call(follow_up.showroom, now), now)
    elif known and _busy(follow_up.covered_by or follow_up.owner, now):
        stands_in = deputy(follow_up, now)
        _tell(follow_up, Rung.DEPUTY_AT_ONCE, [stands_in] if stands_in else [], now)


def _busy(person: Person, now: datetime) -> bool:
    return availability(person, now).state is not Availability.ON_DUTY


def climb(follow_up_id: UUID, now: datetime) -> bool:
    """Climb one rung: tell whoever it names. False when it is not due any more, or somebody else did it.

    A rung that nobody climbed in time (no worker was up) and that would now wake people waits for the opening.
    """
    with write():
        follow_up = lock_follow_up(follow_up_id)
        was = follow_up.escalate_at
        claimed = update(FollowUp).where(FollowUp.id == follow_up_id, FollowUp.escalate_at == was)
        if was is None or was > now or db.session.execute(claimed.values(escalate_at=None)).rowcount != 1:  # type: ignore[attr-defined]
            return False
        hours = follow_up.showroom.hours
        if not hours.is_open(now):
            follow_up.escalate_at = hours.next_open(now)
            return False
        heights = record.rungs_of(follow_up)
        if follow_up.is_open and follow_up.rung < len(heights):
            _alert(follow_up, heights[follow_up.rung].rung, now)
            follow_up.rung += 1
        record.climb_from(follow_up, now)
    fault_point("rung climbed")
    return True


def _alert(follow_up: FollowUp, rung: Rung, now: datetime) -> None:
    if rung is Rung.DEPUTY_IF_SILENT and not _silent(follow_up):
        return
    _tell(follow_up, rung, _audience(follow_up, rung, now), now)
    if rung is Rung.OWNER_AGAIN and follow_up.first_try_at is None:
        second_channel.remind(follow_up, follow_up.covered_by or follow_up.owner, now)
    if rung is Rung.ALARM and follow_up.next_channel == "call":
        _tell_customer(follow_up, now)


def _tell(follow_up: FollowUp, rung: Rung, people: list[Person], now: datetime) -> None:
    """Attention goes to these people; the timeline says which rung and to whom (ids only)."""
    if not people and rung in (Rung.ON_CALL, Rung.DEPUTY_AT_ONCE):
        return  # nobody could be told; the ladder goes on from the first rung
    cause = f"{rung.value} {follow_up.ladder_from:%Y%m%dT%H%M%S%f}"
    owner = follow_up.owner
    for person in people:
        kind = "lead" if person.id == owner.id and rung is Rung.ON_CALL else KINDS.get(rung, "escalation")
        notify.tell(
            person, kind, follow_up, cause, now, on_call=rung is Rung.ON_CALL, person=owner.first_name
        )
    told = " ".join(str(person.id) for person in people)
    one = people[0].id if len(people) == 1 else None
    happened("escalated", follow_up, now, person_id=one, rung=rung.value, told=len(people), people=told)


def _tell_customer(follow_up: FollowUp, now: datetime) -> None:
    """The promised call is late: a message with a concrete time, rounded up to five minutes."""
    at = follow_up.showroom.hours.add_open(now, LATER)
    at += timedelta(minutes=-at.minute % 5, seconds=-at.second, microseconds=-at.microsecond)
    facts = letters.facts(follow_up, None)
    when = moment(at, now, follow_up.showroom.timezone, facts.language)
    letters.send(follow_up, "delay", mails.delay(facts, when), now)


def _audience(follow_up: FollowUp, rung: Rung, now: datetime) -> list[Person]:
    owner = follow_up.covered_by or follow_up.owner
    match rung:
        case Rung.OWNER_AGAIN:
            return [owner]
        case Rung.DEPUTY | Rung.DEPUTY_IF_SILENT:
            stands_in = deputy(follow_up, now)
            return [stands_in] if stands_in else due.managers(follow_up)
        case Rung.EVERYONE:
            everyone = [p for p in _on_duty(follow_up) if p.id != owner.id]
            return everyone + due.managers(follow_up)
        case Rung.GROUP_MANAGER:
            return _admins(follow_up) or due.managers(follow_up)
        case _:
            return due.managers(follow_up)


def _on_duty(follow_up: FollowUp) -> list[Person]:
    ids = [c.id for c in candidates(follow_up.showroom) if c.availability is Availability.ON_DUTY]
    return list(db.session.scalars(select(Person).where(Person.id.in_(ids))))


def _admins(follow_up: FollowUp) -> list[Person]:
    query = select(Person).where(
        Person.group_id == follow_up.group_id, Person.role == Role.ADMIN, Person.left_at.is_(None)
    )
    return list(db.session.scalars(query))


def _silent(follow_up: FollowUp) -> bool:
    """Whether a phone that usually acknowledges has not acknowledged this lead (or there is no phone at all)."""
    pushes = select(Delivery).where(
        Delivery.group_id == follow_up.group_id,
        Delivery.follow_up_id == follow_up.id,
        Delivery.person_id == follow_up.owner_id,
        Delivery.channel == DeliveryChannel.PUSH,
        Delivery.kind == "lead",
    )
    deliveries = list(db.session.scalars(pushes))
    proven = [s.id for s in notify.subscriptions(follow_up.owner) if s.last_received_at is not None]
    if not deliveries:
        return True
    heard = any(d.received_at or d.opened_at for d in deliveries)
    return not heard and any(d.subscription_id in proven for d in deliveries)
