"""The worker: due times, escalation, deliveries, rescue, pruning. Plain threads, any number of processes.

The main thread listens to the bell, looks once what is due next, and wakes the lanes that it concerns
(``app.delivery.loop``); each loops over "do what is due, sleep until the next". A row that cannot be acted on is logged
and put off, so that it cannot stop the others.
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
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import InstrumentedAttribute

from app import clock
from app.access import settings
from app.assignment import duty, escalate, stand_in
from app.cadence import due
from app.db import db, write
from app.delivery.channels import forward, graph, telephone
from app.delivery.drain import PushLane
from app.delivery.lanes import MAIL_PACE, BlockingLane, MailLane
from app.delivery.loop import IDLE, Lane, Napping, Turns
from app.files import notes, store
from app.intake import receive
from app.models import (
    Availability,
    DeliveryChannel,
    FollowUp,
    Heartbeat,
    RequestKey,
    Submission,
    SubmissionState,
)
from app.outbox import agenda, claim
from app.outbox.bell import bell
from app.push import check

log = logging.getLogger(__name__)
BEAT = 1.0
CHECK_EVERY = timedelta(minutes=1)
PRUNE_EVERY = timedelta(hours=1)
COVERS_EVERY = timedelta(minutes=1)
"""How late a deputy may begin to cover for whoever is absent from now on."""
LOOK_EVERY = 0.02
"""Seconds: however fast commits come, due times are looked at no more often."""
KEYS_KEPT = timedelta(days=60)
POSTPONED = timedelta(minutes=1)
Act = Callable[[UUID, datetime], bool]
Due = InstrumentedAttribute[datetime | None]


class Worker:
    """One worker process: lanes, heartbeat, bell."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self.name = f"worker {socket.gethostname()[:30]} {os.getpid()}"
        self._stop = threading.Event()
        with app.app_context():
            self._settings = settings()
            self._pushes = PushLane(self._settings, self.name)
        self._pruned_at: datetime | None = None
        self._checked_at: datetime | None = None
        self._covers_at: datetime | None = None
        forwards = BlockingLane(
            self._settings, self.name, (DeliveryChannel.FORWARD,), forward.send, threads=2, pace=MAIL_PACE
        )
        graphs = BlockingLane(self._settings, self.name, (DeliveryChannel.GRAPH,), graph.send, pace=MAIL_PACE)
        telephones = BlockingLane(self._settings, self.name, telephone.CHANNELS, telephone.send)
        turns: dict[str, tuple[Turns, agenda.Ends]] = {
            "push": (self._pushes, agenda.of_channels(DeliveryChannel.PUSH)),
            "mail": (MailLane(self._settings, self.name), agenda.of_channels(DeliveryChannel.EMAIL)),
            "forward": (forwards, agenda.of_channels(DeliveryChannel.FORWARD)),
            "graph": (graphs, agenda.of_channels(DeliveryChannel.GRAPH)),
            "telephone": (telephones, agenda.of_channels(*telephone.CHANNELS)),
            "due": (Napping(self._due, LOOK_EVERY), agenda.OF_FOLLOW_UPS),
        }
        self._rung = {Lane(app, name, each, self._stop): ends for name, (each, ends) in turns.items()}
        self._upkeep_lane = Lane(app, "upkeep", Napping(self._upkeep), self._stop)

    def run(self) -> None:
        """Until SIGTERM or SIGINT. Claims left behind by a kill are rescued by whoever lives."""
        signal.signal(signal.SIGTERM, self._asked)
        signal.signal(signal.SIGINT, self._asked)
        with self._app.app_context():
            self._beat()
            lanes = [*self._rung, self._upkeep_lane]
            for lane in lanes:
                lane.start()
            ring = bell(self._settings)
            while not self._stop.is_set():
                if ring.wait(IDLE):
                    for lane in self._concerned():
                        lane.turns.wake()
            ring.close()
            for lane in lanes:
                lane.turns.wake()
                lane.join(10)
                lane.turns.close()
            with write():
                db.session.execute(delete(Heartbeat).where(Heartbeat.name == self.name))

    def _concerned(self) -> list[Lane]:
        """Who has something to do before it would look by itself; everybody, when the database cannot say."""
        try:
            times = agenda.next_dues(tuple(self._rung.values()))
        except SQLAlchemyError:
            db.session.remove()
            return list(self._rung)
        soon = clock.now() + timedelta(seconds=IDLE)
        return [lane for lane, at in zip(self._rung, times, strict=True) if at is not None and at <= soon]

    def _asked(self, _signal: int, _frame: FrameType | None) -> None:
        self._stop.set()

    def _due(self) -> float:
        now = clock.now()
        next_at = agenda.next_due(agenda.OF_FOLLOW_UPS)
        if next_at is None or next_at > now:
            return _until(next_at)
        acted = self._each(due.prompts(now), due.prompt, FollowUp.prompt_at, now)
        acted += self._each(due.holds(now), due.check_hold, FollowUp.hold_check_at, now)
        acted += self._each(escalate.due_rungs(now), escalate.climb, FollowUp.escalate_at, now)
        db.session.remove()
        return 0.0 if acted else _until(agenda.next_due(agenda.OF_FOLLOW_UPS))

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
        if self._covers_at is None or now - self._covers_at > COVERS_EVERY:
            self._covers_at = now
            stand_in.turn(now)
        if self._checked_at is None or now - self._checked_at > CHECK_EVERY:
            self._check_phones(now)
        if self._pruned_at is None or now - self._pruned_at > PRUNE_EVERY:
            self._prune(now)
        return BEAT

    def _beat(self) -> None:
        mine = update(Heartbeat).where(Heartbeat.name == self.name).values(beat_at=clock.now())
        with write():
            if db.session.execute(mine).rowcount == 0:  # type: ignore[attr-defined]
                db.session.add(Heartbeat(name=self.name, pid=os.getpid(), beat_at=clock.now()))

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

    def _check_phones(self, now: datetime) -> None:
        """Ask the phones of those on duty that nobody has heard of for a day; note those that did not answer."""
        self._checked_at = now
        unheard_of = check.unheard_of(now)
        duties = duty.availabilities({person for _, person in unheard_of}, now)
        here = [id_ for id_, person in unheard_of if duties[person.id].state is Availability.ON_DUTY]
        db.session.rollback()
        for subscription_id in here:
            check.ask(subscription_id, now)
        check.note_silent(now)
        db.session.remove()

    def _prune(self, now: datetime) -> None:
        """Raw payloads after RAW_DAYS, answers to old requests, heartbeats of workers long gone, removed files."""
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
            notes.sweep(now)
        store.sweep(now)


def _until(at: datetime | None) -> float:
    """Seconds to sleep, at most ``IDLE``; never quite zero, so that a stuck row cannot spin a core."""
    if at is None:
        return IDLE
    return min(max((at - clock.now()).total_seconds(), 0.001), IDLE)


def run(app: Flask) -> None:
    """Entry of ``flask --app wsgi worker``."""
    Worker(app).run()
