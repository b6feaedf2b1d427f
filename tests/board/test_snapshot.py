"""The board at one moment: who has and who hasn't called, for the managers of this showroom and nobody else."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from app import clock
from app.db import db, new_id, write
from app.models import Availability, Group, Person, Role, Showroom
from tests.api.phone import Phone, follow_up_of, told
from tests.people import ALWAYS, House, doesburg, elsewhere, jansen, send_lead, stranger
from tests.push.phones import phone

ROW = {
    "id", "customer", "car", "source", "arrived_at", "clock", "owner", "covered_by", "state", "accepted_at", "contact",
    "dialled_at", "attempts_made", "last_outcome", "next_step", "escalation", "push", "needs_look", "leads", "demo",
}  # fmt: skip


@pytest.fixture
def house(app: Flask) -> House:
    """The next lead is Sanne's, and she has a phone."""
    house = doesburg()
    with write():
        db.session.get_one(Person, house.eva.id).last_assigned_at = clock.now()
    phone(house.sanne)
    return house


def row(bram: Phone) -> dict[str, Any]:
    (only,) = bram.get("board")["rows"]
    return dict(only)


def test_an_empty_board_says_who_is_there(app: Flask, house: House) -> None:
    board = Phone(app, house.bram).get("board")
    assert set(board) == {"server_time", "cursor", "showroom", "sla", "people", "rows", "feed"}
    assert (
        board["rows"] == []
        and board["feed"] == []
        and board["sla"] == {"gold": 60, "green": 120, "amber": 300}
    )
    assert [(p["first_name"], p["open"], p["push"]) for p in board["people"]] == [
        ("Bram", 0, "none"), ("Eva", 0, "none"), ("Sanne", 0, "confirmed"),
    ]  # fmt: skip


def test_who_left_only_a_number_is_called_by_it(app: Flask, house: House) -> None:
    follow_up = follow_up_of(send_lead(app, house.sources["form"], {"phone": "06 1234 5678", "car": "Polo"}))
    assert row(Phone(app, house.bram))["customer"] == "06 1234 5678"
    assert {item["customer"] for item in Phone(app, house.bram).get("board")["feed"]} == {"06 1234 5678"}
    shown = Phone(app, house.sanne).get(f"follow-ups/{follow_up.id}")["customer"]
    assert (shown["first_name"], shown["display_name"]) == ("", "06 1234 5678")
    (push,) = told(house.sanne, "lead")
    assert push.payload["notification"]["title"] == "Polo", "a number is not shown on a locked phone"


def test_a_lead_is_watched_from_arrival_to_appointment(app: Flask, house: House) -> None:
    bram, sanne = Phone(app, house.bram), Phone(app, house.sanne)
    with time_machine.travel("2026-11-23T10:00:00Z", tick=False) as time:
        follow_up = follow_up_of(send_lead(app, house.sources["form"]))
        seen = row(bram)
        assert set(seen) >= ROW
        assert (seen["customer"], seen["car"], seen["source"]) == ("Piet Jansen", "VW Golf 2022", "form")
        assert (seen["state"], seen["contact"], seen["push"]) == ("assigned", "not_called", "queued")
        assert seen["clock"]["running"] and seen["clock"]["since"] == "2026-11-23T10:00:00.000Z"
        assert seen["owner"]["first_name"] == "Sanne" and seen["accepted_at"] is None
        time.shift(20)
        attempt = sanne.start(follow_up)
        seen = row(bram)
        assert (seen["state"], seen["contact"]) == ("accepted", "dialled")
        assert seen["dialled_at"] == seen["accepted_at"] == "2026-11-23T10:00:20.000Z"
        assert seen["clock"]["running"] and seen["clock"]["held_since"]
        time.shift(30)
        sanne.log(attempt, "no_answer")
        seen = row(bram)
        assert (seen["contact"], seen["last_outcome"], seen["attempts_made"]) == ("called", "no_answer", 1)
        assert seen["clock"] == {**seen["clock"], "running": False, "stopped_after": 20}
        assert seen["next_step"]["position"] == 2 and seen["dialled_at"] is None
        sanne.call(follow_up, "spoke", next_step={"kind": "appointment", "due_at": "2026-11-24T10:00:00Z"})
        seen = row(bram)
        assert (seen["state"], seen["contact"]) == ("contacted", "contacted")
        assert seen["next_step"]["kind"] == "appointment"
    feed = [item["type"] for item in bram.get("board")["feed"]]
    assert feed[-1] in ("assigned", "lead_arrived")
    for type_ in ("assigned", "accepted", "attempt_started", "outcome_logged"):
        assert type_ in feed
    assert next(p for p in bram.get("board")["people"] if p["first_name"] == "Sanne")["open"] == 1


def test_what_has_ended_leaves_the_board(app: Flask, house: House) -> None:
    follow_up = follow_up_of(send_lead(app, house.sources["form"]))
    bram = Phone(app, house.bram)
    closed = bram.post(f"follow-ups/{follow_up.id}/closure", {"reason": "test"})
    assert closed.status_code == 201 and closed.json["end_reason"] == "test"
    assert bram.get("board")["rows"] == []


def test_first_calls_stand_before_repeats_and_then_the_due_time_decides(app: Flask, house: House) -> None:
    called = follow_up_of(send_lead(app, house.sources["form"], stranger(1)))
    Phone(app, called.owner).call(called, "no_answer")
    weak = follow_up_of(send_lead(app, house.sources["form"], {"name": "Doof", "phone": "000"}))
    strong = follow_up_of(send_lead(app, house.sources["form"], stranger(2)))
    order = [r["id"] for r in Phone(app, house.bram).get("board")["rows"]]
    assert order == [str(f.id) for f in (weak, strong, called)], "never by how promising somebody looks"


def test_dora_sees_nothing_of_ours_and_a_salesperson_no_board(app: Flask, house: House) -> None:
    send_lead(app, house.sources["form"])
    theirs = elsewhere()
    board = Phone(app, theirs.dora).get("board")
    assert board["rows"] == [] and board["feed"] == []
    assert {p["first_name"] for p in board["people"]} == {"Charlie", "Dora"}
    refused = Phone(app, house.sanne).client.get("/api/v1/board")
    assert refused.status_code == 403 and refused.json["type"].endswith("#not_allowed")


def test_a_manager_sees_the_showroom_and_an_admin_the_group(app: Flask, house: House) -> None:
    arnhem = Showroom(
        id=new_id(), group_id=house.group.id, slug="arnhem", name="Arnhem", country="NL", timezone="Europe/Amsterdam",
        language="nl", weekly=ALWAYS,
    )  # fmt: skip
    people = [
        Person(
            id=new_id(), group_id=house.group.id, showroom_id=arnhem.id, first_name=first, last_name="",
            email=f"{first}@arnhem.example".lower(), role=role,
        )
        for first, role in (("Mo", Role.MANAGER), ("Gerda", Role.ADMIN))
    ]  # fmt: skip
    with write():
        assert db.session.get_one(Group, house.group.id)
        for rows in ([arnhem], people):
            db.session.add_all(rows)
            db.session.flush()
    follow_up = follow_up_of(send_lead(app, house.sources["form"]))
    mo, gerda = (Phone(app, person) for person in people)
    assert mo.get("board")["rows"] == [] and {p["first_name"] for p in mo.get("board")["people"]} == {
        "Mo",
        "Gerda",
    }
    assert [r["id"] for r in gerda.get("board")["rows"]] == [str(follow_up.id)]
    assert mo.client.get(f"/api/v1/follow-ups/{follow_up.id}").status_code == 404
    assert gerda.client.get(f"/api/v1/follow-ups/{follow_up.id}").status_code == 200


def test_a_busy_colleague_is_shown_with_the_time_it_ends(app: Flask, house: House) -> None:
    sanne, bram = Phone(app, house.sanne), Phone(app, house.bram)
    with time_machine.travel("2026-11-23T10:00:00Z", tick=False) as time:
        assert sanne.client.put("/api/v1/me/availability", json={"state": "with_customer"}).status_code == 200
        shown = next(p for p in bram.get("board")["people"] if p["first_name"] == "Sanne")
        assert shown["availability"] == "with_customer"
        assert shown["availability_until"] == "2026-11-23T10:45:00.000Z"
        time.shift(timedelta(minutes=46))
        shown = next(p for p in bram.get("board")["people"] if p["first_name"] == "Sanne")
        assert shown["availability"] == Availability.ON_DUTY.value and shown["availability_until"] is None


def test_three_cars_are_one_row_with_three_leads(app: Flask, house: House) -> None:
    for car in ("Golf", "T-Roc", "Polo"):
        send_lead(app, house.sources["form"], jansen(vehicle={"make": "VW", "model": car}))
    seen = row(Phone(app, house.bram))
    assert seen["leads"] == 3 and seen["car"] == "VW Polo"
