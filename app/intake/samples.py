"""A test lead as each vendor would send it, signed with the source's own secrets.

In: a source, its secrets, a random word. Out: one request. Called by the test button, which posts it to the source's
own address, so that everything on the way is tried. The number is one that Ofcom keeps for films: nobody has it.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from urllib.parse import urlencode

from app.intake.sources.signatures import base64_sha1, hex_sha256
from app.models import Source

NAME, PHONE, EMAIL = "Test Firstcall", "+447700900123", "test@firstcall.example"
QUESTION = "This is a test. Nobody waits for an answer."
DUMMY = "<test lead: dummy data for Firstcall>"
JSON, FORM = "application/json", "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Sample:
    """One request: what to post, and the vendor's headers."""

    body: bytes
    content_type: str
    headers: dict[str, str] = field(default_factory=dict)


def sample(source: Source, secrets: Mapping[str, str], nonce: str, address: str) -> Sample:
    """A test lead for this source. ``address``: the source's public one, which some vendors sign along."""
    return SAMPLES.get(source.kind, _form)(secrets, nonce, address)


def _form(_secrets: Mapping[str, str], nonce: str, _address: str) -> Sample:
    said = {"name": NAME, "phone": PHONE, "email": EMAIL, "message": QUESTION, "lead_id": nonce, "test": True}
    return Sample(_json(said), JSON)


def _generic(secrets: Mapping[str, str], nonce: str, address: str) -> Sample:
    made = _form(secrets, nonce, address)
    key = secrets.get("signing_key")
    headers = {"X-Signature": "sha256=" + hex_sha256(key, made.body)} if key else {}
    return Sample(made.body, JSON, headers)


def _google(secrets: Mapping[str, str], nonce: str, _address: str) -> Sample:
    answers = {"FULL_NAME": NAME, "EMAIL": EMAIL, "PHONE_NUMBER": PHONE}
    said = {
        "lead_id": nonce,
        "api_version": "1.0",
        "form_id": 1,
        "campaign_id": 1,
        "google_key": secrets["google_key"],
        "is_test": True,
        "user_column_data": [{"column_id": key, "string_value": text} for key, text in answers.items()],
    }
    return Sample(_json(said), JSON)


def _meta(secrets: Mapping[str, str], nonce: str, _address: str) -> Sample:
    """A lead with its content: Graph knows no id that we have made up."""
    answers = {"full_name": NAME, "email": EMAIL, "phone_number": PHONE, "question": DUMMY}
    fields = [{"name": name, "values": [text]} for name, text in answers.items()]
    return _hub(secrets, {"id": nonce, "platform": "fb", "field_data": fields})


def _whatsapp(secrets: Mapping[str, str], nonce: str, _address: str) -> Sample:
    number = PHONE.removeprefix("+")
    message = {"from": number, "id": f"wamid.{nonce}", "type": "text", "text": {"body": QUESTION}}
    contact = {"wa_id": number, "profile": {"name": NAME}}
    value = {"messaging_product": "whatsapp", "contacts": [contact], "messages": [message]}
    changes = [{"field": "messages", "value": value}]
    return _hub(secrets, {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": changes}]})


def _hub(secrets: Mapping[str, str], said: dict[str, object]) -> Sample:
    body = _json(said)
    signature = "sha256=" + hex_sha256(secrets["app_secret"], body)
    return Sample(body, JSON, {"X-Hub-Signature-256": signature})


def _twilio(secrets: Mapping[str, str], nonce: str, address: str) -> Sample:
    told = {"MessageSid": f"SM{nonce}", "From": PHONE, "To": PHONE, "Body": QUESTION, "SmsStatus": "received"}
    signed = address + "".join(f"{name}{told[name]}" for name in sorted(told))
    signature = base64_sha1(secrets["auth_token"], signed.encode())
    return Sample(urlencode(told).encode(), FORM, {"X-Twilio-Signature": signature})


def _adf(_secrets: Mapping[str, str], nonce: str, _address: str) -> Sample:
    body = (
        f'<?xml version="1.0"?><?adf version="1.0"?><adf><prospect><id source="Firstcall">{nonce}</id><customer>'
        f'<contact><name part="full">{NAME}</name><email>{EMAIL}</email><phone>{PHONE}</phone></contact>'
        f"<comments>{QUESTION}</comments></customer></prospect></adf>"
    )
    return Sample(body.encode(), "application/xml")


def _email(_secrets: Mapping[str, str], nonce: str, _address: str) -> Sample:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"{NAME} <{EMAIL}>", "leads@showroom.example", "Test"
    mail["Message-ID"] = f"<{nonce}@firstcall.example>"
    mail.set_content(f"{QUESTION}\n\n{NAME}\n{PHONE}\n")
    return Sample(mail.as_bytes(), "message/rfc822")


def _json(said: dict[str, object]) -> bytes:
    return json.dumps(said).encode()


SAMPLES: dict[str, Callable[[Mapping[str, str], str, str], Sample]] = {
    "adf": _adf,
    "email": _email,
    "generic": _generic,
    "google": _google,
    "meta": _meta,
    "twilio": _twilio,
    "whatsapp": _whatsapp,
}
