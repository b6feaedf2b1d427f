"""How follow-ups and events look on a screen: the board's rows, the feed's items, the shared clock. Reads only.

Loads what many rows need in few queries; nothing here knows who is looking (``snapshot``, ``feed`` and the API do).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import BindParameter, Executable, bindparam, select

from app.cadence.own import steps_of
from app.db import db
from app.models import (
    Attempt,
    ContactPoint,
    Customer,
    Delivery,
    DeliveryChannel,
    DeliveryState,
    Event,
    FollowUp,
    FollowUpState,
    Lead,
    Person,
    Source,
)
from app.models.attempt import CONTACT
from app.push.notify import iso

PUSH_ORDER = (
    DeliveryState.CANCELLED,
    DeliveryState.FAILED,
    DeliveryState.QUEUED,
    DeliveryState.SENDING,
    DeliveryState.SENT,
    DeliveryState.RECEIVED,
)

CLIMBS = ("escalated", "alarm_acknowledged")
# Columns, not objects: a busy minute shows hundreds of each, and an object costs ten times as much as its row.
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
LEADS = (
    select(
        Lead.follow_up_id, Lead.id, Lead.arrived_at, Lead.car, Lead.needs_look, Source.name.label("source")
    )
    .join(Source, Source.id == Lead.source_id)
    .where(Lead.follow_up_id.in_(_IDS))
)
PUSHES = select(Delivery.follow_up_id, Delivery.state, Delivery.opened_at).where(
    Delivery.follow_up_id.in_(_IDS),
    Delivery.channel == DeliveryChannel.PUSH,
    Delivery.kind.in_(("lead", "due", "reminder")),
)
FIRST_NAMES = select(Person.id, Person.first_name).where(Person.id.in_(_IDS))
CUSTOMERS = (
    select(FollowUp.id.label("follow_up_id"), Customer.id, Customer.display_name)
    .join(Customer, Customer.id == FollowUp.customer_id)
    .where(FollowUp.id.in_(_IDS))
)


class Named(Protocol):
    """A customer, or a row of one."""

    @property
    def id(self) -> UUID: ...
    @property
    def display_name(self) -> str: ...


def board_rows(follow_ups: Sequence[FollowUp], now: datetime) -> list[dict[str, Any]]:
    """One row per follow-up, in the order given."""
    ids = [f.id for f in follow_ups]
    leads, attempts, pushes = _grouped(LEADS, ids), by_follow_up(Attempt, ids), _grouped(PUSHES, ids)
    raised = escalations(follow_ups)
    names = called(f.customer for f in follow_ups)
    rows = [_row(f, leads[f.id], attempts[f.id], pushes[f.id], raised[f.id]) for f in follow_ups]
    return [{**row, "customer": names[f.customer_id]} for row, f in zip(rows, follow_ups, strict=True)]


def clock(follow_up: FollowUp) -> dict[str, Any]:
    """The one clock everybody sees: since arrival until the first real try (rule 5); held while a call is open."""
    stopped = follow_up.first_try_at or follow_up.contacted_at
    stopped_after = (stopped - follow_up.opened_at).total_seconds() if stopped else None
    held = follow_up.hold_check_at is not None and stopped is None
    return {
        "running": stopped is None and follow_up.is_open,
        "since": iso(follow_up.opened_at),
        "held_since": iso(follow_up.accepted_at) if held and follow_up.accepted_at else None,
        "stopped_after": max(int(stopped_after), 0) if stopped_after is not None else None,
    }


def next_step(follow_up: FollowUp) -> dict[str, Any] | None:
    """The next step as every screen shows it; None when the follow-up has ended."""
    if follow_up.next_kind is None or follow_up.next_due_at is None:
        return None
    return {
        "kind": follow_up.next_kind.value,
        "due_at": iso(follow_up.next_due_at),
        "channel": follow_up.next_channel,
        "position": follow_up.position,
        "of": steps_of(follow_up),
        "voicemail_allowed": follow_up.voicemail_allowed,
    }


def person_json(person: Person | None) -> dict[str, Any] | None:
    return {"id": str(person.id), "first_name": person.first_name, "name": person.name} if person else None


def feed_items(events: Sequence[Event]) -> list[dict[str, Any]]:
    """Events as the feed and the timeline show them; names are looked up now and never stored in the event."""
    people = {
        row.id: row.first_name
        for row in _asked(
            FIRST_NAMES, {e.person_id for e in events} | {id_ for e in events for id_ in _told(e)}
        )
    }
    customers = {row.follow_up_id: row for row in _asked(CUSTOMERS, {e.follow_up_id for e in events})}
    names = called(customers.values())
    items = []
    for event in events:
        customer = customers.get(event.follow_up_id)
        person = people.get(event.person_id)
        items.append(
            {
                "id": str(event.id),
                "at": iso(event.at),
                "type": event.type,
                "follow_up_id": str(event.follow_up_id) if event.follow_up_id else None,
                "customer": names.get(customer.id) if customer else None,
                "person": {"first_name": person} if person is not None else None,
                "params": event.data,
                "told": [people[id_] for id_ in _told(event) if id_ in people],
            }
        )
    return items


def _told(event: Event) -> list[UUID]:
    """Whom an escalation went to: ids in the event, names on the screen."""
    return [UUID(id_) for id_ in str(event.data.get("people", "")).split()]


def called(customers: Iterable[Named]) -> dict[UUID, str]:
    """What a screen calls each customer: the name, else the first number or address as typed ("" without any)."""
    found = {customer.id: customer.display_name for customer in customers}
    nameless = [id_ for id_, name in found.items() if not name]
    query = (
        select(ContactPoint).where(ContactPoint.customer_id.in_(nameless)).order_by(ContactPoint.id.desc())
    )
    for point in db.session.scalars(query) if nameless else ():
        found[point.customer_id] = point.raw
    return found


def by_follow_up(model: type[Any], ids: Sequence[UUID]) -> dict[UUID, list[Any]]:
    """Rows of one table for many follow-ups, oldest first."""
    found: dict[UUID, list[Any]] = defaultdict(list)
    if ids:
        for row in db.session.scalars(select(model).where(model.follow_up_id.in_(ids)).order_by(model.id)):
            found[row.follow_up_id].append(row)
    return found


def _grouped(query: Executable, ids: Sequence[UUID]) -> dict[UUID, list[Any]]:
    """The rows of each follow-up."""
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in _asked(query, ids):
        found[row.follow_up_id].append(row)
    return found


def _asked(query: Executable, ids: Iterable[UUID | None]) -> Sequence[Any]:
    wanted = [id_ for id_ in ids if id_ is not None]
    return db.session.execute(query, {"ids": wanted}).all() if wanted else ()


def _row(
    follow_up: FollowUp,
    leads: list[Any],
    attempts: list[Attempt],
    pushes: list[Any],
    escalation: dict[str, Any] | None,
) -> dict[str, Any]:
    made = sorted((a for a in attempts if a.withdrawn_at is None), key=lambda a: a.started_at)
    open_ = next((a for a in reversed(made) if a.outcome is None), None)
    done = [a for a in made if a.outcome is not None]
    newest = max(leads, key=lambda lead: (lead.arrived_at, lead.id), default=None)
    return {
        "id": str(follow_up.id),
        "car": newest.car if newest else None,
        "source": newest.source if newest else None,
        "arrived_at": iso(follow_up.opened_at),
        "clock": clock(follow_up),
        "owner": person_json(follow_up.owner),
        "covered_by": person_json(follow_up.covered_by),
        "state": follow_up.state.value,
        "accepted_at": iso(follow_up.accepted_at) if follow_up.accepted_at else None,
        "contact": _contact(follow_up, open_, done),
        "dialled_at": iso(open_.started_at) if open_ else None,
        "attempts_made": len(done),
        "last_outcome": done[-1].outcome.value if done and done[-1].outcome else None,
        "next_step": next_step(follow_up),
        "escalation": escalation,
        "push": _push(pushes),
        "needs_look": any(lead.needs_look for lead in leads),
        "leads": len(leads),
        "demo": follow_up.showroom.group.demo,
    }


def _contact(follow_up: FollowUp, open_: Attempt | None, done: list[Attempt]) -> str:
    if follow_up.state is FollowUpState.CONTACTED or any(a.outcome in CONTACT for a in done):
        return "contacted"
    if open_ is not None:
        return "dialled"
    if any(a.channel == "call" for a in done):
        return "called"
    return "messaged" if done else "not_called"


def _push(pushes: list[Any]) -> str:
    """How far the furthest notification to the owner got."""
    if any(push.opened_at for push in pushes):
        return "opened"
    if not pushes:
        return "none"
    best = max(pushes, key=lambda d: PUSH_ORDER.index(d.state) if d.state in PUSH_ORDER else 0).state
    return "queued" if best is DeliveryState.SENDING else best.value


def escalations(follow_ups: Sequence[FollowUp]) -> dict[UUID, dict[str, Any] | None]:
    """How far the present step of each has escalated: rung, since when, and whether a manager has acknowledged it."""
    since = {f.id: f.ladder_from for f in follow_ups if f.rung and f.ladder_from}
    found: dict[UUID, dict[str, Any] | None] = {f.id: None for f in follow_ups}
    query = select(Event).where(Event.follow_up_id.in_(since), Event.type.in_(CLIMBS)).order_by(Event.id)
    for event in db.session.scalars(query) if since else ():
        id_ = event.follow_up_id
        if id_ is None or event.at < since[id_]:
            continue  # about an earlier step
        above = found[id_]
        if event.type == "escalated":
            found[id_] = {"rung": event.data["rung"], "at": iso(event.at), "acknowledged": False}
        elif above is not None:
            above["acknowledged"] = True
    return found
