"""Kind `twilio`: calls and text messages over Twilio, and over providers that speak like it.

In: a status callback or an incoming message, form-encoded or JSON. Out: `Parsed`. Answered and missed calls
of customers are leads; calls and messages of ours are `reports`. Never raises for content. Source:
twilio.com/docs/voice/twiml and /usage/security.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import phonenumbers

from app.intake.names import display_name
from app.intake.parsed import ExternalId, Parsed, ParsedLead, Phone
from app.intake.phones import read_phones
from app.intake.sources.form_fields import as_text
from app.intake.sources.reading.dates import read_date
from app.intake.sources.reading.json_text import read_json
from app.intake.sources.reading.stop_words import says_stop
from app.intake.sources.reading.text import block, decode, one_line, stray_bytes, visible
from app.intake.sources.reading.wishes import channel_asked, language_of
from app.intake.sources.signatures import base64_sha1, same, same_as_any

# Not answered, in the words of CallStatus and DialCallStatus; and what is not over yet.
_MISSED = frozenset({"no-answer", "busy", "failed", "canceled", "cancelled"})
_OVER = _MISSED | {"completed", "answered"}
# What Twilio puts in From when the caller hides: ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN, UNAVAILABLE as keys.
_HIDDEN_WORDS = (
    "+266696687 +7378742833 +2562533 +8656696 +86282452253 anonymous restricted blocked unknown unavailable"
)
_HIDDEN = frozenset(_HIDDEN_WORDS.split())
_MOST_PAIRS = 500


def verify_signature(
    auth_token: str,
    public_url: str,
    params: Mapping[str, str | list[str]],
    header: str | None,
    body: bytes | None = None,
) -> bool:
    """`X-Twilio-Signature`: base64 HMAC-SHA1 over the address as Twilio knows it and the sorted parameters.

    `public_url` is the configured one with its query, not the one a proxy made of it. For a JSON body pass it
    as `body` and no params: its SHA-256 is in the address (`bodySHA256`) and must fit.
    """
    if not auth_token or not header:
        return False
    if body is not None:
        stated = dict(parse_qsl(urlsplit(public_url).query)).get("bodySHA256")
        if not same(hashlib.sha256(body).hexdigest(), (stated or "").lower()):
            return False
    told = "".join(f"{key}{one}" for key in sorted(params) for one in _each(params[key]))
    signed = [base64_sha1(auth_token, (url + told).encode()) for url in _with_and_without_port(public_url)]
    return same_as_any(signed, header.strip())


def _each(value: str | list[str]) -> list[str]:
    return sorted(set(value)) if isinstance(value, list) else [value]


def _with_and_without_port(url: str) -> list[str]:
    """Twilio signs with or without the default port, depending on the product."""
    parts = urlsplit(url)
    host, colon, port = parts.netloc.rpartition(":")
    if colon and port.isdigit():
        return [url, parts._replace(netloc=host).geturl()]
    default = {"https": "443", "http": "80"}.get(parts.scheme)
    return [url, parts._replace(netloc=f"{parts.netloc}:{default}").geturl()] if default else [url]


def parse(body: bytes, content_type: str = "", region: str = "") -> Parsed:
    """Read one callback."""
    text = visible(decode(body, content_type))
    told = _params(text)
    if not any(key in told for key in ("From", "Caller", "CallSid", "MessageSid", "SmsSid", "CallStatus")):
        lead = ParsedLead(comments=block(text), language=language_of(None, None, region))
        return Parsed("quarantine", (lead,), None, "no call and no message of Twilio", text)
    if "Body" in told or _number(told.get("NumMedia")):
        return _message(told, region, text)
    if "MessageStatus" in told or ("SmsStatus" in told and "CallSid" not in told):
        return _report("message", told, told.get("MessageStatus") or told["SmsStatus"], text)
    return _call(told, region, text)


def _params(text: str) -> dict[str, str]:
    data = read_json(text) if text.lstrip()[:1] == "{" else None
    if isinstance(data, dict):
        return {key: value for key, one in data.items() if (value := as_text(one)) is not None}
    try:
        pairs = parse_qsl(
            text.strip(), keep_blank_values=True, errors="surrogateescape", max_num_fields=_MOST_PAIRS
        )
    except ValueError:
        return {}
    return {visible(stray_bytes(key)): visible(stray_bytes(value)).strip() for key, value in pairs}


def _call(told: dict[str, str], region: str, text: str) -> Parsed:
    """A call that is over. What the forwarded leg says counts more than the call itself."""
    dialled = told.get("DialCallStatus", "").lower()
    status = dialled or told.get("CallStatus", "").lower()
    theirs = not told.get("Direction", "inbound").lower().startswith("outbound")
    if not theirs or status not in _OVER:
        return _report("call", told, status, text)
    seconds = _number(told.get("DialCallDuration") if dialled else told.get("CallDuration"))
    via = {
        "channel": "call",
        "type": "voicemail" if told.get("RecordingUrl") and status in _MISSED else "call",
        "status": status,
        "answered": status not in _MISSED,
        "duration_s": seconds,
        "id": told.get("CallSid") or None,
        "called": told.get("To") or told.get("Called") or None,
    }
    return _result(_caller(told, region), told, via, text)


def _message(told: dict[str, str], region: str, text: str) -> Parsed:
    words = block(told.get("Body"))
    over_whatsapp = told.get("From", "").startswith("whatsapp:")
    via = {
        "channel": "whatsapp" if over_whatsapp else "sms",
        "type": "text",
        "status": told.get("SmsStatus") or None,
        "media": _number(told.get("NumMedia")) or None,
        "id": told.get("MessageSid") or told.get("SmsSid") or told.get("SmsMessageSid") or None,
        "reply_to": told.get("OriginalRepliedMessageSid") or None,
    }
    stop = says_stop(words) or told.get("OptOutType", "").upper() == "STOP"
    lead = _caller(told, region)
    lead = replace(
        lead,
        comments=words,
        language=language_of(None, words, _country(lead.phones) or region),
        preferred_channel=channel_asked(words, can_mail=False),
        extra={"stop": "confirmed" if "OptOutType" in told else True} if stop else {},
    )
    return _result(lead, told, via, text)


def _caller(told: dict[str, str], region: str) -> ParsedLead:
    sent_from = told.get("From") or told.get("Caller") or ""
    typed = sent_from.removeprefix("whatsapp:").removeprefix("sip:").removeprefix("tel:").partition("@")[0]
    hidden = typed.lower() in _HIDDEN or typed.startswith("client:")
    # "From=+31…" that nobody percent-encoded arrives with a blank in place of the plus.
    typed = (
        typed.strip() if typed.startswith(("+", "0")) or not typed.strip().isdigit() else f"+{typed.strip()}"
    )
    found = read_phones(typed, region)[:1] if not hidden else []
    kind = "whatsapp" if sent_from.startswith("whatsapp:") else None
    phones = tuple(replace(phone, type=kind) for phone in found)
    name = one_line(told.get("CallerName") or told.get("ProfileName"))
    parts = {"full": name} if name and name.lower() not in _HIDDEN else {}
    return ParsedLead(
        name_parts=parts, display_name=display_name(parts), phones=phones,
        language=language_of(None, None, _country(phones) or region),
        outcome="lead" if phones else "quarantine",
    )  # fmt: skip


def _country(phones: tuple[Phone, ...]) -> str | None:
    """The country of the caller's number: who calls from Belgium is not greeted as a Dutchman."""
    e164 = phones[0].e164 if phones else None
    return phonenumbers.region_code_for_number(phonenumbers.parse(e164)) if e164 else None


def _result(lead: ParsedLead, told: dict[str, str], via: dict[str, Any], text: str) -> Parsed:
    when_raw = told.get("Timestamp") or ""
    when, status = read_date(when_raw)
    key = f"twilio:{via['id']}" if via["id"] else None
    lead = replace(
        lead,
        external_ids=(ExternalId("twilio", via["id"]),) if via["id"] else (),
        request_date_raw=when_raw, request_date_utc=when, request_date_status=status,
        delivery_key=key,
        via={name: value for name, value in via.items() if value is not None},
    )  # fmt: skip
    note = None if lead.outcome == "lead" else "a caller who hides the number"
    return Parsed(lead.outcome, (lead,), key, note, text)


def _report(kind: str, told: dict[str, str], status: str, text: str) -> Parsed:
    found = {
        "kind": kind,
        "id": told.get("CallSid") or told.get("MessageSid") or told.get("SmsSid"),
        "status": status.lower(),
        "duration_s": _number(told.get("CallDuration")) if "CallDuration" in told else None,
        "recipient": told.get("To"),
        "error": told.get("ErrorCode") or told.get("SipResponseCode"),
        "answered_by": told.get("AnsweredBy"),
    }
    report = {key: value for key, value in found.items() if value not in (None, "")}
    return Parsed(
        "ignore", note=f"about a {kind} of ours or one that goes on", raw_text=text, reports=(report,)
    )


def _number(text: str | None) -> int:
    """Seconds or a count. `CallDuration` is in seconds; `Duration` is in minutes and never read."""
    return int(text[:9]) if text and text.isascii() and text.isdigit() else 0
