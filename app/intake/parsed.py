"""What a parser hands over: plain values, no database, no clock.

In: nothing but what a parser puts in. Out: `Parsed`, which `receive.py` stores and the command line prints
with `to_json`. Text is as the customer wrote it, with control characters removed; nothing here is escaped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Outcome = Literal["lead", "quarantine", "ignore", "no_adf"]
LeadOutcome = Literal["lead", "quarantine"]
Channel = Literal["call", "whatsapp", "sms", "email"]

# Phone types that ring no person: kept and shown, never dialled.
_NOT_FOR_CALLS = frozenset({"fax", "pager"})
_MOBILE = frozenset({"cellphone", "cell", "mobile", "mobiel", "gsm", "whatsapp"})

# Keys of a car in `to_json`, in the order in which they are printed.
_CAR_KEYS = (
    "year", "make", "model", "trim", "vin", "stock", "bodystyle",
    "odometer", "odometer_units", "price", "currency", "interest", "status",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ExternalId:
    """The number another system gave the request; `source` names that system."""

    source: str | None
    value: str


@dataclass(frozen=True, slots=True)
class Phone:
    """One number as typed (`raw`) and, if the library calls it valid, as E.164.

    `readings`: every E.164 reading worth offering, the chosen one first; empty when there is no doubt.
    `time` and `type` are the sender's own words. No verdict: `valid` only says whether it can be dialled.
    """

    raw: str
    e164: str | None
    valid: bool
    type: str | None = None
    preferred: bool = False
    time: str | None = None
    extension: str | None = None
    readings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Car:
    """A wanted car or a trade-in, every value as written. A whole car in one line of text is its `model`."""

    year: str | None = None
    make: str | None = None
    model: str | None = None
    trim: str | None = None
    vin: str | None = None
    stock: str | None = None
    bodystyle: str | None = None
    odometer: str | None = None
    odometer_units: str | None = None
    price: str | None = None
    currency: str | None = None
    interest: str | None = None
    status: str | None = None
    color: str | None = None
    url: str | None = None
    plate: str | None = None
    comments: str | None = None

    @property
    def label(self) -> str:
        """Make, model, trim and year in one line, as people say it; stock number or plate failing that."""
        words = [word for word in (self.make, self.model, self.trim, self.year) if word]
        return " ".join(words) or self.stock or self.plate or self.vin or ""

    @property
    def is_named(self) -> bool:
        """True when there is more than an interest, a status or a remark: something to call a car."""
        about = (self.year, self.make, self.model, self.trim, self.vin, self.stock, self.bodystyle)
        return any((*about, self.odometer, self.price, self.url, self.plate))


@dataclass(frozen=True, slots=True)
class ParsedLead:
    """One request of one customer, as far as it could be read.

    `request_date_status`: "ok", "missing", or what to do with `request_date_raw`; `request_date_utc` is aware
    UTC. `preferred_channel` is set only when the customer asked for a channel. `name_parts` has the keys
    first, middle, infix, last, full and whatever else the sender named. `extra`: fields nobody knows.
    `delivery_key`: this lead's own, where one delivery carries several messages. `via`: the call or message it
    came as: {"channel", "type", "status", "duration_s", "id", …}, None for a form.
    """

    external_ids: tuple[ExternalId, ...] = ()
    request_date_raw: str = ""
    request_date_utc: datetime | None = None
    request_date_status: str = "missing"
    vehicles_of_interest: tuple[Car, ...] = ()
    trade_ins: tuple[Car, ...] = ()
    name_parts: Mapping[str, str] = field(default_factory=dict)
    display_name: str | None = None
    email: str | None = None
    email_preferred: bool = False
    phones: tuple[Phone, ...] = ()
    comments: str | None = None
    vehicle_comments: str | None = None
    vendor_name: str | None = None
    provider_name: str | None = None
    provider_service: str | None = None
    language: str | None = None
    outcome: LeadOutcome = "quarantine"
    preferred_channel: Channel | None = None
    is_test: bool = False
    consent: Mapping[str, Any] | None = None
    company: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    delivery_key: str | None = None
    via: Mapping[str, Any] | None = None

    @property
    def whatsapp_id(self) -> str | None:
        """WhatsApp's id of the sender ("business-scoped user id"): all there is when the number is hidden."""
        return next((one.value for one in self.external_ids if one.source == "whatsapp_user_id"), None)

    @property
    def numbers(self) -> tuple[str, ...]:
        """The E.164 numbers to dial, each once: the customer's preferred one first, then mobiles."""
        callable_ = [p for p in self.phones if p.e164 and (p.type or "").lower() not in _NOT_FOR_CALLS]
        ranked = sorted(callable_, key=lambda p: (not p.preferred, (p.type or "").lower() not in _MOBILE))
        return tuple(dict.fromkeys(p.e164 for p in ranked if p.e164))


@dataclass(frozen=True, slots=True)
class Fetch:
    """A lead of which only the id was sent: its content must be asked for at `source` ("meta", "hubspot")."""

    source: str
    id: str
    page_id: str | None = None
    form_id: str | None = None
    ad_id: str | None = None
    created: datetime | None = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """The result of reading one submission.

    `outcome` lead: at least one lead can be reached; quarantine: needs a look (still a lead with owner and
    clock); ignore: no request at all; no_adf: an ADF source sent something else. `delivery_key` is the same
    for the same delivery sent again, None when the sender gives no id. `note` says in a few words, without
    personal data, why a person must look. `raw_text` is the body as text, for that person to read.
    `fetch`: leads to ask for; `leads` then holds one with the id alone for each, for when asking fails.
    `reports`: what a machine says about a message or call of ours ({"kind", "status", "id", …}); no lead.
    """

    outcome: Outcome
    leads: tuple[ParsedLead, ...] = ()
    delivery_key: str | None = None
    note: str | None = None
    raw_text: str | None = None
    fetch: tuple[Fetch, ...] = ()
    reports: tuple[Mapping[str, Any], ...] = ()


def lead_outcome(email: str | None, phones: tuple[Phone, ...]) -> LeadOutcome:
    """Reachable in writing or by a typed number (zeros too: the deaf customer is a lead) or not."""
    typed = any(char.isdigit() for phone in phones for char in phone.raw)
    return "lead" if email or typed else "quarantine"


def to_json(parsed: Parsed) -> dict[str, Any]:
    """Print `parsed` with the keys of the command `intake parse`: {"outcome", "leads": [...]}.

    "fetch" and "reports", and a lead's "via", are there only when there is something in them.
    """
    printed: dict[str, Any] = {
        "outcome": parsed.outcome,
        "leads": [_lead_json(lead) for lead in parsed.leads],
    }
    if parsed.fetch:
        printed["fetch"] = [_fetch_json(one) for one in parsed.fetch]
    if parsed.reports:
        printed["reports"] = [dict(one) for one in parsed.reports]
    return printed


def _fetch_json(fetch: Fetch) -> dict[str, str | None]:
    created = fetch.created.strftime("%Y-%m-%dT%H:%M:%SZ") if fetch.created else None
    keys = ("source", "id", "page_id", "form_id", "ad_id")
    return {**{key: getattr(fetch, key) for key in keys}, "created_utc": created}


def _lead_json(lead: ParsedLead) -> dict[str, Any]:
    when = lead.request_date_utc
    return {
        "external_ids": [{"source": i.source, "value": i.value} for i in lead.external_ids],
        "request_date_raw": lead.request_date_raw,
        "request_date_utc": when.strftime("%Y-%m-%dT%H:%M:%SZ") if when else None,
        "request_date_status": lead.request_date_status,
        "vehicles_of_interest": [_car_json(car) for car in lead.vehicles_of_interest],
        "trade_ins": [_car_json(car) for car in lead.trade_ins],
        "name_parts": dict(lead.name_parts),
        "display_name": lead.display_name,
        "email": lead.email,
        "email_preferred": lead.email_preferred,
        "phones": [_phone_json(phone) for phone in lead.phones],
        "comments": lead.comments,
        "vehicle_comments": lead.vehicle_comments,
        "vendor_name": lead.vendor_name,
        "provider_name": lead.provider_name,
        "provider_service": lead.provider_service,
        "language": lead.language,
        "outcome": lead.outcome,
        **({"via": dict(lead.via)} if lead.via else {}),
    }


def _phone_json(phone: Phone) -> dict[str, Any]:
    keys = ("raw", "e164", "valid", "type", "preferred")
    return {key: getattr(phone, key) for key in keys}


def _car_json(car: Car) -> dict[str, str | None]:
    """Absent values have no key; a price always has its currency beside it, known or not."""
    values = {key: getattr(car, key) for key in _CAR_KEYS}
    return {key: value for key, value in values.items() if value or (key == "currency" and car.price)}
