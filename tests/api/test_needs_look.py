"""Bram looks at what nobody could read, says what it means, and nobody's customer is taken away by it."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.access import showroom_of
from app.db import db, write
from app.intake.register import make
from app.models import ContactPoint, FollowUp, Lead, LeadState, Person, Source, Submission
from tests.api.phone import Phone, again, events, follow_up_of, fresh, told
from tests.intake.mails import mail
from tests.people import House, doesburg, elsewhere, jansen, send_lead

ODD = mail(
    "Er is een bericht: Lotte wil de Polo zien, nul zes twaalf.",
    "From: Portaal <no-reply@portaal.example>",
    "Auto-Submitted: auto-generated",
)


class Desk:
    """Bram's desk, and an e-mail source whose mails are odd."""

    def __init__(self, app: Flask) -> None:
        self.app, self.house = app, doesburg()
        self.post = make(showroom_of("doesburg"), "Portaal", "email")
        with write():
            db.session.add(self.post)
        self.bram, self.sanne = Phone(app, self.house.bram), Phone(app, self.house.sanne)

    def mail(self, raw: bytes) -> Any:
        fresh()
        return (
            self.app.test_client().post(f"/in/{self.post.key}", data=raw, content_type="message/rfc822").json
        )

    def odd(self, number: int = 1) -> Any:
        return self.mail(ODD.replace(b"<een@", f"<odd{number}@".encode()))

    def correct(self, lead: str, by: Phone | None = None, **said: str) -> Any:
        fresh()
        answer = (by or self.bram).client.patch(f"/api/v1/leads/{lead}", json=said)
        assert answer.status_code == 200, answer.text
        return answer.json


@pytest.fixture
def desk(app: Flask) -> Desk:
    return Desk(app)


def owned_by(house: House, person: Person, lead: dict[str, Any]) -> FollowUp:
    """A follow-up whose owner is this person, however the turns fall."""
    follow_up = follow_up_of(send_lead(db_app(), house.sources["form"], lead))
    if follow_up.owner_id != person.id:
        said = {"reason": "customers_wish", "to_person_id": str(person.id)}
        assert (
            Phone(db_app(), house.bram).post(f"follow-ups/{follow_up.id}/handovers", said).status_code == 201
        )
    return again(follow_up)


def db_app() -> Flask:
    from flask import current_app

    return current_app._get_current_object()  # type: ignore[attr-defined]


def test_what_could_not_be_read_is_listed_with_its_text_and_corrected_on_one_screen(desk: Desk) -> None:
    got = desk.odd()
    assert got["state"] == "needs_look" and got["follow_up_id"], "a lead at once, with an owner"
    (row,) = desk.bram.get("needs-look")["leads"]
    assert (row["id"], row["note"], row["source"]["name"]) == (
        got["lead_id"],
        "a mail that names no customer",
        "Portaal",
    )
    assert "Lotte wil de Polo" in desk.bram.get(f"submissions/{row['submission_id']}/text")["text"]

    shown = desk.correct(row["id"], name="Lotte de Boer", phone="06 12 34 56 99", car="VW Polo")
    assert (shown["customer"]["display_name"], shown["car"], shown["needs_look"]) == (
        "Lotte de Boer",
        "VW Polo",
        False,
    )
    assert shown["reach"]["call"] == "+31612345699" and shown["next_step"]["channel"] == "call"
    assert desk.bram.get("needs-look")["leads"] == []
    (event,) = events(again(got["follow_up_id"]), "lead_corrected")
    assert event.data == {"fields": "name phone car", "joined": False}, "never the words themselves"


def test_looking_and_finding_it_right_is_enough(desk: Desk) -> None:
    got = desk.odd()
    assert desk.correct(got["lead_id"])["needs_look"] is False


def test_a_number_that_was_misread_is_never_offered_again(desk: Desk) -> None:
    got = send_lead(desk.app, desk.house.sources["form"], jansen(phone="020 1234567")).json
    shown = desk.correct(got["lead_id"], phone="06 11 11 11 11")
    assert shown["reach"]["call"] == "+31611111111"
    assert [number["wrong"] for number in shown["reach"]["numbers"] if number["e164"] != "+31611111111"] == [
        True
    ]


def test_the_number_is_that_of_sannes_customer_so_it_joins_hers(desk: Desk) -> None:
    hers = owned_by(desk.house, desk.house.sanne, jansen())
    got = desk.odd()
    assert got["follow_up_id"] != str(hers.id)
    shown = desk.correct(got["lead_id"], name="P. Jansen", phone="0612345678")
    assert (shown["id"], shown["joined"], shown["owner"]["first_name"]) == (str(hers.id), True, "Sanne")
    assert shown["customer"]["display_name"] == "Piet Jansen", "who he is does not change by it"
    before = again(got["follow_up_id"])
    assert (before.is_open, before.end_reason) == (False, LeadState.DUPLICATE.value)
    fresh()
    assert {lead.follow_up_id for lead in db.session.scalars(select(Lead))} == {hers.id}
    assert {lead.state for lead in db.session.scalars(select(Lead))} == {LeadState.OPEN}


def test_a_customer_of_hers_without_an_open_follow_up_comes_back_to_her(desk: Desk) -> None:
    hers = owned_by(desk.house, desk.house.sanne, jansen())
    assert desk.bram.post(f"follow-ups/{hers.id}/closure", {"reason": "not_a_request"}).status_code == 201
    desk.sanne.client.put("/api/v1/me/availability", json={"state": "on_duty"})
    got = desk.odd()
    shown = desk.correct(got["lead_id"], phone="+31 6 12345678")
    assert (shown["id"], shown["owner"]["first_name"], shown["joined"]) == (
        got["follow_up_id"],
        "Sanne",
        True,
    )
    assert shown["customer"]["display_name"] == "Piet Jansen"


def test_a_salesperson_corrects_what_is_on_their_screen_but_sees_no_list(desk: Desk) -> None:
    got = desk.odd()
    fresh()
    assert desk.sanne.client.get("/api/v1/needs-look").status_code == 403
    assert (
        desk.correct(got["lead_id"], by=desk.sanne, email="lotte@example.nl")["reach"]["email"]
        == "lotte@example.nl"
    )


def test_what_is_no_address_is_said_without_a_verdict_on_the_customer(desk: Desk) -> None:
    got = desk.odd()
    fresh()
    answer = desk.bram.client.patch(f"/api/v1/leads/{got['lead_id']}", json={"email": "lotte at home"})
    assert answer.status_code == 422 and answer.json["fields"] == {"email": "Mail cannot be sent to this."}


def test_a_closed_request_is_not_corrected(desk: Desk) -> None:
    got = desk.odd()
    desk.bram.post(f"follow-ups/{got['follow_up_id']}/closure", {"reason": "not_a_request"})
    answer = desk.bram.client.patch(f"/api/v1/leads/{got['lead_id']}", json={"name": "x"})
    assert answer.status_code == 409 and answer.json["type"].endswith("#lead_closed")


def test_automatic_replies_are_listed_apart_and_one_can_be_a_request_after_all(desk: Desk) -> None:
    away = mail(
        "Ik ben er niet. Maar bel me: 06 12345678",
        "From: Lotte <lotte@example.nl>",
        "Auto-Submitted: auto-replied",
    )
    assert desk.mail(away)["state"] == "ignored"
    listed = desk.bram.get("needs-look")
    assert listed["leads"] == [] and [one["note"] for one in listed["ignored"]] == ["an automatic reply"]
    id_ = listed["ignored"][0]["submission_id"]
    made = desk.bram.post(f"submissions/{id_}/leads")
    assert made.status_code == 201 and made.json["needs_look"] and "bel me" in made.json["question"]
    assert desk.bram.post(f"submissions/{id_}/leads").status_code == 409
    assert desk.bram.get("needs-look")["ignored"] == []


def test_a_text_that_is_not_kept_any_more_is_gone(desk: Desk) -> None:
    desk.odd()
    with write():
        submission = db.session.scalars(select(Submission)).one()
        submission.body = None
    fresh()
    assert desk.bram.client.get(f"/api/v1/submissions/{submission.id}/text").status_code == 410


def test_dora_of_another_firm_finds_nothing(desk: Desk) -> None:
    got, dora = desk.odd(), Phone(desk.app, elsewhere().dora)
    submission = db.session.scalars(select(Submission)).one().id
    assert dora.get("needs-look") == {"leads": [], "ignored": []}
    fresh()
    assert dora.client.patch(f"/api/v1/leads/{got['lead_id']}", json={"name": "x"}).status_code == 404
    assert dora.client.get(f"/api/v1/submissions/{submission}/text").status_code == 404
    assert dora.post(f"submissions/{submission}/leads").status_code == 404
    fresh()
    assert db.session.scalars(select(ContactPoint)).all() == [] and db.session.scalars(select(Source)).all()
    assert told(desk.house.sanne) == []
