"""Piet writes back: to our mail, or just so. His words stand in Sanne's follow-up, and "stop" stops."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.access import showroom_of
from app.api.shapes import timeline_json
from app.cadence import record
from app.customers import privacy
from app.db import db, write
from app.intake.register import make as make_source
from app.models import Delivery, DeliveryChannel, FollowUp, Lead, LeadState, StepKind, StopScope
from tests.api.phone import again, events, follow_up_of, fresh
from tests.intake.mails import mail
from tests.people import House, doesburg, elsewhere, send_lead


class Post:
    """The showroom's e-mail source, and Piet who asked by form."""

    def __init__(self, app: Flask, house: House) -> None:
        self.app, self.house = app, house
        self.source = make_source(showroom_of("doesburg"), "post", "email")
        with write():
            db.session.add(self.source)
        self.follow_up = follow_up_of(send_lead(app, house.sources["form"]))

    def send(self, raw: bytes) -> Any:
        fresh()
        answer = self.app.test_client().post(
            f"/in/{self.source.key}", data=raw, content_type="message/rfc822"
        )
        assert answer.status_code < 300, answer.text
        fresh()
        return answer.json

    def letter(self, text: str, *headers: str, number: int = 1) -> Any:
        usual = (
            "From: Piet Jansen <piet.jansen@example.com>",
            f"Message-ID: <p{number}@example.com>",
            "Subject: Re: Golf",
        )
        return self.send(mail(text, *headers, *usual))

    @property
    def ours(self) -> str:
        """The Message-ID of the confirmation that Piet got."""
        query = select(Delivery).where(
            Delivery.channel == DeliveryChannel.EMAIL, Delivery.kind == "confirmation"
        )
        return f"<{db.session.scalars(query).one().id.hex}@doesburg.example>"


@pytest.fixture
def post(app: Flask) -> Post:
    return Post(app, doesburg())


def leads() -> list[Lead]:
    fresh()
    return list(db.session.scalars(select(Lead).order_by(Lead.id)))


def said(follow_up: FollowUp) -> list[tuple[str, str]]:
    fresh()
    rows = db.session.scalars(select(Lead).where(Lead.follow_up_id == follow_up.id).order_by(Lead.id))
    return [(one["text"], one["via"]) for row in rows for one in row.details.get("answers", [])]


def test_an_answer_to_our_mail_stands_in_the_timeline_and_is_due_now(post: Post) -> None:
    text = "Ja, zaterdag om 11 uur.\n\nOp 20 nov. schreef Autogroep Doesburg:\n> Sanne belt u zo"
    got = post.letter(text, f"In-Reply-To: {post.ours}")
    assert (got["state"], got["follow_up_id"]) == ("reply", str(post.follow_up.id))
    assert said(post.follow_up) == [("Ja, zaterdag om 11 uur.", "email")]
    assert again(post.follow_up).next_kind is StepKind.ANSWER
    assert len(leads()) == 1
    (item,) = [one for one in timeline_json(again(post.follow_up)) if one["type"] == "customer_replied"]
    assert item["text"] == "Ja, zaterdag om 11 uur."


def test_it_is_piets_even_from_an_address_we_did_not_know(post: Post) -> None:
    thread = f"References: <first@x.example> {post.ours} <other@x.example>"
    got = post.send(mail("Mijn vrouw komt mee.", "From: P.J. <p.j@work.example>", thread))
    assert got["follow_up_id"] == str(post.follow_up.id) and len(leads()) == 1


def test_piet_just_writes_again_from_his_own_address(post: Post) -> None:
    got = post.letter("Hoort de trekhaak erbij?", "Subject: nog een vraag")
    assert got["state"] == "reply"
    assert said(post.follow_up) == [("Hoort de trekhaak erbij?", "email")]


def test_the_same_answer_twice_is_one(post: Post) -> None:
    post.letter("Ja graag.")
    assert post.letter("Ja graag.")["seen_before"]
    assert len(said(post.follow_up)) == 1 and len(events(post.follow_up, "customer_replied")) == 1


def test_a_portals_mail_about_piet_is_a_new_lead_in_his_follow_up_and_no_answer(post: Post) -> None:
    labelled = "Naam: Piet Jansen\nTelefoon: 06 12345678\nVoertuig: Polo\nBericht: is deze er ook?"
    got = post.send(mail(labelled, f"In-Reply-To: {post.ours}"))
    assert got["state"] == "lead" and got["follow_up_id"] == str(post.follow_up.id)
    assert len(leads()) == 2 and said(post.follow_up) == []


@pytest.mark.parametrize("subject", ["Automatisch antwoord: Golf", "Out of office"])
def test_piets_out_of_office_is_no_answer(post: Post, subject: str) -> None:
    got = post.letter(
        "Ik ben er niet.", f"Subject: {subject}", "Auto-Submitted: auto-replied", f"In-Reply-To: {post.ours}"
    )
    assert got["state"] == "ignored" and said(post.follow_up) == []
    assert again(post.follow_up).next_kind is StepKind.ATTEMPT


@pytest.mark.parametrize(
    ("text", "subject"),
    [("STOP", "Re: Golf"), ("stop\n\nPiet Jansen", "Re: Golf"), ("dank u", "Afmelden"), ("Arrêtez !", "x")],
)
def test_stop_means_stop(post: Post, text: str, subject: str) -> None:
    got = post.letter(text, f"Subject: {subject}", f"In-Reply-To: {post.ours}")
    assert got["state"] == "stopped"
    assert again(post.follow_up).end_reason == LeadState.STOPPED.value and len(leads()) == 1


def test_a_question_with_the_word_in_it_stops_nothing(post: Post) -> None:
    assert post.letter("Stop je bij mij langs zaterdag? Dan zie ik hem meteen.")["state"] == "reply"
    assert again(post.follow_up).is_open


def test_an_answer_after_we_gave_up_opens_it_again(post: Post) -> None:
    with write():
        record.end(again(post.follow_up), LeadState.UNREACHABLE, clock.now())
    got = post.letter("Ik was op vakantie, is hij er nog?", f"In-Reply-To: {post.ours}")
    assert got["state"] == "reply"
    assert again(post.follow_up).is_open and again(post.follow_up).next_kind is StepKind.ANSWER


def test_who_stopped_everything_and_writes_again_asks_something_new(post: Post) -> None:
    with write():
        privacy.stop(again(post.follow_up), StopScope.EVERYTHING, None, None, clock.now())
    got = post.letter("Ik zoek toch een auto, kunt u mailen?", f"In-Reply-To: {post.ours}")
    assert got["state"] == "lead"
    assert again(UUID(got["follow_up_id"]).hex).owner_id == post.follow_up.owner_id


def test_the_number_of_our_mail_opens_nothing_at_another_firm(app: Flask, post: Post) -> None:
    theirs = elsewhere()
    source = make_source(theirs.showroom, "post", "email")
    with write():
        db.session.add(source)
    raw = mail("Ja graag.", "From: Piet <piet.jansen@example.com>", f"In-Reply-To: {post.ours}")
    fresh()
    got = app.test_client().post(f"/in/{source.key}", data=raw, content_type="message/rfc822").json
    assert got["state"] == "lead" and got["follow_up_id"] != str(post.follow_up.id)
    assert said(post.follow_up) == []


def test_a_stranger_who_writes_is_a_new_lead(post: Post) -> None:
    got = post.send(
        mail("Heeft u een Polo? 06 87654321", "From: Eva <eva@example.org>", "In-Reply-To: <made@up.example>")
    )
    assert got["state"] == "lead" and len(leads()) == 2
