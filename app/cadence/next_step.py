"""The next step of a follow-up: every answer the plan can give.

In:  nothing. Out: the values of `Plan`; all instants are aware UTC.
Called by: plan.py makes them; the callers of `plan_next` match on them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from app.cadence.steps import Channel


@dataclass(frozen=True, slots=True)
class Planned:
    """`planned_at`: when it was first due; earlier than the due time when it is overdue."""

    planned_at: datetime = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class NextAttempt(Planned):
    """The next try of the cadence; `position` counts from 1."""

    position: int
    due_at: datetime
    channel: Channel
    voicemail_allowed: bool


@dataclass(frozen=True, slots=True)
class Snooze(Planned):
    """The customer chose the time (also in closed hours); it uses up no step."""

    until: datetime
    position: int


@dataclass(frozen=True, slots=True)
class AnswerNow(Planned):
    """The customer waits for an answer: to a reply, or (after contact) to a new enquiry, by a call."""

    due_at: datetime
    about: Literal["reply", "new_lead"] = "reply"


@dataclass(frozen=True, slots=True)
class DatedStep(Planned):
    """After contact: what was agreed. An appointment or call back may lie in closed hours."""

    kind: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class NameNextStep(Planned):
    """After contact without a dated step: the owner is asked for one."""

    due_at: datetime


@dataclass(frozen=True, slots=True)
class ManagerAnswers(Planned):
    """A complaint: the follow-up rests until the manager has answered."""

    due_at: datetime


@dataclass(frozen=True, slots=True)
class FindContact(Planned):
    """No number and no address: the manager looks for one."""

    due_at: datetime


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The last step was tried: the follow-up ends as unreachable."""


@dataclass(frozen=True, slots=True)
class Ended:
    """Somebody closed the follow-up: nothing is due."""


Plan = (
    NextAttempt | Snooze | AnswerNow | DatedStep | NameNextStep | ManagerAnswers | FindContact
    | Unreachable | Ended
)  # fmt: skip
