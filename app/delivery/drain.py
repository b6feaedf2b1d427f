"""Drain the outbox: claim, send, record. One ``match`` turns the result of a try into the delivery's next state.

``PushLane`` keeps many pushes in flight over reused connections; ``MailLane`` sends e-mail one by one. Called by the
worker, each lane from its own thread.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from http_ece import ECEException
from sqlalchemy import select, update

from app import clock
from app.config import Settings
from app.db import db, write
from app.delivery.channels import email
from app.delivery.channels import push as push_channel
from app.delivery.result import Gone, NotSent, Refused, Result, Retry, Sent
from app.faults import fault_point
from app.models import Delivery, DeliveryChannel, DeliveryState, Person, PushState, Subscription, append
from app.outbox import claim
from app.outbox.backoff import backoff
from app.push import keys, payload
from app.push.send import Answer, Sender
from app.push.subscribe import allowed
from app.push.wire import Letter, Signer, seal

log = logging.getLogger(__name__)
IN_FLIGHT = 200
Finished = list[tuple[Delivery, Result]]


class PushLane:
    """Web pushes, many at once. ``turn`` does one round and says whether there is more to do at once."""

    channel = DeliveryChannel.PUSH

    def __init__(self, settings: Settings, worker: str) -> None:
        self._settings, self._worker = settings, worker
        self._lease = timedelta(seconds=settings.lease_seconds)
        self._keys = keys.load(settings.var_dir)
        self._signer = Signer(settings.vapid_subject)
        self._sender = Sender()
        self._finished: Finished = []

    def turn(self) -> bool:
        """Claim what is due, move what is in flight, record what has finished."""
        now = clock.now()
        room = IN_FLIGHT - self._sender.flying
        if room > 0 and claim.anything_due(self.channel, now):
            self._start(now, room)
        self._sender.turn(0.003 if self._sender.flying else 0)
        if self._finished:
            finished, self._finished = self._finished, []
            fault_point("delivery sent")
            record(finished)
        return self._sender.flying > 0

    def close(self) -> None:
        self._sender.close()

    def _start(self, now: datetime, room: int) -> None:
        with write():
            claimed = claim.claim(self.channel, self._worker, now, self._lease, room)
        fault_point("delivery claimed")
        ids = [d.subscription_id for d in claimed]
        query = select(Subscription).where(Subscription.id.in_(ids))
        subscriptions = {s.id: s for s in db.session.scalars(query)}
        db.session.rollback()
        for delivery in claimed:
            self._post(delivery, subscriptions[delivery.subscription_id], now)  # type: ignore[index]

    def _post(self, delivery: Delivery, subscription: Subscription, now: datetime) -> None:
        refusal = self._refusal(delivery, subscription, now)
        if refusal is not None:
            self._finished.append((delivery, refusal))
            return
        try:
            letter = self._letter(delivery, subscription, now)
        except (ValueError, ECEException) as error:  # a broken row must not stop the ones beside it
            self._finished.append((delivery, Refused(f"cannot be encrypted: {type(error).__name__}")))
            return

        def done(answer: Answer) -> None:
            self._finished.append((delivery, push_channel.result(answer)))

        self._sender.post(letter, done)

    def _letter(self, delivery: Delivery, subscription: Subscription, now: datetime) -> Letter:
        return seal(
            subscription.endpoint,
            subscription.p256dh,
            subscription.auth,
            payload.encode(delivery.payload),
            authorization=self._signer.header(self._keys[subscription.key_id], subscription.endpoint),
            ttl=int((delivery.expires_at - now).total_seconds()),
            topic=delivery.tag,
        )

    def _refusal(self, delivery: Delivery, subscription: Subscription, now: datetime) -> Result | None:
        """What need not be sent at all, and why."""
        if delivery.expires_at <= now:
            return Refused("expired before it could be sent")
        if subscription.state in (PushState.GONE, PushState.NEEDS_RESUBSCRIBE):
            return Gone(subscription.failed_reason or "gone")
        if subscription.key_id not in self._keys:
            self._keys = keys.load(self._settings.var_dir)
            if subscription.key_id not in self._keys:
                return Refused(f"the VAPID key {subscription.key_id} is missing")
        if not allowed(subscription.endpoint, self._settings.push_extra_hosts):
            return Refused("the push service is not on the allow-list")
        return None


class MailLane:
    """E-mail, one at a time over SMTP."""

    channel = DeliveryChannel.EMAIL

    def __init__(self, settings: Settings, worker: str) -> None:
        self._settings, self._worker = settings, worker
        self._lease = timedelta(seconds=max(settings.lease_seconds, 60))

    def turn(self) -> bool:
        """Send one; True when there may be more."""
        now = clock.now()
        if not claim.anything_due(self.channel, now):
            return False
        with write():
            claimed = claim.claim(self.channel, self._worker, now, self._lease, 1)
        fault_point("delivery claimed")
        db.session.rollback()
        finished: Finished = [(delivery, email.send(delivery, self._settings)) for delivery in claimed]
        fault_point("delivery sent")
        record(finished)
        self._show(finished)
        return bool(claimed)

    def _show(self, finished: Finished) -> None:
        """In demo mode what was not sent is shown where bin/run prints; its customers are invented."""
        for delivery, result in finished:
            if self._settings.demo and isinstance(result, NotSent):
                mail = delivery.payload
                print(
                    f"mail: not sent: no mail server configured\n  to {delivery.address}: {mail['subject']}",
                    flush=True,
                )
                print(f"  {mail['link']}" if mail.get("link") else "", flush=True)

    def close(self) -> None:
        """Nothing is kept open between two mails."""


def record(finished: Finished) -> None:
    """Write the results of many tries in one transaction, each guarded by the claim."""
    now = clock.now()
    with write():
        _sent([delivery for delivery, result in finished if isinstance(result, Sent)], now)
        for delivery, result in finished:
            _record(delivery, result, now)
    fault_point("results recorded")


def _record(delivery: Delivery, result: Result, now: datetime) -> None:
    match result:
        case Sent():
            pass  # written already, all together
        case Retry(reason=reason, after=after):
            due_at = now + backoff(delivery.tries, after)
            if due_at >= delivery.expires_at:
                _fail(delivery, reason, now)
            else:
                claim.settle(delivery, DeliveryState.QUEUED, now, due_at=due_at, reason=reason[:200])
        case Gone(reason=reason):
            _fail(delivery, reason, now)
            _disable(delivery, reason)
        case Refused(reason=reason):
            log.error("delivery refused", extra={"delivery": str(delivery.id), "reason": reason})
            _fail(delivery, reason, now)
        case NotSent(reason=reason):
            if claim.settle(delivery, DeliveryState.NOT_SENT, now, reason=reason[:200]):
                _event(delivery, f"{delivery.kind}_not_sent", now, claim.showroom_of(delivery), reason=reason)


def _sent(deliveries: Sequence[Delivery], now: datetime) -> None:
    """Nearly every try ends here, so it takes three statements, however many were sent."""
    claim.settle_sent(deliveries, now)
    showrooms = claim.showrooms_of(deliveries)
    for delivery in deliveries:
        push = delivery.channel is DeliveryChannel.PUSH
        type_ = "push_sent" if push else f"{delivery.kind}_sent"
        _event(delivery, type_, now, showrooms.get(delivery.follow_up_id), kind=delivery.kind)


def _fail(delivery: Delivery, reason: str, now: datetime) -> None:
    if claim.settle(delivery, DeliveryState.FAILED, now, reason=reason[:200]):
        said = {"kind": delivery.kind, "channel": delivery.channel.value}
        _event(delivery, "delivery_failed", now, claim.showroom_of(delivery), **said)


def _disable(delivery: Delivery, reason: str) -> None:
    """Soft: the next sync of that browser revives it (404s came in waves that were not true)."""
    if delivery.subscription_id is None:
        return
    state = PushState.NEEDS_RESUBSCRIBE if reason.startswith("needs_resubscribe") else PushState.GONE
    lost = (
        update(Subscription)
        .where(Subscription.id == delivery.subscription_id, Subscription.synced_at <= delivery.created_at)
        .values(state=state, failed_reason=reason[:200])
    )
    person = db.session.get(Person, delivery.person_id)
    if db.session.execute(lost).rowcount and person is not None:  # type: ignore[attr-defined]
        append(
            "device_lost",
            clock.now(),
            group_id=person.group_id,
            showroom_id=person.showroom_id,
            person_id=person.id,
            state=state.value,
        )


def _event(
    delivery: Delivery, type_: str, now: datetime, showroom_id: UUID | None, **data: str | None
) -> None:
    if delivery.follow_up_id is None:
        return
    append(
        type_,
        now,
        group_id=delivery.group_id,
        showroom_id=showroom_id,
        follow_up_id=delivery.follow_up_id,
        person_id=delivery.person_id,
        **data,  # type: ignore[arg-type]
    )
