"""WhatsApp: every kind of message a customer sends, their calls, and what is no request at all."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.intake.parsed import Parsed, ParsedLead
from app.intake.sources import parse

SENDER = {"profile": {"name": "Lotte"}, "wa_id": "31612345678", "user_id": "NL.123"}


def webhook(field: str = "messages", **value: Any) -> bytes:
    whole = {
        "messaging_product": "whatsapp",
        "metadata": {"phone_number_id": "1"},
        "contacts": [SENDER],
        **value,
    }
    return json.dumps(
        {
            "object": "whatsapp_business_account",
            "entry": [{"id": "1", "changes": [{"field": field, "value": whole}]}],
        }
    ).encode()


def message(kind: str = "text", number: int = 1, **content: Any) -> dict[str, Any]:
    content = content or {"text": {"body": "Is de XC40 er nog?"}}
    return {
        "from": "31612345678",
        "id": f"wamid.{number}",
        "timestamp": "1795179792",
        "type": kind,
        **content,
    }


def read(*messages: dict[str, Any], **value: Any) -> Parsed:
    return parse("whatsapp", webhook(messages=list(messages), **value), "application/json", "NL")


def lead(*messages: dict[str, Any], **value: Any) -> ParsedLead:
    (only,) = read(*messages, **value).leads
    return only


def test_a_message_is_a_lead_with_number_name_and_words() -> None:
    lotte = lead(message())
    assert (lotte.display_name, lotte.numbers, lotte.comments) == (
        "Lotte",
        ("+31612345678",),
        "Is de XC40 er nog?",
    )
    assert (lotte.outcome, lotte.language, lotte.delivery_key) == ("lead", "nl", "whatsapp:wamid.1")
    assert lotte.via == {"channel": "whatsapp", "type": "text", "id": "wamid.1"}
    assert str(lotte.request_date_utc) == "2026-11-20 13:03:12+00:00"


@pytest.mark.parametrize(
    ("kind", "content", "words"),
    [
        ("image", {"image": {"id": "9", "caption": "Deze?"}}, "Deze?"),
        ("image", {"image": {"id": "9"}}, None),
        ("audio", {"audio": {"id": "9", "voice": True}}, None),
        ("document", {"document": {"id": "9", "filename": "a.pdf", "caption": "Zie"}}, "Zie"),
        ("button", {"button": {"text": "Bel mij", "payload": "x"}}, "Bel mij"),
        (
            "interactive",
            {"interactive": {"type": "button_reply", "button_reply": {"id": "1", "title": "Ja"}}},
            "Ja",
        ),
        (
            "interactive",
            {"interactive": {"type": "list_reply", "list_reply": {"id": "1", "title": "Zaterdag"}}},
            "Zaterdag",
        ),
        (
            "interactive",
            {
                "interactive": {
                    "type": "nfm_reply",
                    "nfm_reply": {"response_json": '{"flow_token":"t","dag":"zaterdag"}'},
                }
            },
            "dag: zaterdag",
        ),
        ("location", {"location": {"latitude": 52.0, "longitude": 6.1}}, None),
        (
            "order",
            {"order": {"text": "Deze graag", "product_items": [{"product_retailer_id": "OCC-1"}]}},
            "Deze graag",
        ),
        ("hologram", {"hologram": {"body": "Hoi"}}, "Hoi"),
    ],
)
def test_every_kind_of_message_is_a_lead(kind: str, content: dict[str, Any], words: str | None) -> None:
    lotte = lead(message(kind, **content))
    assert (lotte.outcome, lotte.comments, lotte.numbers) == ("lead", words, ("+31612345678",))


@pytest.mark.parametrize("kind", ["reaction", "unsupported", "system", "request_welcome"])
def test_a_thumb_or_a_changed_number_is_no_request(kind: str) -> None:
    parsed = read(message(kind, **{kind: {"emoji": "👍", "message_id": "wamid.0"}}))
    assert (parsed.outcome, parsed.leads) == ("ignore", ())
    assert (parsed.reports[0]["kind"], parsed.reports[0]["id"]) == (kind, "wamid.1")


def test_numbers_on_a_shared_card_are_not_the_senders() -> None:
    card = {"name": {"formatted_name": "Piet"}, "phones": [{"phone": "+31687654321"}]}
    lotte = lead(message("contacts", contacts=[card]))
    assert lotte.numbers == ("+31612345678",)
    assert lotte.extra == {"shared_contacts": ["Piet"]}


def test_two_messages_are_two_leads_each_delivered_once() -> None:
    parsed = read(message(number=1), message(number=2), message(number=1))
    assert [one.delivery_key for one in parsed.leads] == ["whatsapp:wamid.1", "whatsapp:wamid.2"]
    assert parsed.delivery_key not in (None, "whatsapp:wamid.1", "whatsapp:wamid.2")


def test_a_sender_without_a_number_is_known_by_whatsapps_own_id() -> None:
    hidden = {key: value for key, value in message().items() if key != "from"}
    contact = {"profile": {"name": "Lotte"}, "user_id": "NL.123"}
    parsed = read({**hidden, "from_user_id": "NL.123"}, contacts=[contact])
    (lotte,) = parsed.leads
    assert (parsed.outcome, lotte.display_name, lotte.phones) == ("quarantine", "Lotte", ())
    assert [(one.source, one.value) for one in lotte.external_ids] == [("whatsapp_user_id", "NL.123")]


def test_an_answer_and_an_advertisement_are_remembered() -> None:
    answer = message(
        context={"id": "wamid.0"}, text={"body": "Ja"}, referral={"headline": "XC40 nu", "source_id": "7"}
    )
    assert (lead(answer).via or {})["reply_to"] == "wamid.0"
    assert lead(answer).extra["referral"] == {"headline": "XC40 nu", "source_id": "7"}


@pytest.mark.parametrize(
    "word", ["STOP", "stop.", "Afmelden", "Désabonner", "ARRÊT", "Abmelden!", "unsubscribe"]
)
def test_stop_is_marked(word: str) -> None:
    assert lead(message(text={"body": word})).extra == {"stop": True}


@pytest.mark.parametrize("words", ["Stop je zaterdag?", "Is there a bus stop?", "ik wil niet stoppen", ""])
def test_a_sentence_with_stop_in_it_is_no_stop(words: str) -> None:
    assert "stop" not in lead(message(text={"body": words})).extra


def test_what_became_of_our_messages_is_reported_and_no_lead() -> None:
    status = {
        "id": "wamid.9",
        "status": "failed",
        "recipient_id": "31612345678",
        "timestamp": "1",
        "errors": [{"code": 131026}],
    }
    parsed = parse("whatsapp", webhook(statuses=[status]), "", "NL")
    assert (parsed.outcome, parsed.leads) == ("ignore", ())
    assert parsed.reports == (
        {
            "kind": "message",
            "id": "wamid.9",
            "status": "failed",
            "recipient": "31612345678",
            "timestamp": "1",
            "error": "131026",
        },
    )


def call(**more: Any) -> bytes:
    told = {
        "id": "wacid.1",
        "from": "31612345678",
        "timestamp": "1795179792",
        "direction": "USER_INITIATED",
        **more,
    }
    return webhook("calls", calls=[told])


@pytest.mark.parametrize(("seconds", "answered"), [(0, False), (49, True)])
def test_a_call_that_is_over_is_a_lead_answered_or_not(seconds: int, answered: bool) -> None:
    (lotte,) = parse("whatsapp", call(event="terminate", duration=seconds), "", "NL").leads
    assert lotte.numbers == ("+31612345678",)
    assert lotte.via is not None
    assert (lotte.via["channel"], lotte.via["answered"], lotte.via["duration_s"]) == (
        "call",
        answered,
        seconds,
    )


@pytest.mark.parametrize(
    "more", [{"event": "connect"}, {"event": "terminate", "direction": "BUSINESS_INITIATED"}]
)
def test_a_call_that_rings_or_that_is_ours_is_no_lead(more: dict[str, Any]) -> None:
    assert parse("whatsapp", call(**more), "", "NL").outcome == "ignore"


def test_what_the_showroom_sends_from_its_own_phone_is_no_lead() -> None:
    assert (
        parse("whatsapp", webhook("smb_message_echoes", messages=[message()]), "", "NL").outcome == "ignore"
    )
