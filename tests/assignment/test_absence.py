"""Sanne is away: Eva covers while it lasts, everything that falls due reaches Eva, and Sanne stays the owner."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
import time_machine
from flask import Flask

from app.assignment import absence, accept, stand_in
from app.cadence import due
from app.db import db, new_id, write
from app.errors import Conflict, Problem, Unreadable
from app.models import Absence, FollowUp, Person, Role, Showroom
from tests.api.phone import Phone, again, events, follow_up_of, fresh, told
from tests.assignment.office import HOUR, MONDAY, NIGHT, TUESDAY_AT_NINE, WEEK, change, letters, mine
from tests.people import House, doesburg, elsewhere, send_lead, stranger
from tests.push.phones import phone

WEEK_OFF = (MONDAY + HOUR, MONDAY + timedelta(days=7))


@pytest.fixture
def house(app: Flask) -> House:
    """The next lead is Sanne's; both have a phone."""
    with time_machine.travel(MONDAY, tick=False):
        house = doesburg(WEEK)
        phone(house.sanne)
        phone(house.eva)
    change(house.eva, last_assigned_at=MONDAY)
    return house


def announce(person: Person, deputy: Person, start: datetime, end: datetime, now: datetime = MONDAY) -> UUID:
    with write():
        return absence.announce(mine(person), mine(deputy), start, end, now).id


def refused(person: Person, deputy: Person, start: datetime, end: datetime) -> Problem:
    with pytest.raises(Problem) as problem:
        announce(person, deputy, start, end)
    return problem.value


def lead(app: Flask, house: House, number: int, moment: datetime = MONDAY) -> FollowUp:
    with time_machine.travel(moment, tick=False):
        return follow_up_of(send_lead(app, house.sources["form"], stranger(number)))


def turn(moment: datetime) -> int:
    fresh()
    return stand_in.turn(moment)


def test_a_deputy_must_be_somebody_else_who_works_here_and_calls_customers(house: House) -> None:
    theirs = elsewhere()
    with write():
        arnhem = Showroom(id=new_id(), group_id=house.group.id, slug="arnhem", name="Arnhem", country="NL",
                          timezone="Europe/Amsterdam", weekly=WEEK)  # fmt: skip
        db.session.add(arnhem)
        db.session.flush()
        tom = Person(id=new_id(), group_id=house.group.id, showroom_id=arnhem.id, first_name="Tom",
                     email="tom@arnhem.example", role=Role.SALESPERSON)  # fmt: skip
        db.session.add(tom)
    for deputy, sentence in (
        (house.sanne, "cannot be their own deputy"),
        (theirs.charlie, "does not work here"),
        (tom, "works in Arnhem"),
    ):
        problem = refused(house.sanne, deputy, *WEEK_OFF)
        assert isinstance(problem, Unreadable) and sentence in problem.detail
    change(tom, role=Role.ADMIN)
    announce(house.sanne, tom, *WEEK_OFF)  # an admin sees every showroom
    change(house.eva, left_at=MONDAY)
    assert "does not work here" in refused(house.bram, house.eva, *WEEK_OFF).detail
    change(house.eva, left_at=None, role=Role.RECEPTIONIST)
    assert "works at the desk" in refused(house.bram, house.eva, *WEEK_OFF).detail


def test_a_deputy_who_is_away_herself_is_refused_with_the_dates(house: House) -> None:
    announce(house.eva, house.bram, *WEEK_OFF)
    problem = refused(house.sanne, house.eva, WEEK_OFF[1] - HOUR, WEEK_OFF[1] + HOUR)
    assert isinstance(problem, Conflict) and problem.code == "deputy_away"
    assert (
        problem.detail
        == "Eva is away from today at 11:00 to Monday 30 November at 10:00. Choose another deputy."
    )
    announce(house.sanne, house.eva, WEEK_OFF[1], WEEK_OFF[1] + HOUR)  # she is back by then


def test_a_deputy_cannot_go_away_before_somebody_else_stands_in(house: House) -> None:
    announce(house.sanne, house.eva, *WEEK_OFF)
    problem = refused(house.eva, house.bram, WEEK_OFF[0], WEEK_OFF[0] + HOUR)
    assert problem.code == "is_deputy" and "Name another deputy for Sanne first" in problem.detail
    assert refused(house.sanne, house.bram, *WEEK_OFF).code == "away_already"


def test_a_span_that_is_over_or_goes_backwards_is_refused(house: House) -> None:
    for start, end in ((NIGHT, MONDAY), (MONDAY, MONDAY), (MONDAY - 2 * HOUR, MONDAY - HOUR)):
        assert isinstance(refused(house.sanne, house.eva, start, end), Unreadable)


def test_while_she_is_away_eva_covers_and_sanne_owns(app: Flask, house: House) -> None:
    follow_up = lead(app, house, 1)
    assert follow_up.owner_id == house.sanne.id
    announce(house.sanne, house.eva, *WEEK_OFF)
    assert turn(MONDAY) == 0 and again(follow_up).covered_by_id is None, "not yet"
    assert turn(WEEK_OFF[0]) == 1
    after = again(follow_up)
    assert (after.owner_id, after.covered_by_id) == (house.sanne.id, house.eva.id)
    assert turn(WEEK_OFF[0] + HOUR) == 0, "once"
    assert turn(WEEK_OFF[1]) == 1 and again(follow_up).covered_by_id is None
    assert turn(WEEK_OFF[1] + HOUR) == 0
    (began,), (ended,) = events(follow_up, "covered"), events(follow_up, "cover_ended")
    assert began.person_id == house.eva.id and ended.person_id == house.sanne.id


def test_an_absence_that_begins_now_takes_effect_now(app: Flask, house: House) -> None:
    follow_up = lead(app, house, 1)
    id_ = announce(house.sanne, house.eva, MONDAY, NIGHT)
    assert again(follow_up).covered_by_id == house.eva.id
    with write():
        absence.end(db.session.get_one(Absence, id_), MONDAY + HOUR)
    assert again(follow_up).covered_by_id is None
    assert db.session.get(Absence, id_) is None


def test_what_falls_due_meanwhile_rings_at_evas(app: Flask, house: House) -> None:
    follow_up = lead(app, house, 1)
    with time_machine.travel(MONDAY, tick=False):
        Phone(app, house.sanne).call(follow_up, "no_answer")
    announce(house.sanne, house.eva, MONDAY, NIGHT)
    at = again(follow_up).next_due_at
    assert at is not None and due.prompt(follow_up.id, at)
    assert [d.kind for d in told(house.eva)] == ["due"]
    assert [d.kind for d in told(house.sanne)] == ["lead"]


def test_whoever_covers_already_goes_on_and_what_eva_steps_into_later_stays(app: Flask, house: House) -> None:
    one, two = lead(app, house, 1), lead(app, house, 2, MONDAY + timedelta(seconds=1))
    change(house.eva, last_assigned_at=TUESDAY_AT_NINE)
    three = lead(app, house, 3, MONDAY + timedelta(seconds=2))
    mine_ = [f for f in (one, two, three) if f.owner_id == house.sanne.id]
    assert len(mine_) >= 2
    with write():
        accept.cover(db.session.get_one(FollowUp, mine_[0].id), mine(house.bram), MONDAY)
    announce(house.sanne, house.eva, MONDAY, NIGHT)
    assert again(mine_[0]).covered_by_id == house.bram.id
    assert again(mine_[1]).covered_by_id == house.eva.id
    turn(NIGHT)
    with write():
        accept.cover(db.session.get_one(FollowUp, mine_[1].id), mine(house.eva), TUESDAY_AT_NINE)
    assert turn(TUESDAY_AT_NINE + HOUR) == 0
    assert again(mine_[0]).covered_by_id == house.bram.id
    assert again(mine_[1]).covered_by_id == house.eva.id, "she stepped in after the absence was over"


def test_an_answer_on_the_page_reaches_eva(app: Flask, house: House) -> None:
    follow_up = lead(app, house, 1)
    (letter,) = letters(follow_up, "confirmation")
    announce(house.sanne, house.eva, MONDAY, NIGHT)
    with time_machine.travel(MONDAY + HOUR, tick=False):
        token = letter.payload["link"].rsplit("/", 1)[1]
        app.test_client().post(
            f"/c/{token}/answer", data={"answer": "Morgen kan ik wel", "text": "Morgen kan ik wel"}
        )
    assert again(follow_up).next_kind == "answer"
    assert [d.kind for d in told(house.eva)].count("answer") == 1 and told(house.sanne, "answer") == []


def test_a_known_customer_who_asks_again_meanwhile_is_covered_from_the_first_moment(
    app: Flask, house: House
) -> None:
    first = lead(app, house, 1)
    with time_machine.travel(MONDAY, tick=False):
        Phone(app, house.sanne).call(first, "no_answer")
    during = MONDAY + timedelta(hours=2)
    announce(house.sanne, house.eva, *WEEK_OFF)
    later = lead(app, house, 1, during)
    assert later.id == first.id and later.owner_id == house.sanne.id
    assert later.covered_by_id == house.eva.id
    assert [d.follow_up_id for d in told(house.eva, "lead")] == [first.id]
    assert len(told(house.sanne, "lead")) == 1, "only the one from before"
