"""When a step falls due its owner is told, once; a call without an outcome is asked about after ten minutes."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from app import clock
from app import db as database
from app.cadence import due
from app.db import db, write
from app.models import Availability, FollowUp, FollowUpState, Person, StepKind
from tests.api.phone import Phone, again, events, follow_up_of, told
from tests.people import House, doesburg, jansen, send_lead, stranger
from tests.push.phones import phone

WEEK = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
MONDAY = "2026-11-23T10:00:00Z"


@pytest.fixture
def house(app: Flask) -> House:
    """Everybody has a phone; the next lead is Sanne's."""
    house = doesburg()
    with write():
        db.session.get_one(Person, house.eva.id).last_assigned_at = clock.now()
    for person in house.people.values():
        phone(person)
    return house


def lead(app: Flask, house: House, **said: Any) -> tuple[FollowUp, Phone]:
    follow_up = follow_up_of(send_lead(app, house.sources["form"], jansen(**said)))
    return follow_up, Phone(app, house.sanne)


def moment(at: datetime | None) -> datetime:
    assert at is not None
    return at


def test_the_due_step_pushes_its_owner_once(app: Flask, house: House) -> None:
    follow_up, sanne = lead(app, house)
    sanne.call(follow_up, "no_answer")
    at = moment(again(follow_up).prompt_at)
    assert due.prompts(at - timedelta(seconds=1)) == []
    assert due.prompts(at) == [follow_up.id]
    assert due.prompt(follow_up.id, at - timedelta(seconds=1)) is False
    assert due.prompt(follow_up.id, at) is True
    assert due.prompt(follow_up.id, at) is False
    (push,) = told(house.sanne, "due")
    assert push.tag == follow_up.id.hex and "Piet Jansen" in str(push.payload)
    assert told(house.eva) == [] and told(house.bram) == []
    assert [e.data["kind"] for e in events(follow_up, "prompted")] == ["attempt"]
    assert again(follow_up).next_kind is StepKind.ATTEMPT, "a prompt changes nothing but the attention"


def test_two_customers_who_fall_due_at_the_same_instant_are_both_told_about(app: Flask, house: House) -> None:
    """Two promises for three o'clock, or two leads of one night that fall due when the doors open."""
    with write():
        db.session.get_one(Person, house.eva.id).availability = Availability.OFF
    two = [follow_up_of(send_lead(app, house.sources["form"], stranger(number))) for number in (1, 2)]
    sanne, at = Phone(app, house.sanne), clock.now() + timedelta(hours=20)
    for follow_up in two:
        wish = {"until": at.isoformat(), "reason": "customers_wish"}
        assert sanne.post(f"follow-ups/{follow_up.id}/snoozes", wish).status_code == 201
        assert moment(again(follow_up).prompt_at) == at
    for follow_up in two:
        assert due.prompt(follow_up.id, at) is True
    assert {push.tag for push in told(house.sanne, "due")} == {follow_up.id.hex for follow_up in two}


def test_the_leads_own_notification_is_the_first_prompt(app: Flask, house: House) -> None:
    follow_up, _ = lead(app, house)
    assert follow_up.prompt_at is None and follow_up.next_due_at is not None
    assert len(told(house.sanne)) == 1


def test_two_workers_prompt_once(app: Flask, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(database._slots, db.engine.dialect.name, threading.Semaphore(4))
    follow_up, sanne = lead(app, house)
    sanne.call(follow_up, "busy")
    at, together, results = moment(again(follow_up).prompt_at), threading.Barrier(2), []
    id_ = follow_up.id

    def prompt() -> None:
        with app.app_context():
            together.wait(10)
            results.append(due.prompt(id_, at))
            db.session.remove()

    threads = [threading.Thread(target=prompt) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(results) == [False, True]
    assert len(told(house.sanne, "due")) == 1


def test_who_covers_is_prompted_in_the_owners_place(app: Flask, house: House) -> None:
    follow_up, sanne = lead(app, house)
    sanne.call(follow_up, "no_answer")
    Phone(app, house.eva).post(f"follow-ups/{follow_up.id}/covers")
    due.prompt(follow_up.id, moment(again(follow_up).prompt_at))
    assert len(told(house.eva, "due")) == 1 and told(house.sanne, "due") == []


def test_the_managers_steps_prompt_the_manager(app: Flask, house: House) -> None:
    follow_up, sanne = lead(app, house)
    sanne.call(follow_up, "complaint")
    row = again(follow_up)
    assert row.next_kind is StepKind.MANAGER_ANSWERS
    due.prompt(follow_up.id, moment(row.prompt_at))
    assert len(told(house.bram, "due")) == 1 and told(house.sanne, "due") == []


def test_an_answer_that_is_owed_says_so(app: Flask, house: House) -> None:
    follow_up, sanne = lead(app, house)
    sanne.log(sanne.start(follow_up, "whatsapp"), "replied")
    due.prompt(follow_up.id, moment(again(follow_up).prompt_at))
    assert len(told(house.sanne, "answer")) == 1


def test_a_call_without_an_outcome_is_asked_about_and_then_the_clock_goes_on(
    app: Flask, house: House
) -> None:
    with time_machine.travel(MONDAY, tick=False) as time:
        follow_up, sanne = lead(app, house)
        time.shift(20)
        sanne.start(follow_up)
        tap = clock.now()
        row = again(follow_up)
        assert row.hold_check_at == tap + timedelta(minutes=10) and row.escalate_at is None
        time.move_to(tap + timedelta(minutes=10))
        assert due.holds(clock.now()) == [follow_up.id]
        assert due.check_hold(follow_up.id, clock.now()) is True
        assert due.check_hold(follow_up.id, clock.now()) is False
        assert len(told(house.sanne, "hold")) == 1
        assert again(follow_up).escalate_at is None, "ten minutes more"
        time.move_to(tap + timedelta(minutes=20))
        assert due.check_hold(follow_up.id, clock.now()) is True
        row = again(follow_up)
        assert row.hold_check_at is None and row.escalate_at is not None
        assert row.escalate_at <= clock.now(), "the original clock: everybody is late by now"
        assert row.state is FollowUpState.ACCEPTED and row.first_try_at is None


def test_an_outcome_in_time_ends_the_hold(app: Flask, house: House) -> None:
    follow_up, sanne = lead(app, house)
    attempt = sanne.start(follow_up)
    assert again(follow_up).hold_check_at is not None
    sanne.log(attempt, "no_answer")
    assert again(follow_up).hold_check_at is None
    assert due.holds(clock.now() + timedelta(hours=1)) == []


def test_an_ended_follow_up_prompts_nobody(app: Flask, house: House) -> None:
    follow_up, sanne = lead(app, house)
    sanne.call(follow_up, "no_answer")
    at = moment(again(follow_up).prompt_at)
    sanne.call(follow_up, "stop")
    assert due.prompts(at) == [] and due.prompt(follow_up.id, at) is False
    assert told(house.sanne, "due") == []


def test_what_the_customer_chose_is_prompted_also_when_we_are_closed(app: Flask) -> None:
    with time_machine.travel(MONDAY, tick=False):
        house = doesburg(WEEK)
        phone(house.sanne)
        with write():
            db.session.get_one(Person, house.eva.id).last_assigned_at = clock.now()
        follow_up, sanne = lead(app, house)
        chosen = datetime.fromisoformat("2026-11-23T19:30:00Z")
        sanne.call(follow_up, "call_back", call_back_at=chosen.isoformat())
        assert again(follow_up).prompt_at == chosen
        due.prompt(follow_up.id, chosen)
        assert len(told(house.sanne, "due")) == 1


def test_a_step_due_at_night_waits_for_the_opening(app: Flask) -> None:
    with time_machine.travel(
        "2026-11-23T16:55:00Z", tick=False
    ):  # 17:55 in Doesburg, five minutes to closing
        house = doesburg(WEEK)
        with write():
            db.session.get_one(Person, house.eva.id).last_assigned_at = clock.now()
        follow_up, sanne = lead(app, house)
        sanne.call(follow_up, "no_answer")
        opening = datetime.fromisoformat("2026-11-24T08:00:00Z")
        assert opening <= moment(again(follow_up).next_due_at) < opening + timedelta(hours=1)
        assert again(follow_up).prompt_at == again(follow_up).next_due_at


def test_the_next_wake_up_is_the_earliest_of_all(app: Flask, house: House) -> None:
    assert due.next_at() is None
    first, sanne = lead(app, house)
    sanne.call(first, "no_answer")
    second, _ = lead(app, house, phone="0687654321", email="mies@example.com")
    Phone(app, second.owner).start(second)
    times = [again(first).prompt_at, again(second).hold_check_at]
    assert due.next_at() == min(moment(t) for t in times)
