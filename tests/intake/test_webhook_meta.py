"""A lead form on Facebook, from Meta's webhook to Sanne's phone: asked once, placed once, also when Meta is slow or refuses."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.db import db, write
from app.intake import register
from app.models import (
    Delivery,
    DeliveryChannel,
    DeliveryState,
    FollowUp,
    Lead,
    LeadState,
    Source,
    Submission,
)
from tests.api.phone import fresh, told
from tests.intake.vendors import ask_graph, count, leads, post, source
from tests.people import House, doesburg, send_lead
from tests.push.phones import phone
from tests.wire.graph import SECRETS, VERIFY, Graph, signed, webhook

LOTTE = {"full_name": "Lotte de Boer", "phone_number": "+31687654321", "email": "lotte@example.nl"}


@pytest.fixture
def graph() -> Iterator[Graph]:
    with Graph() as running:
        yield running


@pytest.fixture
def environment(environment: dict[str, str], graph: Graph) -> dict[str, str]:
    return {**environment, "GRAPH_API_BASE": graph.url}


@pytest.fixture
def house(app: Flask) -> House:
    return doesburg()


@pytest.fixture
def facebook(house: House) -> Source:
    return source(house, "meta", SECRETS)


def hook(app: Flask, to: Source, *ids: str) -> int:
    body = webhook(*ids)
    return post(app, to, body, **signed(body)).status_code


def asked() -> list[Delivery]:
    fresh()
    query = select(Delivery).where(Delivery.channel == DeliveryChannel.GRAPH).order_by(Delivery.id)
    return list(db.session.scalars(query))


def wait(minutes: int) -> None:
    """So much time has gone by since Meta was first asked."""
    with write():
        for delivery in db.session.scalars(select(Delivery).where(Delivery.channel == DeliveryChannel.GRAPH)):
            delivery.created_at -= timedelta(minutes=minutes)


def test_meta_is_told_its_challenge_only_for_our_word(app: Flask, facebook: Source) -> None:
    ask = {"hub.mode": "subscribe", "hub.verify_token": VERIFY, "hub.challenge": "12345"}
    client = app.test_client()
    answer = client.get(f"/in/{facebook.key}", query_string=ask)
    assert (answer.status_code, answer.text, answer.mimetype) == (200, "12345", "text/plain")
    refused = client.get(f"/in/{facebook.key}", query_string={**ask, "hub.verify_token": "another"})
    assert refused.status_code == 403 and "12345" not in refused.text
    assert client.get(f"/in/{facebook.key}").status_code == 403
    assert client.get("/in/nobodys", query_string=ask).status_code == 404


def test_a_website_form_has_no_handshake(app: Flask, house: House) -> None:
    ask = {"hub.mode": "subscribe", "hub.verify_token": "", "hub.challenge": "12345"}
    assert app.test_client().get(f"/in/{house.sources['form'].key}", query_string=ask).status_code == 403


def test_lotte_is_sannes_lead_once_meta_has_told_who_she_is(
    app: Flask, graph: Graph, facebook: Source
) -> None:
    graph.knows("900000000000000001", **LOTTE, vehicle_model="Golf")
    assert hook(app, facebook, "900000000000000001") == 200
    assert leads() == [], "nobody is called about an id"
    ask_graph()
    (lead,) = leads()
    assert (lead.customer.display_name, lead.car, lead.needs_look) == ("Lotte de Boer", "Golf", False)
    submission = db.session.get_one(Submission, lead.submission_id)
    assert lead.arrived_at == submission.received_at, "she came when the webhook came"
    assert [one.state for one in asked()] == [DeliveryState.SENT]


def test_only_meta_itself_may_post_and_nothing_of_a_stranger_is_kept(app: Flask, facebook: Source) -> None:
    body = webhook("1")
    good = signed(body)
    reordered = json.dumps(json.loads(body), sort_keys=True, indent=1).encode()
    assert post(app, facebook, body).status_code == 401
    assert post(app, facebook, reordered, **good).status_code == 403, "the signature is over the bytes"
    assert post(app, facebook, webhook("2"), **good).status_code == 403
    wrong = {"X-Hub-Signature-256": good["X-Hub-Signature-256"][:-1] + "x"}
    refused = post(app, facebook, body, **wrong)
    assert refused.status_code == 403 and refused.mimetype == "application/problem+json"
    assert count(Submission) == 0
    assert post(app, facebook, body, **good).status_code == 200


def test_who_guesses_signatures_is_soon_slowed_down(app: Flask, facebook: Source) -> None:
    body = webhook("1")
    codes = {
        post(app, facebook, body, **{"X-Hub-Signature-256": f"sha256={n}"}).status_code for n in range(70)
    }
    assert codes == {403, 429} and count(Submission) == 0
    assert post(app, facebook, body, **signed(body)).status_code == 200, (
        "who signs right pays for nobody's guesses"
    )


def test_the_same_webhook_three_times_and_the_same_lead_in_another_envelope_are_one_lead(
    app: Flask, graph: Graph, facebook: Source
) -> None:
    graph.knows("1", **LOTTE)
    graph.knows("2", full_name="Piet Jansen", phone_number="+31612345678")
    for _ in range(3):
        assert hook(app, facebook, "1") == 200
    ask_graph()
    assert hook(app, facebook, "1", "2") == 200
    assert hook(app, facebook, "2", "1") == 200
    ask_graph()
    assert [lead.customer.display_name for lead in leads()] == ["Lotte de Boer", "Piet Jansen"]
    assert [one.state for one in asked()] == [DeliveryState.SENT] * len(asked())


def test_a_new_lead_rings_once(app: Flask, house: House, graph: Graph, facebook: Source) -> None:
    for person in (house.sanne, house.eva):
        phone(person)
    graph.knows("1", **LOTTE)
    hook(app, facebook, "1")
    ask_graph()
    ask_graph()
    assert len(told(house.sanne, "lead")) + len(told(house.eva, "lead")) == 1


def test_while_meta_does_not_answer_the_lead_is_there_and_is_completed_later(
    app: Flask, house: House, graph: Graph, facebook: Source
) -> None:
    for person in (house.sanne, house.eva):
        phone(person)
    graph.wrong = (500, 2)
    hook(app, facebook, "1")
    ask_graph()
    assert leads() == [], "a hiccup of Meta's disturbs nobody"
    wait(minutes=2)
    ask_graph()
    (lead,) = leads()
    follow_up, before = lead.follow_up_id, len(told(house.sanne)) + len(told(house.eva))
    assert lead.needs_look and lead.details["extra"]["form_id"] == "22"
    ask_graph()
    assert len(leads()) == 1 and len(told(house.sanne)) + len(told(house.eva)) == before, "told once"
    graph.wrong = None
    graph.knows("1", **LOTTE)
    ask_graph()
    (lead,) = leads()
    assert (lead.customer.display_name, lead.needs_look, lead.follow_up_id) == (
        "Lotte de Boer",
        False,
        follow_up,
    )
    assert db.session.get_one(FollowUp, follow_up).next_channel == "call"
    assert len(told(house.sanne)) + len(told(house.eva)) == before + 1, "now there is whom to call"


def test_a_token_that_has_expired_is_shown_to_the_admin_and_a_new_one_asks_again(
    app: Flask, graph: Graph, facebook: Source
) -> None:
    graph.knows("1", **LOTTE)
    graph.token = "another"
    hook(app, facebook, "1")
    ask_graph()
    (lead,) = leads()
    assert lead.needs_look, "who is it? Somebody looks, at once"
    assert "access token" in (db.session.get_one(Source, facebook.id).trouble or "")
    graph.token = SECRETS["access_token"]
    with write():
        again = db.session.get_one(Source, facebook.id)
        register.change(again, {}, {"access_token": SECRETS["access_token"]}, clock.now())
    ask_graph(now=False)
    (lead,) = leads()
    assert (
        lead.customer.display_name == "Lotte de Boer"
        and db.session.get_one(Source, facebook.id).trouble is None
    )


def test_without_a_token_a_lead_is_a_lead_that_somebody_looks_at(app: Flask, house: House) -> None:
    bare = source(house, "meta", {"app_secret": SECRETS["app_secret"]})
    assert hook(app, bare, "1") == 200
    ask_graph()
    assert [lead.needs_look for lead in leads()] == [True]
    assert "no access token" in (db.session.get_one(Source, bare.id).trouble or "")


def test_content_that_comes_late_goes_to_whose_customer_it_is(
    app: Flask, house: House, graph: Graph, facebook: Source
) -> None:
    known = send_lead(
        app, house.sources["form"], {"name": "Lotte", "phone": "+31687654321", "message": "Polo?"}
    )
    graph.wrong = (400, 190)
    hook(app, facebook, "1")
    ask_graph()
    graph.wrong = None
    graph.knows("1", **LOTTE)
    ask_graph()
    fresh()
    first, waited, placed = leads()
    assert str(first.follow_up_id) == known.json["follow_up_id"] == str(placed.follow_up_id)
    assert waited.state is LeadState.DUPLICATE and placed.state is LeadState.OPEN
    assert not db.session.get_one(FollowUp, waited.follow_up_id).is_open
    ask_graph()
    assert len(leads()) == 3


def test_backfill_brings_what_the_webhook_did_not_and_nothing_twice(
    app: Flask, graph: Graph, facebook: Source
) -> None:
    for number in range(1, 6):
        graph.knows(str(number), full_name=f"Klant {number}", phone_number=f"+3162000000{number}")
    hook(app, facebook, "1")
    ask_graph()
    graph.wrong = (400, 190)
    hook(app, facebook, "2")
    ask_graph()
    graph.wrong = None
    command = ["intake", "backfill", "--source", facebook.key, "--since", "2026-11-01", "--json"]
    fresh()
    first = json.loads(app.test_cli_runner().invoke(args=command).stdout)
    fresh()
    second = json.loads(app.test_cli_runner().invoke(args=command).stdout)
    assert (first, second) == ({"read": 5, "new": 4}, {"read": 5, "new": 0})
    ask_graph()
    assert sorted(lead.customer.display_name for lead in leads()) == [f"Klant {n}" for n in range(1, 6)]
    assert not any(lead.needs_look for lead in leads())


def test_a_webhook_of_another_page_of_ours_is_no_lead(app: Flask, facebook: Source) -> None:
    body = webhook("1").replace(b'"leadgen"', b'"feed"')
    assert post(app, facebook, body, **signed(body)).status_code == 200
    assert count(Lead) == 0 and count(Submission) == 1
