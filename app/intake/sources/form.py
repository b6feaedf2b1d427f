"""Kind `form`: a website's form, sent as JSON or form-encoded, by our script or by anybody's.

In: the request body and its content type, and the showroom's country. Out: `Parsed`. Never raises for
content: what cannot be read becomes a lead that needs a look, its question being the body as text. Called
through the registry in `sources/__init__.py`; field names: `form_fields.py`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.message import Message
from email.policy import compat32
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl

from app.intake.names import display_name, read_email
from app.intake.parsed import Car, ExternalId, Parsed, ParsedLead, Phone, lead_outcome
from app.intake.phones import read_phones
from app.intake.sources.form_fields import Fields, as_text, read_fields
from app.intake.sources.reading.dates import read_date
from app.intake.sources.reading.text import block, decode, one_line, stray_bytes, visible
from app.intake.sources.reading.wishes import channel_asked, channel_named, language_of

_MOST_PAIRS = 2_000
_MOST_LEADS = 100
_MOST_NUMBERS = 20
_MOST_LOOSE = 200
_YES = frozenset({"1", "true", "yes", "ja", "y", "on", "oui"})
_PLAIN_PHONE = re.compile(r"(?:\+|00)[\d ().\-/]{7,24}")
_TYPES = {"mobile": "cellphone", "whatsapp": "whatsapp"}


def parse(body: bytes, content_type: str = "", region: str = "") -> Parsed:
    """Read a form. A JSON array of objects is as many leads."""
    if "multipart/form-data" in content_type.lower():
        records = [_joined(_multipart(body, content_type))]
        text = visible(decode(body, content_type))
    else:
        text = visible(decode(body, content_type))
        records = _records(text)
    read = [read_fields(record) for record in records[:_MOST_LEADS]]
    if read and all(fields.values.get("honeypot") for fields in read):
        return Parsed("ignore", note="a machine filled the field that people do not see", raw_text=text)
    wanted = [fields for fields in read if not fields.values.get("honeypot")]
    leads = tuple(_lead(fields, region) for fields in wanted)
    if not any(_says_something(lead) for lead in leads):
        lead = ParsedLead(comments=block(text), language=language_of(None, None, region))
        return Parsed("quarantine", (lead,), None, "no field that we know", text)
    reachable = any(lead.outcome == "lead" for lead in leads)
    note = None if reachable else "no phone number and no e-mail address"
    return Parsed("lead" if reachable else "quarantine", leads, _delivery_key(leads), note, text)


def _records(text: str) -> list[dict[str, Any]]:
    """The objects of a JSON text, or the pairs of a form-encoded one, whatever the content type says."""
    stripped = text.strip()
    if stripped[:1] in ("{", "["):
        try:
            data = json.loads(stripped, parse_constant=str, strict=False)
        except (ValueError, RecursionError):
            data = None
        if isinstance(data, dict):
            return [data]
        if isinstance(data, list):
            return [item for item in data if isinstance(item, dict)]
    if "=" not in stripped or stripped[:1] in ("{", "[", "<"):
        return []
    try:
        pairs = parse_qsl(
            stripped, keep_blank_values=True, errors="surrogateescape", max_num_fields=_MOST_PAIRS
        )
    except ValueError:
        return []
    return [_joined((stray_bytes(name), stray_bytes(value)) for name, value in pairs)]


def _joined(pairs: Iterator[tuple[str, str]]) -> dict[str, Any]:
    """Pairs to a dict; a name that occurs several times has a list."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            before = found[name]
            found[name] = [*before, value] if isinstance(before, list) else [before, value]
        else:
            found[name] = value
    return found


def _multipart(body: bytes, content_type: str) -> Iterator[tuple[str, str]]:
    """The text fields of a multipart form; files are not ours to read."""
    header = content_type.replace("\r", " ").replace("\n", " ").encode("utf-8", "replace")
    message = message_from_bytes(b"Content-Type: " + header + b"\r\n\r\n" + body, policy=compat32)
    parts: list[Any] = message.get_payload() if message.is_multipart() else []  # type: ignore[assignment]
    for part in parts[:_MOST_PAIRS]:
        name = part.get_param("name", header="content-disposition") if isinstance(part, Message) else None
        content = part.get_payload(decode=True) if name and not part.get_filename() else None
        if isinstance(content, bytes):
            yield str(name), decode(content)


def _lead(fields: Fields, region: str) -> ParsedLead:
    message = block("\n".join(fields.values.get("message", [])))
    typed = fields.first("email") or ""
    email = read_email(typed) or (None if typed else _loose_email(fields))
    phones = _phones(fields, region)
    parts = _name_parts(fields)
    company = one_line(fields.first("company"))
    raw_date = fields.first("when") or ""
    date_utc, date_status = read_date(raw_date)
    source = one_line(fields.first("source"))
    stated = channel_named(fields.first("channel"))
    return ParsedLead(
        external_ids=tuple(ExternalId(source, value) for value in fields.values.get("id", [])),
        request_date_raw=raw_date, request_date_utc=date_utc, request_date_status=date_status,
        vehicles_of_interest=_cars(fields.cars), trade_ins=_cars(fields.trades),
        vehicle_comments=next((car["comments"] for car in fields.cars if car.get("comments")), None),
        name_parts=parts, display_name=display_name(parts) or company, company=company,
        email=email, phones=phones, comments=message,
        provider_name=source, provider_service=one_line(fields.first("service")),
        language=language_of(fields.first("language"), message, region),
        outcome=lead_outcome(email, phones),
        preferred_channel=stated or channel_asked(message, can_mail=email is not None),
        is_test=(fields.first("test") or "").lower() in _YES,
        consent=fields.consent,
        extra=_extra(fields, typed),
    )  # fmt: skip


def _extra(fields: Fields, typed_email: str) -> dict[str, Any]:
    """What nobody knows, what is no address, and the sender's own word for the kind of request."""
    kept = {"type": fields.first("service"), "email": None if read_email(typed_email) else typed_email}
    return {**fields.extra, **{key: text for key, text in kept.items() if text}}


def _name_parts(fields: Fields) -> dict[str, str]:
    """The parts that were sent.

    With a first and a last name, a "name" without them is the form's own; with a first name alone, it is the
    last ("Naam" above "Voornaam", as in Belgium).
    """
    ours = {"first": "first", "middle": "middle", "infix": "infix", "last": "last", "name": "full"}
    found = {part: one_line(fields.first(name)) for name, part in ours.items()}
    parts = {part: text for part, text in found.items() if text}
    if "first" in parts and "last" in parts and parts["last"] not in parts.get("full", parts["last"]):
        del parts["full"]
    elif "full" in parts and "first" in parts and parts["first"].lower() not in parts["full"].lower():
        parts["last"] = parts.pop("full")
    return parts


def _phones(fields: Fields, region: str) -> tuple[Phone, ...]:
    found: list[Phone] = []
    for name in ("mobile", "phone", "whatsapp"):
        for text in fields.values.get(name, [])[:_MOST_NUMBERS]:
            found += [replace(phone, type=_TYPES.get(name)) for phone in read_phones(text, region)]
    known = {phone.e164 for phone in found if phone.e164}
    return tuple(found) if known or found else _loose_phones(fields, region)


def _loose_phones(fields: Fields, region: str) -> tuple[Phone, ...]:
    """Forms that do not name their fields: only a whole value that is written as +… or 00… and is valid.

    Anything weaker would take an order number for a phone number.
    """
    texts = (as_text(value) for value in islice(_loose_values(fields), _MOST_LOOSE))
    found = [read_phones(text, region) for text in texts if text and _PLAIN_PHONE.fullmatch(text)]
    return tuple(phone for phones in found for phone in phones if phone.valid)


def _loose_email(fields: Fields) -> str | None:
    texts = (as_text(value) for value in _loose_values(fields))
    return next((text for text in texts if text and read_email(text) == text), None)


def _loose_values(fields: Fields) -> Iterator[Any]:
    """Plain values of unknown fields, those of one unknown group too."""
    for value in fields.extra.values():
        yield from value.values() if isinstance(value, dict) else (value,)


def _cars(cars: list[dict[str, str]]) -> tuple[Car, ...]:
    found = (Car(**{key: one_line(text) for key, text in car.items()}) for car in cars)
    return tuple(car for car in found if car.is_named or car.comments)


def _says_something(lead: ParsedLead) -> bool:
    return any(
        (lead.name_parts, lead.email, lead.phones, lead.comments, lead.vehicles_of_interest, lead.trade_ins)
    )


def _delivery_key(leads: tuple[ParsedLead, ...]) -> str | None:
    """Only if every lead has its sender's id.

    Customer and question are part of it, so that a form with a constant "id" never swallows another
    customer's lead.
    """
    if not all(lead.external_ids for lead in leads):
        return None
    told = [(lead.external_ids, lead.email, [p.raw for p in lead.phones], lead.comments) for lead in leads]
    return "form:" + hashlib.sha256(repr(told).encode()).hexdigest()[:40]
