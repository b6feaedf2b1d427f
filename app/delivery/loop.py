"""The loops that the worker's threads run. In: something that takes turns. Called by ``app.worker``.

A broad ``except`` belongs here, in the worker and in the lanes' pools only: log it, wait a moment, go on.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Protocol

from flask import Flask

from app.db import db

log = logging.getLogger(__name__)
IDLE = 0.5
"""Longest sleep of a lane: the fallback when a ring was missed."""


class Turns(Protocol):
    """What a lane runs: ``turn`` does what is due and says how long it wants to ``wait``; ``wake`` ends the wait."""

    def turn(self, rung: bool) -> float: ...
    def wait(self, seconds: float) -> bool: ...
    def wake(self) -> None: ...
    def close(self) -> None: ...


class Lane(threading.Thread):
    """One loop in a thread, in one app context; whatever fails is logged and the loop goes on."""

    def __init__(self, app: Flask, name: str, turns: Turns, stop: threading.Event) -> None:
        super().__init__(name=name, daemon=True)
        self._app, self.turns, self._stop_asked = app, turns, stop

    def run(self) -> None:
        rung = True
        with self._app.app_context():
            while not self._stop_asked.is_set():
                try:
                    pause = self.turns.turn(rung)
                except Exception:
                    log.exception("a turn of the worker failed", extra={"lane": self.name})
                    db.session.remove()
                    pause = IDLE
                rung = self.turns.wait(pause)


class Nap:
    """A wait that a ring ends. ``pace``: seconds between a ring and the look it causes: many rings, one look."""

    def __init__(self, pace: float = 0.0) -> None:
        self._pace, self._bell = pace, threading.Event()

    def wait(self, seconds: float) -> bool:
        """True when woken. A ring during the pace counts: the look comes after it."""
        woken = self._bell.wait(seconds)
        if woken and self._pace:
            time.sleep(self._pace)
        self._bell.clear()
        return woken

    def wake(self) -> None:
        """End a ``wait``. From any thread."""
        self._bell.set()


class Napping(Nap):
    """Turns that are a function."""

    def __init__(self, act: Callable[[], float], pace: float = 0.0) -> None:
        super().__init__(pace)
        self._act = act

    def turn(self, rung: bool) -> float:
        return self._act()

    def close(self) -> None:
        """Nothing is kept open."""
