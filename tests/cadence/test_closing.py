"""The end of a cadence: Piet hears that we stop trying and how one tap brings him back; never after a stop."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.access import customer_token
from app.cadence.closing import AFTER
from app.db import db, write
from app.models import Customer, Delivery, DeliveryState, FollowUp, Lead
from tests.api.phone import Phone, again, follow_up_of, fresh
from tests.people import House, doesburg, jansen, send_lead

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)


@pytest.fixture
def house(app: Flask) -> House:
    return doesburg()


def lead(app: Flask, house: House, **said: Any) -> tuple[FollowUp, Phone]:
    follow_up = follow_up_of(send_lead(app, house.sources["form"], jansen(**said)))
    return follow_up, Phone(app, follow_up.owner)


def to_the_end(follow_up: FollowUp, phone: Phone) -> str:
    """Six calls that nobody answers; the last attempt's id."""
    for _ in range(5):
        phone.call(follow_up, "no_answer")
    last = phone.call(follow_up, "no_answer")
    assert again(follow_up).end_reason == "unreachable"
    return last


def goodbyes(state: DeliveryState = DeliveryState.QUEUED) -> Sequence[Delivery]:
    fresh()
    return db.session.scalars(
        select(Delivery).where(Delivery.kind == "closing", Delivery.state == state)
    ).all()


@pytest.mark.parametrize(
    ("language", "words"),
    [("nl", "Met één tik"), ("en", "One tap"), ("fr", "Un seul geste"), ("de", "Ein Tippen")],
)
def test_after_the_last_call_piet_gets_one_letter_with_his_page(
    language: str, words: str, app: Flask, house: House
) -> None:
    with time_machine.travel(NOON, tick=False):
        follow_up, phone = lead(app, house, language=language)
        to_the_end(follow_up, phone)
        (letter,) = goodbyes()
    assert letter.due_at == NOON + AFTER, "time to undo the last outcome"
    page = f"/c/{customer_token(db.session.get_one(Customer, follow_up.customer_id))}"
    assert words in letter.payload["text"] and page in letter.payload["text"]
    assert page in letter.payload["html"] and f"{page}/stop" in letter.payload["text"]
    assert "Golf" in letter.payload["text"] and "Piet" in letter.payload["text"]
    assert letter.address == "piet.jansen@example.com" and letter.follow_up_id == follow_up.id


def test_the_showrooms_own_last_words_are_the_letters_words(app: Flask, house: House) -> None:
    bram = Phone(app, house.bram)
    steps: list[dict[str, Any]] = [{"offset_s": 1200 * n, "channel": "call"} for n in range(6)]
    steps[5]["texts"] = {"nl": "Tot ziens, {customer_first_name}.\n\nUw {car} wacht: {link}"}
    assert bram.post("cadences", {"name": "six_in_ten", "steps": steps}).status_code == 201
    follow_up, phone = lead(app, house)
    to_the_end(follow_up, phone)
    (letter,) = goodbyes()
    assert letter.payload["text"].startswith("Tot ziens, Piet.\n\nUw VW Golf")
    assert "<p>Tot ziens, Piet.</p>" in letter.payload["html"]


def test_a_slip_takes_the_letter_back(app: Flask, house: House) -> None:
    follow_up, phone = lead(app, house)
    assert phone.undo(to_the_end(follow_up, phone)).status_code == 200
    assert again(follow_up).is_open and again(follow_up).position == 6
    assert goodbyes() == [] and len(goodbyes(DeliveryState.CANCELLED)) == 1


@pytest.mark.parametrize("what", ["everything", "request", "email"])
def test_a_stop_in_the_meantime_takes_it_back_too(what: str, app: Flask, house: House) -> None:
    follow_up, phone = lead(app, house)
    to_the_end(follow_up, phone)
    page = f"/c/{customer_token(again(follow_up).customer)}"
    fresh()
    assert app.test_client().post(f"{page}/stop", data={"what": what}).status_code == 303
    assert goodbyes() == []


def test_coming_back_in_the_meantime_takes_it_back_too(app: Flask, house: House) -> None:
    follow_up, phone = lead(app, house)
    to_the_end(follow_up, phone)
    page = f"/c/{customer_token(again(follow_up).customer)}"
    fresh()
    assert app.test_client().post(f"{page}/return").status_code == 303
    assert goodbyes() == [] and again(follow_up).is_open


def test_asking_something_new_in_the_meantime_takes_it_back_too(app: Flask, house: House) -> None:
    follow_up, phone = lead(app, house)
    to_the_end(follow_up, phone)
    later, _ = lead(app, house, vehicle={"make": "VW", "model": "Polo"})
    assert later.id != follow_up.id and goodbyes() == []


def test_nobody_is_written_who_has_no_address_stopped_e_mail_or_was_a_test(app: Flask, house: House) -> None:
    nobody, phone = lead(app, house, email=None, phone="0611111111")
    to_the_end(nobody, phone)
    stopped, phone = lead(app, house, email="a@example.com", phone="0622222222")
    attempt = phone.start(stopped, "email")
    phone.log(attempt, "stop", stop_scope="channel")
    to_the_end(stopped, phone)
    test, phone = lead(app, house, email="b@example.com", phone="0633333333")
    with write():
        db.session.scalars(select(Lead).where(Lead.follow_up_id == test.id)).one().is_test = True
    to_the_end(test, phone)
    assert goodbyes() == []


def test_piet_comes_back_is_called_and_can_be_given_up_again(app: Flask, house: House) -> None:
    """He taps, nobody reaches him, Sanne writes, and after a silent day one more call ends it a second time."""
    with time_machine.travel(NOON, tick=False) as time:
        follow_up, phone = lead(app, house)
        to_the_end(follow_up, phone)
        time.shift(timedelta(days=3))
        page = f"/c/{customer_token(again(follow_up).customer)}"
        fresh()
        app.test_client().post(f"{page}/return")
        row = again(follow_up)
        assert row.next_kind == "answer" and row.next_due_at is not None
        time.move_to(row.next_due_at)
        phone.call(follow_up, "no_answer")
        assert again(follow_up).next_kind == "answer", "they still wait"
        phone.log(phone.start(follow_up, "whatsapp"), "message_sent")
        row = again(follow_up)
        assert (row.next_kind, row.position) == ("attempt", 6) and row.next_due_at is not None
        time.move_to(row.next_due_at)
        phone.call(follow_up, "no_answer")
        assert again(follow_up).end_reason == "unreachable"
    assert len(goodbyes()) == 1
