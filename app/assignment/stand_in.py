"""While somebody is absent their deputy covers: every prompt, reply and question reaches somebody who is there.

In: absences, and now. Out: ``covered_by`` of the open follow-ups; ownership stays (rule 7). Called by absence and
assign inside their transaction, and by the worker, which lets covers begin and end in time (``turn``).
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, exists, select

from app.access import lock_follow_up
from app.db import db, write
from app.models import STILL_OPEN, Absence, Event, FollowUp, Person, happened

LOOKS_BACK = timedelta(days=7)
"""Absences that ended longer ago than this have given back their covers, also after a worker's long night."""


def turn(now: datetime) -> int:
    """Let the covers of absences that run begin, and those of absences that are over end. Returns how many changed.

    Idempotent; called by the worker every minute, each absence in a transaction of its own.
    """
    query = select(Absence.id).where(Absence.starts_at <= now, Absence.ends_at > now - LOOKS_BACK)
    ids = list(db.session.scalars(query.order_by(Absence.ends_at)))
    db.session.rollback()
    return sum(_turn(id_, now) for id_ in ids)


def begin(absence: Absence, now: datetime) -> None:
    """An absence has begun. Inside a write."""
    _cover(absence, _uncovered(absence), now)


def end(absence: Absence, now: datetime) -> None:
    """They are back, earlier than planned. Inside a write."""
    _give_back(absence, _covered(absence, now), now)


def cover_if_away(follow_up: FollowUp, now: datetime) -> None:
    """A customer has come back to an owner who is away: the deputy covers from the first moment. Inside a write."""
    running = select(Absence).where(
        Absence.group_id == follow_up.group_id,
        Absence.person_id == follow_up.owner_id,
        Absence.starts_at <= now,
        Absence.ends_at > now,
    )
    absence = db.session.scalar(running.order_by(Absence.starts_at).limit(1))
    if absence is not None and follow_up.covered_by_id is None:
        _cover(absence, [follow_up.id], now)


def _turn(id_: UUID, now: datetime) -> int:
    absence = db.session.get(Absence, id_)
    waiting = _waiting(absence, now) if absence else []
    db.session.rollback()
    if not waiting:
        return 0
    with write():
        absence = db.session.get(Absence, id_, populate_existing=True)
        if absence is None:
            return 0
        return (_cover if absence.ends_at > now else _give_back)(absence, waiting, now)


def _waiting(absence: Absence, now: datetime) -> list[UUID]:
    """What its deputy does not cover yet, or covers still."""
    return _uncovered(absence) if absence.ends_at > now else _covered(absence, absence.ends_at)


def _open_of(absence: Absence) -> Select[UUID]:
    return (
        select(FollowUp.id)
        .where(
            FollowUp.group_id == absence.group_id,
            FollowUp.owner_id == absence.person_id,
            STILL_OPEN,
        )
        .order_by(FollowUp.id)
    )


def _uncovered(absence: Absence) -> list[UUID]:
    return list(db.session.scalars(_open_of(absence).where(FollowUp.covered_by_id.is_(None))))


def _covered(absence: Absence, until: datetime) -> list[UUID]:
    """What the deputy covers for this absence; not what they stepped into after it was over."""
    since = exists().where(
        Event.group_id == FollowUp.group_id,
        Event.follow_up_id == FollowUp.id,
        Event.type == "covered",
        Event.person_id == absence.deputy_id,
        Event.at >= until,
    )
    covered = _open_of(absence).where(FollowUp.covered_by_id == absence.deputy_id, ~since)
    return list(db.session.scalars(covered))


def _cover(absence: Absence, ids: list[UUID], now: datetime) -> int:
    """The deputy covers. Nothing rings for it: what falls due or is answered will."""
    if db.session.get_one(Person, absence.deputy_id).left_at is not None:
        return 0
    return _attend(absence, ids, None, absence.deputy_id, "covered", now)


def _give_back(absence: Absence, ids: list[UUID], now: datetime) -> int:
    return _attend(absence, ids, absence.deputy_id, None, "cover_ended", now)


def _attend(
    absence: Absence, ids: list[UUID], was: UUID | None, by: UUID | None, told: str, now: datetime
) -> int:
    count = 0
    for id_ in ids:
        follow_up = lock_follow_up(id_)
        if not follow_up.is_open or follow_up.owner_id != absence.person_id or follow_up.covered_by_id != was:
            continue  # somebody else was faster
        follow_up.covered_by_id = by
        db.session.flush()
        db.session.refresh(follow_up)
        happened(told, follow_up, now, person_id=by or absence.person_id)
        count += 1
    return count
