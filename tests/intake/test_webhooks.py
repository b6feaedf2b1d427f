"""Google, WhatsApp, Twilio and systems with a field map, through the real way in: who may post, what becomes of it, and
the answer that each vendor expects."""

import base64
import hashlib
import hmac
import json
from typing import Any
from uuid import UUID
from xml.etree import ElementTree

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import db
from app.models import Delivery, FollowUp, Lead, StepKind, Submission, SubmissionState
from tests.api.phone import Phone, fresh, told
from tests.intake.vendors import count, leads, post, source, twilio, whatsapp
from tests.people import House, doesburg, send_lead
from tests.push.phones import phone
from tests.wire.graph import APP_SECRET, VERIFY, signed
from tests.wire.twilio import TOKEN

PIET, PIETS = "+31612345678", "31612345678"
HUB = {"app_secret": APP_SECRET, "verify_token": VERIFY}
STOPS = {"nl": "afmelden", "en": "STOP", "fr": "Arrêter", "de": "abmelden"}


@pytest.fixture
def house(app: Flask) -> House:
    return doesburg()


def google(key: str = "geheim", **more: Any) -> bytes:
    answers = {"FULL_NAME": "Lotte de Boer", "PHONE_NUMBER": "+31687654321"}
    columns = [{"column_id": name, "string_value": value} for name, value in answers.items()]
    return json.dumps({"lead_id": "G1", "google_key": key, "user_column_data": columns, **more}).encode()


def said(text: str, id_: str = "wamid.1") -> dict[str, Any]:
    return {"id": id_, "timestamp": "1795179792", "type": "text", "text": {"body": text}}


def sms(text: str, id_: str = "SM1", **more: str) -> dict[str, str]:
    return {
        "MessageSid": id_,
        "From": PIET,
        "To": "+31313000000",
        "Body": text,
        "SmsStatus": "received",
        **more,
    }


def call(status: str, id_: str = "CA1", **more: str) -> dict[str, str]:
    return {
        "CallSid": id_,
        "From": PIET,
        "To": "+31313000000",
        "Direction": "inbound",
        "CallStatus": status,
        **more,
    }


def open_follow_up(app: Flask, house: House) -> FollowUp:
    """Piet asked about a Golf."""
    answer = send_lead(app, house.sources["form"])
    fresh()
    return db.session.get_one(FollowUp, UUID(answer.json["follow_up_id"]))


def answers(follow_up: FollowUp) -> list[str]:
    fresh()
    found = db.session.scalars(select(Lead).where(Lead.follow_up_id == follow_up.id).order_by(Lead.id))
    return [one["text"] for lead in found for one in lead.details.get("answers", [])]


def test_googles_key_is_its_proof_and_the_same_lead_comes_once(app: Flask, house: House) -> None:
    ads = source(house, "google", {"google_key": "geheim"})
    assert [post(app, ads, google()).status_code for _ in range(3)] == [200, 200, 200]
    assert [lead.customer.display_name for lead in leads()] == ["Lotte de Boer"]
    assert post(app, ads, google("geraden", lead_id="G2")).status_code == 403
    assert post(app, ads, b"[" * 100_000).status_code == 403
    assert count(Submission) == 3


def test_who_guesses_googles_key_is_not_told_when_it_is_right(app: Flask, house: House) -> None:
    ads = source(house, "google", {"google_key": "geheim"})
    codes = [post(app, ads, google(f"geraden {n}")).status_code for n in range(70)]
    assert codes == [403] * 60 + [429] * 10
    assert post(app, ads, google()).status_code == 429 and count(Submission) == 0
    elsewhere = {"REMOTE_ADDR": "203.0.113.9"}
    assert app.test_client().post(f"/in/{ads.key}", data=google(), environ_base=elsewhere).status_code == 200


def test_googles_test_lead_is_shown_and_marked(app: Flask, house: House) -> None:
    ads = source(house, "google", {"google_key": "geheim"})
    assert post(app, ads, google(is_test=True)).json == {}
    assert [lead.is_test for lead in leads()] == [True]
    assert db.session.scalar(select(Delivery).where(Delivery.customer_id.is_not(None))) is None


def test_a_whatsapp_message_of_somebody_new_is_a_lead(app: Flask, house: House) -> None:
    wa = source(house, "whatsapp", HUB)
    body = whatsapp(said("Is de XC40 er nog?"), number=PIETS)
    assert [post(app, wa, body, **signed(body)).status_code for _ in range(3)] == [200, 200, 200]
    (lead,) = leads()
    assert (lead.question, lead.via, lead.customer.display_name) == (
        "Is de XC40 er nog?",
        "whatsapp",
        "Piet Jansen",
    )
    assert post(app, wa, body).status_code == 401


def test_piets_answer_on_whatsapp_stands_with_what_he_asked_and_is_due_now(app: Flask, house: House) -> None:
    for person in (house.sanne, house.eva):
        phone(person)
    wa, follow_up = source(house, "whatsapp", HUB), open_follow_up(app, house)
    first, again = (
        whatsapp(said("Zaterdag?"), number=PIETS),
        whatsapp(said("Of zondag", "wamid.2"), number=PIETS),
    )
    for body in (first, first, again, first):
        assert post(app, wa, body, **signed(body)).status_code == 200
    assert count(Lead) == 1 and answers(follow_up) == ["Zaterdag?", "Of zondag"]
    assert db.session.get_one(FollowUp, follow_up.id).next_kind == StepKind.ANSWER
    assert len(told(house.sanne, "answer")) + len(told(house.eva, "answer")) == 2


def test_two_messages_in_one_envelope_and_one_of_them_again_in_another(app: Flask, house: House) -> None:
    wa, follow_up = source(house, "whatsapp", HUB), open_follow_up(app, house)
    both = json.loads(whatsapp(said("Een"), number=PIETS))
    value = both["entry"][0]["changes"][0]["value"]
    value["messages"].append({**said("Twee", "wamid.2"), "from": PIETS})
    for body in (json.dumps(both).encode(), whatsapp(said("Twee", "wamid.2"), number=PIETS)):
        assert post(app, wa, body, **signed(body)).status_code == 200
    assert answers(follow_up) == ["Een", "Twee"]


def test_who_hides_the_number_is_recognised_by_whatsapps_id(app: Flask, house: House) -> None:
    wa = source(house, "whatsapp", HUB)
    for number, text in enumerate(("Is hij er nog?", "Hallo?")):
        body = whatsapp(said(text, f"wamid.{number}"), name="Lotte", user_id="NL.13491208655302741918")
        assert post(app, wa, body, **signed(body)).status_code == 200
    (lead,) = leads()
    assert lead.needs_look and answers(db.session.get_one(FollowUp, lead.follow_up_id)) == ["Hallo?"]


KINDS = [
    {"type": "image", "image": {"id": "m1", "mime_type": "image/jpeg", "caption": "Deze"}},
    {"type": "audio", "audio": {"id": "m2", "voice": True}},
    {"type": "location", "location": {"latitude": 52.0, "longitude": 6.1}},
    {
        "type": "interactive",
        "interactive": {"type": "button_reply", "button_reply": {"id": "b", "title": "Bel mij"}},
    },
    {"type": "something_new", "something_new": {"x": 1}},
]


@pytest.mark.parametrize("message", KINDS, ids=lambda one: one["type"])
def test_every_type_of_message_is_a_lead_with_something_to_read(
    app: Flask, house: House, message: dict[str, Any]
) -> None:
    wa = source(house, "whatsapp", HUB)
    body = whatsapp({"id": "wamid.1", **message}, number=PIETS)
    assert post(app, wa, body, **signed(body)).status_code == 200
    assert [bool(lead.question) for lead in leads()] == [True]


def test_what_became_of_our_own_message_is_kept_and_is_no_lead(app: Flask, house: House) -> None:
    wa = source(house, "whatsapp", HUB)
    value = {"statuses": [{"id": "wamid.9", "status": "read", "recipient_id": PIETS}]}
    body = json.dumps({"entry": [{"changes": [{"field": "messages", "value": value}]}]}).encode()
    assert post(app, wa, body, **signed(body)).status_code == 200
    assert count(Lead) == 0
    assert db.session.scalars(select(Submission)).one().state is SubmissionState.IGNORED


@pytest.mark.parametrize(
    ("status", "words"), [("no-answer", "niet opgenomen"), ("completed", "is opgenomen")]
)
def test_a_call_is_a_lead_answered_or_not(app: Flask, house: House, status: str, words: str) -> None:
    line = source(house, "twilio", {"auth_token": TOKEN})
    answer = twilio(app, line, call(status, CallDuration="40"))
    assert (answer.status_code, answer.mimetype, len(ElementTree.fromstring(answer.text))) == (
        200,
        "text/xml",
        0,
    )
    (lead,) = leads()
    assert lead.via == "call" and words in (lead.question or "")
    assert lead.customer.id and db.session.get_one(FollowUp, lead.follow_up_id).next_channel == "call"


def test_a_signature_for_another_address_or_of_another_account_does_not_fit(app: Flask, house: House) -> None:
    line, other = (
        source(house, "twilio", {"auth_token": TOKEN}, **more) for more in ({}, {"ring": "+31313000000"})
    )
    told_ = call("no-answer")
    assert twilio(app, line, told_, token="another-token").status_code == 403
    assert twilio(app, line, told_, X_Twilio_Signature="").status_code == 401
    good = twilio(app, other, told_).request.headers["X-Twilio-Signature"]
    assert twilio(app, line, told_, X_Twilio_Signature=good).status_code == 403
    assert twilio(app, line, {**told_, "CallStatus": "busy"}, X_Twilio_Signature=good).status_code == 403
    assert count(Lead) == 1


def test_behind_a_proxy_the_public_address_is_what_twilio_has_signed(app: Flask, house: House) -> None:
    line = source(house, "twilio", {"auth_token": TOKEN})
    fresh()
    answer = twilio(app, line, call("busy"), X_Forwarded_Host="elsewhere.example", X_Forwarded_Proto="http")
    assert answer.status_code == 200 and count(Lead) == 1


def test_a_call_that_comes_in_rings_the_showroom_and_is_one_lead(app: Flask, house: House) -> None:
    line = source(house, "twilio", {"auth_token": TOKEN}, ring="+31313123456")
    ringing = ElementTree.fromstring(twilio(app, line, call("ringing")).text)
    dial = ringing.find("Dial")
    assert dial is not None and dial.findtext("Number") == "+31313123456"
    assert dial.get("action", "").endswith(f"/in/{line.key}") and count(Lead) == 0
    twilio(app, line, call("in-progress", DialCallStatus="no-answer"))
    twilio(app, line, call("completed", CallDuration="31"))
    (lead,) = leads()
    assert "niet opgenomen" in (lead.question or ""), "what the showroom's phone did counts"


@pytest.mark.parametrize("language", STOPS)
def test_stop_in_four_languages_stops_everything_and_is_confirmed_once(
    app: Flask, house: House, language: str
) -> None:
    line = source(house, "twilio", {"auth_token": TOKEN})
    said_ = {"name": "Piet", "phone": PIET, "message": "Golf?", "language": language}
    follow_up = send_lead(app, house.sources["form"], said_).json["follow_up_id"]
    first, again, other = (twilio(app, line, sms(STOPS[language], id_)).text for id_ in ("SM1", "SM1", "SM2"))
    assert ElementTree.fromstring(first).findtext("Message")
    assert len(ElementTree.fromstring(again)) == len(ElementTree.fromstring(other)) == 0
    ended = db.session.get_one(FollowUp, UUID(follow_up))
    assert (ended.is_open, ended.end_reason, count(Lead)) == (False, "stopped", 1)


def test_where_twilio_has_confirmed_the_stop_itself_we_say_nothing(app: Flask, house: House) -> None:
    line = source(house, "twilio", {"auth_token": TOKEN})
    send_lead(app, house.sources["form"], {"name": "Piet", "phone": PIET, "message": "Golf?"})
    assert len(ElementTree.fromstring(twilio(app, line, sms("STOP", OptOutType="STOP")).text)) == 0
    assert not db.session.scalars(select(FollowUp)).one().is_open


def test_stop_by_on_saturday_is_a_question(app: Flask, house: House) -> None:
    line = source(house, "twilio", {"auth_token": TOKEN})
    twilio(app, line, sms("Kan ik zaterdag even stoppen bij jullie?"))
    assert [lead.via for lead in leads()] == ["sms"]


def test_a_stop_word_of_somebody_we_never_wrote_to_is_no_lead(app: Flask, house: House) -> None:
    line = source(house, "twilio", {"auth_token": TOKEN})
    assert len(ElementTree.fromstring(twilio(app, line, sms("STOP")).text)) == 0
    assert count(Lead) == 0 and count(Submission) == 1


def test_piet_calls_back_and_his_owner_is_to_answer(app: Flask, house: House) -> None:
    line, follow_up = source(house, "twilio", {"auth_token": TOKEN}), open_follow_up(app, house)
    twilio(app, line, call("no-answer"))
    twilio(app, line, call("no-answer"))
    assert count(Lead) == 1 and len(answers(follow_up)) == 1
    assert db.session.get_one(FollowUp, follow_up.id).next_kind == StepKind.ANSWER


def test_a_system_that_signs_is_refused_without_its_signature(app: Flask, house: House) -> None:
    zapier = source(house, "generic", {"signing_key": "k3y"})
    body = json.dumps({"name": "Piet", "tel": "0612345678"}).encode()
    digest = hmac.new(b"k3y", body, hashlib.sha256)
    assert post(app, zapier, body).status_code == 401
    assert post(app, zapier, body, X_Signature="sha256=" + "0" * 64).status_code == 403
    assert post(app, zapier, body, X_Signature=digest.hexdigest()).status_code == 201
    typeform = "sha256=" + base64.b64encode(digest.digest()).decode()
    assert post(app, zapier, body + b" ", Typeform_Signature=typeform).status_code == 403
    assert post(app, zapier, body, Typeform_Signature=typeform).status_code == 201


def test_a_field_map_says_where_the_fields_are(app: Flask, house: House) -> None:
    paths = {"phone": "x.a1", "name": "x.a2", "message": "x.a3"}
    mapped = source(house, "generic", {}, map=paths)
    body = json.dumps({"x": {"a1": "0612345678", "a2": "Piet Jansen", "a3": "Golf?"}}).encode()
    assert post(app, mapped, body).status_code == 201
    (lead,) = leads()
    assert (lead.customer.display_name, lead.question) == ("Piet Jansen", "Golf?")


def test_a_source_that_waits_for_its_secret_takes_nothing_in(app: Flask, house: House) -> None:
    bare = source(house, "twilio", {})
    answer = twilio(app, bare, call("no-answer"))
    assert answer.status_code == 403 and answer.json["type"].endswith("#not_ready")
    assert count(Submission) == 0


def test_a_day_of_every_vendor_three_times_over_changes_nothing(app: Flask, house: House) -> None:
    line, wa = source(house, "twilio", {"auth_token": TOKEN}), source(house, "whatsapp", HUB)
    ads, form = source(house, "google", {"google_key": "geheim"}), house.sources["form"]

    def day() -> None:
        for number in range(4):
            other = f"+3162000000{number}"
            twilio(app, line, call("no-answer", f"CA{number}", From=other))
            twilio(app, line, sms("Golf?", f"SM{number}", From=other))
            body = whatsapp(said("En een Polo?", f"wamid.{number}"), number=f"3163000000{number}")
            post(app, wa, body, **signed(body))
            post(app, ads, google(lead_id=f"G{number}"))
            send_lead(
                app, form, {"name": f"K{number}", "phone": other, "lead_id": f"F{number}", "message": "Up?"}
            )

    day()
    once = state()
    day()
    day()
    assert state() == once


def state() -> list[tuple[Any, ...]]:
    """Every lead with what it says and what was answered, and every follow-up's next step."""
    rows = [(x.id, x.question, len(x.details.get("answers", [])), x.follow_up_id, x.state) for x in leads()]
    steps = db.session.scalars(select(FollowUp).order_by(FollowUp.id))
    return [*rows, *((one.id, one.owner_id, one.state, one.next_due_at) for one in steps)]


def test_sanne_takes_the_other_reading_with_one_tap(app: Flask, house: House) -> None:
    answer = send_lead(
        app, house.sources["form"], {"name": "Jef", "phone": "0475 12 34 56", "message": "Golf?"}
    )
    sanne = Phone(app, house.sanne)
    shown = sanne.get(f"follow-ups/{answer.json['follow_up_id']}")["reach"]["numbers"][0]
    assert (shown["e164"], shown["readings"]) == ("+31475123456", ["+31475123456", "+32475123456"])
    said_ = sanne.post(f"contact-points/{shown['id']}/reading", {"e164": "+32475123456"})
    assert said_.status_code == 200 and said_.json["follow_up"]["reach"]["call"] == "+32475123456"
    assert sanne.post(f"contact-points/{shown['id']}/reading", {"e164": "+31612345678"}).status_code == 422
    later = send_lead(app, house.sources["form"], {"name": "Jef", "phone": "+32475123456", "message": "En?"})
    assert later.json["follow_up_id"] == answer.json["follow_up_id"], "he is known by it now"
