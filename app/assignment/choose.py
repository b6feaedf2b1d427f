"""Choose the owner of a new customer. Pure: candidates in, one out.

Rule 7: round robin among those on duty and free; somebody with an unfinished first call is skipped for new customers.
Nobody on duty: whoever is next, fewest open. Nobody at all: the manager.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from app.models import Availability

NEVER = datetime.min.replace(tzinfo=UTC)
NO_DAY = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Candidate:
    """A salesperson of the showroom, as far as choosing goes."""

    id: UUID
    availability: Availability
    unfinished: int
    """Follow-ups given but not yet tried (the unfinished first call)."""
    open: int
    last_assigned_at: datetime | None
    back_at: datetime | None = None
    """When somebody who is not on duty will be, by their own hours; None: nobody knows."""


def choose(candidates: Iterable[Candidate]) -> UUID | None:
    """The one whose turn it is, or None when there is no salesperson at all."""
    everybody = list(candidates)
    on_duty = [c for c in everybody if c.availability is Availability.ON_DUTY]
    free = [c for c in on_duty if not c.unfinished]
    if free:
        return min(free, key=_turn).id
    if on_duty:
        return min(on_duty, key=lambda c: (c.unfinished, *_turn(c))).id
    soon = [c for c in everybody if c.availability is not Availability.OFF]
    if soon:
        return min(soon, key=lambda c: (c.open, *_turn(c))).id
    return min(everybody, key=lambda c: (c.back_at or NO_DAY, c.open, *_turn(c))).id if everybody else None


def _turn(candidate: Candidate) -> tuple[datetime, UUID]:
    return candidate.last_assigned_at or NEVER, candidate.id
