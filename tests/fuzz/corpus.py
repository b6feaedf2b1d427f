"""What fuzzing begins with: one list of bodies for each kind of source.

In: this project's fixtures, and sample files where they lie beside the repository (or in INTAKE_CASES). Out: ``Sample``.
Called by ``tests.fuzz.mutate`` and the tests.
"""

import json
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.intake.bad_input import HOSTILE
from tests.intake.vendors import whatsapp
from tests.people import jansen
from tests.wire.graph import webhook

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "intake"
CASES = Path(os.environ.get("INTAKE_CASES", Path(__file__).resolve().parents[3] / "shared" / "cases"))
JSON, FORM, XML = "application/json", "application/x-www-form-urlencoded", "application/xml"
GOOGLE_KEY = "geheim"
LONGEST = 200_000
"""Bytes: the deepest of the hostile bodies are tested as they are, and would only slow this down."""


@dataclass(frozen=True)
class Sample:
    """One body as somebody sends it."""

    body: bytes
    content_type: str = ""

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        """How hypothesis tells of it; the whole is in the note."""
        printer.text(f"{self.content_type!r} {self.body[:60]!r} ({len(self.body)} bytes)")


MAIL = (
    b'From: "Piet Jansen" <piet@example.com>\r\nTo: leads@in.example\r\nMessage-ID: <1@example.com>\r\n'
    b"Date: Fri, 20 Nov 2026 10:00:00 +0100\r\nSubject: =?utf-8?q?Golf_ge=C3=AFnteresseerd?=\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n"
    b"Content-Type: text/plain; charset=utf-8; format=flowed\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"Naam: Zo=C3=AB de Wit\r\nTelefoon: 06-12345678\r\nBericht: is hij er nog?=20\r\n\r\n--b\r\n"
    b"Content-Type: text/html; charset=iso-8859-1\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    b"PHRhYmxlPjx0cj48dGQ+TmFhbTwvdGQ+PHRkPlpv6zwvdGQ+PC90cj48L3RhYmxlPg==\r\n--b--\r\n"
)
GOOGLE = {
    "lead_id": "L1", "campaign_id": 1, "form_id": 2, "api_version": "1.0", "google_key": GOOGLE_KEY, "is_test": False,
    "user_column_data": [
        {"column_id": "FULL_NAME", "column_name": "Naam", "string_value": "Piet Jansen"},
        {"column_id": "PHONE_NUMBER", "string_value": "+31612345678"},
        {"column_id": "EMAIL", "string_value": "piet@example.com"},
    ],
}  # fmt: skip
TWILIO = (
    {"CallSid": "CA1", "From": "+31612345678", "To": "+31313000000", "CallStatus": "no-answer", "Direction": "inbound",
     "CallDuration": "0", "Timestamp": "Fri, 20 Nov 2026 10:00:00 +0000"},
    {"SmsSid": "SM1", "MessageSid": "SM1", "From": "+31612345678", "To": "+31313000000", "Body": "STOP", "NumMedia": "0"},
)  # fmt: skip
WHATSAPP = (
    whatsapp({"id": "w1", "timestamp": "1795179792", "type": "text", "text": {"body": "Is hij er nog?"}}, number="31612345678"),
    whatsapp({"id": "w2", "timestamp": "1795179792", "type": "interactive", "interactive": {"type": "button_reply",
        "button_reply": {"id": "1", "title": "Bel mij"}}}, user_id="NL.123"),
    whatsapp({"id": "w3", "timestamp": "1795179792", "type": "image", "image": {"id": "5", "caption": "mijn auto"},
        "referral": {"headline": "Golf", "source_url": "https://example.com"}}, number="31612345678"),
    whatsapp({"id": "w4", "timestamp": "x", "type": "contacts", "contacts": [{"name": {"formatted_name": "Jan"},
        "phones": [{"phone": "0612345678"}]}]}, number="31612345678"),
)  # fmt: skip


@cache
def corpus(kind: str) -> tuple[Sample, ...]:
    """Bodies for this kind's parser, its own first."""
    hostile = [Sample(body, type_) for type_, body in HOSTILE.values() if 0 < len(body) < LONGEST]
    return (*_own(kind), *_beside(kind), *hostile)


def _own(kind: str) -> list[Sample]:
    systems = json.loads((FIXTURES / "systems.json").read_text())
    xml = [Sample(path.read_bytes(), XML) for path in sorted(FIXTURES.glob("*.xml"))]
    match kind:
        case "adf":
            html = Sample((FIXTURES / "escaped_in_html.html").read_bytes(), "text/html")
            return [*xml, html, Sample(urlencode({"xml": xml[0].body.decode()}).encode(), FORM)]
        case "email":
            mails = [Sample(path.read_bytes()) for path in sorted((FIXTURES / "mail").glob("*.eml"))]
            attached = MAIL.replace(b"text/html", b"text/xml").replace(b"alternative", b"mixed")
            return [
                *mails,
                Sample(MAIL),
                Sample(attached),
                Sample(urlencode({"body-mime": MAIL}).encode(), FORM),
            ]
        case "form":
            flat = {name: value for name, value in jansen().items() if isinstance(value, str)}
            return [_json(jansen()), _json(_nested()), Sample(urlencode(flat).encode(), FORM)]
        case "google":
            return [_json(GOOGLE)]
        case "meta":
            return [Sample(webhook("901"), JSON), Sample(webhook("902", "903"), JSON)]
        case "twilio":
            return [Sample(urlencode(told).encode(), FORM) for told in TWILIO]
        case "whatsapp":
            return [Sample(body, JSON) for body in WHATSAPP]
        case _:
            return [_json(one) for one in systems.values()]


def _nested() -> object:
    return json.loads((FIXTURES / "form_nested.json").read_text())


def _json(value: object) -> Sample:
    return Sample(json.dumps(value, ensure_ascii=False).encode(), JSON)


def _beside(kind: str) -> list[Sample]:
    """The sample files of this kind, where there are any."""
    folder, begins = {
        "adf": ("adf", ""), "email": ("eml", ""), "form": ("webhooks", "form"), "google": ("webhooks", "google"),
        "meta": ("webhooks", "meta"), "twilio": ("webhooks", "twilio"), "whatsapp": ("webhooks", "wa_"),
    }.get(kind, ("webhooks", ""))  # fmt: skip
    types = {".json": JSON, ".xml": XML, ".txt": FORM}
    paths = sorted((CASES / folder / "open").glob(f"{begins}*"))
    files = [path for path in paths if not path.name.endswith(".expected.json")]
    return [Sample(path.read_bytes(), types.get(path.suffix, "")) for path in files]
