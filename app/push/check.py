"""The daily check: a phone that nobody has heard of for a day is found before a lead needs it.

A push that shows nothing is a strike on an iPhone, and after about three the subscription is dead
(docs/adr/0003-push-transport.md). So the check is a message worth reading, once a day at most, and only to somebody on
duty: "Hello Sanne, this phone works. 3 are due today." Its receipt is the proof; without one the phone counts as
*silent*. Called by the worker's upkeep, which knows who is on duty.
"""

from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, func, or_, select, update

from app.access import settings
from app.db import db, write
from app.models import STILL_OPEN, Device, FollowUp, Person, PushState, Subscription, append
from app.outbox import enqueue
from app.push import notify, payload
from app.push.health import SILENT_AT
from app.rows import put_away
from app.texts import render

UNHEARD_FOR = timedelta(hours=24)
ANSWER_WITHIN = timedelta(minutes=10)


def unheard_of(now: datetime) -> list[tuple[UUID, Person]]:
    """Phones that gave no sign of life for a day (no receipt, no start of the app) and were not asked today."""
    long_ago = now - UNHEARD_FOR
    query = (
        select(Subscription.id, Person)
        .join(Device, Device.id == Subscription.device_id)
        .join(Person, Person.id == Subscription.person_id)
        .where(
            Subscription.state == PushState.CONFIRMED,
            Subscription.synced_at < long_ago,
            or_(Subscription.last_received_at.is_(None), Subscription.last_received_at < long_ago),
            or_(Subscription.checked_at.is_(None), Subscription.checked_at < long_ago),
            Device.revoked_at.is_(None),
            Person.left_at.is_(None),
        )
    )
    return [(id_, person) for id_, person in db.session.execute(query)]


def ask(subscription_id: UUID, now: datetime) -> bool:
    """Send the check. False when somebody else did, or the phone has been heard of meanwhile."""
    with write():
        asked = update(Subscription).where(
            Subscription.id == subscription_id,
            Subscription.state == PushState.CONFIRMED,
            or_(Subscription.last_received_at.is_(None), Subscription.last_received_at < now - UNHEARD_FOR),
            or_(Subscription.checked_at.is_(None), Subscription.checked_at < now - UNHEARD_FOR),
        )
        if _rows(asked.values(checked_at=now)) != 1:
            return False
        subscription = db.session.get_one(Subscription, subscription_id)
        _greet(subscription, db.session.get_one(Person, subscription.person_id), now)
    return True


def note_silent(now: datetime) -> int:
    """Whoever did not answer in time counts as silent, and the board is told. Returns how many."""
    unanswered = (
        Subscription.state == PushState.CONFIRMED,
        Subscription.checked_at < now - ANSWER_WITHIN,
        Subscription.unheard < SILENT_AT,
        or_(Subscription.last_received_at.is_(None), Subscription.last_received_at < Subscription.checked_at),
    )
    ids = list(db.session.scalars(select(Subscription.id).where(*unanswered)))
    db.session.rollback()
    for id_ in ids:
        with write():
            silent = update(Subscription).where(Subscription.id == id_, *unanswered)
            if _rows(silent.values(unheard=SILENT_AT)):
                _tell_board(db.session.get_one(Subscription, id_), now)
    return len(ids)


def _greet(subscription: Subscription, person: Person, now: datetime) -> None:
    due = _due_today(person, now)
    count = {0: "none", 1: "one"}.get(due, "many")
    token = enqueue.new_token()
    message = payload.build(
        kind="check",
        title=render("staff_check_title", person.language, first_name=person.first_name),
        body=render(f"staff_check_{count}", person.language, count=due),
        navigate=f"{settings().public_url}/me?n={token}",
        language=person.language,
        tag=subscription.id.hex,
        token=token,
        badge=notify.waiting_count(person),
        now=now,
    )
    put_away(
        enqueue.push(
            subscription.id,
            person,
            kind="check",
            cause=f"check {now.isoformat()}",
            token=token,
            payload=message,
            tag=subscription.id.hex,
            now=now,
        )
    )


def _due_today(person: Person, now: datetime) -> int:
    """How many of this person's customers have a step before midnight."""
    query = select(func.count()).where(
        FollowUp.group_id == person.group_id,
        FollowUp.owner_id == person.id,
        STILL_OPEN,
        FollowUp.next_due_at < person.showroom.hours.next_day(now),
    )
    return int(db.session.scalar(query) or 0)


def _tell_board(subscription: Subscription, now: datetime) -> None:
    append(
        "device_silent",
        now,
        group_id=subscription.group_id,
        showroom_id=subscription.device.person.showroom_id,
        person_id=subscription.person_id,
    )


def _rows(statement: Any) -> int:
    return int(cast(CursorResult[Any], db.session.execute(statement)).rowcount)
