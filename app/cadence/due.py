"""Due times: when a step falls due its owner is prompted; a call without an outcome is asked about.

Called by the worker whenever something may be due; one short transaction a follow-up, each guarded by the value it acts
on, so that any number of workers may run it.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import InstrumentedAttribute

from app.access import lock_follow_up
from app.cadence import record
from app.db import db, write
from app.faults import fault_point
from app.models import FollowUp, Person, Role, StepKind, happened
from app.push import notify

BATCH = 50
HOLD_ENDS = timedelta(minutes=10)
MANAGERS_STEPS = (StepKind.FIND_CONTACT, StepKind.MANAGER_ANSWERS)


def prompts(now: datetime) -> list[UUID]:
    """Follow-ups whose next step has fallen due."""
    return _due(FollowUp.prompt_at, now)


def holds(now: datetime) -> list[UUID]:
    """Follow-ups with a call that has had no outcome for too long."""
    return _due(FollowUp.hold_check_at, now)


def next_at() -> datetime | None:
    """When the next prompt or hold check falls due."""
    times = [
        db.session.scalar(select(column).where(column.is_not(None)).order_by(column).limit(1))
        for column in (FollowUp.prompt_at, FollowUp.hold_check_at)
    ]
    return min((t for t in times if t is not None), default=None)


def managers(follow_up: FollowUp) -> list[Person]:
    """Who manages the follow-up's showroom."""
    query = select(Person).where(
        Person.group_id == follow_up.group_id,
        Person.showroom_id == follow_up.showroom_id,
        Person.role.in_((Role.MANAGER, Role.ADMIN)),
        Person.left_at.is_(None),
    )
    return list(db.session.scalars(query))


def _due(column: InstrumentedAttribute[datetime | None], now: datetime) -> list[UUID]:
    query = select(FollowUp.id).where(column <= now).order_by(column).limit(BATCH)
    ids = list(db.session.scalars(query))
    db.session.rollback()
    return ids


def prompt(follow_up_id: UUID, now: datetime) -> bool:
    """Plan again, and remind the owner of the step if it is due. False when somebody else did it, or nothing is due.

    Planning again may find a later time: a stalled dialogue, or a showroom that has changed its hours meanwhile.
    """
    with write():
        follow_up = lock_follow_up(follow_up_id)
        was = follow_up.prompt_at
        claimed = update(FollowUp).where(FollowUp.id == follow_up_id, FollowUp.prompt_at == was)
        if was is None or was > now or db.session.execute(claimed.values(prompt_at=None)).rowcount != 1:  # type: ignore[attr-defined]
            return False
        follow_up.prompt_at = None
        record.replan(follow_up, now)
        if not follow_up.is_open or (follow_up.prompt_at is not None and follow_up.prompt_at > now):
            return False
        follow_up.prompt_at = None
        _tell(follow_up, now)
    fault_point("step prompted")
    return True


def _tell(follow_up: FollowUp, now: datetime) -> None:
    manager_acts = follow_up.next_kind in MANAGERS_STEPS
    people = managers(follow_up) if manager_acts else [follow_up.covered_by or follow_up.owner]
    kind = "answer" if follow_up.next_kind is StepKind.ANSWER else "due"
    for person in people:
        notify.tell(person, kind, follow_up, f"due {follow_up.next_due_at:%Y%m%dT%H%M%S%f}", now)
    happened("prompted", follow_up, now, kind=str(follow_up.next_kind))


def check_hold(follow_up_id: UUID, now: datetime) -> bool:
    """After 10 minutes ask the owner how the call went; after 20 the hold ends and the clock goes on (rule 5)."""
    with write():
        follow_up = lock_follow_up(follow_up_id)
        was = follow_up.hold_check_at
        claimed = update(FollowUp).where(FollowUp.id == follow_up_id, FollowUp.hold_check_at == was)
        if was is None or was > now or db.session.execute(claimed.values(hold_check_at=None)).rowcount != 1:  # type: ignore[attr-defined]
            return False
        if follow_up.hold_asked:
            follow_up.hold_check_at = None
            record.replan(follow_up, now)
            return True
        follow_up.hold_asked, follow_up.hold_check_at = True, now + HOLD_ENDS
        who = follow_up.covered_by or follow_up.owner
        notify.tell(who, "hold", follow_up, f"hold {was:%Y%m%dT%H%M%S%f}", now)
    return True
