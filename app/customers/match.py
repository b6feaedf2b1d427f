"""Who is this? The customer behind a request, known or new (rule 7). Called by intake inside its transaction.

Same dialable number or same personal e-mail address → same customer. Where both point to two people, the phone wins.
Zeros, a showroom's own number, ``info@`` and a portal's masked address identify nobody.
"""

import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

import phonenumbers
from sqlalchemy import select

from app.db import db, new_id
from app.models import ContactPoint, Customer, Person, PointKind, Showroom

LANGUAGES = ("nl", "en", "fr", "de")
SHARED_MAILBOX = re.compile(
    r"^(info|sales|verkoop|contact|office|admin|mail|post|kontakt|vente|noreply|no-reply|donotreply)@",
    re.IGNORECASE,
)
MASKED = re.compile(
    r"@(.+\.)?(reply|anon|mask|relay|privaterelay|marktplaats|2dehands|autoscout24|mobile|autotrack|autotrader)\.",
    re.I,
)


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


@dataclass(frozen=True)
class Point:
    """A way to reach somebody: as typed, in standard form, and whether it identifies them."""

    kind: PointKind
    raw: str
    value: str | None
    identifies: bool


def customer(asking: Asking, showroom: Showroom, now: datetime) -> Customer:
    """The customer who asks: found by number, else by address, else new. New points are added to them."""
    points = list(_points(asking, showroom))
    found = _by_point(showroom.group_id, points)
    person = found or _new(asking, showroom, now)
    if asking.preferred_channel:
        person.wants_channel = asking.preferred_channel
    elif found is not None and found.wants_channel:
        pass  # what they asked for once still holds
    if found is not None and not found.display_name:
        _name(found, asking)
    _add_points(person, points, now)
    return person


def _by_point(group_id: UUID, points: list[Point]) -> Customer | None:
    """The phone wins over the e-mail address when they belong to two people."""
    for kind in (PointKind.PHONE, PointKind.EMAIL):
        values = [p.value for p in points if p.kind is kind and p.identifies]
        if not values:
            continue
        query = select(ContactPoint.customer_id).where(
            ContactPoint.group_id == group_id,
            ContactPoint.kind == kind,
            ContactPoint.value.in_(values),
            ContactPoint.matches,
        )
        customer_id = db.session.scalar(query.limit(1))
        if customer_id:
            return db.session.get(Customer, customer_id)
    return None


def _points(asking: Asking, showroom: Showroom) -> Iterator[Point]:
    ours = _our_numbers(showroom)
    for phone in asking.phones:
        yield Point(PointKind.PHONE, phone.raw[:254], phone.e164, bool(phone.e164) and phone.e164 not in ours)
    if asking.email:
        address = asking.email.strip().lower()[:254]
        personal = not SHARED_MAILBOX.match(address) and not MASKED.search(address)
        yield Point(PointKind.EMAIL, asking.email[:254], address, personal)


def _our_numbers(showroom: Showroom) -> set[str]:
    """The showroom's own numbers: on a form they say nothing about the customer."""
    people = select(Person.phone).where(Person.group_id == showroom.group_id, Person.phone.is_not(None))
    typed = {showroom.phone, *db.session.scalars(people)} - {None}
    numbers = set()
    for text in typed:
        try:
            number = phonenumbers.parse(text, showroom.country)
        except phonenumbers.NumberParseException:
            continue
        numbers.add(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return numbers


def _new(asking: Asking, showroom: Showroom, now: datetime) -> Customer:
    language = (asking.language or showroom.language)[:2]
    person = Customer(
        id=new_id(),
        group_id=showroom.group_id,
        showroom_id=showroom.id,
        language=language if language in LANGUAGES else showroom.language,
        page_key=secrets.token_urlsafe(16),
        created_at=now,
    )
    _name(person, asking)
    db.session.add(person)
    db.session.flush()
    return person


def _name(person: Customer, asking: Asking) -> None:
    parts = asking.name_parts
    display = (asking.display_name or parts.get("full") or "").strip()
    person.display_name = display[:240]
    person.first_name = (parts.get("first") or display.split(" ")[0] if display else "")[:120]


def _add_points(person: Customer, points: list[Point], now: datetime) -> None:
    known = db.session.scalars(
        select(ContactPoint).where(
            ContactPoint.group_id == person.group_id, ContactPoint.customer_id == person.id
        )
    )
    have = {(p.kind, p.value or p.raw) for p in known}
    for point in points:
        key = (point.kind, point.value or point.raw)
        if key in have:
            continue
        have.add(key)
        db.session.add(
            ContactPoint(
                id=new_id(),
                group_id=person.group_id,
                customer_id=person.id,
                kind=point.kind,
                raw=point.raw,
                value=point.value,
                matches=point.identifies and not _taken(person.group_id, point),
                created_at=now,
            )
        )
    db.session.flush()


def _taken(group_id: UUID, point: Point) -> bool:
    """It identifies another customer already (the phone won): kept here to reach them, not to match on."""
    query = select(ContactPoint.id).where(
        ContactPoint.group_id == group_id,
        ContactPoint.kind == point.kind,
        ContactPoint.value == point.value,
        ContactPoint.matches,
    )
    return db.session.scalar(query) is not None
