"""The people of a showroom over the API: what Bram sees and may change, what Sanne may herself, and Charlie nothing."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from flask import Flask

from app.db import db, write
from app.models import Person, Role
from app.push.notify import iso
from tests.api.phone import Phone, fresh
from tests.assignment.office import HOUR, MONDAY, NIGHT, TUESDAY_AT_NINE, WEEK, change, mine
from tests.people import House, doesburg, elsewhere
from tests.push.phones import phone

HALF_DAYS = {"mon": [["09:00", "12:00"], ["15:00", "18:00"]], "wed": [["09:00", "12:00"]]}


@pytest.fixture
def house(app: Flask) -> Iterator[House]:
    with time_machine.travel(MONDAY, tick=False):
        yield doesburg(WEEK)


def send(phone_: Phone, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    fresh()
    return phone_.client.open(f"/api/v1/{path}", method=method, json=body)


def away(person: Person, deputy: Person, **more: Any) -> dict[str, Any]:
    return {"person_id": str(person.id), "deputy_id": str(deputy.id), "starts_at": iso(NIGHT),
            "ends_at": iso(TUESDAY_AT_NINE), **more}  # fmt: skip


def test_bram_sees_who_is_on_duty_why_not_and_whether_their_phones_ring(app: Flask, house: House) -> None:
    phone(house.sanne, proven=MONDAY)
    change(house.sanne, weekly={"tue": [["09:00", "18:00"]]}, deputy_id=house.eva.id, phone="+31612345678")
    people = {p["first_name"]: p for p in Phone(app, house.bram).get("people")["people"]}
    assert list(people) == ["Bram", "Eva", "Sanne"]
    sanne = people["Sanne"]
    assert (sanne["availability"], sanne["availability_why"]) == ("off", "own_hours")
    assert sanne["availability_until"] == iso(TUESDAY_AT_NINE)
    assert sanne["deputy"]["first_name"] == "Eva" and sanne["showroom"]["name"] == house.showroom.name
    (device,) = sanne["devices"]
    assert (device["push"], device["health"]) == ("confirmed", "ok")
    assert device["last_received_at"] == iso(MONDAY)
    assert people["Eva"]["devices"] == [] and people["Eva"]["availability"] == "on_duty"
    assert people["Eva"]["weekly"] is None and people["Eva"]["deputy"] is None
    assert send(Phone(app, house.sanne), "GET", "people").status_code == 403


def test_sanne_says_when_she_works_who_stands_in_and_on_which_number(app: Flask, house: House) -> None:
    sanne = Phone(app, house.sanne)
    said = {"weekly": HALF_DAYS, "deputy_id": str(house.eva.id), "phone": "06 12 34 56 78"}
    me = send(sanne, "PATCH", "me", said).json["person"]
    assert (me["weekly"], me["deputy"]["first_name"], me["phone"]) == (HALF_DAYS, "Eva", "06 12 34 56 78")
    unchanged = send(sanne, "PATCH", "me", {"language": "fr"}).json["person"]
    assert (unchanged["weekly"], unchanged["phone"]) == (HALF_DAYS, "06 12 34 56 78"), (
        "what is left out stays"
    )
    gone = send(sanne, "PATCH", "me", {"weekly": None, "deputy_id": None, "phone": ""}).json["person"]
    assert (gone["weekly"], gone["deputy"], gone["phone"]) == (None, None, None)


@pytest.mark.parametrize(
    ("said", "field", "sentence"),
    [
        ({"weekly": {"mon": [["18:00", "09:00"]]}}, "weekly", "mon has a window from 18:00 to 09:00"),
        ({"weekly": {"monday": []}}, "weekly", "unknown key 'monday'"),
        ({"weekly": {}}, "weekly", "no day has a window"),
        ({"phone": "at the desk"}, "phone", "Nobody can dial this number"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(
    app: Flask, house: House, said: dict[str, Any], field: str, sentence: str
) -> None:
    for phone_, path in (
        (Phone(app, house.sanne), "me"),
        (Phone(app, house.bram), f"people/{house.sanne.id}"),
    ):
        answer = send(phone_, "PATCH", path, said)
        assert answer.status_code == 422 and sentence in answer.json["fields"][field]
    fresh()
    assert mine(house.sanne).weekly is None and mine(house.sanne).phone is None


def test_nobody_is_her_own_deputy_nor_has_a_stranger_for_one(app: Flask, house: House) -> None:
    sanne, theirs = Phone(app, house.sanne), elsewhere()
    own = send(sanne, "PATCH", "me", {"deputy_id": str(house.sanne.id)})
    assert own.status_code == 422 and "own deputy" in own.json["detail"]
    assert send(sanne, "PATCH", "me", {"deputy_id": str(theirs.charlie.id)}).status_code == 404


def test_roles_are_for_admins_and_a_showroom_keeps_a_manager(app: Flask, house: House) -> None:
    path = f"people/{house.sanne.id}"
    bram = Phone(app, house.bram)
    assert send(bram, "PATCH", path, {"role": "manager"}).status_code == 403
    assert send(bram, "PATCH", path, {"phone": "0612345678", "role": "salesperson"}).status_code == 200
    change(house.bram, role=Role.ADMIN)
    last = send(bram, "PATCH", f"people/{house.bram.id}", {"role": "salesperson"})
    assert last.status_code == 409 and "only manager" in last.json["detail"]
    assert send(bram, "PATCH", path, {"role": "manager"}).json["role"] == "manager"
    assert send(bram, "PATCH", f"people/{house.bram.id}", {"role": "salesperson"}).status_code == 200


def test_sanne_names_her_absence_and_bram_anybodys(app: Flask, house: House) -> None:
    sanne, bram = Phone(app, house.sanne), Phone(app, house.bram)
    said = away(house.sanne, house.eva)
    made = sanne.post("absences", {**said, "person_id": None, "starts_at": "2026-11-23T21:00:00+01:00"})
    assert made.status_code == 201 and made.json["deputy"]["first_name"] == "Eva"
    assert (made.json["starts_at"], made.json["ends_at"]) == (said["starts_at"], said["ends_at"])
    assert sanne.get("absences")["absences"] == bram.get("absences")["absences"] == [made.json]
    assert sanne.get("me")["person"]["absences"] == [made.json]
    assert Phone(app, house.eva).post("absences", away(house.bram, house.eva)).status_code == 403
    clash = bram.post("absences", away(house.eva, house.bram))
    assert clash.status_code == 409 and clash.json["type"].endswith("#is_deputy")
    assert send(Phone(app, house.eva), "DELETE", f"absences/{made.json['id']}").status_code == 403
    assert send(bram, "DELETE", f"absences/{made.json['id']}").status_code == 200
    assert sanne.get("absences")["absences"] == []
    assert bram.post("absences", away(house.eva, house.bram)).status_code == 201


def test_volunteers_put_themselves_on_call_and_bram_anybody(app: Flask, house: House) -> None:
    sanne, bram = Phone(app, house.sanne), Phone(app, house.bram)
    span = {"starts_at": iso(NIGHT), "ends_at": iso(NIGHT + HOUR)}
    own = sanne.post("on-call", span)
    assert own.status_code == 201 and own.json["person"]["first_name"] == "Sanne"
    again_ = sanne.post("on-call", span)
    assert again_.status_code == 409 and again_.json["type"].endswith("#on_call_already")
    assert sanne.post("on-call", {**span, "person_id": str(house.eva.id)}).status_code == 403
    evas = bram.post("on-call", {**span, "person_id": str(house.eva.id)})
    assert [o["person"]["first_name"] for o in sanne.get("on-call")["on_call"]] == ["Sanne", "Eva"]
    assert send(sanne, "DELETE", f"on-call/{evas.json['id']}").status_code == 403
    assert send(sanne, "DELETE", f"on-call/{own.json['id']}").status_code == 200
    backwards = {"starts_at": span["ends_at"], "ends_at": span["starts_at"]}
    assert sanne.post("on-call", backwards).status_code == 422
    assert bram.post("absences", away(house.sanne, house.bram)).status_code == 201
    gone = sanne.post("on-call", {"starts_at": iso(NIGHT + HOUR), "ends_at": iso(NIGHT + 2 * HOUR)})
    assert gone.status_code == 409 and gone.json["type"].endswith("#away")


def test_a_lost_phone_is_signed_out_by_its_owner_or_whoever_manages_them(app: Flask, house: House) -> None:
    lost, other = Phone(app, house.sanne), Phone(app, house.sanne)
    id_ = lost.get("me")["device"]["id"]
    assert send(Phone(app, house.eva), "DELETE", f"devices/{id_}").status_code == 403
    assert send(other, "DELETE", f"devices/{id_}").status_code == 200
    assert send(lost, "GET", "me").status_code == 401 and send(other, "GET", "me").status_code == 200
    assert send(other, "DELETE", f"devices/{id_}").status_code == 404
    id_ = other.get("me")["device"]["id"]
    assert send(Phone(app, house.bram), "DELETE", f"devices/{id_}").status_code == 200
    assert send(other, "GET", "me").status_code == 401


def test_charlie_and_dora_find_nobody_of_ours(app: Flask, house: House) -> None:
    sanne, theirs = Phone(app, house.sanne), elsewhere()
    absence = sanne.post("absences", {**away(house.sanne, house.eva)}).json["id"]
    span = {"starts_at": iso(MONDAY + HOUR), "ends_at": iso(MONDAY + 2 * HOUR)}
    turn, device = sanne.post("on-call", span).json["id"], sanne.get("me")["device"]["id"]
    for stranger in (Phone(app, theirs.charlie), Phone(app, theirs.dora)):
        for method, path, body in (
            ("PATCH", f"people/{house.sanne.id}", {"phone": "0612345678"}),
            ("POST", f"people/{house.sanne.id}/departure", {}),
            ("DELETE", f"devices/{device}", None),
            ("DELETE", f"absences/{absence}", None),
            ("DELETE", f"on-call/{turn}", None),
            ("POST", "absences", away(house.sanne, house.eva)),
            ("POST", "on-call", {**span, "person_id": str(house.sanne.id)}),
        ):
            assert send(stranger, method, path, body).status_code == 404, (method, path)
        assert stranger.get("absences")["absences"] == [] == stranger.get("on-call")["on_call"]
    assert {p["first_name"] for p in Phone(app, theirs.dora).get("people")["people"]} == {"Charlie", "Dora"}
    assert sanne.get("me")["person"]["phone"] is None


def test_a_manager_does_not_manage_an_admin(app: Flask, house: House) -> None:
    with write():
        other = Person(group_id=house.group.id, showroom_id=house.showroom.id, first_name="Ada",
                       email="ada@doesburg.example", role=Role.ADMIN)  # fmt: skip
        db.session.add(other)
    bram = Phone(app, house.bram)
    assert send(bram, "PATCH", f"people/{other.id}", {"phone": "0612345678"}).status_code == 403
    assert bram.post(f"people/{other.id}/departure").status_code == 403, "an admin stands above him"
