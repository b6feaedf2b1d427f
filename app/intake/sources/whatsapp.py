"""Kind `whatsapp`: WhatsApp Cloud API, messages of customers and their calls.

In: a webhook body. Out: `Parsed`: one lead a message, each with its own `delivery_key`; what happened to
messages of ours is in `reports`. Never raises for content. A sender may have no phone number, only an id of
WhatsApp's ("business-scoped user id"). Handshake and signature: as `meta`. Source: developers.facebook.com.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from app.intake.names import display_name
from app.intake.parsed import Car, ExternalId, Parsed, ParsedLead, Phone
from app.intake.phones import read_phones
from app.intake.sources.meta import challenge, verify_signature
from app.intake.sources.reading.dates import read_date
from app.intake.sources.reading.json_text import dig, objects, read_json, text_at
from app.intake.sources.reading.stop_words import says_stop
from app.intake.sources.reading.text import block, decode, one_line, visible
from app.intake.sources.reading.wishes import channel_asked, language_of
from app.intake.sources.whatsapp_words import is_request, kind_of, said, told

__all__ = ["challenge", "parse", "verify_signature"]

_MOST = 200


def parse(body: bytes, content_type: str = "", region: str = "") -> Parsed:
    """Read a webhook: messages and calls become leads, reactions, receipts and system messages do not."""
    text = visible(decode(body, content_type))
    data = read_json(text)
    if not isinstance(dig(data, "entry"), list):
        lead = ParsedLead(comments=block(text), language=language_of(None, None, region))
        return Parsed("quarantine", (lead,), None, "no webhook of WhatsApp", text)
    leads: dict[str, ParsedLead] = {}
    reports: list[dict[str, Any]] = []
    for value in _values(data):
        reports += _reports(value)
        for lead in _leads(value, region):
            leads.setdefault(lead.delivery_key or str(len(leads)), lead)
    if not leads:
        return Parsed("ignore", note="no message of a customer", raw_text=text, reports=tuple(reports))
    reachable = any(lead.outcome == "lead" for lead in leads.values())
    note = None if reachable else "a sender without a phone number"
    outcome = "lead" if reachable else "quarantine"
    found = tuple(leads.values())
    return Parsed(outcome, found, _key(found), note, text, reports=tuple(reports))  # type: ignore[arg-type]


def _values(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What the customers sent. Copies of what the showroom sent from its own phone are not theirs."""
    for entry in objects(data["entry"], _MOST):
        for change in objects(entry.get("changes"), _MOST):
            value = change.get("value")
            if isinstance(value, dict) and change.get("field") in ("messages", "calls", None):
                yield value


def _leads(value: dict[str, Any], region: str) -> Iterator[ParsedLead]:
    for message in objects(value.get("messages"), _MOST):
        if is_request(message):
            yield _message(message, value, region)
    for call in objects(value.get("calls"), _MOST):
        if _is_customers_call(call):
            yield _call(call, value, region)


def _message(message: dict[str, Any], value: dict[str, Any], region: str) -> ParsedLead:
    words = block(said(message))
    via = {"channel": "whatsapp", "type": kind_of(message), "reply_to": text_at(message, "context", "id")}
    lead = replace(
        _sender(message, value, region),
        comments=words,
        preferred_channel=channel_asked(words, can_mail=False),
        extra={**told(message), **({"stop": True} if says_stop(words) else {})},
    )
    stock = text_at(message, "context", "referred_product", "product_retailer_id")
    if stock:
        lead = replace(lead, vehicles_of_interest=(Car(stock=one_line(stock)),))
    return _finished(lead, message, via, region)


def _is_customers_call(call: dict[str, Any]) -> bool:
    """A call that the customer began and that is over; that it rings is no news yet."""
    theirs = (text_at(call, "direction") or "").upper() in ("USER_INITIATED", "")
    return theirs and (text_at(call, "event") or "").lower() == "terminate"


def _call(call: dict[str, Any], value: dict[str, Any], region: str) -> ParsedLead:
    status = (text_at(call, "status") or "").lower()
    told = text_at(call, "duration") or ""
    seconds = int(told[:9]) if told.isascii() and told.isdigit() else 0
    via = {
        "channel": "call",
        "type": "whatsapp_call",
        "status": status or ("completed" if seconds else "no-answer"),
        "answered": seconds > 0,
        "duration_s": seconds,
    }
    return _finished(_sender(call, value, region), call, via, region)


def _finished(lead: ParsedLead, item: dict[str, Any], via: dict[str, Any], region: str) -> ParsedLead:
    when_raw = text_at(item, "timestamp") or ""
    when, status = read_date(when_raw)
    item_id = text_at(item, "id")
    return replace(
        lead,
        request_date_raw=when_raw, request_date_utc=when, request_date_status=status,
        provider_name="WhatsApp",
        language=language_of(None, lead.comments, region),
        delivery_key=f"whatsapp:{item_id}" if item_id else None,
        via={key: one for key, one in {**via, "id": item_id}.items() if one is not None},
    )  # fmt: skip


def _sender(item: dict[str, Any], value: dict[str, Any], region: str) -> ParsedLead:
    """Who sent it: number if there is one, WhatsApp's own ids, and the name they gave themselves."""
    sent_from = text_at(item, "from")
    user_id = text_at(item, "from_user_id") or text_at(item, "user_id")
    contact = _contact(value, sent_from, user_id)
    number = sent_from or text_at(contact, "wa_id")
    user_id = user_id or text_at(contact, "user_id")
    name = one_line(text_at(contact, "profile", "name") or text_at(contact, "profile", "username"))
    phones = _phones(number, region)
    ids = (("whatsapp", number), ("whatsapp_user_id", user_id))
    parts = {"full": name} if name else {}
    return ParsedLead(
        external_ids=tuple(ExternalId(source, one) for source, one in ids if one),
        name_parts=parts, display_name=display_name(parts), phones=phones,
        outcome="lead" if phones else "quarantine",
    )  # fmt: skip


def _contact(value: dict[str, Any], number: str | None, user_id: str | None) -> dict[str, Any]:
    contacts = objects(value.get("contacts"), _MOST)
    for contact in contacts:
        if (number and text_at(contact, "wa_id") == number) or (
            user_id and text_at(contact, "user_id") == user_id
        ):
            return contact
    return contacts[0] if len(contacts) == 1 and not number else {}


def _phones(number: str | None, region: str) -> tuple[Phone, ...]:
    """WhatsApp writes numbers without "+"; what holds letters is an id and no number."""
    if not number or not number.removeprefix("+").isdigit():
        return ()
    found = read_phones("+" + number.removeprefix("+"), region)[:1]
    return tuple(replace(phone, raw=number, type="whatsapp") for phone in found)


def _reports(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Sent, delivered, read, failed: about messages and calls of ours. Also what a customer did without asking."""
    for message in objects(value.get("messages"), _MOST):
        if not is_request(message):
            yield _noted(kind_of(message), message, ("reaction", "emoji"), ("reaction", "message_id"))
    for call in objects(value.get("calls"), _MOST):
        if not _is_customers_call(call):
            yield _noted("call", call, ("event",), ("biz_opaque_callback_data",))
    for status in objects(value.get("statuses"), _MOST):
        error = next(iter(objects(status.get("errors"))), {})
        found = {
            "kind": "call" if status.get("type") == "call" else "message",
            "id": text_at(status, "id"),
            "status": (text_at(status, "status") or "").lower() or None,
            "recipient": text_at(status, "recipient_id") or text_at(status, "recipient_user_id"),
            "timestamp": text_at(status, "timestamp"),
            "error": text_at(error, "code"),
        }
        yield {key: one for key, one in found.items() if one is not None}


def _noted(
    kind: str, item: dict[str, Any], status: tuple[str, ...], about: tuple[str, ...]
) -> dict[str, Any]:
    found = {
        "kind": kind,
        "id": text_at(item, "id"),
        "status": text_at(item, *status),
        "about": text_at(item, *about),
        "sender": text_at(item, "from") or text_at(item, "from_user_id"),
        "new_number": text_at(item, "system", "wa_id"),
        "timestamp": text_at(item, "timestamp"),
    }
    return {key: one for key, one in found.items() if one is not None}


def _key(leads: tuple[ParsedLead, ...]) -> str | None:
    keys = [lead.delivery_key for lead in leads if lead.delivery_key]
    if len(keys) < len(leads):
        return None
    if len(keys) == 1:
        return keys[0]
    return "whatsapp:" + hashlib.sha256("|".join(keys).encode("utf-8", "replace")).hexdigest()[:40]
