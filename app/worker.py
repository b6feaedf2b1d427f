"""The worker: due times, escalation, deliveries, rescue, pruning. Plain threads, any number of processes.

The main thread listens to the bell and wakes the lanes; each lane loops over "do what is due, sleep until the next".
A broad ``except`` belongs only here: log it, wait a moment, go on.
"""

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from types import FrameType
from uuid import UUID

from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.orm import InstrumentedAttribute

from app import clock
from app.access import settings
from app.assignment import escalate
from app.cadence import due
from app.db import db, write
from app.delivery.drain import MailLane, PushLane
from app.intake import receive
from app.models import FollowUp, Heartbeat, RequestKey, Submission, SubmissionState
from app.outbox import claim
from app.outbox.bell import bell

log = logging.getLogger(__name__)
BEAT = 1.0
IDLE = 0.5
"""Longest sleep of a lane: the fallback when a ring was missed."""
PRUNE_EVERY = timedelta(hours=1)
KEYS_KEPT = timedelta(days=60)
POSTPONED = timedelta(minutes=1)
Act = Callable[[UUID, datetime], bool]
Due = InstrumentedAttribute[datetime | None]


class Lane(threading.Thread):
    """A loop in a thread: ``turn`` does what is due and returns the seconds until it wants to be called again."""

    def __init__(self, app: Flask, name: str, turn: Callable[[], float], stop: threading.Event) -> None:
        super().__init__(name=name, daemon=True)
        self._app, self._turn, self._stop_asked = app, turn, stop
        self.bell = threading.Event()

    def run(self) -> None:
        while not self._stop_asked.is_set():
            try:
                with self._app.app_context():
                    pause = self._turn()
            except Exception:
                log.exception("a turn of the worker failed", extra={"lane": self.name})
                pause = IDLE
            if pause > 0 and self.bell.wait(pause):
                self.bell.clear()


class Worker:
    """One worker process: lanes, heartbeat, bell."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self.name = f"worker {socket.gethostname()[:30]} {os.getpid()}"
        self._stop = threading.Event()
        with app.app_context():
            self._settings = settings()
        self._pushes = PushLane(self._settings, self.name)
        self._mails = MailLane(self._settings, self.name)
        self._pruned_at: datetime | None = None
        self._lanes = [
            Lane(app, "push", self._push, self._stop),
            Lane(app, "mail", self._mail, self._stop),
            Lane(app, "due", self._due, self._stop),
            Lane(app, "upkeep", self._upkeep, self._stop),
        ]

    def run(self) -> None:
        """Until SIGTERM or SIGINT. Claims left behind by a kill are rescued by whoever lives."""
        signal.signal(signal.SIGTERM, self._asked)
        signal.signal(signal.SIGINT, self._asked)
        with self._app.app_context():
            self._beat()
        for lane in self._lanes:
            lane.start()
        ring = bell(self._settings)
        while not self._stop.is_set():
            if ring.wait(IDLE):
                for lane in self._lanes[:3]:
                    lane.bell.set()
        ring.close()
        for lane in self._lanes:
            lane.bell.set()
            lane.join(10)
        with self._app.app_context(), write():
            db.session.execute(delete(Heartbeat).where(Heartbeat.name == self.name))

    def _asked(self, _signal: int, _frame: FrameType | None) -> None:
        self._stop.set()

    def _push(self) -> float:
        return 0.0 if self._pushes.turn() else _until(claim.next_due(self._pushes.channel))

    def _mail(self) -> float:
        return 0.0 if self._mails.turn() else _until(claim.next_due(self._mails.channel))

    def _due(self) -> float:
        now = clock.now()
        acted = self._each(due.prompts(now), due.prompt, FollowUp.prompt_at, now)
        acted += self._each(due.holds(now), due.check_hold, FollowUp.hold_check_at, now)
        acted += self._each(escalate.due_rungs(now), escalate.climb, FollowUp.escalate_at, now)
        if acted:
            return 0.0
        times = [t for t in (due.next_at(), escalate.next_at()) if t is not None]
        return _until(min(times, default=None))

    def _each(self, ids: list[UUID], act: Act, column: Due, now: datetime) -> int:
        """One at a time; a row that cannot be acted on is pushed a minute ahead, so that it cannot stop the others."""
        for id_ in ids:
            try:
                act(id_, now)
            except Exception:
                log.exception("a due time could not be acted on", extra={"follow_up": str(id_)})
                later = update(FollowUp).where(FollowUp.id == id_, column <= now)
                with write():
                    db.session.execute(later.values({column: now + POSTPONED}))
        return len(ids)

    def _upkeep(self) -> float:
        now = clock.now()
        self._beat()
        if claim.needs_rescue(now):
            with write():
                count = claim.rescue(now)
            log.warning("rescued deliveries of a dead worker", extra={"count": count})
        self._reread(now)
        if self._pruned_at is None or now - self._pruned_at > PRUNE_EVERY:
            self._prune(now)
        return BEAT

    def _beat(self) -> None:
        with write():
            db.session.merge(Heartbeat(name=self.name, pid=os.getpid(), beat_at=clock.now()))

    def _reread(self, now: datetime) -> None:
        """Submissions that a crash left between raw and read."""
        grace = timedelta(seconds=self._settings.submission_grace)
        query = (
            select(Submission.id, Submission.received_at, Submission.tries)
            .where(Submission.state == SubmissionState.RECEIVED, Submission.received_at < now - grace)
            .order_by(Submission.tries, Submission.received_at)
            .limit(20)
        )
        for submission_id, received_at, tries in list(db.session.execute(query)):
            if now < received_at + grace * 2 ** min(tries, 9):
                continue
            try:
                receive.read(submission_id)
            except Exception:
                log.exception("a submission could not be read", extra={"submission": str(submission_id)})
                receive.failed(submission_id)
            finally:
                db.session.rollback()

    def _prune(self, now: datetime) -> None:
        """Raw payloads after RAW_DAYS, answers to old requests, heartbeats of workers long gone."""
        self._pruned_at = now
        old = now - timedelta(days=self._settings.raw_days)
        with write():
            db.session.execute(
                update(Submission)
                .where(Submission.received_at < old, Submission.body.is_not(None))
                .values(body=None)
            )
            db.session.execute(delete(RequestKey).where(RequestKey.created_at < now - KEYS_KEPT))
            db.session.execute(delete(Heartbeat).where(Heartbeat.beat_at < now - timedelta(hours=1)))


def _until(at: datetime | None) -> float:
    """Seconds to sleep, at most ``IDLE``; never quite zero, so that a stuck row cannot spin a core."""
    db.session.rollback()
    if at is None:
        return IDLE
    return min(max((at - clock.now()).total_seconds(), 0.001), IDLE)


def run(app: Flask) -> None:
    """Entry of ``flask --app wsgi worker``."""
    Worker(app).run()
