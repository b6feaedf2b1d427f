"""Another owner: by handing over with a reason, or because a colleague spoke first. The history is ``Assignment``.

Called by the API and by ``customers.outcome`` inside their transaction. Escalation never does this: attention moves,
ownership does not (rule 7).
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import aliased

from app.assignment.choose import choose
from app.assignment.deputy import deputy
from app.assignment.duty import Why, availability, candidates
from app.assignment.introduce import introduce
from app.cadence import record
from app.db import db, new_id
from app.errors import Conflict
from app.models import (
    CONTACT,
    Assignment,
    Attempt,
    Availability,
    EndReason,
    FollowUp,
    FollowUpState,
    Person,
    happened,
)
from app.push import notify
from app.rows import put_away
from app.texts.moments import moment

UNDONE = "undone"
"""Why a customer went back to the owner before: a colleague's "spoke" was a slip."""


def hand_over(
    follow_up: FollowUp, reason: EndReason, to: Person | None, now: datetime, by: Person | None
) -> FollowUp:
    """Another owner, for a reason that goes on the record; the customer and both salespeople are told.

    Without ``to``: whoever stands in when they cannot now, else whose turn it is. ``by`` None: the operator.
    Raises Conflict: nobody_else, not_there (whom it goes to is away when it is due), or nothing to hand over.
    """
    before = follow_up.owner
    if to is None:
        to = _whose_turn(follow_up, reason, now)
    elif reason is not EndReason.LEFT:
        _check_there(to, follow_up, now)
    if not follow_up.is_open or to.id == before.id:
        raise Conflict("It is already theirs, or it has ended.")
    end_assignment(follow_up, reason, now)
    _give(follow_up, to, None, now)
    follow_up.assigned_at, to.last_assigned_at = now, now
    if follow_up.state is FollowUpState.ACCEPTED and follow_up.first_try_at is None:
        follow_up.state, follow_up.accepted_at = FollowUpState.ASSIGNED, None
    record.replan(follow_up, now)
    told = introduce(follow_up, before, now)
    happened("handed_over", follow_up, now, person_id=to.id, reason=reason.value, told_customer=told)
    _tell_both(follow_up, before, by, now)
    return follow_up


def first_to_speak(follow_up: FollowUp, attempt: Attempt, now: datetime) -> None:
    """For a customer who has never spoken with us, the first to speak becomes the owner (rule 7)."""
    customer = follow_up.customer
    stays = attempt.person_id == follow_up.owner_id or attempt.person.left_at is not None
    if customer.spoke_at is None and not stays and follow_up.is_open:
        end_assignment(follow_up, EndReason.SPOKE_FIRST, now)
        _give(follow_up, attempt.person, None, now)
        happened(
            "handed_over", follow_up, now, person_id=attempt.person_id, reason=EndReason.SPOKE_FIRST.value
        )
    if customer.spoke_at is None:
        customer.spoke_at = now


def take_back(follow_up: FollowUp, attempt: Attempt, now: datetime) -> None:
    """Their talk was a slip: whoever became the owner by it gives the customer back, and covers as before.

    Nothing happens when they spoke another time, when it was handed over since, or when the owner before has left.
    """
    if (
        not follow_up.is_open
        or follow_up.owner_id != attempt.person_id
        or _spoke(follow_up, attempt.person_id)
    ):
        return
    mistaken, given = aliased(Assignment), aliased(Assignment)
    query = (
        select(mistaken, given, Person)
        .join(
            given,
            (given.group_id == mistaken.group_id)
            & (given.follow_up_id == mistaken.follow_up_id)
            & (given.ended_at == mistaken.started_at),
        )
        .join(Person, Person.id == given.person_id)
        .where(
            mistaken.group_id == follow_up.group_id,
            mistaken.follow_up_id == follow_up.id,
            mistaken.ended_at.is_(None),
            given.reason == EndReason.SPOKE_FIRST,
            Person.left_at.is_(None),
        )
    )
    found = db.session.execute(query).one_or_none()
    if found is None:
        return
    slip, kept, owner = found
    db.session.delete(slip)
    db.session.flush()  # exactly one owner: the slip's row goes before the other is open again
    kept.ended_at = kept.reason = None
    _own(follow_up, owner, attempt.person_id)
    happened("handed_over", follow_up, now, person_id=owner.id, reason=UNDONE)
    notify.tell(
        owner, "handover", follow_up, f"undone {now.isoformat()}", now, person=attempt.person.first_name
    )


def assignment(follow_up: FollowUp, person: Person, now: datetime) -> Assignment:
    """A new row, not yet written: this person's responsibility from now on."""
    return Assignment(
        id=new_id(),
        group_id=follow_up.group_id,
        follow_up_id=follow_up.id,
        person_id=person.id,
        started_at=now,
    )


def end_assignment(follow_up: FollowUp, reason: EndReason, now: datetime) -> None:
    db.session.execute(
        update(Assignment)
        .where(Assignment.follow_up_id == follow_up.id, Assignment.ended_at.is_(None))
        .values(ended_at=now, reason=reason)
    )


def _give(follow_up: FollowUp, to: Person, covered_by_id: UUID | None, now: datetime) -> None:
    put_away(assignment(follow_up, to, now))
    _own(follow_up, to, covered_by_id)


def _own(follow_up: FollowUp, to: Person, covered_by_id: UUID | None) -> None:
    follow_up.owner_id, follow_up.covered_by_id, follow_up.customer.owner_id = to.id, covered_by_id, to.id
    db.session.flush()
    db.session.refresh(follow_up)


def _whose_turn(follow_up: FollowUp, reason: EndReason, now: datetime) -> Person:
    stands_in = deputy(follow_up, now) if reason is EndReason.CANNOT_NOW else None
    if stands_in is not None and stands_in.id != follow_up.owner_id:
        return stands_in
    chosen = choose(candidates(follow_up.showroom, without=follow_up.owner_id))
    if chosen is None:
        raise Conflict("There is nobody else to pass this on to.", code="nobody_else")
    return db.session.get_one(Person, chosen)


def _check_there(to: Person, follow_up: FollowUp, now: datetime) -> None:
    """Whoever gets it must be there when it is due. In closed hours everybody is off, and nothing is due."""
    due = max(follow_up.next_due_at or now, now)
    duty = availability(to, due)
    closed = duty.why is Why.OWN_HOURS and not follow_up.showroom.hours.is_open(due)
    if duty.state is not Availability.OFF or closed:
        return
    until = moment(duty.until, now, to.showroom.timezone, "en").removeprefix("on ") if duty.until else ""
    back = f" until {until}" if until else ""
    raise Conflict(
        f"{to.first_name} is not there{back}, and this is due before. Choose somebody else.", code="not_there"
    )


def _tell_both(follow_up: FollowUp, before: Person, by: Person | None, now: datetime) -> None:
    """Both salespeople are told; whoever handed it over themselves knows."""
    to, cause = follow_up.owner, f"handed over {now.isoformat()}"
    if (
        follow_up.state is FollowUpState.ASSIGNED
    ):  # the first call is still to be made: it rings like a new lead
        notify.tell(to, "lead", follow_up, cause, now)
    else:
        notify.tell(to, "handover", follow_up, cause, now, person=before.first_name)
    if before.left_at is None and (by is None or by.id != before.id):
        notify.tell(before, "taken", follow_up, cause, now, person=to.first_name)


def _spoke(follow_up: FollowUp, person_id: UUID) -> bool:
    query = select(Attempt.id).where(
        Attempt.follow_up_id == follow_up.id, Attempt.person_id == person_id, Attempt.outcome.in_(CONTACT)
    )
    return db.session.scalar(query.limit(1)) is not None
