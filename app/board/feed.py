"""Tail the events and emit them to the boards and phones they concern. One loop in each web process.

Started by ``wsgi.serve`` only, never by ``create_app``: worker, command line and tests must not tail.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app import clock
from app.access import settings
from app.board import cursor, snapshot
from app.board.cursor import Cursor
from app.board.rows import board_rows, feed_items
from app.db import db
from app.errors import WRONG
from app.models import Delivery, Event, FollowUp, Person
from app.outbox.bell import bell

log = logging.getLogger(__name__)
BATCH = 500
FALLBACK = 0.25
"""Seconds: also without a ring the feed looks this often."""
PACE, SLOWEST = 0.1, 0.8
"""Seconds between two messages to the same board: at least, and at most."""
MOMENT = 0.001
SLICE = 8
"""Rows of the board that are made in one go."""
SHARE = 0.05
"""How much of the process's time the boards may take while leads come in: the leads go first."""
ABOUT_PEOPLE = frozenset(
    {
        "assigned",
        "handed_over",
        "follow_up_ended",
        "outcome_undone",
        "availability_set",
        "absence_set",
        "absence_ended",
        "person_changed",
        "person_left",
        "device_confirmed",
        "device_lost",
        "device_silent",
    }
)
SIGNED_OUT = "signed_out"
"""The last thing a revoked device hears: whoever emits it closes the connection."""
Emit = Callable[[str, dict[str, Any], str], None]
"""(event name, payload, room)"""


def room_of_showroom(showroom_id: UUID) -> str:
    return f"showroom {showroom_id}"


def room_of_group(group_id: UUID) -> str:
    return f"group {group_id}"


def room_of_person(person_id: UUID) -> str:
    return f"person {person_id}"


def room_of_device(device_id: object) -> str:
    return f"device {device_id}"


Listening = Callable[[str | None], bool]
"""Whether anybody is in this room; None: whether anybody is connected at all."""


def everybody(_room: str | None) -> bool:
    """Somebody may be listening everywhere."""
    return True


def tail(
    app: Flask, emit: Emit, stopped: Callable[[], bool] = lambda: False, listening: Listening = everybody
) -> None:
    """For ever: wait for the bell, read on, emit.

    The first news goes out at once, further ones every ``PACE``, or as seldom as their ``SHARE`` demands: fifty leads a
    second are told in a few messages, not in three hundred. While nobody is connected nothing is read at all.
    A database that is away is read again from the same place. Events that cannot be shown are logged and passed over:
    one of them must not silence the boards for ever, and a board's own snapshot, taken every minute, makes up for them.
    """
    with app.app_context():
        place = cursor.newest()
        ring = bell(settings())
    while not stopped():
        try:
            if not listening(None):
                place = _skip(app, place, listening)
                time.sleep(FALLBACK)
                continue
            ring.wait(FALLBACK)
            before, began = place, time.monotonic()
            with app.app_context():
                place = read_on(place, emit, listening)
            if place != before:
                time.sleep(_rest(time.monotonic() - began))
        except SQLAlchemyError:
            log.exception("the feed waits for the database")
            time.sleep(FALLBACK)
        except WRONG:
            log.exception("the feed passes over events that it cannot show")
            with app.app_context():
                place = cursor.newest()
    ring.close()


def _rest(took: float) -> float:
    """Seconds until the next message, after one that took so many."""
    return max(PACE, min(took / SHARE - took, SLOWEST))


def _skip(app: Flask, place: Cursor, listening: Listening) -> Cursor:
    """The newest place, unless somebody has come in meanwhile: they hear everything from before they came."""
    with app.app_context():
        newest = cursor.newest()
        db.session.rollback()
    return place if listening(None) else newest


def read_on(place: Cursor, emit: Emit, listening: Listening = everybody) -> Cursor:
    """Emit everything after ``place`` to whoever listens; returns the new place.

    What nobody hears is not made: it was half the work of the web process. Who connects later resumes from its cursor.
    """
    while True:
        events = cursor.after(place, BATCH)
        if not events:
            db.session.rollback()
            return place
        _let_others_go_first()
        place = cursor.of(events[-1])
        for room, told, showroom_id in filter(lambda audience: listening(audience[0]), _audiences(events)):
            emit("feed", {"cursor": str(place), **news(told, showroom_id)}, room)
            _let_others_go_first()
        for person_id, follow_ups in _concerned(events).items():
            emit("inbox", {"cursor": str(place), "follow_up_ids": follow_ups}, room_of_person(person_id))
        for event in events:
            if event.type == "device_revoked":
                emit(SIGNED_OUT, {}, room_of_device(event.data["device"]))


def backlog(viewer: Person, place: Cursor) -> dict[str, Any] | None:
    """What a manager missed since ``place``, as one feed message; None when a fresh snapshot is the better answer."""
    if not cursor.known(place):
        return None
    events = cursor.after(place, BATCH, showroom=snapshot.scope(viewer), group=viewer.group_id)
    if len(events) == BATCH:
        return None
    newest = cursor.of(events[-1]) if events else place
    return {"cursor": str(newest), **news(events, snapshot.scope(viewer))}


def concerning(viewer: Person, place: Cursor) -> list[str] | None:
    """Ids of the follow-ups of this person's inbox that have changed since ``place``; None: ask for all of it."""
    if not cursor.known(place):
        return None
    events = cursor.after(place, BATCH, group=viewer.group_id)
    return None if len(events) == BATCH else _concerned(events).get(viewer.id, [])


def _audiences(events: Sequence[Event]) -> Iterator[tuple[str, list[Event], UUID | None]]:
    """Each room with its share of the events: one message a room, so that its cursor never runs ahead of its items."""
    for showroom_id in {e.showroom_id for e in events if e.showroom_id}:
        yield room_of_showroom(showroom_id), [e for e in events if e.showroom_id == showroom_id], showroom_id
    for group_id in {e.group_id for e in events}:
        yield room_of_group(group_id), [e for e in events if e.group_id == group_id], None


def news(events: Sequence[Event], showroom_id: UUID | None) -> dict[str, Any]:
    """Items for the feed, the rows they changed as they are now, and the follow-ups that have ended."""
    ids = {e.follow_up_id for e in events if e.follow_up_id}
    changed = list(db.session.scalars(select(FollowUp).where(FollowUp.id.in_(ids)))) if ids else []
    open_ = [f for f in changed if f.is_open]
    rows = []
    for first in range(0, len(open_), SLICE):
        rows += board_rows(open_[first : first + SLICE], clock.now())
        _let_others_go_first()
    items = feed_items([e for e in events if e.follow_up_id])
    _let_others_go_first()
    people = _people(events, showroom_id)
    _let_others_go_first()
    return {
        "items": items,
        "rows": rows,
        "gone": [str(f.id) for f in changed if not f.is_open],
        "people": people,
    }


def _let_others_go_first() -> None:
    """A message of a busy second takes 50 ms to make: leads are not to wait for all of it. Less than a real pause
    would let on only who is ready already, and nobody is asked whether something has come in."""
    time.sleep(MOMENT)


def _people(events: Sequence[Event], showroom_id: UUID | None) -> list[dict[str, Any]]:
    """Everybody, when somebody's duty, load or phone may have changed."""
    if not any(e.type in ABOUT_PEOPLE for e in events):
        return []
    return snapshot.people(events[0].group_id, showroom_id, clock.now())


def _concerned(events: Sequence[Event]) -> dict[UUID, list[str]]:
    """Whose phone shows one of these follow-ups: owner, who covers, who was told about it."""
    ids = {e.follow_up_id for e in events if e.follow_up_id}
    if not ids:
        return {}
    concerned: dict[UUID, set[str]] = {}
    owners = select(FollowUp.id, FollowUp.owner_id, FollowUp.covered_by_id).where(FollowUp.id.in_(ids))
    for follow_up in db.session.execute(owners):
        for person_id in filter(None, (follow_up.owner_id, follow_up.covered_by_id)):
            concerned.setdefault(person_id, set()).add(str(follow_up.id))
    told = select(Delivery.person_id, Delivery.follow_up_id).where(
        Delivery.follow_up_id.in_(ids), Delivery.person_id.is_not(None)
    )
    for told_id, follow_up_id in db.session.execute(told.distinct()):
        if told_id is not None:
            concerned.setdefault(told_id, set()).add(str(follow_up_id))
    for event in events:
        if event.type == "handed_over" and event.person_id and event.follow_up_id:
            concerned.setdefault(event.person_id, set()).add(str(event.follow_up_id))
    return {person_id: sorted(found) for person_id, found in concerned.items()}
