"""Claim, settle and rescue deliveries: every change is guarded by the old state, so any number of workers may run.

Claim and commit, send, then record guarded; a lease expires, and a dead worker's claims are taken over at once.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import CursorResult, func, or_, select, update

from app.db import db, is_sqlite
from app.models import Delivery, DeliveryChannel, DeliveryState, FollowUp, Heartbeat

DEAD_AFTER = timedelta(seconds=3)
"""A worker beats every second; three missed beats and its claims are free."""


def claim(
    channel: DeliveryChannel, worker: str, now: datetime, lease: timedelta, limit: int
) -> list[Delivery]:
    """Take up to ``limit`` deliveries that are due. Inside a write; the rows are ours once it commits.

    They come detached, as they were when claimed: a push may be on its way longer than the session lives.
    """
    due = (
        select(Delivery.id)
        .where(Delivery.channel == channel, Delivery.state == DeliveryState.QUEUED, Delivery.due_at <= now)
        .order_by(Delivery.due_at)
        .limit(limit)
    )
    if not is_sqlite():
        due = due.with_for_update(skip_locked=True)
    chosen = due.cte("chosen")  # as a plain subquery PostgreSQL may run it again and take more than ``limit``
    claimed = (
        update(Delivery)
        .where(Delivery.id.in_(select(chosen.c.id)), Delivery.state == DeliveryState.QUEUED)
        .values(
            state=DeliveryState.SENDING,
            lease_until=now + lease,
            claimed_by=worker,
            tries=Delivery.tries + 1,
        )
        .returning(Delivery)
        .execution_options(populate_existing=True, synchronize_session=False)
    )
    taken = list(db.session.scalars(claimed))
    for delivery in taken:
        db.session.expunge(delivery)
    return taken


def anything_due(channel: DeliveryChannel, now: datetime) -> bool:
    """A cheap look before the write slot is taken."""
    query = select(Delivery.id).where(
        Delivery.channel == channel, Delivery.state == DeliveryState.QUEUED, Delivery.due_at <= now
    )
    return db.session.scalar(query.limit(1)) is not None


def next_due(channel: DeliveryChannel) -> datetime | None:
    """When the next queued delivery of this channel is due."""
    query = select(func.min(Delivery.due_at)).where(
        Delivery.channel == channel, Delivery.state == DeliveryState.QUEUED
    )
    return db.session.scalar(query)


def settle(delivery: Delivery, state: DeliveryState, now: datetime, **values: object) -> bool:
    """Move a claimed delivery on. False when it is no longer ours (rescued) or a receipt was faster."""
    moved = (
        update(Delivery)
        .where(
            Delivery.id == delivery.id,
            Delivery.state == DeliveryState.SENDING,
            Delivery.claimed_by == delivery.claimed_by,
        )
        .values(state=state, lease_until=None, claimed_by=None, **values)
        .execution_options(synchronize_session=False)
    )
    result: CursorResult[tuple[()]] = db.session.execute(moved)  # type: ignore[assignment]
    return result.rowcount == 1


def settle_sent(deliveries: Sequence[Delivery], now: datetime) -> None:
    """Move one worker's claims on to *sent*. Where a receipt was faster than the answer only the time is missing."""
    if not deliveries:
        return
    ours = update(Delivery).where(Delivery.id.in_([delivery.id for delivery in deliveries]))
    held = ours.where(
        Delivery.state == DeliveryState.SENDING, Delivery.claimed_by == deliveries[0].claimed_by
    )
    for change in (
        held.values(state=DeliveryState.SENT, lease_until=None, claimed_by=None, sent_at=now, reason=None),
        ours.where(Delivery.sent_at.is_(None)).values(sent_at=now),
    ):
        db.session.execute(change.execution_options(synchronize_session=False))


def rescue(now: datetime) -> int:
    """Put back what an expired lease or a dead worker left *sending*. Inside a write. Returns how many."""
    alive = select(Heartbeat.name).where(Heartbeat.beat_at > now - DEAD_AFTER)
    freed = (
        update(Delivery)
        .where(
            Delivery.state == DeliveryState.SENDING,
            or_(Delivery.lease_until < now, Delivery.claimed_by.not_in(alive)),
        )
        .values(state=DeliveryState.QUEUED, lease_until=None, claimed_by=None, due_at=now)
        .execution_options(synchronize_session=False)
    )
    result: CursorResult[tuple[()]] = db.session.execute(freed)  # type: ignore[assignment]
    return int(result.rowcount)


def showrooms_of(deliveries: Sequence[Delivery]) -> dict[UUID | None, UUID]:
    """Showrooms by the id of the follow-up that a delivery is about."""
    ids = {delivery.follow_up_id for delivery in deliveries if delivery.follow_up_id}
    query = select(FollowUp.id, FollowUp.showroom_id).where(FollowUp.id.in_(ids))
    return {id_: showroom_id for id_, showroom_id in db.session.execute(query)} if ids else {}


def showroom_of(delivery: Delivery) -> UUID | None:
    """Which showroom's board shows what becomes of this delivery."""
    return db.session.scalar(select(FollowUp.showroom_id).where(FollowUp.id == delivery.follow_up_id))


def needs_rescue(now: datetime) -> bool:
    """A cheap look before the write slot is taken."""
    alive: Sequence[str] = list(
        db.session.scalars(select(Heartbeat.name).where(Heartbeat.beat_at > now - DEAD_AFTER))
    )
    query = select(Delivery.id).where(
        Delivery.state == DeliveryState.SENDING,
        or_(Delivery.lease_until < now, Delivery.claimed_by.not_in(alive)),
    )
    return db.session.scalar(query.limit(1)) is not None
