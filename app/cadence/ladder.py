"""How attention escalates when a step stays undone (product.md, Escalation). Pure: a step's kind in, rungs out.

Attention escalates, ownership does not. Times count in opening hours from the moment the step was due.
"""

import enum
from dataclasses import dataclass
from datetime import timedelta

from app.models import StepKind


class Rung(enum.StrEnum):
    """Who is told at this height."""

    ON_CALL = "on_call"
    """Outside opening hours, when a lead arrives: not a height, there is nothing to climb before the opening."""
    DEPUTY_AT_ONCE = "deputy_at_once"
    """When a lead arrives and its owner cannot take it now; not a height either."""
    DEPUTY_IF_SILENT = "deputy_if_silent"
    """Only when a device that has proven to send receipts sent none for this lead."""
    OWNER_AGAIN = "owner_again"
    DEPUTY = "deputy"
    EVERYONE = "everyone"
    MANAGER = "manager"
    ALARM = "alarm"
    """The manager's alarm, and a message to the customer with a concrete time."""
    GROUP_MANAGER = "group_manager"


@dataclass(frozen=True)
class Height:
    """A rung and how long after the step was due it is climbed."""

    after: timedelta
    rung: Rung


FIRST = (Rung.DEPUTY_IF_SILENT, Rung.OWNER_AGAIN, Rung.DEPUTY, Rung.EVERYONE, Rung.ALARM)
MANAGERS_TOLD = frozenset({Rung.ALARM, Rung.MANAGER, Rung.GROUP_MANAGER})
"""From here on a manager knows, and may say so (acknowledge)."""
CLIMBS_ON = timedelta(minutes=5)
"""An unacknowledged alarm reaches the group manager after this."""
SOON = (
    Height(timedelta(minutes=5), Rung.OWNER_AGAIN),
    Height(timedelta(minutes=15), Rung.DEPUTY),
    Height(timedelta(minutes=30), Rung.MANAGER),
)
LATER = (Height(timedelta(hours=2), Rung.MANAGER),)
MANAGERS = (Height(timedelta(hours=2), Rung.GROUP_MANAGER),)


def ladder(
    kind: StepKind | None, position: int, tried: bool, seconds: tuple[int, ...], speed: float = 1.0
) -> tuple[Height, ...]:
    """The rungs for one step. ``tried``: a real try was made; ``seconds``: the five of the first attempt."""
    steps: tuple[Height, ...]
    match kind:
        case StepKind.ATTEMPT if not tried:
            rungs = [Height(timedelta(seconds=s), r) for s, r in zip(seconds, FIRST, strict=True)]
            return (*rungs, Height(rungs[-1].after + CLIMBS_ON, Rung.GROUP_MANAGER))
        case StepKind.ATTEMPT if position <= 3:
            steps = SOON
        case StepKind.ANSWER | StepKind.SNOOZE | StepKind.CALL_BACK:
            steps = SOON
        case StepKind.FIND_CONTACT | StepKind.MANAGER_ANSWERS:
            steps = MANAGERS
        case None:
            return ()
        case _:
            steps = LATER
    return tuple(Height(height.after / speed, height.rung) for height in steps)
