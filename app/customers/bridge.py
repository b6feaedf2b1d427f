"""A bridged call: our provider rings the salesperson, says who waits, and on "1" rings the customer. What it measures
is verified, not self-reported.

In: a tap (``begin``), then what the provider reports, each report once, twice or never, in any order. Out: an attempt
with its times and, where nobody answered, its outcome. Called by the API and the channel ``voice``; it lives here
because an outcome may do anything. Until the salesperson presses 1 no try was made; from then on the attempt carries
the provider's id. If every report is lost, it is an open call like any other: its owner is asked (rule 5).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.access import lock_follow_up, settings
from app.assignment import accept, second_channel
from app.cadence.reach import reach
from app.customers import outcome
from app.customers.outcome import Logged
from app.db import db, write
from app.errors import Conflict, NotFound
from app.models import (
    Attempt,
    Channel,
    ContactPoint,
    Delivery,
    DeliveryChannel,
    FollowUp,
    Outcome,
    Person,
    happened,
)
from app.outbox import stoplist
from app.push import notify
from app.texts import staff

KIND = "bridged_call"
TTL = timedelta(seconds=60)
"""A phone that rings later than this after the tap only surprises."""
NOBODY = {"no-answer": Outcome.NO_ANSWER, "busy": Outcome.BUSY}
"""What the provider says of the customer's phone, where that is an outcome by itself."""


@dataclass(frozen=True)
class Bridge:
    """One bridged call, locked for changing."""

    delivery: Delivery
    attempt: Attempt
    follow_up: FollowUp
    person: Person

    @property
    def open(self) -> bool:
        return self.attempt.outcome is None and self.attempt.withdrawn_at is None


def begin(follow_up: FollowUp, person: Person, id_: UUID, point_id: UUID | None, now: datetime) -> Attempt:
    """The tap: the attempt, and the call to the salesperson's phone, in one transaction. The same id again is the same.

    Raises NotFound (no_telephony) and Conflict (no_phone_of_yours, stopped, no_number, follow_up_ended).
    """
    known = db.session.get(Attempt, id_)
    if known is not None and known.follow_up_id == follow_up.id:
        return known
    own, point = _salespersons_number(person), _customers_number(follow_up, point_id)
    attempt = accept.start_attempt(
        follow_up, person, id_=id_, channel=Channel.CALL, started_at=now, contact_point_id=point.id, now=now
    )
    second_channel.put_on_the_line(
        follow_up, person, DeliveryChannel.VOICE, KIND, own, {"attempt_id": str(id_)}, now, TTL
    )
    return attempt


def wanted(delivery: Delivery) -> bool:
    """Whether the salesperson still waits for their phone to ring. Opens and ends a transaction of its own."""
    attempt = db.session.get(Attempt, _attempt_id(delivery), populate_existing=True)
    db.session.rollback()
    return attempt is not None and attempt.outcome is None and attempt.withdrawn_at is None


def not_made(delivery: Delivery) -> None:
    """The provider did not take the call: no try was made, and the salesperson is told at once. A write of its own."""
    with write():
        _take_back(_load(delivery), clock.now())


def answered(token: str) -> str | None:
    """The salesperson has picked up: whom they are about to call, to be said. None: the call is not wanted any more.

    Inside a write, as the verbs below. All raise NotFound for a token that is no bridged call's.
    """
    bridge = _find(token)
    if not bridge.open or _blocked(bridge.follow_up, bridge.attempt.contact_point_id):
        return None
    who = second_channel.known_as(bridge.follow_up, bridge.person)
    return staff.spoken("bridge", bridge.person.language, who)


def pressed(token: str, key: str, call_ref: str, now: datetime) -> str | None:
    """The salesperson pressed a key: the number to ring, or None. Anything but 1 means: not now, no try was made."""
    bridge = _find(token)
    point_id = bridge.attempt.contact_point_id
    if key != "1" or not bridge.open or _blocked(bridge.follow_up, point_id):
        if bridge.attempt.provider_ref is None:
            _take_back(bridge, now)
        return None
    if bridge.attempt.provider_ref is None:
        bridge.attempt.provider_ref = call_ref[:100] or bridge.delivery.token
        _happened("bridge_answered", bridge, now)
    return db.session.get_one(ContactPoint, point_id).value


def rang(token: str, status: str, seconds: int, now: datetime) -> None:
    """How it went with the customer's phone: verified. Said once; the provider may repeat itself, also much later."""
    bridge = _find(token)
    delivery, attempt = bridge.delivery, bridge.attempt
    if attempt.provider_ref is None or "result" in delivery.payload:
        return
    delivery.payload = {**delivery.payload, "result": status[:20]}
    talked = seconds if status in ("completed", "answered") else 0
    _happened("bridge_ended", bridge, now, result=status[:20], talk_seconds=talked)
    if status in ("completed", "answered"):
        attempt.talk_seconds, attempt.ended_at = seconds, now
    elif status in NOBODY and bridge.open:
        attempt.talk_seconds = 0
        outcome.log(attempt, Logged(NOBODY[status], at=now), bridge.person, now)
    elif status == "failed":
        _take_back(bridge, now)
    else:
        attempt.ended_at = attempt.ended_at or now


def over(token: str, now: datetime) -> None:
    """The salesperson's own call has ended. Before they pressed 1: no try was made, and the clock goes on."""
    bridge = _find(token)
    if bridge.attempt.provider_ref is None:
        _take_back(bridge, now)
    else:
        bridge.attempt.ended_at = bridge.attempt.ended_at or now


def exists(token: str) -> bool:
    """Whether this token is a bridged call's."""
    known = select(Delivery.id).where(Delivery.token == token, Delivery.kind == KIND)
    return db.session.scalar(known) is not None


def language_of(token: str) -> str:
    """In which language this call speaks."""
    return _find(token).person.language


def _take_back(bridge: Bridge, now: datetime) -> None:
    """The customer's phone never rang: nothing stops the clock, and the salesperson is asked to call."""
    if bridge.open:
        outcome.withdraw(bridge.attempt, bridge.person, now)
        notify.tell(bridge.person, "reminder", bridge.follow_up, f"bridge {bridge.attempt.id}", now)


def _salespersons_number(person: Person) -> str:
    if not settings().telephony:
        raise NotFound("This house has no telephony provider. Call with your own phone.", code="no_telephony")
    own = second_channel.own_number(person)
    if own is None:
        raise Conflict(
            "We do not know your own phone number. Add it under Me, or ask your manager.",
            code="no_phone_of_yours",
        )
    return own


def _customers_number(follow_up: FollowUp, point_id: UUID | None) -> ContactPoint:
    """The number to ring: the one named, else the one behind the Call button. Raises Conflict with the reason."""
    if not follow_up.is_open:
        raise Conflict("This follow-up has ended.", code="follow_up_ended")
    known = reach(follow_up.customer)
    usable = [p for p in known.numbers if p.value and p.wrong_at is None]
    point = next((p for p in usable if p.id == point_id), None) if point_id else known.dialable
    if point is None:
        raise Conflict("There is no number to call.", code="no_number")
    if "call" in known.stopped or _blocked(follow_up, point.id):
        raise Conflict("This customer asked us not to call.", code="stopped")
    return point


def _blocked(follow_up: FollowUp, point_id: UUID | None) -> bool:
    """Whether this number must not be rung now: the customer said stop, or it turned out wrong, a moment ago."""
    point = db.session.get(ContactPoint, point_id, populate_existing=True) if point_id else None
    if point is None or point.wrong_at is not None or not point.value or not follow_up.is_open:
        return True
    return "call" in stoplist.blocked(follow_up.customer, [point])


def _find(token: str) -> Bridge:
    query = select(Delivery).where(Delivery.token == token, Delivery.kind == KIND)
    delivery = db.session.scalar(query.execution_options(populate_existing=True))
    if delivery is None:
        raise NotFound("We do not know this call.")
    return _load(delivery)


def _load(delivery: Delivery) -> Bridge:
    """The follow-up first: whoever holds its lock is the only one who changes the attempt."""
    follow_up = lock_follow_up(delivery.follow_up_id)  # type: ignore[arg-type]
    attempt = db.session.get_one(Attempt, _attempt_id(delivery), populate_existing=True)
    return Bridge(delivery, attempt, follow_up, attempt.person)


def _attempt_id(delivery: Delivery) -> UUID:
    return UUID(str(delivery.payload["attempt_id"]))


def _happened(type_: str, bridge: Bridge, now: datetime, **data: Any) -> None:
    happened(type_, bridge.follow_up, now, person_id=bridge.person.id, attempt_id=bridge.attempt.id, **data)
