"""Kind `google`: lead forms of Google Ads, by webhook.

In: the webhook's JSON. Out: `Parsed` with one lead. Never raises for content. There is no signature; the proof
of origin is `google_key` in the body (`verify_key`). Source: developers.google.com, "Lead form webhook".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from app.intake.parsed import ExternalId, Parsed, ParsedLead
from app.intake.sources.form_fields import as_text, key_of
from app.intake.sources.form_names import FIELD
from app.intake.sources.questions import read_answers
from app.intake.sources.reading.json_text import dig, objects, read_json, text_at
from app.intake.sources.reading.text import block, decode, visible
from app.intake.sources.reading.wishes import language_of
from app.intake.sources.signatures import same

_COLUMNS = {
    "FULL_NAME": "name", "FIRST_NAME": "first_name", "LAST_NAME": "last_name", "EMAIL": "email",
    "WORK_EMAIL": "email", "PHONE_NUMBER": "phone", "WORK_PHONE": "phone", "COMPANY_NAME": "company",
    "VEHICLE_MODEL": "vehicle_model", "CITY": "city", "REGION": "region", "COUNTRY": "country",
    "POSTAL_CODE": "postal_code", "STREET_ADDRESS": "street_address", "JOB_TITLE": "job_title",
    "PREFERRED_DEALERSHIP": "preferred_dealership",
}  # fmt: skip
_KEPT = ("form_id", "campaign_id", "adgroup_id", "creative_id", "asset_group_id", "gcl_id")
_MOST_COLUMNS = 100


def verify_key(google_key: str, body: bytes) -> bool:
    """True if the body carries this source's `google_key`."""
    return same(google_key, text_at(read_json(visible(decode(body))), "google_key"))


def parse(body: bytes, content_type: str = "", region: str = "") -> Parsed:
    """Read one lead. A test lead is marked; sent again it is a new one, because Google's tests share an id."""
    text = visible(decode(body, content_type))
    data = read_json(text)
    if not isinstance(dig(data, "user_column_data"), list):
        lead = ParsedLead(comments=block(text), language=language_of(None, None, region))
        return Parsed("quarantine", (lead,), None, "no lead form of Google", text)
    lead_id = text_at(data, "lead_id")
    is_test = data.get("is_test") is True or (text_at(data, "is_test") or "").lower() == "true"
    more = {"source": "Google", "created_at": text_at(data, "lead_submit_time") or ""}
    lead = replace(
        read_answers(_answers(data), region, more),
        external_ids=(ExternalId("google", lead_id),) if lead_id else (),
        is_test=is_test,
    )
    kept = {key: value for key in _KEPT if (value := text_at(data, key))}
    key = f"google:{lead_id}" if lead_id and not is_test else None
    lead = replace(lead, extra={**lead.extra, **kept}, delivery_key=key)
    note = None if lead.outcome == "lead" else "no phone number and no e-mail address"
    return Parsed(lead.outcome, (lead,), key, note, text)


def _answers(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(question, answer): the column's id says it best, its name (or a form's own question) failing that."""
    for column in objects(data["user_column_data"], _MOST_COLUMNS):
        answer = as_text(column.get("string_value", column.get("value")))
        column_id, name = text_at(column, "column_id") or "", text_at(column, "column_name") or ""
        known = _COLUMNS.get(column_id.upper()) or (column_id if key_of(column_id) in FIELD else None)
        if answer and (question := known or name or column_id):
            yield question, answer
