"""An operator plans people from a terminal: absences, on call, own hours, and somebody who leaves."""

import json
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import db
from app.models import Absence, Person, Showroom
from tests.api.phone import fresh
from tests.cli.test_commands import Operator
from tests.people import House, doesburg, send_lead

SANNE, EVA = "sanne@doesburg.example", "eva@doesburg.example"


@pytest.fixture
def house(app: Flask) -> House:
    return doesburg()


@pytest.fixture
def operator(app: Flask, house: House) -> Operator:
    return Operator(app)


def test_a_holiday_of_days_begins_and_ends_at_midnight_in_the_showroom(operator: Operator) -> None:
    made = operator.does(
        "person", "absence", SANNE, "--from", "2099-07-01", "--to", "2099-07-14", "--deputy", EVA
    )
    assert (made["person"], made["deputy"]) == ("Sanne", "Eva")
    absence = db.session.scalars(select(Absence)).one()
    assert absence.starts_at.isoformat() == "2099-06-30T22:00:00+00:00"
    assert absence.ends_at.isoformat() == "2099-07-14T22:00:00+00:00", "the last day is included"
    said = operator.fails(
        "person", "absence", EVA, "--from", "2099-07-10", "--to", "2099-07-11", "--deputy", SANNE
    )
    assert "Sanne is away" in said or "Eva is Sanne's deputy" in said


def test_somebody_is_on_call_for_an_evening(operator: Operator) -> None:
    made = operator.does("person", "on-call", EVA, "--from", "2099-07-01T18:00", "--to", "2099-07-01T22:00")
    assert (made["starts_at"], made["ends_at"]) == ("2099-07-01T16:00:00+00:00", "2099-07-01T20:00:00+00:00")
    assert "on call then already" in operator.fails(
        "person", "on-call", EVA, "--from", "2099-07-01T21:00", "--to", "2099-07-01T23:00"
    )


def test_own_hours_come_from_a_file_and_go(operator: Operator, tmp_path: Path) -> None:
    file = tmp_path / "hours.json"
    file.write_text(json.dumps({"mon": [["09:00", "12:00"]]}))
    assert operator.does("person", "hours", SANNE, "--hours", str(file))["weekly"] == {
        "mon": [["09:00", "12:00"]]
    }
    assert operator.does("person", "hours", SANNE, "--as-showroom")["weekly"] is None
    file.write_text('{"mon": [["12:00", "09:00"]]}')
    assert "must end after it starts" in operator.fails("person", "hours", SANNE, "--hours", str(file))
    assert "Give --hours" in operator.fails("person", "hours", SANNE)


def test_whoever_leaves_is_gone_with_one_command(app: Flask, house: House, operator: Operator) -> None:
    send_lead(app, house.sources["form"])
    owner = db.session.scalars(select(Person).where(Person.last_assigned_at.is_not(None))).one()
    assert operator.does("person", "leave", owner.email)["handed_over"] == 1
    assert "has left already" in operator.fails("person", "leave", owner.email)
    assert "Nobody here has the address" in operator.fails("person", "leave", "x@doesburg.example")
    fresh()
    assert db.session.get_one(Person, owner.id).left_at is not None


def test_a_showroom_knows_its_countrys_holidays_or_says_which_it_does_not(operator: Operator) -> None:
    add = ("showroom", "add", "--group", "Autogroep Doesburg")
    operator.does(
        *add, "München", "--country", "DE", "--timezone", "Europe/Berlin", "--public-holidays", "DE-BY"
    )
    made = db.session.scalars(select(Showroom).where(Showroom.name == "München")).one()
    assert made.public_holidays == "DE-BY" and made.hours.public == "DE-BY"
    assert "no public holidays under 'DE-XX'" in operator.fails(
        *add, "Nirgends", "--public-holidays", "DE-XX"
    )
