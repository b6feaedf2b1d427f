"""One ADF prospect to one lead.

In: the tree of `adf_tree` (lower-case names). Out: a `ParsedLead`. Fields are taken from the section they
belong to and nowhere else, wherever a section stands and whichever end tag is missing. Rules: ADF 1.0 DTD,
read as leniently as senders write it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from lxml.etree import _Element

from app.intake.names import display_name
from app.intake.parsed import ExternalId, ParsedLead, lead_outcome
from app.intake.sources.adf_cars import read_cars
from app.intake.sources.adf_customer import (
    contact_of,
    direct_name,
    read_emails,
    read_name,
    read_numbers,
    stated_channel,
    stated_language,
)
from app.intake.sources.adf_nodes import attribute, first, line, lines, sections
from app.intake.sources.reading.dates import read_date
from app.intake.sources.reading.wishes import channel_asked, language_of

_MOST_NUMBERS = 20


def read_prospect(prospect: _Element, region: str | None) -> ParsedLead:
    """Read one `<prospect>`; absent things are None or empty, `outcome` says if there is a way to answer."""
    date_raw = line(first(prospect, "requestdate")) or ""
    date_utc, date_status = read_date(date_raw)
    contact = contact_of(prospect)
    email, email_preferred, typed = read_emails(contact)
    phones = tuple(islice(read_numbers(contact, region), _MOST_NUMBERS))
    wanted, offered, remarks = read_cars(prospect)
    comments = _comments(prospect, contact)
    parts, company = read_name(contact)
    vendor, provider = (next(sections(prospect, name), None) for name in ("vendor", "provider"))
    return ParsedLead(
        external_ids=tuple(_ids(prospect)),
        request_date_raw=date_raw, request_date_utc=date_utc, request_date_status=date_status,
        vehicles_of_interest=wanted, trade_ins=offered, vehicle_comments=remarks,
        name_parts=parts, display_name=display_name(parts), company=company,
        email=email, email_preferred=email_preferred, phones=phones, comments=comments,
        vendor_name=_business(vendor, "vendorname", "dealername"),
        provider_name=_business(provider, "providername"),
        provider_service=line(first(provider, "service")),
        language=language_of(stated_language(contact) or attribute(prospect, "lang"), comments, region),
        outcome=lead_outcome(email, phones),
        preferred_channel=stated_channel(contact) or channel_asked(comments, can_mail=email is not None),
        is_test=(attribute(prospect, "status") or "").lower() == "test",
        extra={"email": typed} if typed else {},
    )  # fmt: skip


def _comments(prospect: _Element, contact: _Element) -> str | None:
    """The customer's question: under the customer, else under the contact, else under the prospect."""
    customer = next(sections(prospect, "customer"), None)
    found = (first(node, "comments", "comment", "message") for node in (customer, contact, prospect))
    return next((text for node in found if (text := lines(node))), None)


def _ids(prospect: _Element) -> Iterator[ExternalId]:
    for node in prospect:
        value = line(node) if node.tag == "id" else None
        if value:
            yield ExternalId(attribute(node, "source"), value)


def _business(section: _Element | None, *own_names: str) -> str | None:
    """A vendor's or provider's name: its own element, else its name, else its contact's name."""
    children = [] if section is None else list(section)
    contact = next((child for child in children if child.tag == "contact"), None)
    return line(first(section, *own_names)) or direct_name(section) or direct_name(contact)
