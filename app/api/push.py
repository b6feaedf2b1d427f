"""A browser's push subscription, the test push that proves it, and receipts from the service worker."""

from apiflask import APIBlueprint
from flask import Response, current_app
from sqlalchemy import select

from app import clock
from app.access import me, my_device, settings, signed_in
from app.api.bodies import ReceiptIn, SubscriptionIn
from app.api.edge import limiter
from app.api.once import Answer, once
from app.db import db, write
from app.delivery import receipts
from app.errors import Conflict, Unreadable
from app.models import PushState, Subscription
from app.push import notify, subscribe

bp = APIBlueprint("push", __name__, url_prefix="/api/v1")


@bp.post("/subscriptions")
@signed_in
@bp.input(SubscriptionIn, arg_name="said")
@once
def offer(said: SubscriptionIn) -> Answer:
    """Keep the subscription; a new or changed one gets a test push at once and counts when its token returns."""
    if said.key_id not in current_app.extensions["vapid"].fresh():
        raise Unreadable(
            "This subscription was made with a key we do not have. Subscribe again.", code="wrong_key"
        )
    checked = subscribe.check(said.endpoint, said.keys.p256dh, said.keys.auth, settings().push_extra_hosts)
    now = clock.now()
    kept, unproven = subscribe.keep(my_device(), checked, said.key_id, now)
    if unproven:
        notify.prove(kept, me(), now)
    return {"id": str(kept.id), "state": kept.state.value}, 201 if unproven else 200


@bp.post("/subscriptions/current/tests")
@limiter.limit("12/minute")
@signed_in
@once
def test_my_phone() -> Answer:
    """ "Test my phone": a push whose token must come back."""
    query = select(Subscription).where(
        Subscription.device_id == my_device().id,
        Subscription.state.in_((PushState.CONFIRMED, PushState.PENDING)),
    )
    subscription = db.session.scalar(query.order_by(Subscription.synced_at.desc()).limit(1))
    if subscription is None:
        raise Conflict(
            "This device does not get messages yet. Switch notifications on first.", code="no_subscription"
        )
    delivery = notify.prove(subscription, me(), clock.now())
    return {"delivery_id": str(delivery.id) if delivery else None}, 202


@bp.post("/push/receipts")
@limiter.limit("1200/minute")
@bp.input(ReceiptIn, arg_name="said")
def receipt(said: ReceiptIn) -> Response:
    """From the service worker, without a cookie: the token inside the encrypted message is the proof. Always 204."""
    if said.event != "closed":
        with write():
            receipts.receipt(said.token, said.event, clock.now())
    return Response(status=204)
