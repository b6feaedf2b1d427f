"""Receipts: a report that a delivery arrived or was opened. Late and repeated ones are normal and harmless.

A push service's 201 proves nothing, so our own service worker reports back with the token from inside the encrypted
message. The first time wins.
"""

from datetime import datetime

from sqlalchemy import select, update

from app.db import db
from app.models import Delivery, DeliveryState, PushState, Subscription, append
from app.outbox.claim import showroom_of

ARRIVED = (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.SENT)
"""Also *queued*: a try whose answer was lost may have arrived; it need not be sent again."""


def receipt(token: str, event: str, now: datetime) -> bool:
    """Note that it was received or opened. Inside a write. False when we do not know the token."""
    delivery = db.session.scalar(select(Delivery).where(Delivery.token == token))
    if delivery is None:
        return False
    first = _note_received(delivery, now)
    if event == "opened" and delivery.opened_at is None:
        delivery.opened_at = now
        _event(delivery, "push_opened", now)
    elif first:
        _event(delivery, "push_received", now)
    _prove(delivery, now)
    return True


def _note_received(delivery: Delivery, now: datetime) -> bool:
    if delivery.received_at is not None:
        return False
    delivery.received_at = now
    db.session.execute(
        update(Delivery)
        .where(Delivery.id == delivery.id, Delivery.state.in_(ARRIVED))
        .values(state=DeliveryState.RECEIVED, lease_until=None)
    )
    return True


def _prove(delivery: Delivery, now: datetime) -> None:
    """The phone has shown that messages reach it: its subscription counts from now on."""
    if delivery.subscription_id is None:
        return
    subscription = db.session.get_one(Subscription, delivery.subscription_id)
    subscription.last_received_at, subscription.unheard = now, 0
    if subscription.state is PushState.PENDING or subscription.confirmed_at is None:
        subscription.state, subscription.confirmed_at = PushState.CONFIRMED, now
        append(
            "device_confirmed",
            now,
            group_id=subscription.group_id,
            showroom_id=subscription.device.person.showroom_id,
            person_id=subscription.person_id,
        )


def _event(delivery: Delivery, type_: str, now: datetime) -> None:
    if delivery.follow_up_id is not None:
        append(
            type_,
            now,
            group_id=delivery.group_id,
            showroom_id=showroom_of(delivery),
            follow_up_id=delivery.follow_up_id,
            person_id=delivery.person_id,
            kind=delivery.kind,
        )
