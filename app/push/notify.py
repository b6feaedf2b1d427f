"""Tell a person something on all their devices: builds the notification and puts one delivery per device in the outbox.

Called by assignment, cadence and escalation inside their transaction. Nothing is sent here.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from app.access import settings
from app.db import db
from app.models import (
    Availability,
    ContactPoint,
    Delivery,
    FollowUp,
    FollowUpState,
    Lead,
    Person,
    PointKind,
    PushState,
    Subscription,
)
from app.outbox import enqueue
from app.push import payload
from app.texts import staff
from app.texts.discreet import discreet

REACHABLE = (PushState.CONFIRMED, PushState.PENDING)


def tell(
    person: Person, kind: str, follow_up: FollowUp, cause: str, now: datetime, /, **values: Any
) -> list[Delivery]:
    """One notification about a follow-up on each of the person's devices; ``cause`` makes it happen once.

    kinds: lead, due, reminder, escalation, alarm, taken, hold, stopped, answer. The tag is the follow-up's id, so that
    a later one replaces the earlier one on the screen.
    """
    if person.present_availability(now) is Availability.OFF and not person.manages:
        return []  # off is silent; the escalation finds somebody else
    lead = newest_lead(follow_up)
    stub = _stub(follow_up, lead)
    title, body = staff.notification(
        kind,
        person.language,
        name=stub["display_name"],
        first_name=stub["first_name"],
        car=stub["car"],
        wants=lead.wants if lead else None,
        question=stub["question"],
        detail=settings().push_detail,
        **values,
    )
    shown = stub if settings().push_detail == "full" else None
    badge = waiting_count(person)
    deliveries = []
    for subscription in subscriptions(person):
        token = enqueue.new_token()
        message = payload.build(
            kind=kind,
            title=title,
            body=body,
            navigate=f"{settings().public_url}/l/{follow_up.id}?n={token}",
            language=person.language,
            tag=follow_up.id.hex,
            token=token,
            badge=badge,
            now=now,
            follow_up=shown,
        )
        delivery = enqueue.push(
            subscription,
            kind=kind,
            cause=cause,
            token=token,
            payload=message,
            tag=follow_up.id.hex,
            now=now,
            follow_up_id=follow_up.id,
        )
        if delivery:
            deliveries.append(delivery)
    return deliveries


def prove(subscription: Subscription, person: Person, now: datetime) -> Delivery | None:
    """The message with which a phone proves itself: its token comes back as a receipt, or it does not count."""
    token = enqueue.new_token()
    title, body = staff.notification("test", person.language, detail="full", first_name=person.first_name)
    message = payload.build(
        kind="test",
        title=title,
        body=body,
        navigate=f"{settings().public_url}/me?n={token}",
        language=person.language,
        tag=subscription.id.hex,
        token=token,
        badge=waiting_count(person),
        now=now,
    )
    return enqueue.push(
        subscription,
        kind="test",
        cause=f"test {token}",
        token=token,
        payload=message,
        tag=subscription.id.hex,
        now=now,
    )


def subscriptions(person: Person) -> list[Subscription]:
    """Where this person can be reached by push, dead endpoints left out."""
    query = select(Subscription).where(
        Subscription.group_id == person.group_id,
        Subscription.person_id == person.id,
        Subscription.state.in_(REACHABLE),
    )
    return [s for s in db.session.scalars(query) if s.device.revoked_at is None]


def waiting_count(person: Person) -> int:
    """How many of the person's follow-ups have not been accepted: the number on the app's icon."""
    query = select(func.count()).where(
        FollowUp.group_id == person.group_id,
        FollowUp.owner_id == person.id,
        FollowUp.state == FollowUpState.ASSIGNED,
    )
    return int(db.session.scalar(query) or 0)


def newest_lead(follow_up: FollowUp) -> Lead | None:
    """The latest request in this follow-up: the one the notification is about."""
    query = (
        select(Lead)
        .where(Lead.group_id == follow_up.group_id, Lead.follow_up_id == follow_up.id)
        .order_by(Lead.arrived_at.desc(), Lead.id.desc())
        .limit(1)
    )
    return db.session.scalar(query)


def _stub(follow_up: FollowUp, lead: Lead | None) -> dict[str, Any]:
    """What the lead screen needs to paint at once, with no network."""
    customer = follow_up.customer
    number = db.session.scalar(
        select(ContactPoint.value)
        .where(
            ContactPoint.group_id == customer.group_id,
            ContactPoint.customer_id == customer.id,
            ContactPoint.kind == PointKind.PHONE,
            ContactPoint.value.is_not(None),
            ContactPoint.wrong_at.is_(None),
        )
        .order_by(ContactPoint.created_at.desc())
        .limit(1)
    )
    return {
        "id": str(follow_up.id),
        "first_name": customer.first_name,
        "display_name": customer.display_name,
        "car": (discreet(lead.car) or None) if lead else None,
        "question": (discreet(lead.question) or None) if lead else None,
        "arrived_at": iso(follow_up.opened_at),
        "call": None if follow_up.next_channel not in (None, "call") else number,
    }


def iso(at: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and Z, as everything we hand out."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
