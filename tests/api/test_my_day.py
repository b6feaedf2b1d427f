"""What Sanne did today is hers on every phone; and her phone asks again only about what has changed."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from tests.api.phone import Phone, follow_up_of
from tests.people import House, at, doesburg, jansen, send_lead, stranger

NOON = at("2026-11-23T11:00:00+00:00")


@pytest.fixture
def house(app: Flask) -> House:
    return doesburg()


def owned_by(app: Flask, house: House, person: Any) -> Any:
    """A new customer of this person's: leads go round, so one of the next few is theirs."""
    for number in range(8):
        follow_up = follow_up_of(send_lead(app, house.sources["form"], stranger(number)))
        if follow_up.owner_id == person.id:
            return follow_up
    raise AssertionError("nobody came to her")


def test_sannes_day_is_on_each_of_her_phones_and_is_nobody_elses(app: Flask, house: House) -> None:
    with time_machine.travel(NOON, tick=False) as time:
        follow_up = owned_by(app, house, house.sanne)
        phone, tablet, evas = Phone(app, house.sanne), Phone(app, house.sanne), Phone(app, house.eva)
        phone.call(follow_up, "no_answer")
        time.shift(600)
        phone.call(follow_up, "spoke")
        undone = phone.call(follow_up, "busy")
        phone.undo(undone)
        shown = tablet.get("done-today")["done"]
        assert [one["outcome"] for one in shown] == ["spoke", "no_answer"]
        assert {one["follow_up"] for one in shown} == {str(follow_up.id)}
        assert {one["name"] for one in shown} == {follow_up.customer.display_name}
        assert evas.get("done-today")["done"] == []
        time.shift(timedelta(hours=11, minutes=49))  # 23:59 in Doesburg
        assert len(phone.get("done-today")["done"]) == 2
        time.shift(60)
        assert phone.get("done-today")["done"] == []


def test_her_phone_asks_about_some_and_is_told_of_what_is_no_longer_hers(app: Flask, house: House) -> None:
    mine, phone = owned_by(app, house, house.sanne), Phone(app, house.sanne)
    everything = {one["id"] for one in phone.get("inbox")["follow_ups"]}
    assert str(mine.id) in everything
    some = phone.get(f"inbox?only={mine.id}")
    assert [one["id"] for one in some["follow_ups"]] == [str(mine.id)] and some["cursor"]
    given = phone.post(
        f"follow-ups/{mine.id}/handovers", {"reason": "absence", "to_person_id": str(house.eva.id)}
    )
    assert given.status_code == 201, given.text
    assert phone.get(f"inbox?only={mine.id}")["follow_ups"] == []
    evas = Phone(app, house.eva)
    assert [one["id"] for one in evas.get(f"inbox?only={mine.id}")["follow_ups"]] == [str(mine.id)]
    assert phone.client.get("/api/v1/inbox?only=1,2").status_code == 422


def test_she_finds_a_customer_by_the_plate_of_either_car(app: Flask, house: House) -> None:
    said = jansen(trade_in={"make": "VW", "model": "Polo", "plate": "12-XYZ-3"})
    follow_up = follow_up_of(send_lead(app, house.sources["form"], said))
    shown = Phone(app, follow_up.owner).get(f"follow-ups/{follow_up.id}")
    assert [lead["plates"] for lead in shown["leads"]] == [["12-XYZ-3"]]
