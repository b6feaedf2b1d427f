"""Write down what came of tries: one ``match`` turns the result of a try into the delivery's next state.

In: deliveries with their results, all of one worker. Out: rows and events, in one transaction however many there are.
Called by the lanes (``drain``, ``lanes``).
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol, cast
from uuid import UUID

from sqlalchemy import CursorResult, Table, insert, update

from app import clock
from app.db import db, write
from app.delivery.result import Gone, NotSent, Refused, Result, Retry, Sent
from app.faults import fault_point
from app.models import DeliveryChannel, DeliveryState, Event, Person, PushState, Subscription, append
from app.outbox import claim
from app.outbox.backoff import backoff

log = logging.getLogger(__name__)


class Tried(Protocol):
    """What recording needs of a delivery: a row of the model and a bare ``claim.Push`` both have it."""

    @property
    def id(self) -> UUID: ...
    @property
    def group_id(self) -> UUID: ...
    @property
    def channel(self) -> DeliveryChannel: ...
    @property
    def kind(self) -> str: ...
    @property
    def person_id(self) -> UUID | None: ...
    @property
    def follow_up_id(self) -> UUID | None: ...
    @property
    def subscription_id(self) -> UUID | None: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def expires_at(self) -> datetime: ...
    @property
    def tries(self) -> int: ...


Finished = Sequence[tuple[Tried, Result]]


def record(
    finished: Finished,
    worker: str,
    told: dict[UUID | None, UUID | None] | None = None,
    *,
    lasting: bool = True,
) -> None:
    """Results of many tries, each guarded by the claim. ``told``: showrooms by follow-up, when they are known.
    ``lasting``: an SMS or a call that has gone out is never taken back by a power cut."""
    now = clock.now()
    with write(lasting=lasting):
        showrooms = told if told is not None else claim.showrooms_of(d.follow_up_id for d, _ in finished)
        events = _all_sent(finished, worker, now) + _all_not_sent(finished, worker)
        for delivery, result in finished:
            events += _one(delivery, result, worker, now)
        rows = [_event(delivery, type_, showrooms, now, data) for delivery, type_, data in events]
        if rows := [row for row in rows if row["follow_up_id"] is not None]:
            db.session.execute(insert(cast(Table, Event.__table__)), rows)
    fault_point("results recorded")


Told = list[tuple[Tried, str, dict[str, Any]]]
"""Events to be: what about, which type, which data."""


def _all_sent(finished: Finished, worker: str, now: datetime) -> Told:
    """Nearly every try ends here, so it takes two statements, however many were sent."""
    sent = [delivery for delivery, result in finished if isinstance(result, Sent)]
    if not sent:
        return []
    claim.settle_sent([delivery.id for delivery in sent], worker, now)
    pushes = [delivery.id for delivery in sent if delivery.subscription_id is not None]
    if pushes:
        claim.count_unheard(pushes)
    return [(d, "push_sent" if d.subscription_id else f"{d.kind}_sent", {"kind": d.kind}) for d in sent]


def _all_not_sent(finished: Finished, worker: str) -> Told:
    """In a house without a mail server every confirmation ends here; one statement for each reason."""
    kept: dict[str, list[Tried]] = {}
    for delivery, result in finished:
        if isinstance(result, NotSent):
            kept.setdefault(result.reason, []).append(delivery)
    for reason, deliveries in kept.items():
        ids = [delivery.id for delivery in deliveries]
        claim.settle(ids, worker, DeliveryState.NOT_SENT, reason=reason[:200])
    return [(d, f"{d.kind}_not_sent", {"reason": reason}) for reason, ds in kept.items() for d in ds]


def _one(delivery: Tried, result: Result, worker: str, now: datetime) -> Told:
    match result:
        case Sent(provider_ref=None) | NotSent():
            return []  # written already, all together
        case Sent(provider_ref=ref):
            claim.note_reference(delivery.id, str(ref)[:100])
            return []
        case Retry(reason=reason, after=after):
            due_at = now + backoff(delivery.tries, after)
            if due_at >= delivery.expires_at:
                return _fail(delivery, reason, worker)
            claim.settle([delivery.id], worker, DeliveryState.QUEUED, due_at=due_at, reason=reason[:200])
            return []
        case Gone(reason=reason):
            _disable(delivery, reason, now)
            return _fail(delivery, reason, worker)
        case Refused(reason=reason, status=status):
            log.error("delivery refused", extra={"delivery": str(delivery.id), "reason": reason})
            return _fail(delivery, reason, worker, **({"status": status} if status else {}))


def _fail(delivery: Tried, reason: str, worker: str, **more: int) -> Told:
    failed = claim.settle([delivery.id], worker, DeliveryState.FAILED, reason=reason[:200])
    said = {"kind": delivery.kind, "channel": delivery.channel.value, **more}
    return [(delivery, "delivery_failed", said)] if failed else []


def _disable(delivery: Tried, reason: str, now: datetime) -> None:
    """Soft: the next sync of that browser revives it (404s came in waves that were not true)."""
    if delivery.subscription_id is None:
        return
    state = PushState.NEEDS_RESUBSCRIBE if reason.startswith("needs_resubscribe") else PushState.GONE
    lost = (
        update(cast(Table, Subscription.__table__))
        .where(
            Subscription.id == delivery.subscription_id,
            Subscription.state != state,
            Subscription.synced_at <= delivery.created_at,
        )
        .values(state=state, failed_reason=reason[:200])
    )
    changed = cast(CursorResult[Any], db.session.execute(lost)).rowcount
    person = db.session.get(Person, delivery.person_id) if changed else None
    if person is not None:
        append(
            "device_lost",
            now,
            group_id=person.group_id,
            showroom_id=person.showroom_id,
            person_id=person.id,
            state=state.value,
        )


def _event(
    delivery: Tried, type_: str, showrooms: dict[UUID | None, Any], now: datetime, data: dict[str, Any]
) -> dict[str, Any]:
    return {
        "type": type_,
        "at": now,
        "group_id": delivery.group_id,
        "showroom_id": showrooms.get(delivery.follow_up_id),
        "follow_up_id": delivery.follow_up_id,
        "person_id": delivery.person_id,
        "data": data,
    }
