"""Claim, settle and rescue deliveries: every change is guarded by the old state, so any number of workers may run.

Claim and commit, send, then record guarded; a lease expires, and a dead worker's claims are taken over at once.
Pushes go in bare statements, many at once, each built once a process (building one costs three times as much as running
it): this is what each of them costs (docs/performance.md). Called by
``app.delivery`` and the worker, inside a write unless it says that it only looks.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple, cast
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Executable,
    Integer,
    Row,
    Select,
    String,
    Table,
    Update,
    bindparam,
    exists,
    literal_column,
    or_,
    select,
    type_coerce,
    update,
)

from app.db import db, is_sqlite
from app.models import Delivery, DeliveryChannel, DeliveryState, FollowUp, Heartbeat, Subscription

DEAD_AFTER = timedelta(seconds=3)
"""A worker beats every second; three missed beats and its claims are free."""
CLOCKS_DIFFER = timedelta(seconds=2)
"""So much the clocks of two machines may disagree."""
_delivery, _subscription = cast(Table, Delivery.__table__), cast(Table, Subscription.__table__)
_follow_up = cast(Table, FollowUp.__table__)
# Literals: with a bound value the planner cannot know that the partial indexes hold these rows.
_QUEUED = _delivery.c.state == literal_column("'queued'")
_SENDING = _delivery.c.state == literal_column("'sending'")
_NOT_SENT = _delivery.c.sent_at.is_(None)


class Push(NamedTuple):
    """A push that is due, with everything that sending and recording it needs. ``tries``: this one included."""

    id: UUID
    group_id: UUID
    kind: str
    person_id: UUID | None
    follow_up_id: UUID | None
    payload: dict[str, Any]
    tag: str | None
    created_at: datetime
    expires_at: datetime
    tries: int
    subscription_id: UUID | None
    endpoint: str
    p256dh: str
    auth: str
    key_id: str
    phone: str | None
    """A ``PushState``; None: the subscription is no more (its browser changed hands)."""
    lost_because: str | None
    showroom_id: UUID | None

    @property
    def channel(self) -> DeliveryChannel:
        return DeliveryChannel.PUSH


def due_pushes(now: datetime, limit: int) -> list[Push]:
    """The pushes due longest, locked until the write ends: ``take`` or ``put_off`` each of them before it does."""
    return [Push._make(row) for row in _look(_due_pushes(is_sqlite()), {"now": now, "limit": limit})]


@cache
def _due_pushes(sqlite: bool) -> Select[Any]:
    chosen = due(DeliveryChannel.PUSH, sqlite).cte("chosen")
    phone = _subscription.c
    return (
        select(
            *(_delivery.c[name] for name in Push._fields[:9]),
            _delivery.c.tries + 1,
            _delivery.c.subscription_id,
        )
        .add_columns(phone.endpoint, phone.p256dh, phone.auth, phone.key_id, type_coerce(phone.state, String))
        .add_columns(phone.failed_reason, _follow_up.c.showroom_id)
        .join_from(chosen, _delivery, _delivery.c.id == chosen.c.id)
        .join(_subscription, phone.id == _delivery.c.subscription_id, isouter=True)
        .join(_follow_up, _follow_up.c.id == _delivery.c.follow_up_id, isouter=True)
        .order_by(_delivery.c.due_at)
    )


_ONE_OF_THEM = _delivery.c.id.in_(bindparam("ids", expanding=True))
_OURS = _delivery.c.claimed_by == bindparam("worker")


def take(ids: Sequence[UUID], worker: str, now: datetime, lease: timedelta) -> None:
    """Claim what ``due_pushes`` has locked: a try begins. Ours once the write commits."""
    mine = {"state": DeliveryState.SENDING, "lease_until": now + lease, "claimed_by": worker}
    _move(ids, mine, _QUEUED, tries=+1)


def put_off(ids: Sequence[UUID], until: datetime, reason: str) -> None:
    """Let these queued deliveries be due later. Uses up no try."""
    _move(ids, {"due_at": until, "reason": reason}, _QUEUED)


def give_back(ids: Sequence[UUID], worker: str, until: datetime, reason: str) -> None:
    """Claims that were never sent return to the queue, as if they had not been taken."""
    free = {"state": DeliveryState.QUEUED, "lease_until": None, "claimed_by": None}
    _move(ids, {**free, "due_at": until, "reason": reason}, _SENDING, worker, tries=-1)


def claim(
    channel: DeliveryChannel, worker: str, now: datetime, lease: timedelta, limit: int
) -> list[Delivery]:
    """Take up to ``limit`` deliveries that are due. The rows are ours once the write commits.

    They come detached, as they were when claimed: a send may last longer than the session.
    """
    asked = {"now": now, "limit": limit, "lease": now + lease, "worker": worker}
    taken = list(db.session.scalars(_claiming(channel, is_sqlite()), asked))
    for delivery in taken:
        db.session.expunge(delivery)
    return taken


@cache
def _claiming(channel: DeliveryChannel, sqlite: bool) -> Executable:
    chosen = due(channel, sqlite).cte("chosen")  # PostgreSQL may run a plain subquery again and take too many
    return (
        update(Delivery)
        .where(Delivery.id.in_(select(chosen.c.id)), Delivery.state == DeliveryState.QUEUED)
        .values(
            state=DeliveryState.SENDING,
            lease_until=bindparam("lease", type_=Delivery.lease_until.type),
            claimed_by=bindparam("worker"),
            tries=Delivery.tries + 1,
        )
        .returning(Delivery)
        .execution_options(populate_existing=True, synchronize_session=False)
    )


def settle(ids: Sequence[UUID], worker: str, state: DeliveryState, **values: object) -> int:
    """Move claims on. Returns how many: not those that are no longer ours (rescued), or whose receipt was faster."""
    free = {"state": state, "lease_until": None, "claimed_by": None}
    return _move(ids, {**free, **values}, _SENDING, worker)


def settle_sent(ids: Sequence[UUID], worker: str, now: datetime) -> None:
    """Move one worker's claims on to *sent*. Where a receipt was faster than the answer only the time is missing."""
    if settle(ids, worker, DeliveryState.SENT, sent_at=now, reason=None) < len(ids):
        _move(ids, {"sent_at": now}, _NOT_SENT)


def note_reference(id_: UUID, reference: str) -> None:
    """The provider's own name for what was sent, as its receipts will say."""
    _move([id_], {"provider_ref": reference})


def count_unheard(ids: Sequence[UUID]) -> None:
    """One more message without a receipt, for each phone that these pushes went to and that has not reported yet."""
    _run(UNHEARD, {"ids": ids})


UNHEARD = (
    update(_subscription)
    .where(
        _subscription.c.id.in_(
            select(_delivery.c.subscription_id).where(_ONE_OF_THEM, _delivery.c.received_at.is_(None))
        )
    )
    .values(unheard=_subscription.c.unheard + 1)
)


def rescue(now: datetime) -> int:
    """Put back what an expired lease or a dead worker left *sending*; make due what waits for a time that only a
    wrong clock has shown. Returns how many.
    """
    free = {"state": DeliveryState.QUEUED, "lease_until": None, "claimed_by": None}
    freed = _run(update(_delivery).where(*abandoned(now)).values(**free, due_at=now))
    return freed + _run(update(_delivery).where(*_postdated(now)).values(due_at=now))


def needs_rescue(now: datetime) -> bool:
    """Whether anything is. Only looks."""
    lost = select(exists().where(*abandoned(now)))
    return bool(db.session.scalar(lost) or db.session.scalar(select(exists().where(*_postdated(now)))))


def showroom_of(delivery: Delivery) -> UUID | None:
    """Which showroom's board shows what becomes of this delivery. Only looks."""
    return db.session.scalar(select(FollowUp.showroom_id).where(FollowUp.id == delivery.follow_up_id))


def showrooms_of(follow_ups: Iterable[UUID | None]) -> dict[UUID | None, UUID]:
    """Showrooms by follow-up. Only looks."""
    ids = {id_ for id_ in follow_ups if id_ is not None}
    query = select(_follow_up.c.id, _follow_up.c.showroom_id).where(_follow_up.c.id.in_(ids))
    return {id_: showroom_id for id_, showroom_id in db.session.execute(query)} if ids else {}


@cache
def due(channel: DeliveryChannel, sqlite: bool) -> Select[Any]:
    """Ids of what is due by ``now``, ``limit`` of them, in order, locked on PostgreSQL."""
    query = select(_delivery.c.id).where(
        _delivery.c.channel == channel,
        _QUEUED,
        _delivery.c.due_at <= bindparam("now", type_=_delivery.c.due_at.type),
    )
    query = query.order_by(_delivery.c.due_at).limit(bindparam("limit", type_=Integer))
    return query if sqlite else query.with_for_update(skip_locked=True)


def _postdated(now: datetime) -> tuple[Any, ...]:
    """Written in what is the future now: the clock was set back, and their time is an hour or a year away."""
    return _QUEUED, _delivery.c.due_at > now, _delivery.c.created_at > now + CLOCKS_DIFFER


def abandoned(now: datetime) -> tuple[Any, ...]:
    """Conditions of what nobody is sending any more."""
    alive = select(Heartbeat.name).where(Heartbeat.beat_at > now - DEAD_AFTER)
    lost = or_(_delivery.c.lease_until < now, _delivery.c.claimed_by.not_in(alive))
    return _SENDING, lost


def _move(
    ids: Sequence[UUID],
    values: Mapping[str, object],
    only: ColumnElement[bool] | None = None,
    worker: str | None = None,
    *,
    tries: int = 0,
) -> int:
    """Write ``values`` to these deliveries: only those in this state, and only those held by this worker."""
    moving = _moving(tuple(values), only, worker is not None, tries)
    given = {f"to_{name}": value for name, value in values.items()}
    return _run(moving, {"ids": ids, **given} | ({"worker": worker} if worker is not None else {}))


@cache
def _moving(names: tuple[str, ...], only: ColumnElement[bool] | None, held: bool, tries: int) -> Update:
    conditions = [_ONE_OF_THEM, *([only] if only is not None else ()), *([_OURS] if held else ())]
    to: dict[str, Any] = {name: bindparam(f"to_{name}", type_=_delivery.c[name].type) for name in names}
    to |= {"tries": _delivery.c.tries + tries} if tries else {}
    return update(_delivery).where(*conditions).values(to)


def _look(query: Executable, asked: Mapping[str, object] | None = None) -> Sequence[Row[Any]]:
    return db.session.connection().execute(query, asked).all()


def _run(statement: Executable, given: Mapping[str, object] | None = None) -> int:
    """Straight to the connection: these are rows, and the session need not know."""
    result = cast(CursorResult[Any], db.session.connection().execute(statement, given))
    return int(result.rowcount)
