"""The showroom in Doesburg with Sanne (salesperson) and Bram (manager), and requests sent to its real intake.

In: an app on an empty database. Out: rows and answers. Called by the tests of customers and of their pages.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from app.db import db, new_id, write
from app.models import (
    Customer,
    Delivery,
    DeliveryChannel,
    DeliveryState,
    Device,
    Event,
    FollowUp,
    Group,
    Lead,
    Person,
    PushState,
    Role,
    Showroom,
    Source,
    Subscription,
)

ALWAYS = {"always": True}
WEEK = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat")}
EVA = {
    "name": "Eva Jansen",
    "phone": "0687654321",
    "email": "eva@example.test",
    "message": "Is hij zaterdag te zien?",
    "vehicle": {"make": "VW", "model": "Golf"},
    "language": "en",
}


@dataclass
class House:
    """A showroom whose only salesperson is Sanne."""

    app: Flask
    showroom: Showroom
    sanne: Person
    bram: Person
    key: str

    def ask(self, **changes: Any) -> tuple[Lead, FollowUp]:
        """Send Eva's request (with ``changes``; None leaves a field out) to the intake; what became of it."""
        body = {name: value for name, value in {**EVA, **changes}.items() if value is not None}
        answer = self.app.test_client().post(f"/in/{self.key}", json=body)
        assert answer.status_code in (201, 202), answer.text
        db.session.rollback()
        lead = db.session.get_one(Lead, UUID(answer.json["lead_id"]))
        return lead, db.session.get_one(FollowUp, lead.follow_up_id)


def build(app: Flask, slug: str = "doesburg", weekly: dict[str, Any] | None = None) -> House:
    """A group of its own with one showroom, Sanne, Bram and their phones."""
    group = Group(id=new_id(), name=f"Group of {slug}")
    showroom = Showroom(
        id=new_id(),
        group_id=group.id,
        slug=slug,
        name=f"Autohuis {slug.capitalize()}",
        country="NL",
        timezone="Europe/Amsterdam",
        language="nl",
        phone="0313 123 456",
        weekly=weekly or ALWAYS,
    )
    sanne = _person(showroom, "Sanne", "Bakker", Role.SALESPERSON, "0612345678")
    bram = _person(showroom, "Bram", "de Vries", Role.MANAGER, None)
    source = Source(
        id=new_id(),
        group_id=group.id,
        showroom_id=showroom.id,
        name="web",
        kind="form",
        key=secrets.token_urlsafe(16),
    )
    with write():
        for rows in ([group], [showroom], [sanne, bram, source]):
            db.session.add_all(rows)
            db.session.flush()
        _phone(sanne)
        _phone(bram)
    return House(app, showroom, sanne, bram, source.key)


def mails(
    follow_up: FollowUp, kind: str | None = None, state: DeliveryState | None = None
) -> Sequence[Delivery]:
    """E-mails to the customer of this follow-up, oldest first."""
    query = select(Delivery).where(
        Delivery.customer_id == follow_up.customer_id, Delivery.channel == DeliveryChannel.EMAIL
    )
    if kind:
        query = query.where(Delivery.kind == kind)
    if state:
        query = query.where(Delivery.state == state)
    return db.session.scalars(query.order_by(Delivery.created_at, Delivery.id)).all()


def pushes(person: Person, kind: str) -> Sequence[Delivery]:
    """Notifications of one kind to one person."""
    return db.session.scalars(
        select(Delivery).where(Delivery.person_id == person.id, Delivery.kind == kind)
    ).all()


def events(follow_up: FollowUp, type_: str) -> Sequence[Event]:
    """Events of one type about this follow-up."""
    return db.session.scalars(
        select(Event).where(Event.follow_up_id == follow_up.id, Event.type == type_).order_by(Event.id)
    ).all()


def customer_of(follow_up: FollowUp) -> Customer:
    """The follow-up's customer, as the database knows them now."""
    return db.session.get_one(Customer, follow_up.customer_id)


def _person(showroom: Showroom, first: str, last: str, role: Role, phone: str | None) -> Person:
    return Person(
        id=new_id(),
        group_id=showroom.group_id,
        showroom_id=showroom.id,
        first_name=first,
        last_name=last,
        email=f"{first.lower()}@{showroom.slug}.example.test",
        phone=phone,
        role=role,
        language="en",
    )


def _phone(person: Person) -> None:
    device = Device(
        id=new_id(), group_id=person.group_id, person_id=person.id, session_hash=secrets.token_hex(32)
    )
    db.session.add(device)
    db.session.flush()
    endpoint = f"https://push.example.test/{secrets.token_hex(8)}"
    db.session.add(
        Subscription(
            id=new_id(),
            group_id=person.group_id,
            device_id=device.id,
            person_id=person.id,
            endpoint=endpoint,
            endpoint_hash=secrets.token_hex(32),
            p256dh="p",
            auth="a",
            key_id="k",
            state=PushState.CONFIRMED,
        )
    )
