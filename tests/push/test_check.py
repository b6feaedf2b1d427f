"""A phone that has gone quiet is found before a lead needs it, with one message a day that is worth reading."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.db import db, write
from app.models import Delivery, Event, Person, PushState, Subscription
from app.push import check
from app.push.health import SILENT_AT, Health, best, of
from app.worker import Worker
from tests.api.phone import Phone, fresh, told
from tests.people import House, doesburg
from tests.push.phones import phone

DAY = timedelta(days=1)


@pytest.fixture
def house(app: Flask) -> House:
    return doesburg()


def row() -> Subscription:
    fresh()
    return db.session.scalars(select(Subscription)).one()


def quiet(house: House, since: timedelta = DAY + timedelta(hours=1), **more: object) -> Subscription:
    """Sanne's phone, last heard of so long ago."""
    phone(house.sanne, proven=clock.now() - since)
    with write():
        one = db.session.scalars(select(Subscription)).one()
        one.synced_at = clock.now() - since
        for name, value in more.items():
            setattr(one, name, value)
    return row()


def upkeep(app: Flask, now: datetime | None = None) -> None:
    with app.app_context():  # its own session, as in the worker's thread
        worker = Worker(app)
        worker._check_phones(now or clock.now())
        worker._pushes.close()
    fresh()


def test_a_phone_unheard_of_for_a_day_is_greeted_once_and_its_receipt_proves_it(
    app: Flask, house: House
) -> None:
    quiet(house)
    for _ in range(3):
        upkeep(app)
    (greeting,) = told(house.sanne, "check")
    shown = greeting.payload["notification"]
    assert "Sanne" in shown["title"] and shown["body"] and not shown["silent"], "worth reading, so no strike"
    assert app.test_client().post(
        "/api/v1/push/receipts", json={"token": greeting.token, "event": "received"}
    ).status_code == 204  # fmt: skip
    upkeep(app, clock.now() + check.ANSWER_WITHIN + timedelta(seconds=1))
    assert of(row()) is Health.OK and len(told(house.sanne, "check")) == 1


def test_without_an_answer_it_counts_as_silent_and_owner_and_manager_see_it(app: Flask, house: House) -> None:
    quiet(house)
    upkeep(app)
    assert of(row()) is Health.OK, "it has ten minutes"
    for _ in range(2):
        upkeep(app, clock.now() + check.ANSWER_WITHIN + timedelta(seconds=1))
    assert of(row()) is Health.SILENT
    assert len(db.session.scalars(select(Event).where(Event.type == "device_silent")).all()) == 1
    people = {p["first_name"]: p["health"] for p in Phone(app, house.bram).get("board")["people"]}
    assert people["Sanne"] == "silent" and people["Eva"] == "not_subscribed"
    token = told(house.sanne, "check")[0].token
    app.test_client().post("/api/v1/push/receipts", json={"token": token, "event": "received"})
    assert of(row()) is Health.OK, "late, but it rings"


@pytest.mark.parametrize(
    "why", ["heard of today", "app opened today", "off duty", "gone", "signed out", "not proven yet", "left"]
)
def test_who_needs_no_check_gets_none(app: Flask, house: House, why: str) -> None:
    one = quiet(house)
    with write():
        one = db.session.get_one(Subscription, one.id)
        sanne = db.session.get_one(Person, house.sanne.id)
        match why:
            case "heard of today":
                one.last_received_at = clock.now() - timedelta(hours=23)
            case "app opened today":
                one.synced_at = clock.now() - timedelta(hours=2)
            case "off duty":
                sanne.availability = "off"  # type: ignore[assignment]
            case "gone":
                one.state = PushState.GONE
            case "signed out":
                one.device.revoked_at = clock.now()
            case "not proven yet":
                one.state = PushState.PENDING
            case _:
                sanne.left_at = clock.now()
    upkeep(app)
    assert db.session.scalars(select(Delivery)).all() == []


def test_two_workers_send_one_check(app: Flask, house: House) -> None:
    one = quiet(house)
    now = clock.now()
    assert [check.ask(one.id, now), check.ask(one.id, now)] == [True, False]


def test_health_is_that_of_the_best_phone() -> None:
    gone, pending = (
        Subscription(state=PushState.GONE, unheard=0),
        Subscription(state=PushState.PENDING, unheard=0),
    )
    silent = Subscription(state=PushState.CONFIRMED, unheard=SILENT_AT)
    works = Subscription(state=PushState.CONFIRMED, unheard=SILENT_AT - 1)
    other_key = Subscription(state=PushState.NEEDS_RESUBSCRIBE, unheard=0)
    assert [of(s) for s in (gone, other_key, pending, silent, works)] == [
        Health.LOST, Health.LOST, Health.UNPROVEN, Health.SILENT, Health.OK,
    ]  # fmt: skip
    assert best([]) is Health.NOT_SUBSCRIBED
    assert best([gone]) is Health.LOST and best([gone, silent]) is Health.SILENT
    assert best([silent, pending]) is Health.UNPROVEN and best([gone, silent, works]) is Health.OK
