"""A time the customer named without a conversation: "not now, call me Saturday". It uses up no step.

In: a follow-up before contact and a time. Out: an event, and the next step it leads to. Called by the API inside its
transaction. A promise made on the phone is an outcome (call_back), not a snooze.
"""

import enum
from datetime import datetime, timedelta

from app.cadence import facts, record
from app.errors import Conflict, Unreadable
from app.models import FollowUp, Person, StepKind, happened

LONGEST = timedelta(days=30)


class SnoozeReason(enum.StrEnum):
    """Only the customer's own wish moves an attempt before there was contact (rule 2)."""

    CUSTOMERS_WISH = "customers_wish"
    AWAY = "away"


def snooze(follow_up: FollowUp, until: datetime, reason: SnoozeReason, by: Person, now: datetime) -> None:
    """Wait until the customer's time. Raises Conflict after contact or after the end, Unreadable for the time."""
    if not follow_up.is_open:
        raise Conflict("This follow-up has ended; nothing is due any more.", code="follow_up_ended")
    if follow_up.contacted_at is not None:
        raise Conflict("You have spoken with them: name the next step instead.", code="after_contact")
    if not now < until <= now + LONGEST:
        sentence = f"Choose a time within the next {LONGEST.days} days."
        raise Unreadable(sentence, fields={"until": sentence})
    happened("snoozed", follow_up, now, person_id=by.id, until=until.isoformat(), reason=reason.value)
    record.replan(follow_up, now)


def lift(follow_up: FollowUp, by: Person, now: datetime) -> None:
    """Undo the last snooze, as if it had never been. Raises Conflict when none holds."""
    event = facts.present_snooze(follow_up)
    if event is None or follow_up.next_kind is not StepKind.SNOOZE:
        raise Conflict("Nothing is snoozed here (any more).", code="no_snooze")
    happened("snooze_lifted", follow_up, now, person_id=by.id, snooze=event.id)
    record.replan(follow_up, now)
