"""A manager has seen the alarm: it climbs no further, and the clock runs on. Called by the API and by accept, inside
their transaction.
"""

from datetime import datetime

from app.cadence import record
from app.cadence.ladder import MANAGERS_TOLD
from app.errors import Conflict, NotAllowed
from app.models import FollowUp, Person, happened
from app.outbox import proof


def acknowledge(follow_up: FollowUp, by: Person, now: datetime) -> None:
    """A manager has seen it. Raises NotAllowed for anybody else, and Conflict (nothing_to_acknowledge) while no manager
    has been alerted about this step.
    """
    if not by.manages:
        raise NotAllowed("Only a manager can acknowledge an alarm. To help, call or cover.")
    if not alarmed(follow_up):
        raise Conflict("No manager has been alerted about this step.", code="nothing_to_acknowledge")
    answer_alarm(follow_up, by, now)


def answer_alarm(follow_up: FollowUp, by: Person, now: datetime) -> None:
    """Stop the climbing of the present step; its owner, its due time and the clock stay as they are."""
    follow_up.rung, follow_up.escalate_at = len(record.rungs_of(follow_up)), None
    proof.acted(by, follow_up, now)
    happened("alarm_acknowledged", follow_up, now, person_id=by.id)


def alarmed(follow_up: FollowUp) -> bool:
    """Whether a manager has been alerted about the present step."""
    climbed = record.rungs_of(follow_up)[: follow_up.rung]
    return follow_up.is_open and any(height.rung in MANAGERS_TOLD for height in climbed)
