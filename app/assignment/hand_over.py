"""Another owner: by handing over with a reason, or because a colleague spoke first. The history is ``Assignment``.

Called by the API and by ``customers.outcome`` inside their transaction. Escalation never does this: attention moves,
ownership does not (rule 7).
"""

from datetime import datetime

from sqlalchemy import update

from app.assignment.choose import choose
from app.assignment.duty import candidates
from app.cadence import record
from app.db import db, new_id
from app.errors import Conflict
from app.models import Assignment, Attempt, EndReason, FollowUp, FollowUpState, Person, happened
from app.push import notify


def hand_over(
    follow_up: FollowUp, reason: EndReason, to: Person | None, now: datetime, by: Person
) -> FollowUp:
    """Another owner, for a reason that goes on the record. Without ``to`` the next on duty gets it."""
    if to is None:
        chosen = choose(candidates(follow_up.showroom, without=follow_up.owner_id))
        if chosen is None:
            raise Conflict("There is nobody else to pass this on to.", code="nobody_else")
        to = db.session.get_one(Person, chosen)
    if not follow_up.is_open or to.id == follow_up.owner_id:
        raise Conflict("It is already theirs, or it has ended.")
    end_assignment(follow_up, reason, now)
    begin_assignment(follow_up, to, now)
    follow_up.owner_id, follow_up.covered_by_id, follow_up.assigned_at = to.id, None, now
    if follow_up.state is FollowUpState.ACCEPTED and follow_up.first_try_at is None:
        follow_up.state, follow_up.accepted_at = FollowUpState.ASSIGNED, None
    follow_up.customer.owner_id = to.id
    to.last_assigned_at = now
    db.session.flush()
    db.session.refresh(follow_up)
    happened("handed_over", follow_up, now, person_id=to.id, reason=reason.value, by_owner=by.id != to.id)
    record.replan(follow_up, now)
    notify.tell(to, "lead", follow_up, f"handed over {now.isoformat()}", now)
    return follow_up


def first_to_speak(follow_up: FollowUp, attempt: Attempt, now: datetime) -> None:
    """For a customer who has never spoken with us, the first to speak becomes the owner (rule 7)."""
    customer = follow_up.customer
    if customer.spoke_at is None and attempt.person_id != follow_up.owner_id and follow_up.is_open:
        end_assignment(follow_up, EndReason.SPOKE_FIRST, now)
        begin_assignment(follow_up, attempt.person, now)
        follow_up.owner_id, follow_up.covered_by_id = attempt.person_id, None
        customer.owner_id = attempt.person_id
        happened(
            "handed_over", follow_up, now, person_id=attempt.person_id, reason=EndReason.SPOKE_FIRST.value
        )
        db.session.flush()
        db.session.refresh(follow_up)
    if customer.spoke_at is None:
        customer.spoke_at = now


def begin_assignment(follow_up: FollowUp, person: Person, now: datetime) -> None:
    db.session.add(
        Assignment(
            id=new_id(),
            group_id=follow_up.group_id,
            follow_up_id=follow_up.id,
            person_id=person.id,
            started_at=now,
        )
    )
    db.session.flush()


def end_assignment(follow_up: FollowUp, reason: EndReason, now: datetime) -> None:
    db.session.execute(
        update(Assignment)
        .where(Assignment.follow_up_id == follow_up.id, Assignment.ended_at.is_(None))
        .values(ended_at=now, reason=reason)
    )
