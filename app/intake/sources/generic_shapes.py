"""Shapes that well-known systems put around their fields, opened; and what carries no fields at all.

In: decoded JSON, or XML as text. Out: flat names and values, as `generic_find` reads them. Known: Typeform,
Webflow, HubSpot (forms and change events), JotForm, Elementor, lists of name and value. Field names from the
vendors' own documentation.
"""

from __future__ import annotations

import re
from typing import Any

from app.intake.parsed import Fetch
from app.intake.sources.form_fields import as_text, key_of
from app.intake.sources.reading.dates import read_date
from app.intake.sources.reading.json_text import dig, objects, read_json, text_at

_LABELS = ("name", "label", "title", "question", "field", "key", "fieldName", "column_name", "id", "ref")
_VALUES = ("value", "answer", "values", "string_value", "text", "rawValue", "raw_value")
_XML_FIELD = re.compile(r"<([A-Za-z_][\w.-]{0,40})(?:\s[^<>]{0,300})?>([^<>]{1,5000})</")
_MOST_EVENTS = 100
_DEEPEST = 6


def ids_only(data: Any) -> tuple[Fetch, ...]:
    """HubSpot's change events: an object's number and no word about it; its content must be asked for."""
    events = (
        objects(data, _MOST_EVENTS) if isinstance(data, list) else [data] if isinstance(data, dict) else []
    )
    if not events or not all("subscriptionType" in one and "objectId" in one for one in events):
        return ()
    found = {text_at(one, "objectId"): one for one in events}
    return tuple(
        Fetch("hubspot", object_id, created=read_date(text_at(one, "occurredAt") or "")[0])
        for object_id, one in found.items()
        if object_id
    )


def unwrapped(item: dict[str, Any]) -> dict[str, Any]:
    """The fields and what stands beside them, by name; unknown shapes come back as they are."""
    if isinstance(dig(item, "form_response", "answers"), list):
        return _typeform(item)
    if isinstance(dig(item, "payload", "data"), dict) and "triggerType" in item:
        return _webflow(item["payload"])
    if isinstance(item.get("rawRequest"), str) and isinstance(raw := read_json(item["rawRequest"]), dict):
        return {
            **{key: one for key, one in item.items() if key not in ("rawRequest", "pretty")},
            **_plain(raw, 0),
        }
    return _plain({**item, **_gravity_name(item), **_gravity_entry(item)}, 0)


def _gravity_name(item: dict[str, Any]) -> dict[str, Any]:
    """Gravity Forms sends a name as "1.3" and "1.6"; an address has these too, and "1.1" and "1.5" besides."""
    for key, first in item.items():
        number, dot, part = str(key).partition(".")
        last = item.get(f"{number}.6")
        if dot and part == "3" and number.isdigit() and f"{number}.5" not in item and first and last:
            return {"first_name": first, "middle_name": item.get(f"{number}.4"), "last_name": last}
    return {}


def _gravity_entry(item: dict[str, Any]) -> dict[str, Any]:
    """Its entry's number: an "id" is one only beside the form's and the day on which it was made."""
    return {"entry_id": item["id"]} if {"id", "form_id", "date_created"} <= item.keys() else {}


def _typeform(item: dict[str, Any]) -> dict[str, Any]:
    response = item["form_response"]
    titles = {
        text_at(one, "id"): text_at(one, "title") for one in objects(dig(response, "definition", "fields"))
    }
    found: dict[str, Any] = {}
    for answer in objects(response["answers"]):
        kind = text_at(answer, "type") or ""
        field_id = text_at(answer, "field", "id")
        name = titles.get(field_id) or text_at(answer, "field", "ref") or field_id or kind
        value = answer.get(kind)
        if isinstance(value, dict):
            value = value.get("label") or value.get("labels") or value.get("other") or value
        # A question may be worded in any way; its type still says what the answer is.
        typed = {"email": "email", "phone_number": "phone"}.get(kind)
        found.setdefault(typed if typed and typed not in found else str(name), value)
    hidden = response.get("hidden")
    return {
        **found,
        **({str(key): value for key, value in hidden.items()} if isinstance(hidden, dict) else {}),
        "submitted_at": response.get("submitted_at"),
        "event_id": response.get("token") or item.get("event_id"),
    }


def _webflow(payload: dict[str, Any]) -> dict[str, Any]:
    return {
        **payload["data"],
        "submitted_at": payload.get("submittedAt"),
        "submission_id": payload.get("id"),
        "form_name": payload.get("name"),
    }


def _plain(value: dict[str, Any], depth: int) -> dict[str, Any]:
    """Lists of name and value, and objects that only wrap a value, read as fields; the rest kept."""
    found: dict[str, Any] = {}
    for key, one in value.items():
        if isinstance(one, dict) and depth < _DEEPEST:
            inner = next((one[name] for name in _VALUES if name in one), None)
            label = next((one[name] for name in ("label", "title") if isinstance(one.get(name), str)), None)
            wraps = inner is not None and len(one) <= 8 and not isinstance(inner, (dict, list))
            found[label or key if wraps else key] = inner if wraps else _plain(one, depth + 1)
        elif isinstance(one, list) and (pairs := _pairs(one)):
            found[key] = pairs
        else:
            found[key] = one
    return found


def _pairs(items: list[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for item in items:
        if not isinstance(item, dict):
            return {}
        label = next((item[name] for name in _LABELS if isinstance(item.get(name), str) and item[name]), None)
        value = next((name for name in _VALUES if name in item), None)
        if label is None or value is None:
            return {}
        found.setdefault(label, item[value])
    return found


def fields_xml(text: str) -> dict[str, Any]:
    """The fields of a small XML document that is no ADF; {} if it is no XML. Nothing in it is resolved."""
    if not text.lstrip().startswith("<"):
        return {}
    found: dict[str, Any] = {}
    for name, value in _XML_FIELD.findall(text[:200_000])[:500]:
        plain = as_text(
            value.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")
        )
        if plain and key_of(name):
            found.setdefault(name, plain)
    return found
