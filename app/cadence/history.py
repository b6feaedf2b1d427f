"""What has happened in one follow-up, in the form the plan reads it.

In:  rows of attempts, leads, replies and next steps. Out: `History`, a plain value.
Called by: whoever asks for a plan (record.py, due.py, intake) builds it; standing.py replays it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

Contactable = Literal["call", "write", "none"]
# In this order when two facts carry the same time: the tap before its outcome, an outcome before what the
# owner decides about it.
Kind = Literal[
    "started", "reassigned", "new_lead", "replied", "no_answer", "voicemail", "busy", "wrong_number",
    "message_sent", "call_back", "snoozed", "spoke", "called_us", "complaint", "stop", "to_writing", "not_made",
    "complaint_answered", "moved", "next_step",
]  # fmt: skip
CHOSEN: tuple[Kind, ...] = ("call_back", "snoozed")
"""The customer chose the time; it needs no kind of next step."""
RANK: dict[str, int] = {kind: rank for rank, kind in enumerate(get_args(Kind))}


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened, at its own (aware) time; an attempt's time is the tap.

    `next_at`: call_back, snoozed: the time the customer chose; spoke, called_us, next_step: the dated step,
    with its `next_kind` (appointment, call_back, quote, check_in, ...). Raises ValueError when one of them is
    missing. `snoozed`: no try, only their wish. `to_writing`: from here on the customer is written to. `stop`
    without a closed follow-up stopped calls. `complaint_answered`: the manager has answered. `moved`: another
    version of the cadence holds from here on.
    """

    at: datetime
    kind: Kind
    next_at: datetime | None = None
    next_kind: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in RANK:
            raise ValueError(f"{self.kind!r} is not a kind of fact")
        object.__setattr__(self, "at", _utc(self.at))
        if self.next_at is not None:
            object.__setattr__(self, "next_at", _utc(self.next_at))
        if self.kind in (*CHOSEN, "next_step") and self.next_at is None:
            raise ValueError(f"{self.kind} needs the time it is for")
        if self.kind not in CHOSEN and (self.next_at is None) != (self.next_kind is None):
            raise ValueError(f"{self.kind}: a next step has both a kind and a time")


@dataclass(frozen=True, slots=True)
class History:
    """One follow-up as far as the plan needs it. Raises ValueError for a naive instant.

    `contactable`: how the customer can be reached now. `stagger`: this follow-up's place in the queue after
    an opening, as a duration (see `app.hours.stagger`). `closed`: every lead in it has been closed. `on_call`:
    from when to when somebody answers replies outside opening hours.
    """

    opened_at: datetime
    contactable: Contactable
    facts: tuple[Fact, ...] = ()
    closed: bool = False
    stagger: timedelta = timedelta(0)
    on_call: tuple[tuple[datetime, datetime], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "opened_at", _utc(self.opened_at))

    def in_order(self) -> list[Fact]:
        """By time; the same list whatever order the facts came in."""
        return sorted(self.facts, key=lambda f: (f.at, RANK[f.kind], f.next_at or f.at, f.next_kind or ""))


def _utc(at: datetime) -> datetime:
    """Sums of local times go wrong when the clock changes in between."""
    if at.utcoffset() is None:
        raise ValueError("an instant needs its time zone")
    return at.astimezone(UTC)
