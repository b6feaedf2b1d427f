"""The postman: takes deliveries as a worker does, and brings whatever answer a rule wants.

In: an app context. Out: rows claimed and settled by the program's own functions; the wire itself is left out. Called by
``rules``. Remembers what counted as sent: that must never be taken again.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from app import clock
from app.db import db, write
from app.delivery.record import record
from app.delivery.result import Result
from app.models import Delivery, DeliveryChannel, DeliveryState, Heartbeat
from app.outbox import claim

LEASE = timedelta(seconds=30)
DONE = (DeliveryState.SENT, DeliveryState.RECEIVED)


@dataclass
class Postman:
    """One worker's hands. ``carried``: claimed and unanswered; ``tokens``: of everything ever taken."""

    name: str = "machine"
    carried: list[Delivery] = field(default_factory=list)
    done: set[UUID] = field(default_factory=set)
    tokens: list[str] = field(default_factory=list)

    def take(self, channel: DeliveryChannel, count: int) -> None:
        """Claim what is due."""
        with write():
            db.session.merge(Heartbeat(name=self.name, pid=1, beat_at=clock.now()))
            taken = claim.claim(channel, self.name, clock.now(), LEASE, count)
        twice = [d.id for d in taken if d.id in self.done]
        assert not twice, f"sent already, and taken again: {twice}"
        self.carried += taken
        self.tokens += [d.token for d in taken]

    def answer(self, number: int, result: Result) -> None:
        """The provider answers one of them, maybe long after."""
        delivery = self.carried.pop(number % len(self.carried))
        record([(delivery, result)], self.name)
        if db.session.get_one(Delivery, delivery.id, populate_existing=True).state in DONE:
            self.done.add(delivery.id)

    def die(self) -> None:
        """Killed: what it carried is rescued, and what it sent unrecorded may be sent once more."""
        self.carried.clear()
        with write():
            db.session.merge(Heartbeat(name=self.name, pid=1, beat_at=clock.now() - timedelta(minutes=1)))
            claim.rescue(clock.now())
