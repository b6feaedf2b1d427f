"""Tell a person something on all their devices: builds the notification and puts one delivery per device in the outbox.

Called by assignment, cadence and escalation inside their transaction. Nothing is sent here.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select

from app.access import settings
from app.db import db
from app.models import (
    Availability,
    ContactPoint,
    Delivery,
    Device,
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
from app.rows import kept, look, put_away
from app.texts import staff
from app.texts.discreet import discreet

REACHABLE = (PushState.CONFIRMED, PushState.PENDING)
BADGE = 99
"""The most that a badge counts: nobody reads more, and counting more would take longer the more there are."""
WAITING = select(func.count()).select_from(
    select(FollowUp.id)
    .where(
        FollowUp.group_id == bindparam("group_id"),
        FollowUp.owner_id == bindparam("person_id"),
        FollowUp.state == FollowUpState.ASSIGNED,
    )
    .limit(BADGE)
    .subquery()
)
DEVICES = (
    select(Subscription.id, WAITING.scalar_subquery())
    .join(Device, Device.id == Subscription.device_id)
    .outerjoin(
        Delivery, (Delivery.subscription_id == Subscription.id) & (Delivery.cause == bindparam("cause"))
    )
    .where(
        Subscription.group_id == bindparam("group_id"),
        Subscription.person_id == bindparam("person_id"),
        Subscription.state.in_(REACHABLE),
        Device.revoked_at.is_(None),
        Delivery.id.is_(None),
    )
)
LEAD = (
    select(Lead)
    .where(Lead.group_id == bindparam("group_id"), Lead.follow_up_id == bindparam("follow_up_id"))
    .order_by(Lead.arrived_at.desc(), Lead.id.desc())
    .limit(1)
)
NUMBER = (
    select(ContactPoint.value)
    .where(
        ContactPoint.group_id == bindparam("group_id"),
        ContactPoint.customer_id == bindparam("customer_id"),
        ContactPoint.kind == PointKind.PHONE,
        ContactPoint.value.is_not(None),
        ContactPoint.wrong_at.is_(None),
    )
    .order_by(ContactPoint.created_at.desc(), ContactPoint.id)
    .limit(1)
)


@dataclass(frozen=True)
class About:
    """What a notification speaks of: the newest request, and the number to call."""

    lead: Lead | None
    number: str | None


def tell(
    person: Person,
    kind: str,
    follow_up: FollowUp,
    cause: str,
    now: datetime,
    /,
    *,
    about: About | None = None,
    on_call: bool = False,
    **values: Any,
) -> list[Delivery]:
    """One notification about a follow-up on each of the person's devices; ``cause`` makes it happen once.

    Causes are a follow-up's own: two that fall due at the same instant, or whose clocks began when the doors opened,
    are both told.

    kinds: lead, due, reminder, escalation, alarm, taken, hold, stopped, answer. The tag is the follow-up's id, so that
    a later one replaces the earlier one on the screen. ``about``: when it is at hand; else it is looked up.
    ``on_call``: they volunteered for now, whatever their button says.
    """
    if person.present_availability(now) is Availability.OFF and not person.manages and not on_call:
        return []  # off is silent; the escalation finds somebody else
    cause = f"{follow_up.id.hex} {cause}"
    devices = _devices(person, cause)
    if not devices:
        return []
    stub, title, body = _words(person, kind, follow_up, about or newest(follow_up), values)
    deliveries = []
    for subscription_id, badge in devices:
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
            follow_up=stub,
        )
        deliveries.append(
            enqueue.push(
                subscription_id,
                person,
                kind=kind,
                cause=cause,
                token=token,
                payload=message,
                tag=follow_up.id.hex,
                now=now,
                follow_up_id=follow_up.id,
            )
        )
    put_away(*deliveries)
    return deliveries


def _words(
    person: Person, kind: str, follow_up: FollowUp, about: About, values: dict[str, Any]
) -> tuple[dict[str, Any] | None, str, str]:
    """Stub, title and body in the person's language, with as much in them as PUSH_DETAIL allows."""
    detail, lead = settings().push_detail, about.lead
    stub = _stub(follow_up, about)
    title, body = staff.notification(
        kind,
        person.language,
        name=follow_up.customer.display_name,
        first_name=stub["first_name"],
        car=stub["car"],
        wants=lead.wants if lead else None,
        question=stub["question"],
        detail=detail,
        **values,
    )
    return (stub if detail == "full" else None), title, body


def prove(subscription: Subscription, person: Person, now: datetime) -> Delivery:
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
    delivery = enqueue.push(
        subscription.id,
        person,
        kind="test",
        cause=f"test {token}",
        token=token,
        payload=message,
        tag=subscription.id.hex,
        now=now,
    )
    put_away(delivery)
    return delivery


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
    return int(db.session.scalar(WAITING, {"group_id": person.group_id, "person_id": person.id}) or 0)


def newest(follow_up: FollowUp) -> About:
    """The latest request in a follow-up, and the customer's newest number that is not known to be wrong."""
    return About(
        db.session.scalar(LEAD, {"group_id": follow_up.group_id, "follow_up_id": follow_up.id}),
        db.session.scalar(NUMBER, {"group_id": follow_up.group_id, "customer_id": follow_up.customer_id}),
    )


def _devices(person: Person, cause: str) -> list[tuple[UUID, int]]:
    """Where this person can be reached and was not told yet for this cause, each with the number for the icon."""
    asked = {"group_id": person.group_id, "person_id": person.id, "cause": cause}
    found = look(DEVICES, asked, counted=True)
    told = {new.subscription_id for new in kept(Delivery) if new.cause == cause}
    new = sum(one.owner_id == person.id and one.state is FollowUpState.ASSIGNED for one in kept(FollowUp))
    return [(id_, min(waiting + new, BADGE)) for id_, waiting in found if id_ not in told]


def _stub(follow_up: FollowUp, about: About) -> dict[str, Any]:
    """What the lead screen needs to paint at once, with no network."""
    customer, lead = follow_up.customer, about.lead
    return {
        "id": str(follow_up.id),
        "first_name": customer.first_name,
        "display_name": customer.display_name or about.number or "",
        "car": (discreet(lead.car) or None) if lead else None,
        "question": (discreet(lead.question) or None) if lead else None,
        "arrived_at": iso(follow_up.opened_at),
        "call": None if follow_up.next_channel not in (None, "call") else about.number,
    }


def iso(at: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and Z, as everything we hand out."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
