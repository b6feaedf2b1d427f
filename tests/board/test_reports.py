"""Continuity as the house measures it: one customer, one person; and where not, why not."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app import clock
from app.db import db, new_id, write
from app.models import Assignment, Customer, EndReason, FollowUp, FollowUpState, Person
from tests.api.phone import Phone, fresh
from tests.people import House, doesburg, elsewhere

DAY = timedelta(days=1)


@pytest.fixture
def house(app: Flask) -> House:
    return doesburg()


def served(house: House, *by: tuple[Person, EndReason], days_ago: int = 1, reason: str = "won",
           customer: Customer | None = None) -> Customer:  # fmt: skip
    """A follow-up that has ended, with its owners in order and why each of them was the last."""
    ended = clock.now() - days_ago * DAY
    with write():
        who = customer or Customer(
            id=new_id(), group_id=house.group.id, showroom_id=house.showroom.id, page_key="k"
        )
        follow_up = FollowUp(
            id=new_id(), group_id=house.group.id, showroom_id=house.showroom.id, customer_id=who.id,
            owner_id=by[-1][0].id, state=FollowUpState.ENDED, cadence="six_in_ten", opened_at=ended - DAY,
            assigned_at=ended - DAY, ended_at=ended, end_reason=reason,
        )  # fmt: skip
        for row in ([] if customer else [who], [follow_up]):
            db.session.add_all(row)
            db.session.flush()
        for place, (person, why) in enumerate(by):
            db.session.add(Assignment(
                id=new_id(), group_id=house.group.id, follow_up_id=follow_up.id, person_id=person.id,
                started_at=ended - DAY + timedelta(minutes=place), ended_at=ended, reason=why,
            ))  # fmt: skip
    return who


def report(app: Flask, person: Person, query: str = "") -> Any:
    return Phone(app, person).get(f"reports/continuity{query}")


def test_three_of_forty_changed_hands_and_bram_sees_why(app: Flask, house: House) -> None:
    end = EndReason.ENDED
    for _ in range(36):
        served(house, (house.sanne, end))
    for why in (EndReason.ABSENCE, EndReason.ABSENCE, EndReason.LANGUAGE):
        served(house, (house.sanne, why), (house.eva, end))
    served(
        house, (house.eva, EndReason.CANNOT_NOW), (house.sanne, EndReason.CUSTOMERS_WISH), (house.eva, end)
    )
    shown = report(app, house.bram)
    total = shown["total"]
    assert (total["follow_ups"], total["one_person"]) == (40, 0.9)
    assert (total["customers"], total["customers_one_person"]) == (40, 0.9)
    assert total["handovers"] == [
        {"reason": "absence", "count": 2}, {"reason": "cannot_now", "count": 1},
        {"reason": "customers_wish", "count": 1}, {"reason": "language", "count": 1},
    ]  # fmt: skip
    (showroom,) = shown["showrooms"]
    assert showroom.pop("showroom") == {"id": str(house.showroom.id), "name": house.showroom.name}
    assert showroom == total


def test_a_customer_who_meets_another_person_each_time_has_not_stayed_with_one(
    app: Flask, house: House
) -> None:
    for _ in range(29):
        served(house, (house.sanne, EndReason.ENDED))
    piet = served(house, (house.sanne, EndReason.ENDED))
    served(house, (house.eva, EndReason.ENDED), customer=piet)
    total = report(app, house.bram)["total"]
    assert (total["follow_ups"], total["one_person"]) == (31, 1.0)
    assert (total["customers"], total["customers_one_person"]) == (30, round(29 / 30, 4))


def test_under_thirty_only_the_number_is_shown(app: Flask, house: House) -> None:
    for _ in range(29):
        served(house, (house.sanne, EndReason.ABSENCE), (house.eva, EndReason.ENDED))
    shown = report(app, house.bram)
    assert shown["least"] == 30
    nothing = {"one_person": None, "customers": None, "customers_one_person": None, "handovers": None}
    assert shown["total"] == {"follow_ups": 29, **nothing}
    served(house, (house.sanne, EndReason.ENDED))
    assert report(app, house.bram)["total"]["one_person"] == round(1 / 30, 4)


def test_tests_and_other_times_and_other_firms_do_not_count(app: Flask, house: House) -> None:
    theirs = elsewhere()
    served(theirs, (theirs.charlie, EndReason.ENDED))
    served(house, (house.sanne, EndReason.ENDED), reason="test")
    served(house, (house.sanne, EndReason.ENDED), days_ago=200)
    assert report(app, house.bram)["total"]["follow_ups"] == 0 and report(app, house.bram)["showrooms"] == []
    day = (clock.now() - 200 * DAY).date()
    assert report(app, house.bram, f"?from={day - DAY}&to={day + DAY}")["total"]["follow_ups"] == 1
    assert report(app, theirs.dora)["total"]["follow_ups"] == 1


def test_it_is_for_managers_and_a_period_has_an_end(app: Flask, house: House) -> None:
    fresh()
    assert Phone(app, house.sanne).client.get("/api/v1/reports/continuity").status_code == 403
    bram = Phone(app, house.bram)
    for wrong in ("from=2026-02-01&to=2026-01-01", "from=1990-01-01&to=2026-01-01", "from=soon"):
        fresh()
        assert bram.client.get(f"/api/v1/reports/continuity?{wrong}").status_code == 422, wrong
