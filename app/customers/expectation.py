"""What a customer may truthfully be told about what comes next: read off the follow-up's next step, never
promised beyond it.

In: a follow-up and now. Out: ``Expectation``. Pure. Called by confirm (in the salesperson's words) and by the
customer's page (about the salesperson).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from app.assignment.duty import weigh
from app.models import Availability, FollowUp, FollowUpState, Person, StepKind
from app.outbox.letters import speaker

What = Literal[
    "minutes", "opening", "moment", "again", "soon", "writing", "answer", "manager", "agreed", "appointment",
    "in_touch", "closed",
]  # fmt: skip

A_FEW_MINUTES = timedelta(minutes=5)
WRITTEN = frozenset({"write", "whatsapp", "sms", "email"})
AGREED: dict[StepKind, What] = {
    StepKind.APPOINTMENT: "appointment",
    StepKind.CALL_BACK: "agreed",
    StepKind.SNOOZE: "agreed",
}
WITHOUT_TIME: dict[StepKind, What] = {
    StepKind.ANSWER: "answer",
    StepKind.FIND_CONTACT: "in_touch",
    StepKind.MANAGER_ANSWERS: "manager",
    StepKind.NAME_NEXT_STEP: "in_touch",
    StepKind.QUOTE: "in_touch",
    StepKind.CHECK_IN: "in_touch",
}


@dataclass(frozen=True)
class Expectation:
    """``what`` will happen; ``at`` is set when a time can be named."""

    what: What
    at: datetime | None = None


def expectation(follow_up: FollowUp, now: datetime) -> Expectation:
    """What comes next for this customer, as far as it is certain."""
    if follow_up.state is FollowUpState.ENDED or follow_up.next_kind is None or follow_up.next_due_at is None:
        return Expectation("closed")
    kind, due = follow_up.next_kind, follow_up.next_due_at
    late = now - due > A_FEW_MINUTES
    if kind in AGREED:
        return Expectation("soon") if late else Expectation(AGREED[kind], due)
    if kind in WITHOUT_TIME:
        return Expectation(WITHOUT_TIME[kind])
    if follow_up.next_channel in WRITTEN:
        return Expectation("writing")
    return Expectation("soon") if late else _call(follow_up, due, now)


def _call(follow_up: FollowUp, due: datetime, now: datetime) -> Expectation:
    if follow_up.first_try_at:
        return Expectation("again", due)
    if due - now <= A_FEW_MINUTES:
        return Expectation("minutes" if _there(speaker(follow_up), max(due, now)) else "soon")
    return Expectation("moment" if follow_up.showroom.hours.is_open(now) else "opening", due)


def _there(person: Person, at: datetime) -> bool:
    """Nobody may be on duty although the showroom is open; then "within a few minutes" would be no truth.

    Whoever is absent is covered, and the deputy speaks: their absence need not be asked for.
    """
    hours = person.showroom.hours.of_person(person.weekly)
    present = weigh(person.availability, person.availability_until, hours, None, at)
    return present.state is Availability.ON_DUTY
