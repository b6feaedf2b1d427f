"""Calls and text messages over Twilio: missed and answered ones are leads, our own are not; the signature fits."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import urlencode

import pytest

from app.intake.parsed import Parsed, ParsedLead
from app.intake.sources import parse, twilio

CALL = {
    "CallSid": "CA1",
    "From": "+31612345678",
    "To": "+31313000000",
    "Direction": "inbound",
    "CallStatus": "completed",
}
TEXT = {
    "MessageSid": "SM1",
    "From": "+31612345678",
    "To": "+31313000000",
    "Body": "Is de XC40 er nog?",
    "SmsStatus": "received",
}


def read(told: dict[str, str], **more: str) -> Parsed:
    body = urlencode({**told, **more}).encode()
    return parse("twilio", body, "application/x-www-form-urlencoded", "NL")


def lead(told: dict[str, str], **more: str) -> ParsedLead:
    (only,) = read(told, **more).leads
    return only


@pytest.mark.parametrize("status", ["no-answer", "busy", "failed", "canceled"])
@pytest.mark.parametrize("field", ["CallStatus", "DialCallStatus"])
def test_a_missed_call_is_a_lead(field: str, status: str) -> None:
    lotte = lead(CALL, **{field: status})
    assert (lotte.outcome, lotte.numbers) == ("lead", ("+31612345678",))
    assert lotte.via == {
        "channel": "call",
        "type": "call",
        "status": status,
        "answered": False,
        "duration_s": 0,
        "id": "CA1",
        "called": "+31313000000",
    }


def test_an_answered_call_is_a_lead_with_its_seconds() -> None:
    lotte = lead(CALL, Duration="1", CallDuration="49", CallerName="Lotte de Boer")
    assert lotte.via is not None
    assert (lotte.via["answered"], lotte.via["duration_s"], lotte.display_name) == (True, 49, "Lotte de Boer")


def test_all_callbacks_of_one_call_are_one_delivery() -> None:
    assert read(CALL, DialCallStatus="no-answer").delivery_key == read(CALL).delivery_key == "twilio:CA1"
    assert read({"From": "+31612345678", "CallStatus": "no-answer"}).delivery_key is None


@pytest.mark.parametrize(
    "more", [{"CallStatus": "ringing"}, {"Direction": "outbound-api"}, {"Direction": "outbound-dial"}]
)
def test_a_call_that_rings_or_that_is_ours_is_reported_and_no_lead(more: dict[str, str]) -> None:
    parsed = read(CALL, CallDuration="49", **more)
    assert (parsed.outcome, parsed.leads) == ("ignore", ())
    assert (parsed.reports[0]["kind"], parsed.reports[0]["id"], parsed.reports[0]["duration_s"]) == (
        "call",
        "CA1",
        49,
    )


@pytest.mark.parametrize("hidden", ["+266696687", "anonymous", "Restricted", ""])
def test_a_caller_who_hides_the_number_needs_a_look(hidden: str) -> None:
    parsed = read(CALL, From=hidden, CallStatus="no-answer")
    assert (parsed.outcome, parsed.leads[0].phones) == ("quarantine", ())


def test_a_plus_that_nobody_encoded_is_still_a_plus() -> None:
    parsed = parse("twilio", b"From=+31612345678&CallStatus=no-answer", "", "NL")
    assert parsed.leads[0].numbers == ("+31612345678",)


def test_who_calls_from_abroad_is_not_greeted_as_a_dutchman() -> None:
    assert [
        lead(CALL, From=number).language for number in ("+31612345678", "+4915123456789", "+33612345678")
    ] == ["nl", "de", "fr"]


def test_a_text_message_is_a_lead_with_its_words() -> None:
    lotte = lead(TEXT)
    assert (lotte.comments, lotte.numbers, lotte.language) == ("Is de XC40 er nog?", ("+31612345678",), "nl")
    assert (lotte.delivery_key, lotte.extra) == ("twilio:SM1", {})
    assert lotte.via == {"channel": "sms", "type": "text", "status": "received", "id": "SM1"}


def test_a_message_over_whatsapp_is_one() -> None:
    lotte = lead(TEXT, From="whatsapp:+31612345678", ProfileName="Lotte")
    assert lotte.via is not None
    assert (lotte.via["channel"], lotte.numbers, lotte.display_name) == (
        "whatsapp",
        ("+31612345678",),
        "Lotte",
    )


@pytest.mark.parametrize(
    "words",
    ["STOP", "Stop!", "afmelden", "Uitschrijven", "désinscrire", "arrêtez", "Abmelden", "stopp", "QUIT"],
)
def test_stop_is_marked_in_four_languages(words: str) -> None:
    assert lead(TEXT, Body=words).extra == {"stop": True}


def test_twilios_own_word_for_stop_is_believed() -> None:
    assert lead(TEXT, Body="laat maar", OptOutType="STOP").extra == {"stop": "confirmed"}


def test_what_became_of_our_message_is_reported_and_no_lead() -> None:
    parsed = read(
        {
            "MessageSid": "SM9",
            "MessageStatus": "undelivered",
            "To": "+31612345678",
            "From": "+31313000000",
            "ErrorCode": "30003",
        }
    )
    assert parsed.outcome == "ignore"
    assert parsed.reports == (
        {
            "kind": "message",
            "id": "SM9",
            "status": "undelivered",
            "recipient": "+31612345678",
            "error": "30003",
        },
    )


def test_what_is_none_of_it_needs_a_look() -> None:
    assert parse("twilio", b"hello=world", "", "NL").outcome == "quarantine"


def signed(token: str, text: str) -> str:
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def test_the_signature_of_twilios_documentation_fits() -> None:
    """The worked example of twilio.com/docs/usage/security."""
    params = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+12349013030",
        "Digits": "1234",
        "From": "+12349013030",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert twilio.verify_signature("12345", url, params, "0/KCTR6DLpKmkAf8muzZqo1nDgQ=")
    assert not twilio.verify_signature(
        "12345", url, {**params, "Digits": "1235"}, "0/KCTR6DLpKmkAf8muzZqo1nDgQ="
    )
    assert not twilio.verify_signature(
        "12345", url.replace("https", "http"), params, "0/KCTR6DLpKmkAf8muzZqo1nDgQ="
    )
    assert not twilio.verify_signature("54321", url, params, "0/KCTR6DLpKmkAf8muzZqo1nDgQ=")
    assert not twilio.verify_signature("12345", url, params, None)
    assert not twilio.verify_signature("", url, params, signed("", url))


@pytest.mark.parametrize("signed_url", ["https://in.example/in/x", "https://in.example:443/in/x"])
def test_the_port_may_be_part_of_the_signed_address(signed_url: str) -> None:
    header = signed("t", signed_url + "A1B2B3")
    assert (
        twilio.verify_signature(
            "t", "https://in.example/in/x", {"B": ["3", "2"], "A": "1"} | {"B": ["3"]}, header
        )
        is False
    )
    assert twilio.verify_signature("t", "https://in.example/in/x", {"B": ["3", "2"], "A": "1"}, header)


def test_a_json_body_is_proven_by_its_hash_in_the_address() -> None:
    body = b'{"CallSid": "CA1"}'
    url = f"https://in.example/in/x?bodySHA256={hashlib.sha256(body).hexdigest()}"
    assert twilio.verify_signature("t", url, {}, signed("t", url), body)
    assert not twilio.verify_signature("t", url, {}, signed("t", url), body + b" ")
    bare = "https://in.example/in/x"
    assert not twilio.verify_signature("t", bare, {}, signed("t", bare), body)
