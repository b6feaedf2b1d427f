"""Stop means stop: one transaction that ends what was named, tells the people concerned, and confirms once.

In: a follow-up and what the customer wants to stop. Out: rows changed in the running transaction. Called by
the customer's page, by the outcome "asked us to stop", and by stop words in messages.
"""

import enum
from datetime import datetime

from sqlalchemy import select

from app.access import lock_follow_up
from app.cadence import due, record
from app.db import db
from app.models import Customer, FollowUp, Lead, LeadState, Person, StopScope, append
from app.outbox import letters, stoplist
from app.push import notify
from app.texts import mails

STOPPED = LeadState.STOPPED.value
SAME_AS = {"facetime": "call"}
"""A channel of an attempt that is stopped together with another one."""


class LiftReason(enum.StrEnum):
    """Why a stop was lifted; nobody is taken off the list without one of these."""

    CUSTOMER_ASKED = "customer_asked"
    MISTAKE = "mistake"


def stop(
    follow_up: FollowUp, scope: StopScope, channel: str | None, by: Person | None, now: datetime
) -> bool:
    """Stop a channel, this request, or everything. Inside a write. ``by`` None: the customer.

    ``channel``: call, whatsapp, sms, email or facetime, with scope *channel* only; one that is missing or
    unknown makes it everything, because unclear means everything. Returns False when all of it had been
    stopped before: then nobody is told again. Also works on an ended follow-up, for a customer who stops what
    may still come.
    """
    follow_up = lock_follow_up(follow_up.id)
    customer = _locked(follow_up)
    scope, channel = _named(scope, channel)
    listed, ends = (
        _list(customer, scope, channel, now),
        scope is not StopScope.CHANNEL and may_go_on(follow_up),
    )
    if not (listed or ends):
        return False
    _note("stopped", follow_up, by, now, scope=scope.value, channel=channel)
    if ends:
        record.end(follow_up, LeadState.STOPPED, now, by)
        follow_up.end_reason = STOPPED
    if channel in (None, "email"):
        letters.cancel(customer, STOPPED)
    if channel:
        record.replan(follow_up, now)
    _tell(follow_up, channel, by, now)
    what = channel or ("request" if scope is StopScope.REQUEST else "everything")
    letter = mails.stop_confirmed(letters.facts(follow_up, None), what)
    letters.send(follow_up, "stop_confirmed", letter, now, even_if_stopped=True)
    return True


def lift(follow_up: FollowUp, channel: str | None, reason: LiftReason, by: Person, now: datetime) -> bool:
    """Take the customer off the stop list: one channel, or (None) everything. Needs a reason, and is on the
    record.

    Inside a write. False when there was nothing to lift. An ended follow-up stays ended.
    """
    follow_up = lock_follow_up(follow_up.id)
    customer = _locked(follow_up)
    if not stoplist.lift(customer, letters.points_of(customer), channel or ""):
        return False
    _note("stop_lifted", follow_up, by, now, reason=reason.value, channel=channel)
    record.replan(follow_up, now)
    return True


def returned_after_stop(customer: Customer) -> datetime | None:
    """When they stopped everything, if a later request of theirs is open: "Stopped 3 Nov; wrote today"."""
    stopped = stoplist.stopped_at(customer, letters.points_of(customer))
    if stopped is None:
        return None
    later = select(Lead.id).where(
        Lead.group_id == customer.group_id,
        Lead.customer_id == customer.id,
        Lead.state == LeadState.OPEN,
        Lead.arrived_at > stopped,
    )
    return stopped if db.session.scalar(later.limit(1)) else None


def may_go_on(follow_up: FollowUp) -> bool:
    """Open, or one tap of the customer would open it again: that is what stops."""
    return follow_up.is_open or follow_up.end_reason == LeadState.UNREACHABLE


def _named(scope: StopScope, channel: str | None) -> tuple[StopScope, str | None]:
    channel = SAME_AS.get(channel or "", channel)
    if scope is not StopScope.CHANNEL:
        return scope, None
    return (scope, channel) if channel in stoplist.CHANNELS else (StopScope.EVERYTHING, None)


def _locked(follow_up: FollowUp) -> Customer:
    """One stop at a time for one customer: two taps at once must not become two confirmations."""
    own = select(Customer).where(
        Customer.group_id == follow_up.group_id, Customer.id == follow_up.customer_id
    )
    return db.session.scalars(own.with_for_update()).one()


def _list(customer: Customer, scope: StopScope, channel: str | None, now: datetime) -> bool:
    """A stopped request leaves nothing on the list: the next request is a new one."""
    if scope is StopScope.REQUEST:
        return False
    return stoplist.suppress(customer, letters.points_of(customer), scope, channel or "", now)


def _tell(follow_up: FollowUp, channel: str | None, by: Person | None, now: datetime) -> None:
    """Owner and managers are told, except whoever did it."""
    concerned = {person.id: person for person in [follow_up.owner, *due.managers(follow_up)]}
    for person in concerned.values():
        if by is None or person.id != by.id:
            cause = f"stopped {now.isoformat()}"
            notify.tell(person, STOPPED, follow_up, cause, now, channel=channel)


def _note(type_: str, follow_up: FollowUp, by: Person | None, now: datetime, **data: str | None) -> None:
    append(
        type_,
        now,
        group_id=follow_up.group_id,
        showroom_id=follow_up.showroom_id,
        follow_up_id=follow_up.id,
        person_id=by.id if by else None,
        **data,  # type: ignore[arg-type]
    )
