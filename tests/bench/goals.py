"""What the figures must reach: ratios within one run, because the machine is shared. ``bin/bench`` exits 1 on a miss.

In: goals that the measurements make. Out: a table, and whether all were reached.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    """``value`` must be at most ``limit``, or at least (``least``)."""

    what: str
    value: float
    limit: float
    least: bool = False

    @property
    def reached(self) -> bool:
        return self.value >= self.limit if self.least else self.value <= self.limit

    def row(self) -> tuple[str, str, str, str]:
        sign = "≥" if self.least else "≤"
        verdict = "reached" if self.reached else "**missed**"
        return self.what, f"{self.value:.2f}", f"{sign} {self.limit:g}", verdict


HEAD = ("goal", "measured", "wanted", "")


def missed(goals: Sequence[Goal]) -> list[Goal]:
    """Those that were not reached."""
    return [goal for goal in goals if not goal.reached]
