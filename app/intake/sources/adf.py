"""Kind `adf`: ADF/XML 1.0 by POST, raw, form-encoded or wrapped in HTML, SOAP or JSON.

In: the request body and its content type, and the showroom's country. Out: `Parsed`. Never raises for
content: what is no ADF is `no_adf`, what has no way to reach the customer is a lead that needs a look. No
entity is expanded, no DTD, XInclude or URL is followed. Called through the registry in `sources/__init__.py`.
"""

from __future__ import annotations

import hashlib
import json
import quopri
import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import unquote_plus

from lxml.etree import _Element

from app.intake.parsed import Parsed, ParsedLead
from app.intake.sources.adf_find import declared_entities, find_documents
from app.intake.sources.adf_prospect import read_prospect
from app.intake.sources.adf_tree import read_tree
from app.intake.sources.reading.text import decode, visible

MAX_BYTES = 500_000
# A portal's backlog in one delivery is tens, not hundreds; what is beyond stays in the raw submission.
MAX_PROSPECTS = 100

_QUOTED_PRINTABLE = re.compile(rb"=3D[\"']")


def parse(body: bytes, content_type: str = "", region: str = "") -> Parsed:
    """Read a request body of an ADF source."""
    body = body[:MAX_BYTES]
    if _QUOTED_PRINTABLE.search(body):
        body = quopri.decodestring(body)
    return parse_text(decode(body, content_type), region)


def parse_text(text: str, region: str = "") -> Parsed:
    """Read the ADF in any text, such as a mail's: one lead a prospect, from all documents in it."""
    documents, source = _found(text[:MAX_BYTES])
    if not documents:
        return Parsed("no_adf", note="no ADF found", raw_text=visible(text))
    prospects = list(islice(_prospects(documents, declared_entities(source)), MAX_PROSPECTS + 1))
    leads = _distinct([read_prospect(prospect, region) for prospect in prospects[:MAX_PROSPECTS]])
    reachable = any(lead.outcome == "lead" for lead in leads)
    note = None if reachable else "ADF without a phone number or an e-mail address"
    if len(prospects) > MAX_PROSPECTS:
        note = f"only the first {MAX_PROSPECTS} prospects were read"
    return Parsed("lead" if reachable else "quarantine", leads, _delivery_key(leads), note, visible(text))


def _distinct(leads: list[ParsedLead]) -> tuple[ParsedLead, ...]:
    """Each lead once (a text and its HTML copy), empty ones only when there is nothing else."""
    once = {_fingerprint(lead): lead for lead in reversed(leads)}
    kept = [lead for lead in reversed(once.values()) if lead.outcome == "lead" or _says_something(lead)]
    return tuple(kept or leads[:1] or [ParsedLead()])


def _found(text: str) -> tuple[list[str], str]:
    """(documents, the text they were found in): inside JSON strings, as it is, or percent-encoded.

    JSON goes first: its escaped quotes would be read as part of the attributes.
    """
    if text.lstrip()[:1] in ("{", "[", '"'):
        text = "\n".join(_strings(text)) or text
    documents = find_documents(text)
    if not documents and re.search("%3C", text, re.IGNORECASE):
        text = unquote_plus(text, errors="replace")
        documents = find_documents(text)
    return documents, text


def _strings(text: str) -> Iterator[str]:
    """Every string value of a JSON text."""
    try:
        waiting = [json.loads(text)]
    except (ValueError, RecursionError):
        return
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


def _prospects(documents: list[str], entities: frozenset[str]) -> Iterator[_Element]:
    """The prospects of all documents; an `<adf>` that holds a customer without a prospect is one itself."""
    for document in documents:
        root = read_tree(document, entities)
        if root is not None:
            yield from list(root.iter("prospect")) or [root]


def _says_something(lead: ParsedLead) -> bool:
    told = (lead.external_ids, lead.vehicles_of_interest, lead.trade_ins, lead.name_parts, lead.comments)
    return any((*told, lead.phones, lead.extra))


def _fingerprint(lead: ParsedLead) -> str:
    """The same for the same request: ids, customer, cars and question."""
    told = (
        lead.external_ids, sorted(lead.name_parts.items()), lead.email, [phone.raw for phone in lead.phones],
        lead.vehicles_of_interest, lead.trade_ins, lead.comments, lead.request_date_raw,
    )  # fmt: skip
    return hashlib.sha256(repr(told).encode()).hexdigest()


def _delivery_key(leads: tuple[ParsedLead, ...]) -> str | None:
    """A key only if every lead has an id of its sender.

    The content is part of it, because some senders put a constant there: a lead may come twice, it may
    never be taken for another one.
    """
    if not all(lead.external_ids for lead in leads):
        return None
    return "adf:" + hashlib.sha256("|".join(map(_fingerprint, leads)).encode()).hexdigest()[:40]
