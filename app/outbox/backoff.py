"""How long to wait before the next try. Pure."""

import random
from datetime import timedelta

FIRST = 1.0
MOST = 300.0


def backoff(tries: int, after: timedelta | None = None, spread: float | None = None) -> timedelta:
    """Seconds 1, 2, 4, … up to 5 minutes, jittered to between half and all of it, and never before ``after``.

    ``tries`` counts those already made, from 1; ``spread`` (0 to 1) replaces the dice in tests.
    """
    dice = random.random() if spread is None else spread
    delay = min(FIRST * 2 ** min(max(tries - 1, 0), 20), MOST) * (0.5 + dice / 2)
    return max(timedelta(seconds=delay), after or timedelta())
