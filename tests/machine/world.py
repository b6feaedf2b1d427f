"""What every rule stands on: the firm, the time, what the machine remembers, and the laws after each step.

In: an app, its database emptied before each run. Out: ``World``, the base of the rules. Called by customers, staff and
nature, whose rules choose among what exists by a number, so that a failing run shrinks to few steps.
"""

import logging
import re
from collections import Counter
from datetime import timedelta
from typing import Any, TypeVar

import time_machine
from flask import Flask
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant

from app import clock
from app.push.notify import iso
from app.worker import Worker
from tests.machine import laws
from tests.machine.firm import COLLEAGUES, Firm
from tests.machine.post import Postman

T = TypeVar("T")
START = "2026-11-23T08:30:00Z"
WEEK = {day: [["09:00", "12:30"], ["13:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
HOURS: list[dict[str, Any]] = [
    {"always": True},
    {**WEEK, "sat": [["10:00", "16:00"]], "holidays": ["2026-11-25"]},
]
MINUTE, HOUR, DAY = 60, 3600, 86400
PERSONAL = re.compile(r"jansen|de.wit|bedrijf|6 ?31 ?00 ?00|kofferbak|sanne|@", re.IGNORECASE)
"""Every name, number, address and text that the machine uses for a customer, and one of a colleague's."""
ANSWERS = (200, 201, 403, 404, 409, 422)
UUID_LENGTH = 36
NUMBER = st.integers(0, 7)
WHO = st.sampled_from(["sanne", "sanne", "sanne", "eva", "eva", *COLLEAGUES])
BACK = st.sampled_from([0, 0, 0, 45, 5 * MINUTE, 3 * HOUR, 2 * DAY])
AHEAD = st.sampled_from([-HOUR, 10 * MINUTE, 5 * HOUR, 2 * DAY, 20 * DAY])
LOG = logging.getLogger("app")


class Trouble(logging.Handler):
    """The worker carries on after an error and only logs it: here every such line counts."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info:
            self.lines.append(f"{record.getMessage()}: {record.exc_info[1]!r}")


class World(RuleBasedStateMachine):
    """``app`` is set by ``rules.machine``; ``steps`` and ``came_true`` (what succeeded, how often) count over all runs."""

    app: Flask
    steps: int
    came_true: Counter[str]

    def open_the_doors(self, hours: dict[str, Any]) -> None:
        """A new firm on an empty database, on a Monday morning."""
        self._time = time_machine.travel(START, tick=False)
        self.traveller = self._time.start()
        self.firm, self.post = Firm(self.app, hours), Postman()
        self.sent: list[tuple[str, bytes, str]] = []
        self.follow_ups: list[str] = []
        self.pages: list[str] = []
        self.attempts: list[str] = []
        self.absences: list[str] = []
        self.left: set[str] = set()
        self.office: Counter[str] = Counter()
        self._event, self._trouble = 0, Trouble()
        LOG.addHandler(self._trouble)
        with self.app.app_context():
            self.worker = Worker(self.app)

    def teardown(self) -> None:
        LOG.removeHandler(self._trouble)
        self._time.stop()

    @invariant()
    def the_laws_hold(self) -> None:
        if not hasattr(self, "firm"):
            return
        type(self).steps += 1
        with self.firm.looking() as connection:
            broken = laws.broken(connection, clock.now())
            self._event, told = laws.personal(connection, self._event, PERSONAL)
        problems = broken + told + self._trouble.lines
        assert not problems, "\n".join(problems)
        self.traveller.shift(0.25)

    def move(self, who: str, method: str, path: str, body: Any = None) -> int:
        """One request; its status. Whoever has left has no session any more, everybody else has one."""
        status = self.firm.ask(who, method, path, body).status_code
        assert status in ANSWERS or (status == 401 and who in self.left), f"{method} {path} {body}: {status}"
        if status < 300:
            noun = next(word for word in reversed(path.split("/")) if len(word) != UUID_LENGTH)
            self.came_true[f"{method} {noun}"] += 1
        return status

    def seldom(self, what: str, times: int) -> bool:
        """Whether this may happen once more in this run: what a firm does rarely must not crowd out its days."""
        self.office[what] += 1
        return self.office[what] <= times

    def follow_up(self, number: int, noun: str) -> str:
        """The path of something about one follow-up."""
        return f"follow-ups/{self.pick(self.follow_ups, number)}/{noun}"

    def pick(self, among: list[T], number: int) -> T:
        """The newest for 0, older ones for more."""
        return among[-1 - number % len(among)]

    def at(self, seconds: int) -> str:
        """A moment this far from now, as a phone writes it."""
        return iso(clock.now() + timedelta(seconds=seconds))
