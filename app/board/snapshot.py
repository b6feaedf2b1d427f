"""Everything the board shows at one moment, with the cursor from which the feed continues it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.assignment.duty import Duty, availabilities
from app.board import cursor
from app.board.rows import board_rows, feed_items
from app.db import db
from app.models import STILL_OPEN, Event, FollowUp, Person, Role, Showroom, Subscription
from app.push import health
from app.push.notify import iso

FEED = 50
STATES = ("confirmed", "pending", "needs_resubscribe", "gone")


def snapshot(viewer: Person, now: datetime) -> dict[str, Any]:
    """People, open follow-ups and the newest events of the viewer's showroom (an admin: of the whole group)."""
    place = cursor.newest()  # read before the rows: what comes in between is told twice, never not at all
    return {
        "cursor": str(place),
        "people": people(viewer.group_id, scope(viewer), now),
        "rows": board_rows(open_follow_ups(viewer), now),
        "feed": feed_items(_latest(viewer)),
    }


def scope(viewer: Person) -> UUID | None:
    """The showroom a manager sees; None for an admin, who sees the group."""
    return None if viewer.role is Role.ADMIN else viewer.showroom_id


def open_follow_ups(viewer: Person) -> list[FollowUp]:
    """First attempts before repeats, then due time; nothing else decides the order (rule 3)."""
    query = select(FollowUp).where(FollowUp.group_id == viewer.group_id, STILL_OPEN)
    if scope(viewer) is not None:
        query = query.where(FollowUp.showroom_id == scope(viewer))
    order = (FollowUp.first_try_at.is_not(None), FollowUp.next_due_at, FollowUp.opened_at)
    return list(db.session.scalars(query.order_by(*order)))


def people(group_id: UUID, showroom_id: UUID | None, now: datetime) -> list[dict[str, Any]]:
    """Who works here, whether they are on duty, how much they have open, and whether their phone can be reached."""
    query = select(Person).where(Person.group_id == group_id, Person.left_at.is_(None))
    if showroom_id is not None:
        query = query.where(Person.showroom_id == showroom_id)
    found = list(db.session.scalars(query.order_by(Person.first_name, Person.id)))
    loads, phones = _open_counts(group_id), _subscriptions(group_id)
    duties = availabilities(found, now)
    return [_person(p, loads.get(p.id, 0), phones.get(p.id, []), duties[p.id]) for p in found]


def showroom_json(showroom: Showroom) -> dict[str, Any]:
    return {
        "id": str(showroom.id),
        "name": showroom.name,
        "timezone": showroom.timezone,
        "country": showroom.country,
    }


def push_state(subscriptions: list[Subscription]) -> str:
    """The best state of a person's or device's subscriptions; ``none`` when there is no subscription."""
    have = {s.state.value for s in subscriptions}
    return next((state for state in STATES if state in have), "none")


def _person(person: Person, open_: int, phones: list[Subscription], duty: Duty) -> dict[str, Any]:
    heard = max((s.last_received_at for s in phones if s.last_received_at), default=None)
    return {
        "id": str(person.id),
        "first_name": person.first_name,
        "name": person.name,
        "role": person.role.value,
        "availability": duty.state.value,
        "availability_why": duty.why.value if duty.why else None,
        "availability_until": iso(duty.until) if duty.until else None,
        "open": open_,
        "push": push_state(phones),
        "health": health.best(phones).value,
        "last_received_at": iso(heard) if heard else None,
    }


def _open_counts(group_id: UUID) -> dict[UUID, int]:
    query = (
        select(FollowUp.owner_id, func.count())
        .where(FollowUp.group_id == group_id, STILL_OPEN)
        .group_by(FollowUp.owner_id)
    )
    return {owner: int(count) for owner, count in db.session.execute(query)}


def _subscriptions(group_id: UUID) -> dict[UUID, list[Subscription]]:
    found: dict[UUID, list[Subscription]] = {}
    for subscription in db.session.scalars(select(Subscription).where(Subscription.group_id == group_id)):
        if subscription.device.revoked_at is None:
            found.setdefault(subscription.person_id, []).append(subscription)
    return found


def _latest(viewer: Person) -> list[Event]:
    query = select(Event).where(Event.group_id == viewer.group_id, Event.follow_up_id.is_not(None))
    if scope(viewer) is not None:
        query = query.where(Event.showroom_id == scope(viewer))
    return list(db.session.scalars(query.order_by(Event.id.desc()).limit(FEED)))
