"""Kind `meta`: lead forms on Facebook and Instagram. The webhook carries ids only; Graph has the content.

In: a webhook body, or Graph's answer for one lead. Out: `Parsed` with `fetch` (ids as text: they are longer
than a JavaScript number), or the lead itself. Never raises for content. Handshake and signature of Meta's
webhooks are here too; `whatsapp` shares them. Source: developers.facebook.com, Lead Ads and Webhooks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.intake.parsed import ExternalId, Fetch, Parsed, ParsedLead
from app.intake.sources.meta_graph import graph_lead
from app.intake.sources.reading.dates import read_date
from app.intake.sources.reading.json_text import dig, objects, read_json, text_at
from app.intake.sources.reading.text import block, decode, visible
from app.intake.sources.reading.wishes import language_of
from app.intake.sources.signatures import hex_sha256, same

__all__ = ["challenge", "graph_lead", "parse", "placeholder", "verify_signature"]

_MOST = 500


def verify_signature(app_secret: str, body: bytes, header: str | None) -> bool:
    """`X-Hub-Signature-256: sha256=<hex>`, made over the raw body with the app secret."""
    return bool(app_secret) and same("sha256=" + hex_sha256(app_secret, body), (header or "").strip())


def challenge(query: Mapping[str, str], verify_token: str) -> str | None:
    """Meta's handshake: the text to answer (as text/plain, 200), or None: answer 403 and echo nothing."""
    asked = query.get("hub.mode") == "subscribe" and same(verify_token, query.get("hub.verify_token"))
    return query.get("hub.challenge") if asked else None


def parse(body: bytes, content_type: str = "", region: str = "") -> Parsed:
    """Read a webhook, or a Graph answer (a lead that was exported, or asked for)."""
    text = visible(decode(body, content_type))
    data = read_json(text)
    if isinstance(dig(data, "field_data"), list) or isinstance(dig(data, "data"), list):
        return graph_lead(body, region)
    if not isinstance(dig(data, "entry"), list):
        lead = ParsedLead(comments=block(text), language=language_of(None, None, region))
        return Parsed("quarantine", (lead,), None, "no webhook of Meta", text)
    wanted = list(_wanted(data))
    if not wanted:
        return Parsed("ignore", note="no new lead in it", raw_text=text)
    leads = tuple(placeholder(one, region) for one in wanted)
    key = "meta:" + ",".join(one.id for one in wanted) if len(wanted) < 8 else None
    return Parsed("quarantine", leads, key, "its content must be asked for", text, tuple(wanted))


def _wanted(data: Any) -> Iterator[Fetch]:
    """Each lead once: Meta delivers at least once, sometimes twice in one body."""
    seen: set[str] = set()
    for entry in objects(data["entry"], _MOST):
        for change in objects(entry.get("changes"), _MOST):
            value = change.get("value")
            lead_id = text_at(value, "leadgen_id")
            if change.get("field") != "leadgen" or not lead_id or lead_id in seen or len(seen) >= _MOST:
                continue
            seen.add(lead_id)
            yield Fetch(
                "meta",
                lead_id,
                page_id=text_at(value, "page_id") or text_at(entry, "id"),
                form_id=text_at(value, "form_id"),
                ad_id=text_at(value, "ad_id"),
                created=read_date(text_at(value, "created_time") or "")[0],
            )


def placeholder(fetch: Fetch, region: str) -> ParsedLead:
    """What is known before Graph answers; what a person sees if it never does."""
    return ParsedLead(
        external_ids=(ExternalId("leadgen_id", fetch.id),),
        request_date_utc=fetch.created,
        request_date_status="ok" if fetch.created else "missing",
        provider_name="Meta",
        language=language_of(None, None, region),
        extra={
            name: value
            for name, value in (
                ("form_id", fetch.form_id),
                ("page_id", fetch.page_id),
                ("ad_id", fetch.ad_id),
            )
            if value
        },
        delivery_key=f"meta:{fetch.id}",
    )
