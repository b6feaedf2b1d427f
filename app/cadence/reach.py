"""How this customer can be reached now: numbers, addresses, what they asked for and what they stopped.

In: a customer. Out: ``Reach``, read by the plan (call, write or none), the phone and the board. Weak data changes only
the channel, and no text ever judges it (rule 3).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal
from uuid import UUID

from sqlalchemy import bindparam, select

from app.db import db
from app.models import ContactPoint, Customer, Lead, PointKind
from app.outbox.stoplist import blocked, listed

POINTS = (
    select(ContactPoint)
    .where(
        ContactPoint.group_id == bindparam("group_id"), ContactPoint.customer_id == bindparam("customer_id")
    )
    .order_by(ContactPoint.id)
)
"""Everything that reaches one customer, oldest first."""
MANY = (
    select(ContactPoint)
    .where(
        ContactPoint.group_id == bindparam("group_id"),
        ContactPoint.customer_id.in_(bindparam("ids", expanding=True)),
    )
    .order_by(ContactPoint.id)
)
AT_ONCE = 500
"""Customers in one query: each has several hashes in the stop list, and SQLite takes 32,766 values."""
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

    @property
    def written(self) -> str | None:
        """The channel for a step in writing: what they asked for, else any open one; None: only a call reaches them."""
        wanted = (self.asked_for, *WRITTEN) if self.asked_for in WRITTEN else WRITTEN
        return next((c for c in wanted if c and self.open(c)), None)

    def open(self, channel: str) -> bool:
        """Whether this channel leads to the customer and is not stopped."""
        has = self.email if channel == "email" else self.dialable
        return bool(has) and channel not in self.stopped

    @property
    def numbers(self) -> list[ContactPoint]:
        return [p for p in self.points if p.kind is PointKind.PHONE]


def reach(
    customer: Customer, points: Sequence[ContactPoint] | None = None, arriving: Lead | None = None
) -> Reach:
    """Look it up. The newest number comes first; one that was logged as wrong is never offered again.

    ``points``: all of the customer's, when they are at hand; ``arriving``: a request that is about to be written.
    """
    if points is None:
        points = db.session.scalars(POINTS, {"group_id": customer.group_id, "customer_id": customer.id}).all()
    return _reach(customer, points, frozenset(blocked(customer, _newest_first(points), arriving)))


def reaches(customers: Iterable[Customer]) -> dict[UUID, Reach]:
    """Look it up for many customers of one group, by id: two queries for every ``AT_ONCE`` of them."""
    found, left = {}, iter({customer.id: customer for customer in customers}.values())
    while some := list(islice(left, AT_ONCE)):
        group_id, points = some[0].group_id, dict[UUID, list[ContactPoint]]()
        for point in db.session.scalars(MANY, {"group_id": group_id, "ids": [one.id for one in some]}):
            points.setdefault(point.customer_id, []).append(point)
        given = [(one, _newest_first(points.get(one.id, []))) for one in some]
        stops = listed(group_id, given)
        for one, newest in given:
            stopped = frozenset(blocked(one, newest, rows=stops[one.id]))
            found[one.id] = _reach(one, newest, stopped)
    return found


def _reach(customer: Customer, points: Sequence[ContactPoint], stopped: frozenset[str]) -> Reach:
    newest = _newest_first(points)
    usable = [p for p in newest if p.value and p.wrong_at is None]
    return Reach(
        tuple(newest),
        next((p for p in usable if p.kind is PointKind.PHONE), None),
        next((p.value for p in usable if p.kind is PointKind.EMAIL), None),
        customer.wants_channel,
        stopped,
    )


def _newest_first(points: Sequence[ContactPoint]) -> list[ContactPoint]:
    return sorted(points, key=lambda p: p.created_at, reverse=True)  # stable: as typed within one request
