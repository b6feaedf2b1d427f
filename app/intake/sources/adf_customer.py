"""The customer of an ADF prospect: who asks, and how to answer.

In: a prospect, then the contact chosen from it. Out: name parts, address, numbers, language and channel.
Only the customer's section is read; a vendor's or provider's number inside it (a missing end tag) is left
out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lxml.etree import _Element

from app.intake.names import display_name, read_email
from app.intake.parsed import Channel, Phone
from app.intake.phones import read_phones
from app.intake.sources.adf_nodes import attribute, inside, line, sections
from app.intake.sources.reading.wishes import channel_named

_NAME_PARTS = {
    "firstname": "first", "givenname": "first", "lastname": "last", "surname": "last", "familyname": "last",
    "middlename": "middle", "infix": "infix", "fullname": "full",
}  # fmt: skip
_PHONES = {
    "phone": None, "phonenumber": None, "telephone": None, "mobile": "cellphone", "mobilephone": "cellphone",
    "cellphone": "cellphone", "homephone": "home", "workphone": "work",
}  # fmt: skip
_EMAILS = ("email", "emailaddress")


def contact_of(prospect: _Element) -> _Element:
    """The buyer's contact: the primary one that can be reached, else the first that can, else the customer.

    Senders leave out `<contact>`, even `<customer>`; then the fields stand in the customer or the prospect.
    """
    customers = list(sections(prospect, "customer"))
    holders = [node for customer in customers for node in inside(customer) if node.tag == "contact"]
    holders += customers or [node for node in prospect if node.tag == "contact"] or [prospect]
    reachable = [node for node in holders if any(line(child) for child in _ways(node))]
    primary = [node for node in reachable if node.get("primarycontact") == "1"]
    return (primary or reachable or holders)[0]


def _ways(contact: _Element) -> Iterator[_Element]:
    return (child for child in inside(contact) if child.tag in _PHONES or child.tag in _EMAILS)


def read_name(contact: _Element) -> tuple[dict[str, str], str | None]:
    """(name parts of the person, company). A business name is the name too if there is no other."""
    person: dict[str, str] = {}
    company: dict[str, str] = {}
    for node in inside(contact):
        text = line(node)
        if text and node.tag in ("company", "companyname"):
            company.setdefault("full", text)
        elif node.tag == "name" and (inner := _nested(node)):
            person = {**inner, **person}
        elif text and (node.tag == "name" or node.tag in _NAME_PARTS):
            business = (node.get("type") or "").strip().lower() == "business"
            (company if business else person).setdefault(_part(node), text)
    return person or company, display_name(company)


def _nested(name: _Element) -> dict[str, str]:
    """`<name><first>Jan</first><last>Bos</last></name>`."""
    tags = {**_NAME_PARTS, **{part: part for part in ("first", "middle", "last")}}
    parts = {tags[str(child.tag)]: line(child) for child in name if child.tag in tags}
    return {part: text for part, text in parts.items() if text}


def direct_name(node: _Element | None) -> str | None:
    """The name that stands directly in a vendor, a provider or their contact."""
    parts: dict[str, str] = {}
    for child in [] if node is None else node:
        if child.tag == "name" and (text := line(child)):
            parts.setdefault(_part(child), text)
    return display_name(parts)


def _part(node: _Element) -> str:
    """The DTD's default part is "full"; its "surname", and "First Name" and the like, stay what they mean."""
    stated = (attribute(node, "part") or "").lower()
    named = _NAME_PARTS.get("".join(filter(str.isalnum, stated)), stated) if stated != "surname" else stated
    return named or _NAME_PARTS.get(str(node.tag), "full")


def read_emails(contact: _Element) -> tuple[str | None, bool, str | None]:
    """(address, whether marked as preferred, what was typed instead of an address)."""
    typed = [
        (line(node) or "", node.get("preferredcontact") == "1")
        for node in _ways(contact)
        if node.tag in _EMAILS
    ]
    found = [(address, preferred) for text, preferred in typed if (address := read_email(text))]
    if not found:
        return None, False, next((text for text, _ in typed if text), None)
    return (*max(found, key=lambda pair: pair[1]), None)


def read_numbers(contact: _Element, region: str | None) -> Iterator[Phone]:
    """Every number in document order, with the sender's own type, time and preference."""
    for node in _ways(contact):
        text = line(node) if node.tag in _PHONES else None
        kind = attribute(node, "type") or _PHONES.get(str(node.tag))
        for phone in read_phones(text, region) if text else ():
            preferred = node.get("preferredcontact") == "1"
            yield replace(phone, type=kind, time=attribute(node, "time"), preferred=preferred)


def stated_language(contact: _Element) -> str | None:
    """`<locale>` and the like (an extension of several vendors)."""
    named = (node for node in inside(contact) if node.tag in ("locale", "language", "lang"))
    return next((text for node in named if (text := line(node))), None)


def stated_channel(contact: _Element) -> Channel | None:
    """`<preferredcontact>Email</preferredcontact>`.

    The attribute of that name is no wish: portals set it on every lead.
    """
    names = ("preferredcontact", "preferredcontactmethod", "contactmethod")
    named = (node for node in inside(contact) if node.tag in names)
    return next((channel for node in named if (channel := channel_named(line(node)))), None)
