"""Raise attention when a step stays undone (product.md, Escalation). Attention escalates, ownership does not.

Called by the worker; each rung is one short transaction guarded by the time it was due at. The height of each
rung is ``app.cadence.ladder``; the height reached is ``follow_up.rung``.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update

from app import clock
from app.access import lock_follow_up
from app.assignment.choose import choose
from app.assignment.duty import candidates
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


def climb(follow_up_id: UUID, now: datetime) -> bool:
    """Climb one rung: tell whoever it names. False when it is not due any more, or somebody else did it."""
    with write():
        follow_up = lock_follow_up(follow_up_id)
        was = follow_up.escalate_at
        claimed = update(FollowUp).where(FollowUp.id == follow_up_id, FollowUp.escalate_at == was)
        if was is None or was > now or db.session.execute(claimed.values(escalate_at=None)).rowcount != 1:  # type: ignore[attr-defined]
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
    people = _audience(follow_up, rung)
    kind = "alarm" if rung in (Rung.ALARM, Rung.GROUP_MANAGER) else "escalation"
    if rung is Rung.OWNER_AGAIN:
        kind = "reminder"
    for person in people:
        notify.tell(
            person,
            kind,
            follow_up,
            f"{rung.value} {follow_up.ladder_from:%Y%m%dT%H%M%S%f}",
            now,
            person=follow_up.owner.first_name,
        )
    if rung is Rung.ALARM and follow_up.next_channel == "call":
        _tell_customer(follow_up, now)
    happened("escalated", follow_up, now, rung=rung.value, told=len(people))


def _tell_customer(follow_up: FollowUp, now: datetime) -> None:
    """The promised call is late: a message with a concrete time, rounded up to five minutes."""
    at = follow_up.showroom.hours.add_open(now, LATER)
    at += timedelta(minutes=-at.minute % 5, seconds=-at.second, microseconds=-at.microsecond)
    facts = letters.facts(follow_up, None)
    when = moment(at, now, follow_up.showroom.timezone, facts.language)
    letters.send(follow_up, "delay", mails.delay(facts, when), now)


def _audience(follow_up: FollowUp, rung: Rung) -> list[Person]:
    owner = follow_up.covered_by or follow_up.owner
    match rung:
        case Rung.OWNER_AGAIN:
            return [owner]
        case Rung.DEPUTY | Rung.DEPUTY_IF_SILENT:
            deputy = _deputy(follow_up)
            return [deputy] if deputy else due.managers(follow_up)
        case Rung.EVERYONE:
            everyone = [p for p in _on_duty(follow_up) if p.id != owner.id]
            return everyone + due.managers(follow_up)
        case Rung.GROUP_MANAGER:
            return _admins(follow_up) or due.managers(follow_up)
        case _:
            return due.managers(follow_up)


def _deputy(follow_up: FollowUp) -> Person | None:
    """The owner's own deputy unless they are off, else the colleague on duty whose turn it is."""
    if follow_up.owner.deputy_id:
        deputy = db.session.get_one(Person, follow_up.owner.deputy_id)
        away = deputy.present_availability(clock.now()) is Availability.OFF
        if deputy.left_at is None and not away:
            return deputy
    others = [
        c
        for c in candidates(follow_up.showroom, without=follow_up.owner_id)
        if c.availability is Availability.ON_DUTY
    ]
    chosen = choose(others)
    return db.session.get(Person, chosen) if chosen else None


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
