"""Kind `generic`: JSON or form fields of any other system: Zapier, Typeform, Gravity Forms, Webflow, CallRail, …

In: a request body, its content type, the showroom's country, and perhaps a field map that an administrator
made. Out: `Parsed`. Never raises for content. With a map the fields are where it says; without one they are
found by their names, failing that by how their values look. Called through the registry, and with a map as
`parse_mapped`. `paths` lists what a body holds, for the map's editor.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from app.intake.parsed import ExternalId, Fetch, Parsed, ParsedLead
from app.intake.sources import adf, form
from app.intake.sources.form_fields import as_json, as_text
from app.intake.sources.generic_calls import call_of
from app.intake.sources.generic_find import Found, discover
from app.intake.sources.generic_shapes import fields_xml, ids_only, unwrapped
from app.intake.sources.reading.json_text import read_json
from app.intake.sources.reading.paths import at, leaves
from app.intake.sources.reading.text import block, decode, stray_bytes, visible
from app.intake.sources.reading.wishes import language_of
from app.intake.sources.signatures import base64_sha1, base64_sha256, hex_sha256, same_as_any

_MOST_LEADS = 100
_MOST_EXTRA = 60
_MOST_PATHS = 500
_MOST_PAIRS = 2_000
# What a field map may name: the fields of a form, and the parts of the two cars.
MAPPABLE_WORDS = """
    name first_name infix last_name company phone mobile whatsapp email message language preferred_channel source
    type lead_id created_at vehicle vehicle.make vehicle.model vehicle.trim vehicle.year vehicle.stock
    vehicle.price vehicle.url vehicle.vin trade_in trade_in.make trade_in.model trade_in.year trade_in.plate
    trade_in.odometer consent test
    """
MAPPABLE = frozenset(MAPPABLE_WORDS.split())


def verify_signature(secret: str, body: bytes, header: str | None) -> bool:
    """HMAC over the raw body, as vendors send it: CallRail (SHA-1, base64), Typeform (sha256=base64), others
    (SHA-256 as hex or base64, with or without "sha256=")."""
    if not secret or not header:
        return False
    sent = header.strip().removeprefix("sha256=")
    known = (base64_sha1(secret, body), base64_sha256(secret, body), hex_sha256(secret, body))
    return same_as_any(known, sent)


def parse(
    body: bytes, content_type: str = "", region: str = "", settings: Mapping[str, Any] | None = None
) -> Parsed:
    """Read a body with the field map of its source (`settings["map"]`), or without one."""
    return parse_mapped(body, content_type, region, (settings or {}).get("map", {}))


def parse_mapped(
    body: bytes, content_type: str = "", region: str = "", field_map: Mapping[str, str] | None = None
) -> Parsed:
    """Read a body; `field_map`: {"phone": "answers[2].text", …}, names as in `MAPPABLE`.

    A map that finds neither name nor number nor address (the form changed) gives way to searching.
    """
    text = visible(decode(body, content_type))
    data = read_json(text)
    if not isinstance(data, (dict, list)):
        return _no_json(body, content_type, region, text, field_map or {})
    if fetch := ids_only(data):
        leads = tuple(_placeholder(one, region) for one in fetch)
        return Parsed("quarantine", leads, _key([one.id for one in fetch]), "ids only", text, fetch)
    items = [item for item in data if isinstance(item, dict)] if isinstance(data, list) else [data]
    leads = tuple(_lead(item, region, field_map or {}) for item in items[:_MOST_LEADS])
    return _result(leads, text, region)


def paths(body: bytes, content_type: str = "") -> tuple[tuple[str, str], ...]:
    """(path, value as text) of everything in a body that a map can point at, in order."""
    data = read_json(visible(decode(body, content_type)))
    first = data[0] if isinstance(data, list) and data else data
    found = ((path, as_text(value)) for path, value in leaves(first))
    return tuple((path, text) for path, text in found if text is not None)[:_MOST_PATHS]


def _no_json(body: bytes, content_type: str, region: str, text: str, field_map: Mapping[str, str]) -> Parsed:
    """Form fields, ADF, other XML; what is none of them is read as a form that nobody knows."""
    found = adf.parse_text(text, region)
    if found.outcome != "no_adf":
        return found
    if "multipart/form-data" in content_type.lower():
        return form.parse(body, content_type, region)
    fields = fields_xml(text) or _form_encoded(text)
    if not fields:
        return form.parse(body, content_type, region)
    return _result((_lead(fields, region, field_map),), text, region)


def _form_encoded(text: str) -> dict[str, Any]:
    if "=" not in text or text.lstrip()[:1] in ("<", "{", "["):
        return {}
    try:
        pairs = parse_qsl(text.strip(), errors="surrogateescape", max_num_fields=_MOST_PAIRS)
    except ValueError:
        return {}
    return {visible(stray_bytes(name)): visible(stray_bytes(value)) for name, value in reversed(pairs)}


def _lead(item: dict[str, Any], region: str, field_map: Mapping[str, str]) -> ParsedLead:
    mapped = _mapped(item, field_map)
    if any(mapped.get(name) for name in ("phone", "mobile", "whatsapp", "email", "name", "last_name")):
        rest = {path: value for path, value in leaves(item) if path not in set(field_map.values())}
        found = Found(mapped, rest)
    else:
        found = discover(unwrapped(item), region)
    (lead,) = form.parse(json.dumps(found.record).encode(), "application/json", region).leads
    via = call_of(item)
    call_id = str(via["id"]) if via and via.get("id") else None
    return replace(
        lead,
        external_ids=lead.external_ids or ((ExternalId("call", call_id),) if call_id else ()),
        comments=lead.comments if "message" in found.record else None,
        extra={**_kept(found.rest), **lead.extra},
        via=via,
    )


def _mapped(item: dict[str, Any], field_map: Mapping[str, str]) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for name, path in field_map.items():
        value = at(item, path)
        group, _, part = name.partition(".")
        if name not in MAPPABLE or value is None:
            continue
        if part:
            record.setdefault(group, {})[part] = as_text(value)
        else:
            record[name] = value if name == "consent" else as_text(value)
    return record


def _kept(rest: Mapping[str, Any]) -> dict[str, Any]:
    known = [(path, value) for path, value in rest.items() if value not in (None, "", [], {})]
    return {visible(path): as_json(value) for path, value in known[:_MOST_EXTRA]}


def _result(leads: tuple[ParsedLead, ...], text: str, region: str) -> Parsed:
    if not any(_says_something(lead) for lead in leads):
        extra = leads[0].extra if leads else {}
        lead = ParsedLead(comments=block(text), language=language_of(None, None, region), extra=extra)
        return Parsed("quarantine", (lead,), None, "no field that we know", text)
    leads = tuple(lead for lead in leads if _says_something(lead))
    reachable = any(lead.outcome == "lead" for lead in leads)
    note = None if reachable else "no phone number and no e-mail address"
    told = [
        [list(map(repr, one.external_ids)), one.email, [p.raw for p in one.phones], one.comments]
        for one in leads
    ]
    key = _key(told) if all(lead.external_ids for lead in leads) else None
    return Parsed("lead" if reachable else "quarantine", leads, key, note, text)


def _says_something(lead: ParsedLead) -> bool:
    return any((lead.name_parts, lead.email, lead.phones, lead.comments, lead.vehicles_of_interest, lead.via))


def _placeholder(fetch: Fetch, region: str) -> ParsedLead:
    return ParsedLead(
        external_ids=(ExternalId(fetch.source, fetch.id),),
        request_date_utc=fetch.created,
        request_date_status="ok" if fetch.created else "missing",
        language=language_of(None, None, region),
        delivery_key=f"{fetch.source}:{fetch.id}",
    )


def _key(told: list[Any]) -> str:
    return "generic:" + hashlib.sha256(repr(told).encode("utf-8", "replace")).hexdigest()[:40]
