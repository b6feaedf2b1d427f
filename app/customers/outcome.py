"""Log an outcome, undo it, take back a tap: the verbs of the outcome sheet. Called by the API inside its transaction.

They live here because an outcome may stop a customer, the highest thing it can touch (architecture.md).
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.access import lock_follow_up
from app.assignment import hand_over
from app.cadence import record
from app.cadence.facts import attempts_of
from app.customers import come_back, privacy
from app.db import db
from app.errors import Conflict
from app.models import (
    CONTACT,
    Attempt,
    ContactPoint,
    FollowUp,
    LeadState,
    Outcome,
    Person,
    StopScope,
    happened,
)


@dataclass(frozen=True)
class Logged:
    """What the salesperson said about an attempt, in one tap and at most two questions."""

    outcome: Outcome
    at: datetime
    note: str | None = None
    away_seconds: int | None = None
    call_back_at: datetime | None = None
    question_answered: bool | None = None
    next_kind: str | None = None
    next_at: datetime | None = None
    stop_scope: StopScope = StopScope.EVERYTHING


def log(attempt: Attempt, said: Logged, by: Person, now: datetime) -> FollowUp:
    """Write the outcome down and do what follows. A fact is never refused, also when it comes late."""
    follow_up = lock_follow_up(attempt.follow_up_id)
    spoken = attempt.outcome in CONTACT
    if said.outcome is not Outcome.WRONG_NUMBER:
        _right_after_all(attempt)
    attempt.outcome, attempt.outcome_at, attempt.ended_at = said.outcome, now, min(said.at, now)
    attempt.note, attempt.away_seconds = said.note, said.away_seconds
    attempt.call_back_at, attempt.question_answered = said.call_back_at, said.question_answered
    attempt.next_kind, attempt.next_at, attempt.withdrawn_at = said.next_kind, said.next_at, None
    db.session.flush()
    if spoken and said.outcome not in CONTACT:
        _forget_talk(attempt, follow_up, now)
    if said.outcome in CONTACT:
        hand_over.first_to_speak(follow_up, attempt, now)
    record.log_outcome(attempt, follow_up, now)
    if said.outcome is Outcome.STOP:
        channel = attempt.channel.value if said.stop_scope is StopScope.CHANNEL else None
        privacy.stop(follow_up, said.stop_scope, channel, by, now)
    if said.outcome is Outcome.COMPLAINT:
        happened("complaint_logged", follow_up, now, person_id=by.id, attempts=len(attempts_of(follow_up)))
    return follow_up


def undo(attempt: Attempt, by: Person, now: datetime) -> FollowUp:
    """Forget the outcome and decide again. Raises Conflict for a stop: that promise to the customer is kept."""
    follow_up = lock_follow_up(attempt.follow_up_id)
    if attempt.outcome is Outcome.STOP:
        raise Conflict(
            "A stop cannot be undone here: the customer asked for it. Ask your manager.", code="cannot_undo"
        )
    if attempt.outcome is None:
        return follow_up
    _right_after_all(attempt)
    spoken = attempt.outcome in CONTACT
    if follow_up.end_reason == LeadState.UNREACHABLE:  # whatever else ended it was not this outcome
        come_back.reopen(follow_up, now)
    attempt.outcome = attempt.outcome_at = attempt.ended_at = attempt.call_back_at = None
    attempt.next_kind = attempt.next_at = attempt.question_answered = None
    happened("outcome_undone", follow_up, now, person_id=by.id, attempt_id=attempt.id)
    if spoken:
        _forget_talk(attempt, follow_up, now)
    if follow_up.is_open:
        record.hold(
            follow_up, attempt, now
        )  # the call is open again: nobody is alarmed while it is corrected
    record.settle(follow_up, now)
    return follow_up


def withdraw(attempt: Attempt, by: Person, now: datetime) -> FollowUp:
    """ "Didn't call": the tap was no try, and the original clock resumes (rule 5)."""
    follow_up = lock_follow_up(attempt.follow_up_id)
    if attempt.outcome is not None:
        raise Conflict("This attempt has an outcome already. Undo that first.", code="has_outcome")
    if attempt.withdrawn_at is None:
        attempt.withdrawn_at = now
        happened("attempt_withdrawn", follow_up, now, person_id=by.id, attempt_id=attempt.id)
        record.settle(follow_up, now)
    return follow_up


def close(follow_up: FollowUp, reason: LeadState, by: Person, now: datetime) -> FollowUp:
    """End it by hand. Before contact only managers may, and only as test, not a request or duplicate (rule 3)."""
    follow_up = lock_follow_up(follow_up.id)
    before_contact = follow_up.contacted_at is None
    managers_only = reason in (LeadState.TEST, LeadState.NOT_A_REQUEST)
    if before_contact and reason not in (LeadState.TEST, LeadState.NOT_A_REQUEST, LeadState.DUPLICATE):
        raise Conflict(
            "There was no contact yet: it ends by its cadence or by a stop.", code="no_contact_yet"
        )
    if managers_only and not by.manages:
        raise Conflict("Only a manager can close it as a test or as not a request.", code="managers_only")
    record.end(follow_up, reason, now, by)
    return follow_up


def _right_after_all(attempt: Attempt) -> None:
    """What this attempt had marked as a wrong number is offered again, now that it says something else."""
    if attempt.outcome is Outcome.WRONG_NUMBER and attempt.contact_point_id:
        db.session.get_one(ContactPoint, attempt.contact_point_id).wrong_at = None


def _forget_talk(attempt: Attempt, follow_up: FollowUp, now: datetime) -> None:
    """A slip is no conversation: nobody owns a customer by it, and whoever speaks first still becomes the owner."""
    db.session.flush()
    hand_over.take_back(follow_up, attempt, now)
    query = (
        select(Attempt.id)
        .join(FollowUp, FollowUp.id == Attempt.follow_up_id)
        .where(
            Attempt.group_id == follow_up.group_id,
            FollowUp.group_id == follow_up.group_id,
            FollowUp.customer_id == follow_up.customer_id,
            Attempt.outcome.in_(CONTACT),
        )
    )
    if db.session.scalar(query.limit(1)) is None:
        follow_up.customer.spoke_at = None
