"""The stop list: who asked us not to call, write or contact them at all. Kept as keyed hashes only.

In: a customer and their contact points. Out: which channels are blocked. Called by privacy (which fills it),
by the cadence (which plans around it), by intake (which checks it) and by everything that writes to a
customer.

What identifies a person (a matching number or address) is listed for the whole group. Anything shared, such
as info@, is listed for this customer only: one partner's stop does not silence the other.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Row, Table, bindparam, delete, select

from app.access import keyed
from app.db import db, new_id
from app.models import ContactPoint, Customer, Lead, LeadState, PointKind, StopScope, Suppression
from app.rows import look

CHANNELS = {
    "call": PointKind.PHONE,
    "whatsapp": PointKind.PHONE,
    "sms": PointKind.PHONE,
    "email": PointKind.EMAIL,
}
"""The channels that can be stopped, and what kind of contact point each needs. FaceTime is a call."""
Stop = Row[Any]
"""The columns of a ``Suppression``."""
LISTED = select(cast(Table, Suppression.__table__)).where(
    Suppression.group_id == bindparam("group_id"),
    Suppression.kind.in_(PointKind),  # all of them: the index begins with group and kind
    Suppression.value_hash.in_(bindparam("wanted", expanding=True)),
)


def suppress(
    customer: Customer, points: Sequence[ContactPoint], scope: StopScope, channel: str, now: datetime
) -> bool:
    """List this customer's points (``channel`` "" for everything). Inside a write. False: it was all listed
    before.
    """
    wanted = {
        (kind, hash_) for kind, hash_ in _hashes(customer, points) if not channel or kind is CHANNELS[channel]
    }
    known = select(Suppression.value_hash).where(
        Suppression.group_id == customer.group_id,
        Suppression.kind.in_(PointKind),
        Suppression.scope == scope,
        Suppression.channel == channel,
        Suppression.value_hash.in_([hash_ for _, hash_ in wanted]),
    )
    listed = set(db.session.scalars(known))
    new = [(kind, hash_) for kind, hash_ in wanted if hash_ not in listed]
    for kind, hash_ in new:
        row = Suppression(
            id=new_id(), group_id=customer.group_id, kind=kind, value_hash=hash_, created_at=now
        )
        row.scope, row.channel = scope, channel
        db.session.add(row)
    db.session.flush()
    return bool(new)


def blocked(
    customer: Customer,
    points: Sequence[ContactPoint],
    arriving: Lead | None = None,
    rows: Sequence[Stop] | None = None,
) -> set[str]:
    """Channels that must not be used: of call, whatsapp, sms, email (a blocked call blocks FaceTime too).
    ``arriving``: a request that is about to be written. ``rows``: what ``listed`` found, when it was asked before.

    A new request after "stop everything" is answered by the channels given in it, while it is open: nothing
    is lifted for that, the stop holds again by itself when the request closes.
    """
    rows = _rows(customer, points) if rows is None else rows
    if not rows:
        return set()
    own = _own(customer)
    result = {row.channel for row in rows if row.scope is StopScope.CHANNEL and row.value_hash in own}
    for channel, kind in CHANNELS.items():
        usable = [point for point in points if point.kind is kind and point.value and not point.wrong_at]
        if usable and all(_is_blocked(customer, point, channel, rows, arriving) for point in usable):
            result.add(channel)
    return result


def listed(group_id: UUID, of: Sequence[tuple[Customer, Sequence[ContactPoint]]]) -> dict[UUID, list[Stop]]:
    """What anybody stopped about the points of many customers of one group, by customer. One query."""
    wanted = {customer.id: _wanted(customer, points) for customer, points in of}
    asked = {"group_id": group_id, "wanted": list(set().union(*wanted.values()))}
    rows = list(look(LISTED, asked)) if wanted else []
    return {id_: [row for row in rows if row.value_hash in hashes] for id_, hashes in wanted.items()}


def answerable(
    customer: Customer, points: Sequence[ContactPoint], since: datetime, arriving: Lead | None = None
) -> list[ContactPoint]:
    """The points that the customer gave us again, in requests that are open and came after ``since``."""
    query = select(Lead).where(
        Lead.group_id == customer.group_id,
        Lead.customer_id == customer.id,
        Lead.state == LeadState.OPEN,
        Lead.arrived_at > since,
    )
    asked = [*db.session.scalars(query), *([arriving] if arriving else [])]
    given = {value for lead in asked for value in _given(lead)}
    return [point for point in points if given & {point.value, point.raw, point.raw.lower()}]


def is_stopped(group_id: UUID, points: Iterable[ContactPoint]) -> bool:
    """Whether one of these (matching) points belongs to somebody who stopped everything. For intake."""
    hashes = [_shared(group_id, point) for point in points if point.matches and point.value]
    found = select(Suppression.id).where(
        Suppression.group_id == group_id,
        Suppression.kind.in_(PointKind),
        Suppression.scope == StopScope.EVERYTHING,
        Suppression.value_hash.in_(hashes),
    )
    return db.session.scalar(found.limit(1)) is not None


def stopped_at(customer: Customer, points: Sequence[ContactPoint]) -> datetime | None:
    """When this customer last stopped everything, or None."""
    rows = _own_rows(customer, points)
    return max((row.created_at for row in rows if row.scope is StopScope.EVERYTHING), default=None)


def lift(customer: Customer, points: Sequence[ContactPoint], channel: str = "") -> int:
    """Take a customer off the list: one channel, or ("") everything. Returns how many rows went."""
    gone = [row.id for row in _own_rows(customer, points) if not channel or row.channel == channel]
    db.session.execute(delete(Suppression).where(Suppression.id.in_(gone)))
    return len(gone)


def _own_rows(customer: Customer, points: Sequence[ContactPoint]) -> list[Stop]:
    """What this customer stopped."""
    own = {hash_ for _, hash_ in _hashes(customer, points)}
    return [row for row in _rows(customer, points) if row.value_hash in own]


def _rows(customer: Customer, points: Sequence[ContactPoint]) -> list[Stop]:
    """What anybody stopped about these points."""
    asked = {"group_id": customer.group_id, "wanted": list(_wanted(customer, points))}
    return list(look(LISTED, asked))


def _wanted(customer: Customer, points: Sequence[ContactPoint]) -> set[str]:
    """Hashes of the customer and of these points: a stopped mailbox is silent whoever gives it."""
    shared = {_shared(customer.group_id, point) for point in points}
    return shared | {hash_ for _, hash_ in _hashes(customer, points)}


def _is_blocked(
    customer: Customer, point: ContactPoint, channel: str, rows: Sequence[Stop], arriving: Lead | None
) -> bool:
    mine = {_shared(customer.group_id, point), _bound(customer, point)}
    for row in rows:
        if row.value_hash not in mine:
            continue
        if row.channel == channel:
            return True
        if row.scope is StopScope.EVERYTHING and point not in answerable(
            customer, [point], row.created_at, arriving
        ):
            return True
    return False


def _hashes(customer: Customer, points: Sequence[ContactPoint]) -> set[tuple[PointKind, str]]:
    """What stands for this customer in the list: each point, and per kind the customer as such."""
    result = {(point.kind, _bound(customer, point)) for point in points}
    result |= {(point.kind, _shared(customer.group_id, point)) for point in points if point.matches}
    return result | {(kind, keyed(f"stop {customer.id} {kind}")) for kind in PointKind}


def _own(customer: Customer) -> set[str]:
    return {keyed(f"stop {customer.id} {kind}") for kind in PointKind}


def _shared(group_id: UUID, point: ContactPoint) -> str:
    return keyed(f"stop {group_id} {point.kind} {point.value or point.raw}")


def _bound(customer: Customer, point: ContactPoint) -> str:
    return keyed(f"stop {customer.id} {point.kind} {point.value or point.raw}")


def _given(lead: Lead) -> set[str]:
    """The numbers and addresses in one request, as the parser read them (``intake parse``)."""
    phones = lead.details.get("phones") or []
    values = [phone.get(key) for phone in phones for key in ("e164", "raw")]
    email = lead.details.get("email")
    return {value for value in [*values, email, email and email.lower()] if value}
