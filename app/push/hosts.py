"""How many pushes one push service may have under way, and when it is left alone. Pure: no sockets, no clock.

``Gate`` is asked before a push is claimed and sent, and told what came of it; times are monotonic seconds given by the
caller (``app.delivery.drain``). Each service has an allowance of its own, so that one that is slow, hangs or is dead
keeps nobody else waiting.
"""

import random
from collections.abc import Callable

FLIGHTS = 200
"""Pushes under way to one service. Over HTTP/2 that is two connections."""
LINE = 100
"""Pushes claimed and next in line while the flights are full: never more than a moment's work."""
FAILURES = 5
"""Sends without an answer, answered with 5xx or throttled, in a row: the service is left alone for a while."""
PAUSE, LONGEST_PAUSE = 0.5, 1.5
TRIAL = 2.0
"""Seconds for the one push that tries whether a dead service is back. With the pauses this keeps the way back under
five seconds, however long the fault was, unless the service asks for longer."""
LONGEST_WISH = 60.0
"""Seconds: how long its Retry-After keeps all others from being sent. Whoever was told so waits for all of it."""
STALLED = 1.0
"""Full, and nothing came back for so long: whoever is in line is put back into the outbox."""
FAR = 2.0
"""The longest that a push that finds no room is put off at a time."""
WINDOW, FASTEST, HOPE = 0.25, 4000.0, 1.5
"""The pace is measured over so many seconds, begins at so many answers a second, and is taken for so much faster: who
asks too early is put off once more, who asks too late has waited for nothing."""
Dice = Callable[[], float]


class Breaker:
    """Opens after ``FAILURES`` failures in a row, lets one trial through after a jittered pause, closes on success."""

    def __init__(self, dice: Dice = random.random) -> None:
        self._dice = dice
        self._failures = 0
        self._pause = PAUSE
        self.open_until: float | None = None
        """None: closed."""
        self.trying = False

    def lets_through(self, now: float) -> bool:
        """Closed, or time for the one trial."""
        return self.open_until is None or (now >= self.open_until and not self.trying)

    def succeeded(self) -> None:
        """It answers: everything may go again."""
        self._failures, self._pause, self.open_until, self.trying = 0, PAUSE, None, False

    def failed(self, now: float, *, trial: bool, wish: float = 0.0) -> None:
        """``trial``: it was the one let through. What was under way when it opened does not lengthen the pause.
        ``wish``: seconds that the service asked for."""
        self._failures += 1
        if trial:
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
        elif self.open_until is not None or self._failures < FAILURES:
            return
        pause = max(self._pause * (0.5 + self._dice() / 2), min(wish, LONGEST_WISH))
        self.open_until, self.trying = now + pause, False


class Gate:
    """One push service: its flights, its line, its breaker. The caller keeps ``line``: pushes claimed and not sent."""

    def __init__(self, dice: Dice = random.random) -> None:
        self.breaker = Breaker(dice)
        self.flying = self.line = 0
        self._dice = dice
        self._moved_at = self._window_from = 0.0
        self._landed, self._pace = 0, FASTEST
        self._line_ends = 0.0

    def takes(self, now: float) -> bool:
        """Whether one more may be claimed for this service."""
        if self.breaker.open_until is not None:
            return self.line == 0 and self.breaker.lets_through(now)
        room = self.flying + self.line < FLIGHTS + LINE
        return room and (self.flying < FLIGHTS or not self.stalled(now))

    def sends(self, now: float) -> bool:
        """Whether the next in line may go."""
        return self.flying < FLIGHTS and self.breaker.lets_through(now)

    def stalled(self, now: float) -> bool:
        """Whether the line should be put back: nobody in it will go soon."""
        full = self.flying >= FLIGHTS and now - self._moved_at >= STALLED
        return full or not self.breaker.lets_through(now)

    def sent(self, now: float) -> bool:
        """One more is under way. True when it is the trial of a service that was taken for dead."""
        if self.flying == 0:
            self._moved_at = self._window_from = now
            self._landed = 0
        self.flying += 1
        self.breaker.trying = self.breaker.open_until is not None
        return self.breaker.trying

    def answered(self, now: float, *, ok: bool, trial: bool, wish: float = 0.0) -> None:
        """One came back. ``ok``: the service did answer, this one or a later one, whatever it said short of 5xx and
        "not so many". One phone may be throttled by itself; several in a row, nobody served between, are all."""
        self.flying -= 1
        if not ok:
            self.breaker.failed(now, trial=trial, wish=wish)
            return
        self.breaker.succeeded()
        self._moved_at = now
        self._landed += 1
        if now - self._window_from >= WINDOW:
            self._pace = HOPE * self._landed / (now - self._window_from)
            self._window_from, self._landed = now, 0

    def later(self, now: float, count: int = 1) -> float:
        """When ``count`` pushes that find no room should ask again: in line, at the pace the service shows."""
        until = self.breaker.open_until
        if until is not None:  # when the trial is over, and spread out
            trial_over = now + TRIAL if self.breaker.trying else now
            return max(until, trial_over) + 0.2 + self._dice() * 0.6
        if self.stalled(now):
            return now + FAR * (0.5 + self._dice() / 2)
        self._line_ends = max(self._line_ends, now + self.line / self._pace) + count / self._pace
        return min(self._line_ends, now + FAR)
