"""What a phone reports back: the first report counts, late and double ones do no harm, unknown ones say nothing."""

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.db import db, write
from app.models import Delivery, DeliveryState, FollowUp, Person, PushState, Subscription
from tests.api.phone import Phone, again, events, follow_up_of, fresh, told
from tests.people import House, doesburg, send_lead
from tests.push.phones import phone


@pytest.fixture
def house(app: Flask) -> House:
    house = doesburg()
    with write():
        db.session.get_one(Person, house.eva.id).last_assigned_at = clock.now()
    phone(house.sanne)
    return house


@pytest.fixture
def follow_up(app: Flask, house: House) -> FollowUp:
    return follow_up_of(send_lead(app, house.sources["form"]))


def report(app: Flask, token: str, event: str) -> int:
    fresh()
    said = {"token": token, "event": event}
    return app.test_client().post("/api/v1/push/receipts", json=said).status_code


def pushed(house: House, state: DeliveryState | None = None) -> Delivery:
    """The notification of the lead, moved to ``state`` first."""
    (push,) = told(house.sanne)
    if state is not None:
        with write():
            db.session.get_one(Delivery, push.id).state = state
        fresh()
    return push


def test_received_and_opened_are_noted_once_and_shown_to_the_manager(
    app: Flask, house: House, follow_up: FollowUp
) -> None:
    push = pushed(house, DeliveryState.SENT)
    bram = Phone(app, house.bram)
    for event, shown in (
        ("received", "received"),
        ("received", "received"),
        ("opened", "opened"),
        ("opened", "opened"),
    ):
        assert report(app, push.token, event) == 204
        (row,) = bram.get("board")["rows"]
        assert row["push"] == shown
    push = pushed(house)
    assert push.state is DeliveryState.RECEIVED and push.opened_at is not None
    assert len(events(follow_up, "push_received")) == len(events(follow_up, "push_opened")) == 1
    assert again(follow_up).accepted_at is None, "looking is not calling"


def test_opened_without_received_means_both(app: Flask, house: House, follow_up: FollowUp) -> None:
    push = pushed(house, DeliveryState.SENT)
    report(app, push.token, "opened")
    push = pushed(house)
    assert push.received_at is not None and push.opened_at is not None
    first = push.received_at
    report(app, push.token, "received")
    assert pushed(house).received_at == first


@pytest.mark.parametrize(
    ("state", "after"),
    [
        (DeliveryState.QUEUED, DeliveryState.RECEIVED),
        (DeliveryState.SENDING, DeliveryState.RECEIVED),
        (DeliveryState.FAILED, DeliveryState.FAILED),
        (DeliveryState.CANCELLED, DeliveryState.CANCELLED),
    ],
)
def test_a_report_in_any_state_is_noted_and_never_wakes_a_finished_delivery(
    app: Flask, house: House, follow_up: FollowUp, state: DeliveryState, after: DeliveryState
) -> None:
    push = pushed(house, state)
    assert report(app, push.token, "received") == 204
    push = pushed(house)
    assert push.state is after and push.received_at is not None


def test_whoever_guesses_a_token_learns_nothing(app: Flask, house: House, follow_up: FollowUp) -> None:
    for token in ("x", "", "a" * 60, "\x00", "a\x00b", "😀", "' OR 1=1 --"):
        assert report(app, token, "received") == 204, repr(token)
    assert report(app, pushed(house).token, "closed") == 204
    assert pushed(house).received_at is None


def test_a_report_without_sense_is_refused_without_harm(app: Flask, house: House) -> None:
    post = app.test_client().post
    path = "/api/v1/push/receipts"
    for body in (
        b"",
        b"{",
        b"[]",
        b'{"token":1,"event":"received"}',
        b'{"token":"x","event":"eaten"}',
        b"[" * 100_000,
    ):
        assert post(path, data=body, content_type="application/json").status_code in (400, 422), body[:20]


def test_a_receipt_proves_the_phone(app: Flask, house: House, follow_up: FollowUp) -> None:
    with write():
        row = db.session.scalars(select(Subscription)).one()
        row.state, row.confirmed_at = PushState.PENDING, None
    report(app, pushed(house).token, "received")
    row = db.session.scalars(select(Subscription)).one()
    assert row.state is PushState.CONFIRMED and row.confirmed_at is not None
    assert row.last_received_at is not None
