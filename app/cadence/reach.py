"""How this customer can be reached now: numbers, addresses, what they asked for and what they stopped.

In: a customer. Out: ``Reach``, read by the plan (call, write or none), the phone and the board. Weak data changes only
the channel, and no text ever judges it (rule 3).
"""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select

from app.db import db
from app.models import ContactPoint, Customer, PointKind
from app.outbox.stoplist import blocked

WRITTEN = ("whatsapp", "sms", "email")


@dataclass(frozen=True)
class Reach:
    """``points``: all as typed; ``dialable``: the number behind the Call button; ``stopped``: blocked channels."""

    points: tuple[ContactPoint, ...]
    dialable: ContactPoint | None
    email: str | None
    asked_for: str | None
    stopped: frozenset[str]

    @property
    def contactable(self) -> Literal["call", "write", "none"]:
        """Which cadence applies: a call unless there is no number, they asked to write, or calls are stopped."""
        if self.primary == "call":
            return "call"
        return "none" if self.primary == "find_contact" else "write"

    @property
    def primary(self) -> str:
        """The one big button: call [001], else what they asked for, else any open written channel."""
        if self.asked_for in WRITTEN and self.open(self.asked_for):
            return self.asked_for
        return next((c for c in ("call", *WRITTEN) if self.open(c)), "find_contact")

    def open(self, channel: str) -> bool:
        """Whether this channel leads to the customer and is not stopped."""
        has = self.email if channel == "email" else self.dialable
        return bool(has) and channel not in self.stopped

    @property
    def numbers(self) -> list[ContactPoint]:
        return [p for p in self.points if p.kind is PointKind.PHONE]


def reach(customer: Customer) -> Reach:
    """Look it up: the newest number that was not logged as wrong comes first."""
    query = (
        select(ContactPoint)
        .where(ContactPoint.group_id == customer.group_id, ContactPoint.customer_id == customer.id)
        .order_by(ContactPoint.created_at.desc(), ContactPoint.id)
    )
    points = tuple(db.session.scalars(query))
    usable = [p for p in points if p.value and p.wrong_at is None]
    return Reach(
        points,
        next((p for p in usable if p.kind is PointKind.PHONE), None),
        next((p.value for p in usable if p.kind is PointKind.EMAIL), None),
        customer.wants_channel,
        frozenset(blocked(customer, list(points))),
    )
