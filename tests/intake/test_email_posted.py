"""Mail services whose box for the raw message nobody ticked: Eva's mail is still a mail."""

from __future__ import annotations

import base64
import json
from urllib.parse import urlencode

import pytest

from app.intake.sources.email import parse
from tests.intake.mails import ADF, parts

WORDS = "Is hij er nog?\n06-12345678"
MAILGUN = urlencode(
    {"from": "Eva <eva@example.nl>", "subject": "Vraag", "body-plain": WORDS, "Message-Id": "<een@x>"}
)
POSTMARK = json.dumps(
    {
        "From": "Eva <eva@example.nl>", "Subject": "Vraag", "TextBody": WORDS, "MessageID": "service",
        "Headers": [{"Name": "Message-ID", "Value": "<een@x>"}],
    }
)  # fmt: skip


SENDGRID = parts(
    "form-data",
    'Content-Disposition: form-data; name="headers"\r\n\r\nReceived: by x\r\nMessage-ID: <een@x>\r\n',
    'Content-Disposition: form-data; name="from"\r\n\r\nEva <eva@example.nl>',
    f'Content-Disposition: form-data; name="text"\r\n\r\n{WORDS}',
)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (MAILGUN.encode(), "application/x-www-form-urlencoded"),
        (POSTMARK.encode(), "application/json"),
        (SENDGRID[1].encode(), SENDGRID[0]),
    ],
    ids=["Mailgun", "Postmark", "SendGrid"],
)
def test_a_mail_posted_in_parts_is_read_and_known_by_its_own_id(body: bytes, kind: str) -> None:
    parsed = parse(body, kind, "NL")
    (eva,) = parsed.leads
    assert (eva.display_name, eva.email, eva.numbers) == ("Eva", "eva@example.nl", ("+31612345678",))
    assert (eva.comments, parsed.delivery_key) == (WORDS, "mail:een@x")


def test_adf_in_a_posted_attachment_is_read() -> None:
    attached = {
        "Name": "lead.xml",
        "Content": base64.b64encode(ADF.encode()).decode(),
        "ContentType": "text/xml",
    }
    body = {"From": "no-reply@portaal.example", "TextBody": "zie bijlage", "Attachments": [attached]}
    (lotte,) = parse(json.dumps(body).encode(), "application/json", "NL").leads
    assert (lotte.display_name, lotte.numbers) == ("Lotte de Boer", ("+31612345678",))


def test_a_line_break_in_a_field_is_no_header_of_its_own() -> None:
    body = {"From": "Eva <eva@example.nl>", "Subject": "x\r\nReply-To: dief@example.com", "TextBody": WORDS}
    (eva,) = parse(json.dumps(body).encode(), "application/json", "NL").leads
    assert eva.email == "eva@example.nl"


@pytest.mark.parametrize("body", [b'{"a": 1}', b"a=1&b=2", b'{"From": "x", "TextBody": ""}'])
def test_what_is_no_mail_needs_a_look(body: bytes) -> None:
    assert parse(body, "application/json", "NL").outcome == "quarantine"
