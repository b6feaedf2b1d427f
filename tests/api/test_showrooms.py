"""Bram sets up his showroom: what he typed is checked with sentences, and other hours move what is due."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app import clock
from app.access import settings
from app.cadence import due
from app.db import db
from app.models import Event, SecondChannel, Showroom
from tests.api.phone import Phone, again, follow_up_of, fresh, told
from tests.people import ALWAYS, House, doesburg, elsewhere, send_lead
from tests.push.phones import phone
from tests.wire.twilio import ACCOUNT

MONDAYS = [(date(2026, 11, 23) + timedelta(weeks=n)).isoformat() for n in range(-60, 200)]
WEEK: dict[str, Any] = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


@pytest.fixture
def house(app: Flask) -> House:
    return doesburg(WEEK)


@pytest.fixture
def bram(app: Flask, house: House) -> Phone:
    return Phone(app, house.bram)


def patch(person: Phone, **said: Any) -> Any:
    fresh()
    return person.client.patch("/api/v1/showrooms/current", json=said)


def changed() -> list[str]:
    fresh()
    query = select(Event).where(Event.type == "showroom_changed").order_by(Event.id)
    return [str(event.data["fields"]) for event in db.session.scalars(query)]


def work(app: Flask) -> None:
    """What a worker does with whatever is due."""
    now = clock.now()
    for id_ in due.prompts(now):
        due.prompt(id_, now)


def test_everybody_sees_the_showroom_they_work_in(app: Flask, house: House) -> None:
    shown = Phone(app, house.sanne).get("showrooms/current")
    assert shown["showroom"]["slug"] == "doesburg" and shown["telephony"] is False
    assert (
        shown["showroom"]["weekly"]["mon"] == [["09:00", "18:00"]]
        and shown["showroom"]["weekly"]["sun"] == []
    )
    assert (
        shown["showroom"]["rungs"] == [10, 30, 60, 120, 300]
        and shown["showroom"]["rungs_are_default"] is True
    )
    assert app.test_client().get("/api/v1/showrooms/current").status_code == 401


def test_bram_changes_what_he_names_and_nothing_else(bram: Phone, house: House) -> None:
    answer = patch(bram, phone="0313 123 456", rungs=[5, 15, 30, 60, 120], public_holidays="nl")
    assert answer.status_code == 200, answer.text
    shown = answer.json["showroom"]
    assert (shown["phone"], shown["public_holidays"]) == ("+31313123456", "NL")
    assert shown["rungs"] == [5, 15, 30, 60, 120] and shown["rungs_are_default"] is False
    assert shown["weekly"]["fri"] == [["09:00", "18:00"]]
    assert changed() == ["phone public_holidays rungs"]
    shown = patch(bram, rungs=None, phone="", public_holidays="").json["showroom"]
    assert (shown["phone"], shown["public_holidays"], shown["rungs_are_default"]) == (None, None, True)


def test_only_managers_change_it_and_only_their_own(app: Flask, house: House) -> None:
    assert patch(Phone(app, house.sanne), phone="0313 123456").status_code == 403
    other = elsewhere()
    assert patch(Phone(app, other.dora), phone="0313 999999").status_code == 200
    fresh()
    assert db.session.get_one(Showroom, house.showroom.id).phone == "+31313000000"
    assert changed() == ["phone"]


@pytest.mark.parametrize(
    ("said", "field", "sentence"),
    [
        ({"weekly": {"mon": [["18:00", "09:00"]]}}, "weekly", "must end after it starts"),
        ({"weekly": {"monday": []}}, "weekly", "unknown key"),
        ({"weekly": {}}, "weekly", "no day has a window"),
        ({"weekly": {"mon": "all day"}}, "weekly", "list of windows"),
        ({"weekly": {**WEEK, "holidays": ["tomorrow"]}}, "weekly", "not a date"),
        (
            {"weekly": {"mon": [["09:00", "18:00"]], "holidays": MONDAYS}},
            "weekly",
            "no opening within a year",
        ),
        ({"public_holidays": "XX"}, "public_holidays", "no public holidays"),
        ({"public_holidays": "DE-ZZ"}, "public_holidays", "no public holidays"),
        ({"phone": "ask Bram"}, "phone", "not a number that can be dialled"),
        ({"rungs": [10, 30, 60]}, "rungs", "Five rising numbers"),
        ({"rungs": [30, 10, 60, 120, 300]}, "rungs", "Five rising numbers"),
        ({"rungs": [0, 30, 60, 120, 300]}, "rungs", "Five rising numbers"),
        ({"rungs": [1, 2, 3, 4, 99999]}, "rungs", "four hours"),
        ({"second_channel": "pigeon"}, "second_channel", "sms"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence_and_nothing_is_kept(
    said: dict[str, Any], field: str, sentence: str, bram: Phone
) -> None:
    answer = patch(bram, **{"phone": "0313 777777", **said})
    assert answer.status_code == 422
    assert sentence in answer.json["fields"][field]
    assert bram.get("showrooms/current")["showroom"]["phone"] == "+31313000000"
    assert changed() == []


def test_texts_and_calls_need_a_provider(bram: Phone, house: House) -> None:
    answer = patch(bram, second_channel="sms")
    assert (answer.status_code, answer.json["type"]) == (409, "about:blank#no_telephony")
    object.__setattr__(settings(), "twilio_account_sid", ACCOUNT)
    assert patch(bram, second_channel="voice").json["showroom"]["second_channel"] == "voice"
    object.__setattr__(settings(), "twilio_account_sid", "")
    assert patch(bram, second_channel="none").status_code == 200
    fresh()
    assert db.session.get_one(Showroom, house.showroom.id).second_channel is SecondChannel.NONE


def test_a_showroom_that_opens_on_sunday_calls_on_sunday(app: Flask, house: House) -> None:
    phone(house.sanne)
    phone(house.eva)
    with time_machine.travel("2026-11-22T12:00:00Z", tick=False):  # a Sunday
        waiting = follow_up_of(send_lead(app, house.sources["form"]))
        assert waiting.next_due_at == datetime.fromisoformat("2026-11-23T08:00:00Z")
        assert patch(Phone(app, house.bram), weekly={**WEEK, "sun": [["12:00", "17:00"]]}).status_code == 200
        work(app)
        moved = again(waiting)
        assert moved.next_due_at is not None and moved.next_due_at <= clock.now()
        assert told(waiting.owner, "due") != [] and moved.prompt_at is None


def test_a_showroom_that_closes_tomorrow_calls_the_day_after(app: Flask, house: House) -> None:
    phone(house.sanne)
    phone(house.eva)
    with time_machine.travel("2026-11-22T12:00:00Z", tick=False):
        waiting = follow_up_of(send_lead(app, house.sources["form"]))
        patch(Phone(app, house.bram), weekly={**WEEK, "holidays": ["2026-11-23"]})
        work(app)
    moved = again(waiting)
    tuesday = datetime.fromisoformat("2026-11-24T08:00:00Z")
    assert (moved.next_due_at, moved.prompt_at) == (tuesday, tuesday)
    assert told(waiting.owner, "due") == [], "nobody is prompted on a closed day"


def test_what_runs_elsewhere_is_not_looked_at(app: Flask, bram: Phone) -> None:
    other = elsewhere()
    theirs = follow_up_of(send_lead(app, other.sources["form"]))
    sanne = Phone(app, other.charlie)
    sanne.call(theirs, "no_answer")
    before = again(theirs).prompt_at
    assert before is not None
    patch(bram, weekly=ALWAYS)
    assert again(theirs).prompt_at == before
