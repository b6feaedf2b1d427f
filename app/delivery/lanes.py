"""A lane for channels that block: e-mail, and whatever else waits for an answer (SMS, voice).

In: the channels, and ``send(delivery, settings) -> Result``, which may block for a while and never raises for trouble
on the way. Each lane has threads of its own, so that a slow mail server delays nothing but mail. Called by the worker.
"""

import logging
import queue
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from flask import Flask, current_app

from app import clock
from app.config import Settings
from app.db import write
from app.delivery.channels import email
from app.delivery.loop import IDLE, Nap
from app.delivery.record import record
from app.delivery.result import NotSent, Result, Retry
from app.faults import fault_point
from app.models import Delivery, DeliveryChannel
from app.outbox import agenda, claim

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=60)
"""At least: longer than any send may take."""
PACE = 0.1
MAIL_PACE = 0.2
UNSENT_AT_ONCE = 50
"""Without a mail server nothing is waited for, so more are marked at once."""
Send = Callable[[Delivery, Settings], Result]


class BlockingLane(Nap):
    """Claims as many as it has threads free, sends them side by side, records what has finished together.

    ``pace``: seconds between two looks; a channel that nobody waits for to the millisecond saves its commits.
    """

    def __init__(
        self,
        settings: Settings,
        worker: str,
        channels: tuple[DeliveryChannel, ...],
        send: Send,
        *,
        threads: int = 4,
        pace: float = PACE,
    ) -> None:
        super().__init__(pace)
        self._settings, self._worker, self._channels, self._send = settings, worker, channels, send
        self._lease = max(LEASE, timedelta(seconds=settings.lease_seconds))
        self._room = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=channels[0].value)
        self._done: queue.SimpleQueue[tuple[Delivery, Result]] = queue.SimpleQueue()
        self._finished: list[tuple[Delivery, Result]] = []
        self._busy = 0

    def turn(self, rung: bool = True) -> float:
        """One round: record what has finished, start what is due. Returns seconds to ``wait``."""
        self._collect()
        self._record()
        due = self._due() if self._busy < self._room else None
        if due is not None and due <= 0:
            self._start()
            return 0.0
        return IDLE if due is None else min(due, IDLE)

    def flush(self) -> None:
        """Wait for what is under way, and record it."""
        while self._busy > len(self._finished):
            self._finished.append(self._done.get())
        self._record()

    def close(self) -> None:
        """What is under way may end; what it came to is rescued and tried again."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _due(self) -> float | None:
        """Seconds until the next is due; None when nothing is queued."""
        at = agenda.next_due(agenda.of_channels(*self._channels))
        return (at - clock.now()).total_seconds() if at is not None else None

    def _start(self) -> None:
        now, claimed = clock.now(), list[Delivery]()
        with write():
            for channel in self._channels:
                room = self._room - self._busy - len(claimed)
                claimed += claim.claim(channel, self._worker, now, self._lease, room) if room > 0 else []
        fault_point("delivery claimed")
        self._busy += len(claimed)
        app = current_app._get_current_object()  # type: ignore[attr-defined]
        for delivery in claimed:
            self._pool.submit(self._try, app, delivery)

    def _try(self, app: Flask, delivery: Delivery) -> None:
        """In a thread of the pool. A broad ``except`` as in the worker's loop: one broken row must not end the lane."""
        result: Result = Retry("an error of ours; see the log")
        try:
            with app.app_context():
                result = self._send(delivery, self._settings)
        except Exception:
            log.exception("a delivery could not be sent", extra={"delivery": str(delivery.id)})
        finally:
            self._done.put((delivery, result))
            self.wake()

    def _collect(self) -> None:
        while not self._done.empty():
            self._finished.append(self._done.get())

    def _record(self) -> None:
        """Kept until they are written down, also when the database is away for a while."""
        if self._finished:
            fault_point("delivery sent")
            record(self._finished, self._worker)
            self._recorded(self._finished)
            self._busy -= len(self._finished)
            self._finished = []

    def _recorded(self, finished: list[tuple[Delivery, Result]]) -> None:
        """Something more to do with them?"""


class MailLane(BlockingLane):
    """E-mail over SMTP."""

    def __init__(self, settings: Settings, worker: str) -> None:
        super().__init__(settings, worker, (DeliveryChannel.EMAIL,), email.send, pace=MAIL_PACE)
        if not settings.smtp_url:
            self._room = UNSENT_AT_ONCE

    def _recorded(self, finished: list[tuple[Delivery, Result]]) -> None:
        """In demo mode what was not sent is shown where bin/run prints; its customers are invented."""
        for delivery, result in finished:
            if self._settings.demo and isinstance(result, NotSent):
                mail = delivery.payload
                said = (
                    f"mail: not sent: no mail server configured\n  to {delivery.address}: {mail['subject']}"
                )
                print(said, flush=True)
                print(f"  {mail['link']}" if mail.get("link") else "", flush=True)
