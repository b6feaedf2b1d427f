"""Give a lead its follow-up and its owner. Called by intake inside its transaction.

One customer stays with one person [004]: a customer with an owner goes to that owner, whatever the source.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm.attributes import set_committed_value

from app.assignment import escalate, stand_in
from app.assignment.choose import choose
from app.assignment.duty import candidates, manager
from app.assignment.hand_over import assignment
from app.cadence import closing, record
from app.cadence.reach import Reach
from app.db import db, is_sqlite, new_id
from app.errors import Conflict
from app.models import STILL_OPEN, Customer, FollowUp, FollowUpState, Lead, Person, Showroom, happened
from app.push import notify
from app.push.notify import About
from app.rows import change, change_last, look, put, put_away

OPEN = (
    select(FollowUp)
    .where(
        FollowUp.group_id == bindparam("group_id"),
        FollowUp.customer_id == bindparam("customer_id"),
        STILL_OPEN,
    )
    # locked: it must not end while a lead is joining it
    .with_for_update(of=FollowUp)
)


_TURN = select(Showroom.id).order_by(Showroom.id).with_for_update(key_share=True)
TURNS = _TURN.where(Showroom.id.in_(bindparam("ids", expanding=True)))
ALL_TURNS = _TURN.where(Showroom.group_id == bindparam("group_id"))
"""Locked in the order of their ids, so that two who lock several do not wait for each other."""


def assign(
    lead: Lead, customer: Customer, known: Reach, showroom: Showroom, now: datetime, *, met_now: bool = False
) -> FollowUp:
    """Give a lead its follow-up: the customer's open one, or a new one with an owner. The owner is told at once.

    ``met_now``: nobody knew this customer before this very request, so there is nothing to look for.
    """
    follow_up = None if met_now else open_follow_up(customer)
    if follow_up is not None:
        lead.follow_up_id = follow_up.id
        put(lead)
        happened("lead_joined", follow_up, now, lead_id=lead.id)
        record.replan(follow_up, now)
    else:
        if not met_now:
            closing.not_yet(customer)
        follow_up = _begin(lead, customer, known, owner_of(customer, showroom), now)
        happened("assigned", follow_up, now, person_id=follow_up.owner_id, lead_id=lead.id)
    if not met_now:
        db.session.flush()  # covering reads the row again
        stand_in.cover_if_away(follow_up, now)
    number = known.dialable.value if known.dialable else None
    tells = follow_up.covered_by or follow_up.owner
    notify.tell(tells, "lead", follow_up, f"lead {lead.id}", now, about=About(lead, number))
    escalate.at_once(follow_up, not met_now, now)
    return follow_up


def open_follow_up(customer: Customer) -> FollowUp | None:
    """The customer's open follow-up; there is at most one."""
    return db.session.scalar(OPEN, {"group_id": customer.group_id, "customer_id": customer.id})


def take_turns(showroom_ids: Collection[UUID]) -> None:
    """One lead at a time decides whose turn it is in a showroom (PostgreSQL; SQLite has one writer anyway).

    Two that make the same customer known at the same instant meet in the index of numbers: one of them is read again.
    """
    if not is_sqlite():
        look(TURNS, {"ids": sorted(showroom_ids)})


def take_all_turns(group_id: UUID) -> None:
    """No lead of the whole group is placed meanwhile: for whoever changes what leads are matched or placed by."""
    if not is_sqlite():
        look(ALL_TURNS, {"group_id": group_id})


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


def _begin(lead: Lead, customer: Customer, known: Reach, owner: Person, now: datetime) -> FollowUp:
    """The follow-up runs in its owner's showroom; the lead's showroom sees it through the lead."""
    follow_up = FollowUp(
        id=new_id(),
        group_id=customer.group_id,
        showroom_id=owner.showroom_id,
        customer_id=customer.id,
        owner_id=owner.id,
        state=FollowUpState.ASSIGNED,
        cadence_version=1,
        stagger_seconds=0,
        opened_at=now,
        assigned_at=now,
    )
    for name, value in (("customer", customer), ("owner", owner), ("showroom", owner.showroom)):
        set_committed_value(follow_up, name, value)
    record.begin(follow_up, known, now)
    lead.follow_up_id = follow_up.id
    put(follow_up)
    put_away(assignment(follow_up, owner, now))
    put(lead)
    if customer.owner_id != owner.id:
        change(customer, owner_id=owner.id)
    change_last(owner, last_assigned_at=now)
    return follow_up
