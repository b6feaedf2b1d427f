"""Lead mails: wherever the ADF is and whoever sends it on, Sanne gets the customer and nobody else's number."""

from __future__ import annotations

import base64
import quopri

import pytest

from app.intake.sources import email, parse
from tests.intake.mails import ADF, lead, mail, parts, read

ATTACHED = "Content-Disposition: attachment; filename="


def encoded(text: str, charset: str = "utf-8") -> str:
    return base64.encodebytes(text.encode(charset)).decode()


def part(text: str, kind: str = "text/plain; charset=utf-8", *headers: str) -> str:
    return "\r\n".join([f"Content-Type: {kind}", *headers, "", text])


HTML = f"<html><body><pre>{ADF}</pre></body></html>"
ESCAPED = ADF.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
PLACES = {
    "the text itself": mail(ADF),
    "between human words": mail(f"Goedemorgen, een nieuwe lead:\n\n{ADF}\nGroet, het portaal"),
    "text/xml": mail(ADF, kind="text/xml; charset=utf-8"),
    "base64": mail(encoded(ADF), encoding="base64"),
    "quoted-printable": mail(quopri.encodestring(ADF.encode()).decode(), encoding="quoted-printable"),
    "quoted-printable that does not say so": mail(
        quopri.encodestring(ADF.encode()).decode(), encoding="7bit"
    ),
    "HTML in <pre>": mail(HTML, kind="text/html; charset=utf-8"),
    "HTML, escaped": mail(f"<html><body>{ESCAPED}</body></html>", kind="text/html"),
    "an HTML comment": mail(f"<html><!-- {ADF} --><p>Nieuwe lead</p></html>", kind="text/html"),
    "forwarded with quote marks": mail("Kijk!\n\n" + "".join(f"> {line}\n" for line in ADF.split("\n"))),
}
for name, kind in {
    "lead.xml": "application/xml",
    "lead.adf": "application/octet-stream",
    "LEAD.XML": "application/octet-stream",
    "": "application/x-adf+xml",
    "lead": "text/xml",
    "lead.bin": "application/octet-stream",
}.items():
    content_type, body = parts(
        "mixed",
        part("Zie de bijlage. Vragen? Bel 088-1234567"),
        part(encoded(ADF), kind, f'{ATTACHED}"{name}"', "Content-Transfer-Encoding: base64"),
    )
    PLACES[f"an attachment {kind} {name}"] = mail(body, kind=content_type)
for name, pieces in {
    "two alternatives": (part(ADF), part(HTML, "text/html")),
    "an attachment and its copy in the text": (
        part(ADF),
        part(ADF, "application/xml", f'{ATTACHED}"lead.xml"'),
    ),
    "a mail inside the mail": (
        part("Ter info. Sanne, 06-87654321"),
        part(mail(ADF).decode(), "message/rfc822"),
    ),
    "a picture and a program beside it": (
        part(ADF),
        part("AAAA", "image/jpeg", "Content-Transfer-Encoding: base64", f'{ATTACHED}"auto.jpg"'),
        part(
            "TVqQ",
            "application/octet-stream",
            "Content-Transfer-Encoding: base64",
            f'{ATTACHED}"foto.jpg.exe"',
        ),
    ),
}.items():
    content_type, body = parts("mixed", *pieces)
    PLACES[name] = mail(body, kind=content_type)
content_type, body = parts("mixed", part(ADF))
PLACES["a multipart whose end is missing"] = mail(body.replace("--grens--", ""), kind=content_type)
PLACES["a multipart that lost its boundary"] = mail(body, kind="multipart/mixed")


@pytest.mark.parametrize("body", PLACES.values(), ids=PLACES)
def test_the_same_lead_is_found_wherever_a_mail_carries_it(body: bytes) -> None:
    parsed = read(body)
    (lotte,) = parsed.leads
    assert (parsed.outcome, lotte.display_name, lotte.email) == ("lead", "Lotte de Boer", "lotte@example.nl")
    assert (lotte.numbers, lotte.comments) == (("+31612345678",), "Zaterdag te zien?")
    assert [car.label for car in lotte.vehicles_of_interest] == ["Volvo XC40 2022"]
    assert [car.label for car in lotte.trade_ins] == ["Seat Ibiza 2016"]


def test_two_leads_in_two_attachments_are_two_leads() -> None:
    other = ADF.replace("Lotte de Boer", "Piet Jansen").replace("lotte@", "piet@")
    content_type, body = parts(
        "mixed", *(part(one, "text/xml", f'{ATTACHED}"l.xml"') for one in (ADF, other))
    )
    assert [one.display_name for one in read(mail(body, kind=content_type)).leads] == [
        "Lotte de Boer",
        "Piet Jansen",
    ]


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "windows-1252", "utf-16"])
@pytest.mark.parametrize("declared", ["utf-8", "iso-8859-1", "klingon"])
def test_zoe_keeps_her_dots_in_any_encoding(charset: str, declared: str) -> None:
    text = ADF.replace("Lotte", "Zoë")
    body = mail("", kind=f"text/plain; charset={declared}", encoding="base64") + base64.encodebytes(
        text.encode(charset)
    )
    assert lead(body).display_name == "Zoë de Boer"


def test_wrapped_lines_are_joined_again() -> None:
    wrapped = ADF.replace("Lotte de Boer", "Lotte \nde Boer").replace(
        "Zaterdag te zien?", "Zaterdag\n te zien?"
    )
    lotte = lead(mail(wrapped, kind="text/plain; charset=utf-8; format=flowed"))
    assert (lotte.display_name, lotte.comments) == ("Lotte de Boer", "Zaterdag te zien?")


def test_the_number_in_a_disclaimer_below_the_adf_is_nobodys() -> None:
    only_mail = ADF.replace("<phone>06-12345678</phone>", "")
    lotte = lead(mail(only_mail + "\n-- \nDit bericht is vertrouwelijk. Bel ons: 088-1234567\n"))
    assert (lotte.phones, lotte.email) == ((), "lotte@example.nl")


def test_an_adf_that_cannot_be_answered_needs_a_look() -> None:
    parsed = read(
        mail(ADF.replace("<phone>06-12345678</phone>", "").replace("<email>lotte@example.nl</email>", ""))
    )
    assert parsed.outcome == "quarantine"
    assert parsed.leads[0].display_name == "Lotte de Boer"


def test_the_message_id_is_the_same_delivery_again() -> None:
    again = mail(ADF, "Received: from mx2.example", "Date: Fri, 20 Nov 2026 15:00:00 +0100")
    assert read(mail(ADF)).delivery_key == read(again).delivery_key == "mail:een@portaal.example"
    assert read(mail(ADF, "Message-ID: <twee@portaal.example>")).delivery_key != read(again).delivery_key


def test_without_a_message_id_the_same_mail_of_the_same_minute_is_the_same_delivery() -> None:
    first, again = (read(mail(ADF, "Message-ID:", f"Received: from mx{n}")).delivery_key for n in (1, 2))
    other = read(mail(ADF, "Message-ID:", "Date: Fri, 20 Nov 2026 14:04:12 +0100")).delivery_key
    undated = read(mail(ADF, "Message-ID:", "Date: ooit")).delivery_key
    assert first == again != other
    assert (first is not None, undated) == (True, None)


def test_the_sender_and_the_thread_are_kept_for_whoever_joins_an_answer_to_its_follow_up() -> None:
    lotte = lead(
        mail(
            "Zaterdag om elf uur is goed.\n\nOp vr 20 nov 2026 om 14:03 schreef Sanne <sanne@dealer.example>:\n"
            "> Kan het om tien?",
            "From: Lotte de Boer <lotte@example.nl>",
            "Subject: Re: Volvo XC40",
            "In-Reply-To: <vraag-1@in.dealer.example>",
            "References: <nul@in.dealer.example> <vraag-1@in.dealer.example>",
        )
    )
    assert lotte.comments == "Zaterdag om elf uur is goed."
    assert lotte.extra == {
        "from": "lotte@example.nl",
        "subject": "Re: Volvo XC40",
        "message_id": "<een@portaal.example>",
        "in_reply_to": "<vraag-1@in.dealer.example>",
        "references": "<nul@in.dealer.example> <vraag-1@in.dealer.example>",
        "letter": True,
    }


def test_the_mailbox_that_it_was_delivered_to_names_the_source() -> None:
    body = mail(
        ADF,
        "Delivered-To: leads+GeHeim@in.dealer.example",
        "To: verkoop@dealer.example",
        "Cc: bram@dealer.example",
    )
    assert email.recipients(body) == (
        "leads+GeHeim@in.dealer.example",
        "verkoop@dealer.example",
        "bram@dealer.example",
    )


def test_a_display_name_cannot_pretend_to_be_an_address() -> None:
    body = mail("Is de Volvo er nog?", 'From: "Leads, \\"Online\\" <fake@evil.example>" <lotte@example.nl>')
    assert lead(body).email == "lotte@example.nl"


@pytest.mark.parametrize(
    "body",
    [
        b"body-mime=%b&recipient=leads",
        b'{"RawEmail": "%j", "Subject": "x"}',
        b'{"Type": "Notification", "Message": "{\\"content\\": \\"%s\\"}"}',
        b'--b\r\nContent-Disposition: form-data; name="email"\r\n\r\n%m\r\n--b--\r\n',
        b'--b\r\nContent-Disposition: form-data; name="body-mime"; filename="m"\r\n\r\n%m\r\n--b--\r\n',
    ],
    ids=["Mailgun", "Postmark", "Amazon SES", "SendGrid", "Mailgun, multipart"],
)
def test_a_mail_arrives_in_the_dress_of_every_inbound_service(body: bytes) -> None:
    import json
    from urllib.parse import quote_plus

    raw = mail(ADF)
    body = body.replace(b"%b", quote_plus(raw).encode()).replace(b"%m", raw)
    body = body.replace(b"%j", json.dumps(raw.decode())[1:-1].encode()).replace(b"%s", base64.b64encode(raw))
    kind = "multipart/form-data; boundary=b" if body.startswith(b"--b") else ""
    parsed = parse("email", body, kind, "NL")
    assert [one.display_name for one in parsed.leads] == ["Lotte de Boer"]


def test_amazon_asking_for_a_confirmation_is_no_lead() -> None:
    parsed = parse(
        "email", b'{"Type": "SubscriptionConfirmation", "SubscribeURL": "https://sns.example/x"}', "", "NL"
    )
    assert (parsed.outcome, parsed.leads) == ("ignore", ())
    assert "SubscribeURL" in (parsed.raw_text or "")


def test_a_line_that_begins_with_the_end_of_a_tag_is_not_quoted() -> None:
    lotte = lead(mail(ADF.replace("</phone>", "</phone\n>")))
    assert [phone.raw for phone in lotte.phones] == ["06-12345678"]
