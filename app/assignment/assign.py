"""Give a lead its follow-up and its owner. Called by intake inside its transaction.

One customer stays with one person [004]: a customer with an owner goes to that owner, whatever the source.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.assignment.choose import choose
from app.assignment.duty import candidates, manager
from app.assignment.hand_over import begin_assignment
from app.cadence import record
from app.db import db, new_id
from app.errors import Conflict
from app.models import Customer, FollowUp, FollowUpState, Group, Lead, Person, Showroom, StepKind, happened
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
    chosen = choose(candidates(showroom)) or manager(showroom)
    if chosen is None:
        raise Conflict(f"Nobody works in {showroom.name}: add a person first (flask --app wsgi person add).")
    return db.session.get_one(Person, chosen)


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
    begin_assignment(follow_up, owner, now)
    customer.owner_id = owner.id
    owner.last_assigned_at = now
    db.session.flush()
    return follow_up
