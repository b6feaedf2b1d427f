"""A mail without ADF to one lead: by a known sender's template, by labelled lines, or as a letter.

In: a `Mail`, its text, the showroom's country, templates. Out: a `ParsedLead`, and why a person must look.
The rules of `form` read what the labels say. Who wrote it: `email_letter`. Called by `email`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from app.intake.parsed import Car, ParsedLead, lead_outcome
from app.intake.sources import form
from app.intake.sources.email_automatic import is_mass_mail, is_robot, thanks_for_a_request
from app.intake.sources.email_direct import own_text, phones_in, sender_named, stock_in, unquoted
from app.intake.sources.email_endings import before_closing
from app.intake.sources.email_labels import Labelled, read_labels
from app.intake.sources.email_letter import Letter, answers_to, letter_of, writer
from app.intake.sources.email_message import Mail
from app.intake.sources.email_template import Template, find, read_lines
from app.intake.sources.form_fields import key_of
from app.intake.sources.form_names import FIELD
from app.intake.sources.reading.dates import read_date
from app.intake.sources.reading.markup import comments_of
from app.intake.sources.reading.text import block, one_line
from app.intake.sources.reading.wishes import channel_asked, language_of

_CAR = {
    "car": "model", "make": "make", "model": "model", "trim": "trim", "year": "year", "price": "price",
    "stock": "stock", "url": "url", "plate": "plate", "odometer": "odometer", "vin": "vin",
}  # fmt: skip
_PLAIN_WORDS = (
    "name first_name last_name phone mobile email message trade_in lead_id company language created_at"
)
_PLAIN = frozenset(_PLAIN_WORDS.split())
_NAMES = {"name", "first_name", "last_name"}
_XML_FIELD = re.compile(r"<([A-Za-z_][\w.-]{0,40})(?:\s[^<>]{0,300})?>([^<>]{1,2000})</")


def read_own_words(
    mail: Mail, text: str, region: str, templates: Sequence[Template]
) -> tuple[ParsedLead, str | None]:
    """The one lead in a mail, and a note when it cannot be answered as it is."""
    letter = letter_of(mail, text)
    known = find(templates, letter.address, letter.subject)
    template, said = known if known else (None, {})
    words = unquoted(letter.text) if letter.passed_on else letter.text
    labelled = read_labels(words, template.labels if template else ())
    if template is not None:
        said = {**said, **read_lines(template, words)}
        lead = _from_labels(mail, letter, labelled, said, region)
        return _finished(_by_template(lead, template, said), mail)
    if _is_labelled(labelled) or _is_sent_by_form(mail, letter, labelled):
        return _finished(_from_labels(mail, letter, labelled, {}, region), mail)
    return _finished(_fromletter_of(mail, letter, region), mail)


def _is_sent_by_form(mail: Mail, letter: Letter, labelled: Labelled) -> bool:
    """One labelled line is enough in a mail that no person sent: "Nummer beller: 06…", or a message to answer."""
    if not is_robot(letter.address) and writer(mail, letter)[1]:
        return False
    said = labelled.record
    reachable = any(name in said for name in ("phone", "mobile", "email"))
    return reachable or ("message" in said and answers_to(mail, letter) is not None)


def _is_labelled(labelled: Labelled) -> bool:
    """Two things said about the customer, one of them a way to reach them or their name."""
    record = labelled.record
    told = sum(
        name in record for name in ("name", "first_name", "last_name", "phone", "mobile", "email", "message")
    )
    return told >= 2 and any(name in record for name in ("phone", "mobile", "email", "name", "last_name"))


def _from_labels(
    mail: Mail, letter: Letter, labelled: Labelled, said: dict[str, str], region: str
) -> ParsedLead:
    record: dict[str, Any] = {**_hidden_fields(mail), **labelled.record}
    extra: dict[str, str] = dict(labelled.unknown)
    car = dict(record.get("vehicle") or {})
    for name, value in said.items():
        if name in _CAR:
            car.setdefault(_CAR[name], value)
        elif name in _PLAIN:
            record.setdefault(name, value)
        else:
            extra.setdefault(name, value)
    if car:
        record["vehicle"] = car
    if "first_name" not in record and " " in str(record.get("last_name", "")) and "name" not in record:
        record["name"] = record.pop("last_name")  # "Nom: Jean Dupont"
    record |= _replied_to(mail, letter, record)
    if "message" in record:
        record["message"] = _without_portal(str(record["message"]))
    record.setdefault("created_at", mail.first("date"))
    (lead,) = form.parse(json.dumps(record).encode(), "application/json", region).leads
    comments = lead.comments if "message" in record else None
    phones = lead.phones or phones_in(before_closing(comments or ""), region)  # "bel me op 06…"
    return replace(lead, comments=comments, phones=phones, extra={**extra, **lead.extra})


def _replied_to(mail: Mail, letter: Letter, record: dict[str, Any]) -> dict[str, str]:
    """The address that answers go to, when the lines give none, and the name beside it in the text."""
    address = None if "email" in record else answers_to(mail, letter)
    if address is None:
        return {}
    name = None if _NAMES & record.keys() else sender_named(letter.text, address)
    return {"email": address, **({"name": name} if name else {})}


def _hidden_fields(mail: Mail) -> dict[str, str]:
    """Fields of XML that is no ADF: in an attachment, or as a comment in the HTML (AutoScout24)."""
    found: dict[str, str] = {}
    texts = [*mail.attached, *(comment for markup in mail.html for comment in comments_of(markup))]
    for text in texts[:20]:
        for name, value in _XML_FIELD.findall(text[:50_000])[:200]:
            if key_of(name) in FIELD and value.strip():
                found.setdefault(name.lower(), value.strip())
    return found


def _by_template(lead: ParsedLead, template: Template, said: dict[str, str]) -> ParsedLead:
    via = (
        {"channel": "call", "type": "call", "status": "no-answer", "answered": False}
        if template.call
        else None
    )
    comments = lead.comments if lead.comments or template.call else block(said.get("message"))
    return replace(
        lead,
        comments=comments,
        provider_name=lead.provider_name or template.name,
        provider_service=lead.provider_service or template.service,
        via=via,
    )


def _fromletter_of(mail: Mail, letter: Letter, region: str) -> ParsedLead:
    """A person's own mail: the sender asks, the text is the question, a number they sign with is theirs."""
    own, signature = own_text(unquoted(letter.text) if letter.passed_on else letter.text)
    theirs = not is_mass_mail(mail) and not thanks_for_a_request(mail, own)
    name, email = writer(mail, letter) if theirs else ("", None)
    phones = phones_in(f"{own or letter.subject}\n\n{signature}", region) if email else ()
    stock = stock_in(f"{letter.subject}\n{own}") if email else None
    words = block(own) or block(signature) or one_line(letter.subject)
    when_raw = mail.first("date")
    when, status = read_date(when_raw)
    parts = {"full": name} if name else {}
    return ParsedLead(
        request_date_raw=when_raw, request_date_utc=when, request_date_status=status,
        vehicles_of_interest=(Car(stock=stock),) if stock else (),
        name_parts=parts, display_name=name or None, email=email, phones=phones, comments=words,
        language=language_of(None, words, region), outcome=lead_outcome(email, phones),
        preferred_channel=channel_asked(words, can_mail=email is not None), extra={"letter": True},
    )  # fmt: skip


def _without_portal(message: str) -> str:
    own, _ = own_text(message)
    return own or message


def _finished(lead: ParsedLead, mail: Mail) -> tuple[ParsedLead, str | None]:
    outcome = lead_outcome(lead.email, lead.phones)
    note = None if outcome == "lead" else "a mail that names no customer"
    if outcome == "quarantine" and lead.comments is None:
        lead = replace(lead, comments=one_line(mail.first("subject")))
    return replace(lead, outcome=outcome), note
