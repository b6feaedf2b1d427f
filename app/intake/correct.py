"""A person says what a request means that nobody could read, or that was read wrongly.

In: a lead, and the corrected fields as typed. Out: the follow-up that it then belongs to: the number may be that of
another customer: then the lead is theirs and stays with their salesperson; nobody's customer is taken away (rule 7).
Called by the API inside a write.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from sqlalchemy import func, select, update

from app.access import lock_follow_up
from app.assignment import assign, hand_over
from app.cadence import record
from app.customers import match
from app.db import db
from app.errors import Conflict, Unreadable
from app.intake.names import read_email
from app.intake.parsed import Parsed as Read
from app.intake.parsed import ParsedLead, to_json
from app.intake.phones import read_phones
from app.models import (
    ContactPoint,
    Customer,
    EndReason,
    FollowUp,
    Lead,
    LeadState,
    Person,
    Showroom,
    happened,
)
from app.push import notify

FIELDS = ("name", "phone", "email", "car", "question")


def correct(lead: Lead, said: Mapping[str, str], by: Person, now: datetime) -> tuple[FollowUp, bool]:
    """(the follow-up it belongs to now, whether it joined another customer's). Nothing said: it is right as it is.

    Raises Conflict for a closed lead, Unreadable for an e-mail address that is none.
    """
    follow_up = lock_follow_up(lead.follow_up_id)
    if lead.state is not LeadState.OPEN:
        raise Conflict("This request is closed.", code="lead_closed")
    said = {name: said[name].strip() for name in FIELDS if said.get(name, "").strip()}
    showroom = db.session.get_one(Showroom, lead.showroom_id)
    read = _read(said, showroom)
    lead.car, lead.question = said.get("car", lead.car), said.get("question", lead.question)
    lead.car, lead.needs_look = lead.car[:200] if lead.car else None, False
    lead.details = {**lead.details, **_details(read, said)}
    assign.take_all_turns(lead.group_id)
    customer, other = db.session.get_one(Customer, lead.customer_id), match.known(read, showroom)
    joined = other is not None and other.id != customer.id
    if other is not None and joined:
        follow_up = _join(lead, follow_up, customer, other, by, now)
        customer = other
    elif "name" in said:
        customer.display_name = ""  # what was read is replaced by what a person says
    match.learn(customer, read, showroom, now)
    if "phone" in said:
        _no_longer(lead, customer, read, now)
    fields = " ".join(name for name in FIELDS if name in said)
    happened("lead_corrected", follow_up, now, person_id=by.id, lead_id=lead.id, fields=fields, joined=joined)
    record.replan(follow_up, now)
    return follow_up, joined


def _read(said: Mapping[str, str], showroom: Showroom) -> ParsedLead:
    email = read_email(said.get("email", ""))
    if "email" in said and email is None:
        raise Unreadable("Please check what is marked.", fields={"email": "Mail cannot be sent to this."})
    name = said.get("name")
    return ParsedLead(
        name_parts={"full": name} if name else {},
        display_name=name,
        email=email,
        phones=tuple(read_phones(said.get("phone", ""), showroom.country)),
    )


def _details(read: ParsedLead, said: Mapping[str, str]) -> dict[str, object]:
    """The corrected fields in the shape that a parser's have."""
    shown = to_json(Read("lead", (read,)))["leads"][0]
    wanted = {"name": ("name_parts", "display_name"), "phone": ("phones",), "email": ("email",)}
    return {key: shown[key] for name in said for key in wanted.get(name, ())}


def _no_longer(lead: Lead, customer: Customer, read: ParsedLead, now: datetime) -> None:
    """A number that was read in this request and is not the customer's is never offered again."""
    right = {value for phone in read.phones for value in (phone.raw, phone.e164) if value}
    mine = select(ContactPoint).where(
        ContactPoint.group_id == lead.group_id,
        ContactPoint.customer_id == customer.id,
        ContactPoint.kind == "phone",
        ContactPoint.created_at >= lead.arrived_at,
        ContactPoint.wrong_at.is_(None),
    )
    for point in db.session.scalars(mine):
        if not right & {point.raw, point.value}:
            point.wrong_at, point.matches = now, False


def _join(
    lead: Lead, before: FollowUp, customer: Customer, other: Customer, by: Person, now: datetime
) -> FollowUp:
    """The request is another customer's: into their open follow-up; when they have none, this one becomes theirs."""
    theirs = assign.open_follow_up(other)
    if theirs is None:
        return _hand_to(before, customer, other, by, now)
    lead.customer_id, lead.follow_up_id = other.id, theirs.id
    db.session.flush()
    happened("lead_joined", theirs, now, lead_id=lead.id)
    if not _count(Lead.follow_up_id == before.id, Lead.state == LeadState.OPEN):
        record.end(before, LeadState.DUPLICATE, now, by)
    if not _count(Lead.customer_id == customer.id):
        _move_points(customer, other)
    notify.tell(theirs.covered_by or theirs.owner, "lead", theirs, f"lead {lead.id}", now)
    return theirs


def _hand_to(follow_up: FollowUp, customer: Customer, other: Customer, by: Person, now: datetime) -> FollowUp:
    follow_up.customer_id = other.id
    moved = update(Lead).where(Lead.follow_up_id == follow_up.id).values(customer_id=other.id)
    db.session.execute(moved)
    if not _count(Lead.customer_id == customer.id):
        _move_points(customer, other)
    db.session.flush()
    db.session.expire(follow_up)
    follow_up = lock_follow_up(follow_up.id)
    owner = db.session.get(Person, other.owner_id) if other.owner_id else None
    if owner is not None and owner.left_at is None and owner.id != follow_up.owner_id:
        with suppress(Conflict):  # they are away when it is due: whoever has it now goes on
            hand_over.hand_over(follow_up, EndReason.CUSTOMERS_WISH, owner, now, by)
    return follow_up


def _move_points(customer: Customer, other: Customer) -> None:
    """What reached somebody who turned out to be this customer reaches them."""
    own = ContactPoint.group_id == customer.group_id, ContactPoint.customer_id == customer.id
    db.session.execute(update(ContactPoint).where(*own).values(customer_id=other.id))


def _count(*conditions: object) -> int:
    return int(db.session.scalar(select(func.count()).select_from(Lead).where(*conditions)) or 0)  # type: ignore[arg-type]
