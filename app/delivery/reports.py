"""What a telephony provider says of a message or call of ours, some time later, perhaps twice, perhaps out of order.

In: the delivery's token and the provider's word. Out: the delivery's state, guarded by the old one. Called by the API's
webhooks inside a write. A report that comes before the worker has recorded its own try is proof that the provider has
it: it is not sent again after a crash.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from app.db import db
from app.models import Delivery, DeliveryState, append
from app.outbox.claim import showroom_of

UNDER_WAY = frozenset({"accepted", "scheduled", "queued", "sending", "sent", "initiated", "ringing"})
ARRIVED = frozenset({"delivered", "read", "in-progress", "answered", "completed"})
FAILED = frozenset({"undelivered", "failed", "busy", "no-answer", "canceled"})
OPEN = (DeliveryState.QUEUED, DeliveryState.SENDING)


def report(token: str, status: str, ref: str, code: str, now: datetime) -> bool:
    """Note it. ``status``: in the provider's words; ``ref``: its id; ``code``: its error code, or "". False when we do
    not know the token.
    """
    delivery = db.session.scalar(select(Delivery).where(Delivery.token == token))
    if delivery is None:
        return False
    if delivery.provider_ref is None and ref:
        delivery.provider_ref = ref[:100]
    if status in UNDER_WAY:
        _move(delivery, OPEN, DeliveryState.SENT, sent_at=now)
    elif status in ARRIVED:
        if _move(delivery, (*OPEN, DeliveryState.SENT), DeliveryState.RECEIVED, received_at=now):
            _tell(delivery, f"{delivery.kind}_received", now)
    elif status in FAILED:
        reason = f"{status} {code}".strip()[:200]
        if _move(delivery, (*OPEN, DeliveryState.SENT), DeliveryState.FAILED, reason=reason):
            _tell(delivery, "delivery_failed", now, channel=delivery.channel.value)
    return True


def _move(delivery: Delivery, old: tuple[DeliveryState, ...], new: DeliveryState, **values: Any) -> bool:
    moved = (
        update(Delivery)
        .where(Delivery.id == delivery.id, Delivery.state.in_(old))
        .values(state=new, lease_until=None, claimed_by=None, **values)
    )
    return db.session.execute(moved).rowcount == 1  # type: ignore[attr-defined, no-any-return]


def _tell(delivery: Delivery, type_: str, now: datetime, **data: Any) -> None:
    append(
        type_,
        now,
        group_id=delivery.group_id,
        showroom_id=showroom_of(delivery),
        follow_up_id=delivery.follow_up_id,
        person_id=delivery.person_id,
        kind=delivery.kind,
        **data,
    )
