"""Kinds whose address is their proof of origin, through the real way in: a mail, and JSON with somebody else's names."""

import json

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.access import showroom_of
from app.db import db, write
from app.intake.register import make as make_source
from app.models import Lead, Submission, SubmissionState
from tests.people import doesburg

MAIL = (
    b"Return-Path: <piet.jansen@example.com>\r\nMessage-ID: <a1@example.com>\r\nFrom: Piet Jansen <piet.jansen@example.com>\r\n"
    b"To: leads@doesburg.example\r\nSubject: Golf\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    b"Is de Golf er nog? Mijn nummer is 06 12345678.\r\n\r\nPiet Jansen\r\n"
)
AWAY = MAIL.replace(
    b"Subject: Golf", b"Subject: Automatisch antwoord: Golf\r\nAuto-Submitted: auto-replied"
).replace(b"<a1@", b"<a2@")
JSON = json.dumps(
    {
        "contact": {"fullName": "Piet Jansen", "mail": "piet.jansen@example.com", "tel": "0612345678"},
        "note": "Golf?",
    }
).encode()


@pytest.fixture
def post(app: Flask):
    doesburg()
    showroom = showroom_of("doesburg")
    sources = {kind: make_source(showroom, kind + " 2", kind) for kind in ("email", "generic")}
    with write():
        db.session.add_all(sources.values())
    keys = {kind: source.key for kind, source in sources.items()}
    return lambda kind, body: app.test_client().post(
        f"/in/{keys[kind]}", data=body, content_type="application/octet-stream"
    )


def test_piets_mail_becomes_a_lead_and_the_same_mail_again_is_nothing_new(post) -> None:
    assert post("email", MAIL).status_code == 201
    assert post("email", MAIL).status_code == 200
    lead = db.session.scalars(select(Lead)).one()
    assert lead.customer.display_name == "Piet Jansen" and "Golf" in (lead.question or "")


def test_an_automatic_reply_is_kept_in_a_list_and_is_no_lead(post) -> None:
    assert post("email", AWAY).get_json()["state"] == "ignored"
    assert db.session.scalar(select(func.count()).select_from(Lead)) == 0
    assert db.session.scalars(select(Submission)).one().state is SubmissionState.IGNORED


def test_a_mail_and_a_form_of_the_same_person_are_one_follow_up(post) -> None:
    first, second = post("email", MAIL).get_json(), post("generic", JSON).get_json()
    assert first["lead_id"] != second["lead_id"] and first["follow_up_id"] == second["follow_up_id"]
