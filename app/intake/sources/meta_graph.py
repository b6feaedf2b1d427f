"""What Graph answers about a lead of Facebook or Instagram.

In: the JSON of `GET /{leadgen_id}` or of a form's list `GET /{form_id}/leads`. Out: `Parsed` with one lead for
each. Called by `meta`, and by whoever asked Graph. Source: developers.facebook.com, "Retrieving leads".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from app.intake.parsed import ExternalId, Parsed, ParsedLead
from app.intake.sources.form_fields import as_json, as_text
from app.intake.sources.questions import read_answers
from app.intake.sources.reading.json_text import objects, read_json, text_at
from app.intake.sources.reading.text import block, decode, visible
from app.intake.sources.reading.wishes import language_of

_PLATFORMS = {"fb": "Facebook", "facebook": "Facebook", "ig": "Instagram", "instagram": "Instagram"}
_KEPT = ("form_id", "form_name", "ad_id", "ad_name", "adset_id", "campaign_id", "campaign_name", "is_organic")


def graph_lead(body: bytes, region: str = "") -> Parsed:
    """Read one lead (an object with `field_data`) or a page of them (`data`). Never raises for content."""
    text = visible(decode(body))
    data = read_json(text)
    several = objects(data.get("data")) if isinstance(data, dict) else []
    found = several or ([data] if isinstance(data, dict) and isinstance(data.get("field_data"), list) else [])
    if not found:
        lead = ParsedLead(comments=block(text), language=language_of(None, None, region))
        return Parsed("quarantine", (lead,), None, "no lead in Graph's answer", text)
    leads = tuple(_lead(one, region) for one in found)
    reachable = any(lead.outcome == "lead" for lead in leads)
    note = None if reachable else "no phone number and no e-mail address"
    key = leads[0].delivery_key if len(leads) == 1 else None
    return Parsed("lead" if reachable else "quarantine", leads, key, note, text)


def _lead(data: dict[str, Any], region: str) -> ParsedLead:
    lead_id = text_at(data, "id")
    source = _PLATFORMS.get((text_at(data, "platform") or "").lower(), "Meta")
    more: dict[str, Any] = {"source": source}
    if created := text_at(data, "created_time"):
        more["created_time"] = created
    lead = read_answers(_answers(data), region, more)
    consent = {
        key: as_json(one.get("is_checked"))
        for one in objects(data.get("custom_disclaimer_responses"))
        if (key := text_at(one, "checkbox_key"))
    }
    return replace(
        lead,
        external_ids=(ExternalId("leadgen_id", lead_id),) if lead_id else (),
        consent={**(lead.consent or {}), **consent} or None,
        extra={**lead.extra, **{key: text for key in _KEPT if (text := text_at(data, key))}},
        delivery_key=f"meta:{lead_id}" if lead_id else None,
    )


def _answers(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for item in objects(data.get("field_data")):
        name, answer = text_at(item, "name"), as_text(item.get("values", item.get("value")))
        if name and answer:
            yield name, answer
