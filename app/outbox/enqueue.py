"""Put a message into the outbox, inside the running transaction. Called by the stages; sent by the worker later."""

import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import update

from app.db import db, new_id
from app.models import NOT_LEFT, Customer, Delivery, DeliveryChannel, DeliveryState, FollowUp, Person
from app.rows import put_away

PUSH_TTL = timedelta(hours=4)
EMAIL_TTL = timedelta(days=2)


def push(
    subscription_id: UUID,
    person: Person,
    *,
    kind: str,
    cause: str,
    token: str,
    payload: dict[str, Any],
    tag: str,
    now: datetime,
    follow_up_id: UUID | None = None,
    ttl: timedelta = PUSH_TTL,
) -> Delivery:
    """One notification to one device, for the caller to ``put``; the database refuses a second one of its cause."""
    return Delivery(
        id=new_id(),
        group_id=person.group_id,
        channel=DeliveryChannel.PUSH,
        kind=kind,
        cause=cause,
        person_id=person.id,
        subscription_id=subscription_id,
        follow_up_id=follow_up_id,
        payload=payload,
        tag=tag,
        token=token,
        created_at=now,
        due_at=now,
        expires_at=now + ttl,
    )


def email(
    customer: Customer,
    address: str,
    *,
    kind: str,
    payload: dict[str, Any],
    now: datetime,
    follow_up_id: UUID | None = None,
    due_at: datetime | None = None,
) -> Delivery:
    """One e-mail to a customer. ``payload``: subject, text, html, language (rendered now, sent as it stands)."""
    delivery = Delivery(
        id=new_id(),
        group_id=customer.group_id,
        channel=DeliveryChannel.EMAIL,
        kind=kind,
        customer_id=customer.id,
        follow_up_id=follow_up_id,
        address=address,
        payload=payload,
        token=new_token(),
        created_at=now,
        due_at=due_at or now,
        expires_at=(due_at or now) + EMAIL_TTL,
    )
    put_away(delivery)
    return delivery


def cancel(follow_up: FollowUp, reason: str, *, kinds: tuple[str, ...] = ()) -> int:
    """Cancel what is still queued about this follow-up (only ``kinds``, when given). Returns how many."""
    queued = update(Delivery).where(
        Delivery.group_id == follow_up.group_id,
        Delivery.follow_up_id == follow_up.id,
        Delivery.state.in_(NOT_LEFT),
    )
    if kinds:
        queued = queued.where(Delivery.kind.in_(kinds))
    result = db.session.execute(
        queued.values(state=DeliveryState.CANCELLED, reason=reason, lease_until=None, claimed_by=None)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


def new_token() -> str:
    """128 random bits, unguessable, for a receipt."""
    return secrets.token_urlsafe(16)
