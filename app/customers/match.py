"""Who is this? The customer behind a request, known or new (rule 7). Called by intake inside its transaction.

Same dialable number or same personal e-mail address → same customer. Where both point to two people, the phone wins.
Zeros, a showroom's own number, ``info@`` and a portal's masked address identify nobody.
"""

import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Protocol
from uuid import UUID

import phonenumbers
from sqlalchemy import bindparam, literal_column, select

from app.cadence.reach import POINTS
from app.db import db, new_id
from app.models import MATCHES, ContactPoint, Customer, Person, PointKind, Showroom
from app.rows import kept, look, put, put_away

LANGUAGES = ("nl", "en", "fr", "de")
SHARED_MAILBOX = re.compile(
    r"^(info|sales|verkoop|contact|office|admin|mail|post|kontakt|vente|noreply|no-reply|donotreply)@",
    re.IGNORECASE,
)
MASKED = re.compile(
    r"@(.+\.)?(reply|anon|mask|relay|privaterelay|marktplaats|2dehands|autoscout24|mobile|autotrack|autotrader)\.",
    re.I,
)


OURS = select(Person.phone).where(Person.group_id == bindparam("group_id"), Person.phone.is_not(None))


class Typed(Protocol):
    """A number as somebody typed it (``app.intake.parsed.Phone``)."""

    @property
    def raw(self) -> str: ...
    @property
    def e164(self) -> str | None: ...


class Asking(Protocol):
    """What intake read about the person (``app.intake.parsed.ParsedLead``)."""

    @property
    def phones(self) -> tuple[Typed, ...]: ...
    @property
    def email(self) -> str | None: ...
    @property
    def name_parts(self) -> Mapping[str, str]: ...
    @property
    def display_name(self) -> str | None: ...
    @property
    def language(self) -> str | None: ...
    @property
    def preferred_channel(self) -> str | None: ...
    @property
    def whatsapp_id(self) -> str | None: ...


@dataclass(frozen=True)
class Point:
    """A way to reach somebody: as typed, in standard form, and whether it identifies them."""

    kind: PointKind
    raw: str
    value: str | None
    identifies: bool


@dataclass(frozen=True)
class Met:
    """The customer behind a request with all their ways to be reached; ``new``: nobody knew them before."""

    customer: Customer
    points: tuple[ContactPoint, ...]
    new: bool


Owners = Mapping[tuple[PointKind, str | None], UUID]
"""Whose a number or address is, by kind and standard form."""
KNOWN = select(ContactPoint.kind, ContactPoint.value, ContactPoint.customer_id).where(
    ContactPoint.group_id == bindparam("group_id"),
    ContactPoint.kind.in_([literal_column(f"'{kind}'") for kind in PointKind]),  # the index begins with them
    ContactPoint.value.in_(bindparam("values", expanding=True)),
    MATCHES,
)


def customer(asking: Asking, showroom: Showroom, now: datetime) -> Met:
    """The customer who asks: found by number, else by address, else new. New points are added to them."""
    points = list(_points(asking, showroom))
    known = _known(showroom.group_id, points)
    customer_id = _by_point(known, points)
    if customer_id is None:
        person = _new(asking, showroom, now)
        return Met(person, _add(person, (), points, known, now), new=True)
    person = db.session.get_one(Customer, customer_id)
    return Met(person, _learn(person, asking, points, known, now), new=False)


def known(asking: Asking, showroom: Showroom) -> Customer | None:
    """The customer whom these numbers and addresses identify, if we know them. Only looks."""
    points = list(_points(asking, showroom))
    customer_id = _by_point(_known(showroom.group_id, points), points)
    return db.session.get_one(Customer, customer_id) if customer_id else None


def learn(person: Customer, asking: Asking, showroom: Showroom, now: datetime) -> tuple[ContactPoint, ...]:
    """What has become known about a customer: name, wish, numbers and addresses. Returns all their points."""
    points = list(_points(asking, showroom))
    return _learn(person, asking, points, _known(showroom.group_id, points), now)


def _learn(
    person: Customer, asking: Asking, points: list[Point], known: Owners, now: datetime
) -> tuple[ContactPoint, ...]:
    if asking.preferred_channel:
        person.wants_channel = asking.preferred_channel
    if not person.display_name:
        _name(person, asking)
    have = db.session.scalars(POINTS, {"group_id": person.group_id, "customer_id": person.id})
    return _add(person, tuple(have), points, known, now)


def _known(group_id: UUID, points: list[Point]) -> Owners:
    """Whose numbers and addresses these are already."""
    values = [p.value for p in points if p.identifies]
    if not values:
        return {}
    asked = {"group_id": group_id, "values": values}
    found = {(kind, value): customer_id for kind, value, customer_id in look(KNOWN, asked, counted=True)}
    for new in kept(ContactPoint):
        if new.group_id == group_id and new.matches:
            found[new.kind, new.value] = new.customer_id
    return found


def _by_point(known: Owners, points: list[Point]) -> UUID | None:
    """The phone wins over the e-mail address when they belong to two people."""
    for kind in PointKind:
        for point in points:
            if point.kind is kind and point.identifies and (kind, point.value) in known:
                return known[kind, point.value]
    return None


def _points(asking: Asking, showroom: Showroom) -> Iterator[Point]:
    ours = _our_numbers(showroom) if asking.phones else set()
    for phone in asking.phones:
        yield Point(PointKind.PHONE, phone.raw[:254], phone.e164, bool(phone.e164) and phone.e164 not in ours)
    if asking.email:
        address = asking.email.strip().lower()[:254]
        personal = not SHARED_MAILBOX.match(address) and not MASKED.search(address)
        yield Point(PointKind.EMAIL, asking.email[:254], address, personal)
    if asking.whatsapp_id:
        yield Point(PointKind.WHATSAPP, asking.whatsapp_id[:254], asking.whatsapp_id[:254], True)


def _our_numbers(showroom: Showroom) -> set[str | None]:
    """The group's own numbers: on a form they say nothing about the customer."""
    typed = (number for (number,) in look(OURS, {"group_id": showroom.group_id}, once=True))
    return {_standard(text, showroom.country) for text in (showroom.phone, *typed) if text}


@lru_cache(maxsize=4096)
def _standard(text: str, country: str) -> str | None:
    """E.164, or None for what is no number."""
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _new(asking: Asking, showroom: Showroom, now: datetime) -> Customer:
    language = (asking.language or showroom.language)[:2]
    person = Customer(
        id=new_id(),
        group_id=showroom.group_id,
        showroom_id=showroom.id,
        language=language if language in LANGUAGES else showroom.language,
        wants_channel=asking.preferred_channel or None,
        page_key=secrets.token_urlsafe(16),
        created_at=now,
    )
    _name(person, asking)
    put(person)
    return person


def _name(person: Customer, asking: Asking) -> None:
    parts = asking.name_parts
    display = (asking.display_name or parts.get("full") or "").strip()
    person.display_name = display[:240]
    person.first_name = (parts.get("first") or display.split(" ")[0] if display else "")[:120]


def _add(
    person: Customer,
    have: tuple[ContactPoint, ...],
    points: list[Point],
    known: Owners,
    now: datetime,
) -> tuple[ContactPoint, ...]:
    """Keep what is new about them; returns everything, oldest first. What identifies somebody else already (the phone
    won) is kept here to reach them, not to match on."""
    seen = {(p.kind, p.value or p.raw) for p in have}
    added = []
    for point in points:
        key = (point.kind, point.value or point.raw)
        if key in seen:
            continue
        seen.add(key)
        added.append(
            ContactPoint(
                id=new_id(),
                group_id=person.group_id,
                customer_id=person.id,
                kind=point.kind,
                raw=point.raw,
                value=point.value,
                matches=point.identifies and key not in known,
                created_at=now,
            )
        )
    put_away(*added)
    return (*have, *added)
