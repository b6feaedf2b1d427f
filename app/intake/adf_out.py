"""A lead as clean ADF 1.0, for the house's other system (a CRM, a DMS).

In: what a parser read, and who we are. Out: XML, and (``forward``) a delivery in the lead's own transaction when its
showroom forwards; nothing, not even a statement, when it does not. Our own id in it is signed: a lead that comes back
by it is known (``is_ours``) and is no new one. Called by ``place``; sent by ``app.delivery.channels.forward``.
"""

import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from lxml import etree
from lxml.etree import SubElement, _Element

from app.access import keyed
from app.db import new_id
from app.intake.parsed import Car, ParsedLead, Phone
from app.models import Delivery, DeliveryChannel, Lead, Showroom, Source
from app.outbox import enqueue
from app.rows import put_away

OURS = "Firstcall"
TTL = timedelta(days=7)
"""How long a system that is away is tried."""
PHONE_TYPES = {
    "cellphone": "cellphone",
    "mobile": "cellphone",
    "fax": "fax",
    "pager": "pager",
    "voice": "voice",
}
TIMES = frozenset({"day", "evening", "morning", "afternoon", "nopreference"})
INTERESTS = frozenset({"buy", "lease", "sell", "trade-in", "test-drive"})
STATES = frozenset({"new", "used"})
ALWAYS = ("year", "make", "model")
"""What the DTD wants of every vehicle, empty or not."""
NAME_PARTS = ("first", "middle", "last", "full")


def forward(lead: Lead, read: ParsedLead, source: Source, now: datetime) -> Delivery | None:
    """Put the lead into the outbox for its showroom's other system. Inside a write."""
    showroom = source.showroom
    to = showroom.forward
    if not to or lead.is_test or _came_from(to, read, source):
        return None
    label = " ".join(filter(None, (read.display_name, lead.car)))
    delivery = Delivery(
        id=new_id(),
        group_id=lead.group_id,
        channel=DeliveryChannel.FORWARD,
        kind="forward",
        cause=f"forward {lead.id}",
        customer_id=lead.customer_id,
        # not the follow-up's: it may end before the other system is back, and the lead goes there all the same
        address=to["to"],
        payload={
            "to": to["kind"],
            "subject": f"ADF lead: {label}" if label else "ADF lead",
            "text": adf(read, signed(lead), showroom, source.name, lead.arrived_at),
            "from_name": showroom.name,
            "language": lead.language,
        },
        token=enqueue.new_token(),
        created_at=now,
        due_at=now,
        expires_at=now + TTL,
    )
    put_away(delivery)
    return delivery


def signed(lead: Lead) -> str:
    """The lead's id as we tell it to others: nobody else can make one that we would take for ours."""
    return f"{lead.id.hex}.{_mark(lead.id.hex)}"


def is_ours(read: ParsedLead) -> bool:
    """Whether we forwarded this very lead ourselves and it came back."""
    own = (one.value.partition(".") for one in read.external_ids if one.source == OURS)
    return any(hmac.compare_digest(_mark(id_).encode(), mark.encode()) for id_, _, mark in own)


def adf(read: ParsedLead, id_: str, showroom: Showroom, source_name: str, arrived: datetime) -> str:
    """The document. Elements in the order of the DTD; what ADF has no place for stands in comments."""
    root = etree.Element("adf")
    prospect = SubElement(root, "prospect", status="new")
    _ids(
        prospect, [(OURS, id_), *((one.source, one.value) for one in read.external_ids if one.source != OURS)]
    )
    _text(prospect, "requestdate", (read.request_date_utc or arrived).isoformat(timespec="seconds"))
    for car in read.vehicles_of_interest or (Car(),):
        _car(prospect, car, car.interest or "buy")
    for car in read.trade_ins:
        _car(prospect, car, "trade-in")
    _customer(prospect, read)
    _vendor(prospect, showroom)
    provider = SubElement(prospect, "provider")
    _text(provider, "name", read.provider_name or source_name, part="full")
    if read.provider_service:
        _text(provider, "service", read.provider_service)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<?adf version="1.0"?>\n'
    return head + etree.tostring(root, encoding="unicode", pretty_print=True)


def _came_from(to: Mapping[str, Any], read: ParsedLead, source: Source) -> bool:
    """It is that system that sent it to us: then it knows it."""
    return str(read.extra.get("from", "")).lower() == str(to["to"]).lower() or str(source.id) in to.get(
        "not_from", ()
    )


def _mark(id_: str) -> str:
    return keyed(f"forwarded {id_}")[:20]


def _ids(prospect: _Element, ids: Iterable[tuple[str | None, str]]) -> None:
    for sequence, (source, value) in enumerate(ids, 1):
        _text(prospect, "id", value, sequence=str(sequence), source=source or "")


def _car(prospect: _Element, car: Car, interest: str) -> None:
    node = SubElement(prospect, "vehicle", interest=interest if interest in INTERESTS else "buy")
    if car.status in STATES:
        node.set("status", car.status)
    for name in ("year", "make", "model", "vin", "stock", "trim", "bodystyle"):
        if getattr(car, name) or name in ALWAYS:
            _text(node, name, getattr(car, name) or "")
    if car.odometer:
        _text(node, "odometer", car.odometer, units=car.odometer_units)
    if car.color:
        _text(SubElement(node, "colorcombination"), "exteriorcolor", car.color)
    if car.price:
        _text(node, "price", car.price, type="asking", currency=car.currency)
    if remarks := "\n".join(filter(None, (car.comments, car.plate, car.url))):
        _text(node, "comments", remarks)


def _customer(prospect: _Element, read: ParsedLead) -> None:
    customer = SubElement(prospect, "customer")
    contact = SubElement(customer, "contact", primarycontact="1")
    parts = dict(read.name_parts)
    if infix := parts.pop("infix", None):
        parts["last"] = f"{infix} {parts.get('last', '')}".strip()
    named = [(part, parts[part]) for part in NAME_PARTS if parts.get(part)]
    for part, value in named or [("full", read.display_name or "")]:
        _text(contact, "name", value, part=part, type="individual")
    if read.email:
        _text(contact, "email", read.email, preferredcontact="1" if read.email_preferred else "0")
    for phone in read.phones:
        _phone(contact, phone)
    if read.comments:
        _text(customer, "comments", read.comments)


def _phone(contact: _Element, phone: Phone) -> None:
    kind, time = PHONE_TYPES.get((phone.type or "").lower()), (phone.time or "").lower()
    preferred = "1" if phone.preferred else "0"
    _text(
        contact,
        "phone",
        phone.e164 or phone.raw,
        type=kind,
        time=time if time in TIMES else None,
        preferredcontact=preferred,
    )


def _vendor(prospect: _Element, showroom: Showroom) -> None:
    vendor = SubElement(prospect, "vendor")
    _text(vendor, "vendorname", showroom.name)
    contact = SubElement(vendor, "contact")
    _text(contact, "name", showroom.name, part="full", type="business")
    if showroom.phone:
        _text(contact, "phone", showroom.phone, type="voice")


def _text(parent: _Element, name: str, value: str, **attributes: str | None) -> _Element:
    """An element with its text; attributes without a value are left out."""
    node = SubElement(
        parent, name, {key: _written(one) for key, one in attributes.items() if one is not None}
    )
    node.text = _written(value)
    return node


def _written(value: str) -> str:
    """What XML 1.0 can hold (§2.2): no control characters, no halves of characters."""
    return "".join(char for char in value if char in "\t\n" or (char >= " " and not _forbidden(ord(char))))


def _forbidden(code: int) -> bool:
    return 0xD800 <= code <= 0xDFFF or code in (0xFFFE, 0xFFFF)
