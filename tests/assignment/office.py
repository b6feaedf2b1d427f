"""Doesburg in office hours, for the tests about duty, absences and handovers: who is changed, who is told, who owns."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.db import db, write
from app.models import Assignment, Delivery, DeliveryChannel, EndReason, FollowUp, Person
from tests.api.phone import fresh
from tests.people import at

WEEK = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
MONDAY = at("2026-11-23T09:00Z")
"""Ten in the morning in Doesburg."""
NIGHT = at("2026-11-23T20:00Z")
TUESDAY_AT_NINE = at("2026-11-24T08:00Z")
HOUR = timedelta(hours=1)


def change(person: Person, **values: Any) -> None:
    """Set columns of somebody."""
    with write():
        found = mine(person)
        for name, value in values.items():
            setattr(found, name, value)


def mine(person: Person) -> Person:
    """This person in the present session."""
    return db.session.get_one(Person, person.id)


def letters(follow_up: FollowUp, kind: str | None = None) -> list[Delivery]:
    """E-mails to the customer, oldest first."""
    fresh()
    query = select(Delivery).where(
        Delivery.follow_up_id == follow_up.id, Delivery.channel == DeliveryChannel.EMAIL
    )
    found = db.session.scalars(query.order_by(Delivery.created_at, Delivery.id))
    return [letter for letter in found if kind in (None, letter.kind)]


def owners(follow_up: FollowUp) -> list[tuple[UUID, EndReason | None]]:
    """Who had it, oldest first, and why not any more."""
    fresh()
    rows = select(Assignment).where(Assignment.follow_up_id == follow_up.id).order_by(Assignment.started_at)
    return [(row.person_id, row.reason) for row in db.session.scalars(rows)]
