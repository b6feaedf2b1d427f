"""How a source and its requests look to who manages them. Reads only; no secret and no content ever."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import defer

from app import clock
from app.access import settings
from app.db import db
from app.intake import kinds, vault
from app.intake.raw import TEST
from app.models import Lead, Source, Submission
from app.push.notify import iso

DAY = timedelta(hours=24)
LISTED = select(Submission).options(defer(Submission.body))
"""Without what came in word for word: a mail may be 25 MB, and nobody sees it in a list."""


def kind_json(kind: str) -> dict[str, Any]:
    """What a source of this kind needs to know."""
    known = kinds.of(kind)
    return {
        "kind": kind,
        "settings": [{"name": word.name, "needed": word.needed} for word in known.settings],
        "secrets": [{"name": w.name, "needed": w.needed, "made": w.made} for w in known.secrets],
    }


def sources_json(sources: Sequence[Source]) -> list[dict[str, Any]]:
    """Many, with the newest request of each and how many came within a day."""
    ids = [source.id for source in sources]
    counts, newest = _counts(ids), _newest(ids)
    last = {one["source_id"]: one for one in submissions_json(newest)}
    return [_source(source, counts.get(source.id, 0), last.get(str(source.id))) for source in sources]


def source_json(source: Source) -> dict[str, Any]:
    return sources_json([source])[0]


def submissions_json(submissions: Sequence[Submission]) -> list[dict[str, Any]]:
    """Results of requests, with the leads they became."""
    leads: dict[UUID | None, list[tuple[UUID, UUID]]] = {}
    ids = [one.id for one in submissions]
    query = select(Lead.submission_id, Lead.id, Lead.follow_up_id).where(Lead.submission_id.in_(ids))
    for submission_id, lead_id, follow_up_id in db.session.execute(query.order_by(Lead.id)):
        leads.setdefault(submission_id, []).append((lead_id, follow_up_id))
    kept = select(Submission.id, func.length(Submission.body)).where(Submission.id.in_(ids))
    sizes = {id_: size for id_, size in db.session.execute(kept)}
    return [_submission(one, leads.get(one.id, []), sizes.get(one.id)) for one in submissions]


def _source(source: Source, count: int, last: dict[str, Any] | None) -> dict[str, Any]:
    known, entered = kinds.of(source.kind), vault.of(source)
    address = f"{settings().public_url}/in/{source.key}"
    missing = kinds.missing(source.kind, entered)
    pasted = [{"label": word.name, "value": None} for word in known.secrets if word.pasted]
    return {
        "id": str(source.id),
        "name": source.name,
        "kind": source.kind,
        "showroom": {"id": str(source.showroom_id), "name": source.showroom.name},
        "key": source.key,
        "address": address,
        "settings": source.settings or {},
        "secrets": {word.name: bool(entered.get(word.name)) for word in known.secrets},
        "ready": not missing,
        "missing": missing,
        "paste": [{"label": known.address_label, "value": address}, *pasted],
        "trouble": {"text": source.trouble, "at": iso(source.trouble_at)}
        if source.trouble and source.trouble_at
        else None,
        "closed_at": iso(source.closed_at) if source.closed_at else None,
        "last": last,
        "count_24h": count,
    }


def _submission(one: Submission, leads: list[tuple[UUID, UUID]], size: int | None) -> dict[str, Any]:
    answer = one.answer or {}
    follow_up: UUID | str | None = leads[0][1] if leads else answer.get("follow_up_id")
    return {
        "id": str(one.id),
        "source_id": str(one.source_id),
        "at": iso(one.received_at),
        "state": one.state.value,
        "result": answer.get("state"),
        "note": one.note,
        "took_ms": one.took_ms,
        "bytes": size,
        "content_type": one.content_type,
        "test": (one.delivery_key or "").startswith(TEST),
        "lead_ids": [str(lead_id) for lead_id, _ in leads],
        "follow_up_id": str(follow_up) if follow_up else None,
        "raw": size is not None,
    }


def _counts(ids: list[UUID]) -> dict[UUID, int]:
    query = select(Submission.source_id, func.count()).where(
        Submission.source_id.in_(ids), Submission.received_at > clock.now() - DAY
    )
    return {id_: count for id_, count in db.session.execute(query.group_by(Submission.source_id))}


def _newest(ids: list[UUID]) -> list[Submission]:
    """One look each: a source's index ends at its newest request."""
    newest = (
        LISTED.where(Submission.source_id == id_).order_by(Submission.received_at.desc()).limit(1)
        for id_ in ids
    )
    return [found for query in newest if (found := db.session.scalar(query)) is not None]
