"""Assign, accept, start an attempt, hand over, cover. Called by intake and the API inside their transaction.

One customer stays with one person [004]: a customer with an owner goes to that owner, whatever the source.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import case, func, select, update

from app import clock
from app.assignment.choose import Candidate, choose
from app.cadence import record
from app.db import db, new_id
from app.errors import Conflict, NotFound
from app.models import (
    Assignment,
    Attempt,
    Channel,
    Customer,
    EndReason,
    FollowUp,
    FollowUpState,
    Group,
    Lead,
    Person,
    Role,
    Showroom,
    StepKind,
    happened,
)
from app.push import notify


def assign(lead: Lead, customer: Customer, showroom: Showroom, now: datetime) -> FollowUp:
    """Give a lead its follow-up: the customer's open one, or a new one with an owner. The owner is told at once."""
    follow_up = open_follow_up(customer)
    if follow_up is not None:
        lead.follow_up_id = follow_up.id
        db.session.add(lead)
        db.session.flush()
        happened("lead_joined", follow_up, now, lead_id=lead.id)
        record.replan(follow_up, now)
    else:
        owner = owner_of(customer, showroom)
        follow_up = _open(customer, owner, now)
        lead.follow_up_id = follow_up.id
        db.session.add(lead)
        db.session.flush()
        happened("assigned", follow_up, now, person_id=owner.id, lead_id=lead.id)
        record.begin(follow_up, now)
    notify.tell(follow_up.owner, "lead", follow_up, f"lead {lead.id}", now)
    return follow_up


def open_follow_up(customer: Customer) -> FollowUp | None:
    """The customer's open follow-up; there is at most one."""
    query = select(FollowUp).where(
        FollowUp.group_id == customer.group_id,
        FollowUp.customer_id == customer.id,
        FollowUp.state != FollowUpState.ENDED,
    )
    # locked: it must not end while a lead is joining it
    return db.session.scalar(query.with_for_update(of=FollowUp))


def take_turn(group_id: UUID) -> None:
    """One lead at a time decides whose turn it is (PostgreSQL; on SQLite the write transaction already does this)."""
    db.session.execute(select(Group.id).where(Group.id == group_id).with_for_update(key_share=True))


def owner_of(customer: Customer, showroom: Showroom) -> Person:
    """Whose customer this is: who had them before, else whose turn it is. Raises Conflict when nobody works there."""
    if customer.owner_id:
        owner = db.session.get(Person, customer.owner_id)
        if owner is not None and owner.left_at is None:
            return owner
    chosen = choose(candidates(showroom)) or _manager(showroom)
    if chosen is None:
        raise Conflict(f"Nobody works in {showroom.name}: add a person first (flask --app wsgi person add).")
    return db.session.get_one(Person, chosen)


def candidates(showroom: Showroom, without: UUID | None = None) -> list[Candidate]:
    """The showroom's salespeople with their load, for ``choose``."""
    unfinished = case((FollowUp.state == FollowUpState.ASSIGNED, 1), else_=0)
    query = (
        select(Person, func.coalesce(func.sum(unfinished), 0), func.count(FollowUp.id))
        .outerjoin(
            FollowUp,
            (FollowUp.group_id == Person.group_id)
            & (FollowUp.owner_id == Person.id)
            & (FollowUp.state != FollowUpState.ENDED),
        )
        .where(
            Person.group_id == showroom.group_id,
            Person.showroom_id == showroom.id,
            Person.role == Role.SALESPERSON,
            Person.left_at.is_(None),
        )
        .group_by(Person.id)
    )
    moment = clock.now()
    return [
        Candidate(person.id, person.present_availability(moment), unfinished, open_, person.last_assigned_at)
        for person, unfinished, open_ in db.session.execute(query)
        if person.id != without
    ]


def start_attempt(
    follow_up: FollowUp,
    person: Person,
    *,
    id_: UUID,
    channel: Channel,
    started_at: datetime,
    contact_point_id: UUID | None,
    now: datetime,
) -> Attempt:
    """Write the fact that somebody tried; starting accepts, and a call holds the escalation (rule 5)."""
    known = db.session.get(Attempt, id_)
    if known is not None:
        if known.group_id != person.group_id or known.follow_up_id != follow_up.id:
            raise NotFound("This attempt belongs to something else.")
        return known
    attempt = Attempt(
        id=id_,
        group_id=follow_up.group_id,
        follow_up_id=follow_up.id,
        person_id=person.id,
        contact_point_id=contact_point_id,
        channel=channel,
        started_at=min(started_at, now),
    )
    db.session.add(attempt)
    db.session.flush()
    happened("attempt_started", follow_up, now, person_id=person.id, attempt_id=id_, channel=channel.value)
    if follow_up.is_open:
        if accept(follow_up, person, now) is False and person.id != follow_up.owner_id:
            cover(follow_up, person, now)
        record.hold(follow_up, attempt, now)
    return attempt


def accept(follow_up: FollowUp, person: Person, now: datetime) -> bool:
    """One guarded update: the first who starts wins. False when it was accepted already."""
    won = (
        update(FollowUp)
        .where(FollowUp.id == follow_up.id, FollowUp.state == FollowUpState.ASSIGNED)
        .values(state=FollowUpState.ACCEPTED, accepted_at=now)
    )
    if db.session.execute(won).rowcount != 1:  # type: ignore[attr-defined]
        return False
    db.session.refresh(follow_up)
    if person.id != follow_up.owner_id:
        cover(follow_up, person, now)
    happened("accepted", follow_up, now, person_id=person.id)
    _say_taken(follow_up, person, now)
    return True


def cover(follow_up: FollowUp, person: Person, now: datetime) -> None:
    """A colleague acts for a while. Attention moves, ownership does not (rule 7)."""
    if person.id in (follow_up.owner_id, follow_up.covered_by_id):
        return
    follow_up.covered_by_id = person.id
    db.session.flush()
    db.session.refresh(follow_up)
    happened("covered", follow_up, now, person_id=person.id)
    notify.tell(follow_up.owner, "taken", follow_up, f"covered {person.id}", now, person=person.first_name)


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
    _end_assignment(follow_up, reason, now)
    _begin_assignment(follow_up, to, now)
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
        _end_assignment(follow_up, EndReason.SPOKE_FIRST, now)
        _begin_assignment(follow_up, attempt.person, now)
        follow_up.owner_id, follow_up.covered_by_id = attempt.person_id, None
        customer.owner_id = attempt.person_id
        happened(
            "handed_over", follow_up, now, person_id=attempt.person_id, reason=EndReason.SPOKE_FIRST.value
        )
        db.session.flush()
        db.session.refresh(follow_up)
    if customer.spoke_at is None:
        customer.spoke_at = now


def _open(customer: Customer, owner: Person, now: datetime) -> FollowUp:
    """The follow-up runs in its owner's showroom; the lead's showroom sees it through the lead."""
    follow_up = FollowUp(
        id=new_id(),
        group_id=customer.group_id,
        showroom_id=owner.showroom_id,
        customer_id=customer.id,
        owner_id=owner.id,
        state=FollowUpState.ASSIGNED,
        cadence="six_in_ten",
        opened_at=now,
        assigned_at=now,
        next_kind=StepKind.ATTEMPT,
        next_due_at=now,
    )
    db.session.add(follow_up)
    db.session.flush()
    _begin_assignment(follow_up, owner, now)
    customer.owner_id = owner.id
    owner.last_assigned_at = now
    db.session.flush()
    return follow_up


def _begin_assignment(follow_up: FollowUp, person: Person, now: datetime) -> None:
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


def _end_assignment(follow_up: FollowUp, reason: EndReason, now: datetime) -> None:
    db.session.execute(
        update(Assignment)
        .where(Assignment.follow_up_id == follow_up.id, Assignment.ended_at.is_(None))
        .values(ended_at=now, reason=reason)
    )


def _manager(showroom: Showroom) -> UUID | None:
    query = (
        select(Person.id)
        .where(
            Person.group_id == showroom.group_id,
            Person.showroom_id == showroom.id,
            Person.role.in_((Role.MANAGER, Role.ADMIN)),
            Person.left_at.is_(None),
        )
        .order_by(Person.role.desc(), Person.id)
        .limit(1)
    )
    return db.session.scalar(query)


def _say_taken(follow_up: FollowUp, by: Person, now: datetime) -> None:
    """Everyone else's notification about this customer is replaced by "taken by …"."""
    for person in record.people_told(follow_up):
        if person.id != by.id:
            notify.tell(person, "taken", follow_up, f"taken {now.isoformat()}", now, person=by.first_name)
