"""The receptionist types a name and a number: known customers stay with their salesperson, whoever typed."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app import clock
from app.db import db, new_id, write
from app.models import FollowUp, Lead, Person, Role, Source
from tests.api.phone import Phone, again, follow_up_of, fresh
from tests.people import House, doesburg, elsewhere, send_lead


@pytest.fixture
def house(app: Flask) -> House:
    return doesburg()


@pytest.fixture
def reception(app: Flask, house: House) -> Phone:
    rosa = Person(
        id=new_id(), group_id=house.group.id, showroom_id=house.showroom.id, first_name="Rosa", email="rosa@doesburg.example",
        role=Role.RECEPTIONIST, language="nl",
    )  # fmt: skip
    with write():
        db.session.add(rosa)
    return Phone(app, rosa)


PIET = {
    "name": "Piet Jansen",
    "reach": "06 12345678",
    "about": "Golf, zaterdag proefrijden?",
    "came_by": "walk_in",
}


def test_a_walk_in_is_a_lead_like_any_other(reception: Phone) -> None:
    made = reception.post("walk-ins", PIET)
    assert made.status_code == 201, made.text
    shown = made.json["follow_up"]
    assert (made.json["known"], made.json["mine"]) == (False, False)
    assert made.json["owner"]["first_name"] in ("Sanne", "Eva")
    assert (shown["customer"]["display_name"], shown["reach"]["call"]) == ("Piet Jansen", "+31612345678")
    assert (shown["question"], shown["leads"][0]["kind"]) == (PIET["about"], "walk_in")
    assert shown["leads"][0]["source"] == "Showroombezoek"


def test_sannes_customer_stays_hers_whoever_types(app: Flask, house: House, reception: Phone) -> None:
    follow_up = follow_up_of(send_lead(app, house.sources["form"]))
    eva = Phone(app, house.eva if follow_up.owner_id == house.sanne.id else house.sanne)
    for phone in (reception, eva):
        made = phone.post("walk-ins", PIET).json
        assert (made["follow_up"]["id"], made["known"], made["mine"]) == (str(follow_up.id), True, False)


def test_who_is_unknown_and_typed_by_eva_is_evas(app: Flask, house: House) -> None:
    for number in range(3):  # whoever's turn it would have been
        made = (
            Phone(app, house.eva)
            .post("walk-ins", {**PIET, "reach": f"06 8765432{number}", "came_by": "phone"})
            .json
        )
        assert (made["owner"]["first_name"], made["mine"]) == ("Eva", True)
        assert made["follow_up"]["leads"][0]["kind"] == "manual"


def test_an_address_a_number_or_nothing_at_all_is_enough(reception: Phone) -> None:
    mailed = reception.post("walk-ins", {"name": "Lotte", "reach": "lotte@example.nl"}).json["follow_up"]
    assert mailed["reach"]["email"] == "lotte@example.nl" and mailed["reach"]["prefers_writing"]
    nothing = reception.post("walk-ins", {"about": "man met hoed, komt terug"}).json["follow_up"]
    assert nothing["next_step"]["kind"] == "find_contact"
    assert reception.post("walk-ins", {"name": " "}).status_code == 422


def test_a_double_tap_is_one_request(reception: Phone) -> None:
    first, second = reception.post("walk-ins", PIET, key="a"), reception.post("walk-ins", PIET, key="a")
    assert first.json["lead_id"] == second.json["lead_id"]
    fresh()
    assert db.session.scalar(select(func.count()).select_from(Lead)) == 1
    assert db.session.scalar(select(func.count()).select_from(Source).where(Source.kind == "walk_in")) == 1


def test_nothing_comes_in_from_outside_under_that_name(app: Flask, house: House, reception: Phone) -> None:
    reception.post("walk-ins", PIET)
    fresh()
    source = db.session.scalars(select(Source).where(Source.kind == "walk_in")).one()
    answer = app.test_client().post(f"/in/{source.key}", json={**PIET, "person": str(house.eva.id)})
    assert answer.status_code == 404
    listed = Phone(app, house.bram).get("sources")["sources"]
    assert "walk_in" not in [one["kind"] for one in listed]


@pytest.mark.parametrize(
    "typed", ["0612345678", "+31 6 1234", "061234", "Jansen", "piet.jan", "piet.jansen@example.com", "jAns"]
)
def test_while_typing_it_says_whose_customer_it_is(
    app: Flask, house: House, reception: Phone, typed: str
) -> None:
    follow_up = follow_up_of(send_lead(app, house.sources["form"]))
    owner = db.session.get_one(Person, follow_up.owner_id)
    Phone(app, owner).call(follow_up, "no_answer")
    fresh()
    found = reception.client.get("/api/v1/customer-matches", query_string={"q": typed}).json["matches"]
    (row,) = found
    assert (row["display_name"], row["owner"]["first_name"], row["open"]) == (
        "Piet Jansen",
        owner.first_name,
        True,
    )
    assert (row["last"]["what"], row["last"]["outcome"]) == ("called", "no_answer")
    assert row["exact"] == (typed in ("0612345678", "piet.jansen@example.com"))


@pytest.mark.parametrize("typed", ["", "06", "%%%", "___", "0699999999", "\x00\x00\x00\x00"])
def test_nobody_is_found_by_nothing(app: Flask, house: House, reception: Phone, typed: str) -> None:
    send_lead(app, house.sources["form"])
    fresh()
    assert reception.client.get("/api/v1/customer-matches", query_string={"q": typed}).json == {"matches": []}


def test_dora_of_another_firm_finds_nobody_of_ours(app: Flask, house: House) -> None:
    send_lead(app, house.sources["form"])
    dora = Phone(app, elsewhere().dora)
    assert dora.get("customer-matches?q=0612345678") == {"matches": []}


def scan(app: Flask, phone: Phone) -> tuple[FlaskClient, str]:
    made = phone.post("me/qr-code")
    assert made.status_code == 201 and made.json["svg"].startswith("<svg")
    fresh()
    return app.test_client(), "/q/" + made.json["url"].rpartition("/")[2]


def test_who_scans_evas_code_becomes_evas_customer_and_sees_who_calls(app: Flask, house: House) -> None:
    client, path = scan(app, Phone(app, house.eva))
    page = client.get(path)
    assert page.status_code == 200 and "Eva" in page.text
    sent = client.post(path, data={"name": "Lotte", "reach": "06 87654321", "about": "die blauwe Polo"})
    assert sent.status_code == 303
    assert "Eva" in client.get(sent.headers["Location"].split("localhost:8000")[-1]).text
    fresh()
    lead = db.session.scalars(select(Lead)).one()
    assert (lead.source.kind, db.session.get_one(FollowUp, lead.follow_up_id).owner_id) == (
        "qr",
        house.eva.id,
    )


def test_a_known_customer_who_scans_evas_code_stays_with_their_own(app: Flask, house: House) -> None:
    follow_up = follow_up_of(send_lead(app, house.sources["form"]))
    other = house.eva if follow_up.owner_id == house.sanne.id else house.sanne
    client, path = scan(app, Phone(app, other))
    client.post(path, data={"name": "Piet", "reach": "0612345678", "about": "nog een vraag"})
    assert again(follow_up).owner_id != other.id
    fresh()
    assert {lead.follow_up_id for lead in db.session.scalars(select(Lead))} == {follow_up.id}


def test_an_old_code_and_a_leavers_code_lead_nowhere(app: Flask, house: House) -> None:
    eva = Phone(app, house.eva)
    client, old = scan(app, eva)
    _, new = scan(app, eva)
    assert (client.get(old).status_code, client.get(new).status_code) == (404, 200)
    with write():
        db.session.get_one(Person, house.eva.id).left_at = clock.now()
    fresh()
    assert client.get(new).status_code == client.post(new, data={"reach": "0612345678"}).status_code == 404


def test_a_machine_that_fills_evas_form_is_told_in_words_to_wait(app: Flask, house: House) -> None:
    client, path = scan(app, Phone(app, house.eva))
    answers = [client.post(path, data={}, headers={"Accept-Language": "fr"}) for _ in range(61)]
    assert {one.status_code for one in answers[:60]} == {422}
    assert answers[60].status_code == 429 and "Réessayez dans une minute" in answers[60].text


def test_an_empty_form_says_so_and_keeps_nothing(app: Flask, house: House) -> None:
    client, path = scan(app, Phone(app, house.eva))
    assert client.post(path, data={"name": "", "reach": "", "about": " "}).status_code == 422
    fresh()
    assert db.session.scalar(select(func.count()).select_from(Lead)) == 0
