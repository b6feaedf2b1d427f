"""Who is on duty now: the last tap, their own hours and their absences, as one truth for everybody who asks."""

from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event

from app.assignment import absence, duty, rota
from app.assignment.choose import choose
from app.assignment.duty import Why
from app.db import db, new_id, write
from app.models import Availability, Person, Role, Showroom
from tests.api.phone import Phone, again, follow_up_of, fresh
from tests.assignment.office import HOUR, MONDAY, NIGHT, TUESDAY_AT_NINE, WEEK, change, letters, mine
from tests.people import House, at, doesburg, jansen, send_lead, stranger


@pytest.fixture
def house(app: Flask) -> House:
    """Open from nine to six on working days."""
    with time_machine.travel(MONDAY, tick=False):
        return doesburg(WEEK)


def now_of(person: Person, moment: datetime) -> duty.Duty:
    fresh()
    return duty.availability(mine(person), moment)


def away(person: Person, deputy: Person, start: datetime, end: datetime) -> None:
    with write():
        absence.announce(mine(person), mine(deputy), start, end, MONDAY)


def test_without_own_hours_everybody_works_when_the_showroom_is_open(house: House) -> None:
    assert now_of(house.sanne, MONDAY) == duty.Duty(Availability.ON_DUTY)
    assert now_of(house.sanne, NIGHT) == duty.Duty(Availability.OFF, Why.OWN_HOURS, TUESDAY_AT_NINE)


def test_own_hours_have_several_windows_a_day(house: House) -> None:
    change(house.sanne, weekly={"mon": [["09:00", "12:00"], ["15:00", "20:00"]]})
    assert now_of(house.sanne, MONDAY).state is Availability.ON_DUTY
    back = at("2026-11-23T15:00+01:00")
    assert now_of(house.sanne, at("2026-11-23T13:00+01:00")) == duty.Duty(
        Availability.OFF, Why.OWN_HOURS, back
    )
    assert now_of(house.sanne, at("2026-11-23T19:00+01:00")).state is Availability.ON_DUTY
    assert now_of(house.eva, at("2026-11-23T13:00+01:00")).state is Availability.ON_DUTY, (
        "Eva has none of her own"
    )


def test_an_absence_counts_whatever_the_button_says(house: House) -> None:
    away(house.sanne, house.eva, MONDAY + HOUR, NIGHT)
    assert now_of(house.sanne, MONDAY).state is Availability.ON_DUTY, "not yet"
    assert now_of(house.sanne, MONDAY + HOUR) == duty.Duty(Availability.OFF, Why.ABSENT, NIGHT)
    assert now_of(house.sanne, TUESDAY_AT_NINE).state is Availability.ON_DUTY, "over"
    assert now_of(house.eva, MONDAY + HOUR).state is Availability.ON_DUTY


def test_with_a_customer_ends_by_itself_and_off_with_the_day(app: Flask, house: House) -> None:
    with time_machine.travel(MONDAY, tick=False):
        phone = Phone(app, house.sanne)
        phone.client.put("/api/v1/me/availability", json={"state": "with_customer"})
    busy = duty.Duty(Availability.WITH_CUSTOMER, Why.TAP, MONDAY + timedelta(minutes=45))
    assert now_of(house.sanne, MONDAY + timedelta(minutes=44)) == busy
    assert now_of(house.sanne, MONDAY + timedelta(minutes=45)).state is Availability.ON_DUTY
    with time_machine.travel(MONDAY, tick=False):
        fresh()
        shown = phone.client.put("/api/v1/me/availability", json={"state": "off"}).json["person"]
    assert (shown["availability"], shown["availability_why"]) == ("off", "tap")
    assert at(shown["availability_until"]) == TUESDAY_AT_NINE, '"Off until 9:00"'
    assert now_of(house.sanne, TUESDAY_AT_NINE - HOUR).state is Availability.OFF
    assert now_of(house.sanne, TUESDAY_AT_NINE).state is Availability.ON_DUTY


def test_the_board_and_the_colleagues_say_the_same(app: Flask, house: House) -> None:
    away(house.sanne, house.eva, MONDAY, NIGHT)
    with time_machine.travel(MONDAY, tick=False):
        board = {p["first_name"]: p for p in Phone(app, house.bram).get("board")["people"]}
        colleagues = {p["first_name"]: p for p in Phone(app, house.eva).get("me")["colleagues"]}
    for shown in (board["Sanne"], colleagues["Sanne"]):
        assert (shown["availability"], shown["availability_why"]) == ("off", "absent")
        assert at(shown["availability_until"]) == NIGHT
    assert board["Eva"]["availability"] == "on_duty" and board["Eva"]["availability_why"] is None


def test_a_new_customer_passes_by_who_is_absent_or_off_by_their_own_hours(app: Flask, house: House) -> None:
    change(house.eva, last_assigned_at=MONDAY)
    change(house.sanne, weekly={"tue": [["09:00", "18:00"]]})
    with time_machine.travel(MONDAY, tick=False):
        one = follow_up_of(send_lead(app, house.sources["form"], stranger(1)))
    assert one.owner_id == house.eva.id, "Sanne waited longest, but she does not work on Mondays"
    with time_machine.travel(TUESDAY_AT_NINE, tick=False):
        away(house.sanne, house.eva, TUESDAY_AT_NINE, TUESDAY_AT_NINE + HOUR)
        two = follow_up_of(send_lead(app, house.sources["form"], stranger(2)))
    assert two.owner_id == house.eva.id


def test_at_night_the_lead_is_theirs_who_begin_first(app: Flask, house: House) -> None:
    change(house.eva, last_assigned_at=MONDAY)
    change(house.sanne, weekly={"tue": [["11:00", "18:00"]]})
    with time_machine.travel(NIGHT, tick=False):
        follow_up = follow_up_of(send_lead(app, house.sources["form"]))
    assert follow_up.owner_id == house.eva.id
    assert again(follow_up).next_due_at == TUESDAY_AT_NINE


def test_nobody_there_though_the_door_is_open_promises_no_call_within_minutes(
    app: Flask, house: House
) -> None:
    with time_machine.travel(MONDAY, tick=False):
        here = follow_up_of(send_lead(app, house.sources["form"], stranger(1)))
    for person in (house.sanne, house.eva):
        change(person, weekly={"tue": [["09:00", "18:00"]]})
    with time_machine.travel(MONDAY + HOUR, tick=False):
        away_ = follow_up_of(send_lead(app, house.sources["form"], stranger(2)))
    (promised,), (careful,) = letters(here), letters(away_)
    assert "binnen enkele minuten" in promised.payload["text"]
    assert "zo snel als ik kan" in careful.payload["text"] and "minuten" not in careful.payload["text"]


def test_candidates_come_in_one_statement(house: House) -> None:
    away(house.sanne, house.eva, MONDAY, NIGHT)
    fresh()
    showroom, asked = db.session.get_one(Showroom, house.showroom.id), []
    event.listen(db.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    with time_machine.travel(MONDAY, tick=False):
        found = {c.id: c for c in duty.candidates(showroom)}
    assert len(asked) == 1, asked
    assert found[house.sanne.id].availability is Availability.OFF
    assert found[house.sanne.id].back_at == TUESDAY_AT_NINE
    assert choose(found.values()) == house.eva.id
    assert [c.id for c in duty.candidates(showroom, without=house.eva.id)] == [house.sanne.id]


def test_the_manager_of_the_showroom_or_else_the_groups_admin(house: House) -> None:
    fresh()
    showroom = db.session.get_one(Showroom, house.showroom.id)
    assert duty.manager(showroom) == house.bram.id
    change(house.bram, left_at=MONDAY)
    assert duty.manager(showroom) is None
    with write():
        arnhem = Showroom(id=new_id(), group_id=house.group.id, slug="arnhem", name="Arnhem", country="NL",
                          timezone="Europe/Amsterdam", weekly=WEEK)  # fmt: skip
        db.session.add(arnhem)
        db.session.flush()
        for name, role in (("tom", Role.MANAGER), ("ada", Role.ADMIN)):
            db.session.add(Person(id=new_id(), group_id=house.group.id, showroom_id=arnhem.id,
                                  first_name=name.title(), email=f"{name}@arnhem.example", role=role))  # fmt: skip
    found = db.session.get_one(Person, duty.manager(showroom))
    assert found.first_name == "Ada", "Tom manages Arnhem only"


def test_on_call_are_the_volunteers_of_now_who_are_not_away(house: House) -> None:
    with write():
        for person in (house.sanne, house.eva):
            rota.volunteer(mine(person), NIGHT, NIGHT + 2 * HOUR, MONDAY)
    fresh()
    showroom = db.session.get_one(Showroom, house.showroom.id)
    assert {p.first_name for p in duty.on_call(showroom, NIGHT)} == {"Sanne", "Eva"}
    assert duty.on_call(showroom, NIGHT - HOUR) == [] == duty.on_call(showroom, NIGHT + 2 * HOUR)
    away(house.sanne, house.eva, NIGHT + HOUR, TUESDAY_AT_NINE)
    assert {p.first_name for p in duty.on_call(showroom, NIGHT + HOUR)} == {"Eva"}
    change(house.eva, left_at=MONDAY)
    assert [p.first_name for p in duty.on_call(showroom, NIGHT)] == ["Sanne"]


def test_a_reply_at_night_is_due_in_five_minutes_only_while_somebody_is_on_call(
    app: Flask, house: House
) -> None:
    with time_machine.travel(MONDAY, tick=False):
        follow_up = follow_up_of(send_lead(app, house.sources["form"], jansen()))
        Phone(app, house.sanne).call(follow_up, "no_answer")
        other = follow_up_of(send_lead(app, house.sources["form"], stranger(1)))
        Phone(app, house.eva).call(other, "no_answer")
    with time_machine.travel(NIGHT, tick=False):
        Phone(app, house.eva).log(Phone(app, house.eva).start(other, "whatsapp"), "replied")
        with write():
            rota.volunteer(mine(house.eva), NIGHT, NIGHT + HOUR, NIGHT)
        Phone(app, house.sanne).log(Phone(app, house.sanne).start(follow_up, "whatsapp"), "replied")
    assert again(other).next_due_at == TUESDAY_AT_NINE
    assert again(follow_up).next_kind == "answer"
    assert again(follow_up).next_due_at == NIGHT + timedelta(minutes=5)
