"""Kind `email`: a portal's lead mail, a mail with ADF in it, or a customer who simply writes.

In: a raw mail, or an inbound service's post of one, and the showroom's country. Out: `Parsed`. Never raises
for content, fetches nothing, opens no archive. ADF counts first, wherever it is; then known senders and
labelled lines; then the mail's own text. The delivery key is the Message-ID. Called through the registry, and
with an administrator's own templates in its settings. Thread ids and the sender stand in a lead's `extra`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.intake.parsed import Parsed, ParsedLead
from app.intake.sources import adf
from app.intake.sources.email_automatic import (
    answers_by_itself,
    surely_automatic,
    thanks_by_itself,
)
from app.intake.sources.email_headers import addresses
from app.intake.sources.email_lead import read_own_words
from app.intake.sources.email_message import LONGEST_TEXT, Mail, head_of, read_mail, readable
from app.intake.sources.email_posted import raw_mail, subscription
from app.intake.sources.email_template import Template, built_in, usable
from app.intake.sources.reading.dates import read_date
from app.intake.sources.reading.text import block, decode, visible
from app.intake.sources.reading.wishes import language_of

_LONGEST_ID = 150
_MOST_LEADS = 100
_OPENS_ADF = re.compile(r"<\??(?:[\w.-]{1,40}:)?adf\b", re.IGNORECASE)
_DELIVERED = ("x-original-to", "delivered-to", "x-envelope-to", "envelope-to", "x-forwarded-to", "to", "cc")


def parse(
    body: bytes, content_type: str = "", region: str = "", settings: Mapping[str, Any] | None = None
) -> Parsed:
    """Read a mail with the house's own templates (`settings["templates"]`, plain fields) and the built-in ones."""
    return parse_with(body, content_type, region, usable((settings or {}).get("templates", ())))


def parse_with(
    body: bytes, content_type: str = "", region: str = "", templates: Sequence[Template] = ()
) -> Parsed:
    """Read a mail; `templates` are tried before the built-in ones."""
    raw = raw_mail(body, content_type)
    if raw is None:
        return _no_mail(body, region)
    mail = read_mail(raw)
    text = readable(mail)
    parsed = _read(mail, text, region, (*templates, *built_in()))
    key = _delivery_key(mail, text)
    leads = tuple(replace(lead, extra={**_thread(mail), **lead.extra}) for lead in parsed.leads)
    return replace(parsed, leads=leads, delivery_key=key, raw_text=_shown(mail, text))


def recipients(body: bytes) -> tuple[str, ...]:
    """The addresses that a mail was delivered to, the envelope's first: one of them names the source."""
    mail = read_mail(body)
    found = (address for name in _DELIVERED for _, address in _addresses(mail, name))
    return tuple({address.lower(): address for address in reversed(list(found))}.values())[::-1]


def key_of(raw: bytes) -> str | None:
    """The delivery key of a raw mail by its Message-ID, from its headers alone; None without one."""
    return _id_key(head_of(raw).first("message-id"))


def _read(mail: Mail, text: str, region: str, templates: Sequence[Template]) -> Parsed:
    if why := surely_automatic(mail):
        return Parsed("ignore", note=why)
    found = _adf(mail, region)
    if found is not None:
        return found
    if why := answers_by_itself(mail, text):
        return Parsed("ignore", note=why)
    lead, note = read_own_words(mail, text, region, templates)
    if (why := thanks_by_itself(mail, text)) and not _is_anothers(mail, lead):
        return Parsed("ignore", note=why)
    return Parsed(lead.outcome, (lead,), None, note)


def _is_anothers(mail: Mail, lead: ParsedLead) -> bool:
    """A machine's mail about a customer whom it is not addressed to: a lead, however politely it is worded."""
    if lead.outcome != "lead" or "letter" in lead.extra:
        return False
    addressed = {address.lower() for name in ("to", "cc") for _, address in _addresses(mail, name)}
    return lead.email is None or lead.email.lower() not in addressed


def _adf(mail: Mail, region: str) -> Parsed | None:
    """The ADF of the first place that has a usable one: attachments, text, HTML; else any that there is."""
    unusable: Parsed | None = None
    for place in _places(mail):
        found = [one for text in place if (one := adf.parse_text(text, region)).outcome != "no_adf"]
        leads = {
            repr(lead): lead for one in found for lead in one.leads if lead.outcome == one.outcome == "lead"
        }
        if leads:
            others = {repr(lead): lead for one in found for lead in one.leads if one.outcome == "lead"}
            note = next((one.note for one in found if one.note and one.outcome == "lead"), None)
            return Parsed("lead", tuple((others or leads).values())[:_MOST_LEADS], None, note)
        unusable = unusable or next(iter(found), None)
    return unusable


def _places(mail: Mail) -> Iterator[list[str]]:
    mails = list(mail.walk())
    yield [text for one in mails for text in one.attached]
    yield [
        text
        for one in mails
        for text in (*map(_unquoted_adf, one.plain), "\n".join(one.plain))[: _copies(one)]
    ]
    yield [text for one in mails for text in one.html]


def _copies(mail: Mail) -> int:
    """Each text part by itself; all of them joined only where there are several."""
    return len(mail.plain) + (1 if len(mail.plain) > 1 else 0)


def _unquoted_adf(text: str) -> str:
    """A forwarding mail program may have put "> " before every line of the XML, its first one too."""
    first = next((line for line in text.split("\n", 2_000)[:2_000] if _OPENS_ADF.search(line)), "")
    if not first.lstrip().startswith((">", "|")):
        return text
    return "\n".join(_bare(line) for line in text.split("\n"))


def _bare(line: str) -> str:
    bare = line.lstrip()
    if not bare.startswith((">", "|")):
        return line
    while bare.startswith((">", "|")):
        bare = bare[1:].removeprefix(" ")
    return bare


def _thread(mail: Mail) -> dict[str, str]:
    """What tells whether this is an answer, and to what."""
    sender = next(iter(_addresses(mail, "from")), ("", ""))[1]
    found = {
        "from": sender,
        "subject": mail.first("subject")[:500],
        "message_id": mail.first("message-id")[:500],
        "in_reply_to": mail.first("in-reply-to")[:500],
        "references": mail.first("references")[:2_000],
    }
    return {name: value for name, value in found.items() if value}


def _addresses(mail: Mail, name: str) -> list[tuple[str, str]]:
    return [pair for value in mail.raw_headers.get(name, ()) for pair in addresses(value)]


def _delivery_key(mail: Mail, text: str) -> str | None:
    """The Message-ID. A mail without one is known by its date, sender, subject and text, if it has a date."""
    if key := _id_key(mail.first("message-id")):
        return key
    if read_date(mail.first("date"))[0] is None:
        return None
    told = [mail.first(name) for name in ("date", "from", "subject")]
    return "mail:" + hashlib.sha256(repr([*told, text, mail.attached, mail.html]).encode()).hexdigest()[:40]


def _id_key(message_id: str) -> str | None:
    message_id = message_id.strip(" <>")
    if not message_id:
        return None
    long = len(message_id) > _LONGEST_ID
    return "mail:" + (hashlib.sha256(message_id.encode()).hexdigest() if long else message_id)


def _shown(mail: Mail, text: str) -> str:
    """What a person reads who has to look: who, about what, and the text."""
    head = [f"{name.title()}: {mail.first(name)}" for name in ("from", "subject") if mail.first(name)]
    return visible("\n".join([*head, "", text or "\n".join(mail.attached)[:LONGEST_TEXT]])).strip()


def _no_mail(body: bytes, region: str) -> Parsed:
    text = visible(decode(body[:LONGEST_TEXT]))
    if subscription(body):
        return Parsed("ignore", note="Amazon SNS asks to confirm the subscription", raw_text=text)
    lead = ParsedLead(comments=block(text), language=language_of(None, None, region))
    return Parsed("quarantine", (lead,), None, "no mail in it", text)
