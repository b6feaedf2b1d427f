"""Ada the admin teaches Firstcall the mails of a new portal, tries it on a mail that came in, and it works at once."""

from __future__ import annotations

import time

import pytest
from flask import Flask
from sqlalchemy import select

from app.access import showroom_of
from app.db import db, new_id, write
from app.intake.register import make
from app.models import Lead, Person, Role, Submission
from tests.api.phone import Phone, fresh
from tests.intake.mails import mail
from tests.people import House, doesburg, elsewhere

FROM = "From: Garage-net <no-reply@mail.garagenet.example>"
RAW = mail(
    "Nieuwe aanvraag!\nWie: Lotte de Boer\nTe bereiken via: 06-12345699\nHet gaat om: Volvo XC40\n\nWat zegt ze:\nZaterdag te zien?\nGarage-net BV, 020-1234567",
    FROM, "Subject: Aanvraag GN-77 over Volvo XC40", "Message-ID: <gn77@garagenet.example>",
)  # fmt: skip
DATA = {
    "name": "Garage-net", "senders": ["garagenet.example"], "subject": ["Aanvraag {lead_id} over {car}"],
    "labels": {"Wie": "name", "Te bereiken via": "phone"}, "message_after": ["wat zegt ze:"], "message_before": ["garage-net bv"],
}  # fmt: skip


@pytest.fixture
def house(app: Flask) -> House:
    house = doesburg()
    with write():
        db.session.add(
            Person(
                id=new_id(), group_id=house.group.id, showroom_id=house.showroom.id, first_name="Ada", email="ada@doesburg.example",
                role=Role.ADMIN, language="nl",
            )
        )  # fmt: skip
        db.session.add(make(showroom_of("doesburg"), "post", "email"))
    return house


@pytest.fixture
def ada(app: Flask, house: House) -> Phone:
    return Phone(app, db.session.scalars(select(Person).where(Person.first_name == "Ada")).one())


def send(app: Flask, raw: bytes) -> Submission:
    from app.models import Source

    fresh()
    key = db.session.scalars(select(Source.key).where(Source.kind == "email")).one()
    assert app.test_client().post(f"/in/{key}", data=raw, content_type="message/rfc822").status_code < 300
    fresh()
    return db.session.scalars(select(Submission).order_by(Submission.received_at.desc())).first()


def test_from_a_mail_that_nobody_could_read_to_one_that_is_read(app: Flask, ada: Phone) -> None:
    first = send(app, RAW)
    corrected = {"name": "Lotte de Boer", "phone": "+31612345699", "car": "Volvo XC40"}
    data = ada.post("template-drafts", {"submission_id": str(first.id), **corrected}).json["data"]
    assert (data["senders"], data["subject"]) == (["mail.garagenet.example"], ["Aanvraag GN-77 over {car}"])
    assert data["labels"] == {"Wie": "name", "Te bereiken via": "phone", "Het gaat om": "car"}

    shown = ada.post("template-previews", {"data": DATA, "submission_id": str(first.id)}).json
    assert shown["applies"] and shown["outcome"] == "lead"
    assert (shown["lead"]["display_name"], shown["lead"]["comments"]) == (
        "Lotte de Boer",
        "Zaterdag te zien?",
    )
    assert (
        shown["lead"]["phones"][0]["e164"] == "+31612345699"
        and shown["lead"]["provider_name"] == "Garage-net"
    )
    fresh()
    assert len(db.session.scalars(select(Lead)).all()) == 1, "trying it wrote nothing"

    assert ada.post("templates", {"data": DATA}).status_code == 201
    send(
        app,
        RAW.replace(b"gn77@", b"gn78@").replace(b"GN-77", b"GN-78").replace(b"06-12345699", b"06-12345698"),
    )
    lead = db.session.scalars(select(Lead).order_by(Lead.arrived_at.desc())).first()
    assert (lead.customer.display_name, lead.car, lead.question) == (
        "Lotte de Boer",
        "Volvo XC40",
        "Zaterdag te zien?",
    )
    assert not lead.needs_look


def test_pasted_mails_can_be_tried_too_and_one_that_is_not_meant_does_not_apply(ada: Phone) -> None:
    other = ada.post(
        "template-previews", {"data": {**DATA, "senders": ["other.example"]}, "sample": RAW.decode()}
    )
    assert other.json["applies"] is False
    assert ada.post("template-previews", {"data": DATA, "sample": RAW.decode()}).json["applies"] is True


def test_a_template_that_cannot_work_says_why(ada: Phone) -> None:
    for wrong, why in (
        ({"subject": ["{a}{b}"]}, "between two gaps there must be a character"),
        ({"subject": ["{everything}"]}, "a pattern needs words beside its gaps"),
        ({"senders": []}, "a template needs a name and at least one sender"),
        ({"regex": "(a+)+$"}, "unknown field: regex"),
        ({"lines": ["x {y}"] * 101}, "lines has at most 100 texts"),
    ):
        answer = ada.post("templates", {"data": {**DATA, **wrong}})
        assert (answer.status_code, answer.json["fields"]) == (422, {"data": why})


def test_changed_listed_and_removed(app: Flask, ada: Phone, house: House) -> None:
    made = ada.post("templates", {"data": DATA}).json
    assert ada.post("templates", {"data": DATA}).json["type"].endswith("#name_taken")
    fresh()
    changed = ada.client.put(
        f"/api/v1/templates/{made['id']}",
        json={"data": {**DATA, "service": "vraag"}, "showroom_id": str(house.showroom.id)},
    )
    assert (changed.status_code, changed.json["data"]["service"]) == (200, "vraag")
    listed = Phone(app, house.bram).get("templates")
    assert [one["name"] for one in listed["templates"] if not one["built_in"]] == ["Garage-net"]
    assert {"AutoScout24", "mobile.de", "Marktplaats", "AutoTrack"} <= {
        one["name"] for one in listed["templates"] if one["built_in"]
    }
    assert listed["templates"][0]["created_by"]["first_name"] == "Ada"
    fresh()
    assert ada.client.delete(f"/api/v1/templates/{made['id']}").status_code == 200
    assert [one for one in ada.get("templates")["templates"] if not one["built_in"]] == []


def test_only_admins_change_them_and_another_firm_sees_none(app: Flask, ada: Phone, house: House) -> None:
    made = ada.post("templates", {"data": DATA}).json
    bram, dora = Phone(app, house.bram), Phone(app, elsewhere().dora)
    assert bram.post("templates", {"data": {**DATA, "name": "x"}}).status_code == 403
    fresh()
    assert bram.client.delete(f"/api/v1/templates/{made['id']}").status_code == 403
    fresh()
    assert dora.client.delete(f"/api/v1/templates/{made['id']}").status_code == 404
    assert [one for one in dora.get("templates")["templates"] if not one["built_in"]] == []
    submission = send(app, RAW)
    assert (
        dora.post("template-previews", {"data": DATA, "submission_id": str(submission.id)}).status_code == 404
    )


def test_no_template_makes_reading_slow(ada: Phone) -> None:
    worst = {**DATA, "subject": [], "lines": ["a {x} a {y} a {z} b"] * 100, "message_after": ["q"] * 100}
    sample = f"{FROM}\nSubject: x\n\n" + ("a " * 400 + "\n") * 250
    began = time.process_time()
    assert ada.post("template-previews", {"data": worst, "sample": sample}).status_code == 200
    assert time.process_time() - began < 20
