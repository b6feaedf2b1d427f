"""How cadences look to the editor, and its flaws and warnings in the reader's language. Reads only."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.board.rows import person_json
from app.cadence import draft, edit, own
from app.cadence.own import Own
from app.cadence.steps import Step
from app.db import db
from app.errors import Conflict, Unreadable
from app.hours import NeverOpen
from app.models import CadenceVersion, Person, Showroom
from app.push.notify import iso
from app.texts import LANGUAGES, own_words, render

LIMITS = {
    "least_steps": draft.LEAST_STEPS,
    "most_steps": draft.MOST_STEPS,
    "most_voicemails": draft.MOST_VOICEMAILS,
    "last_offset_s": int(draft.LAST_OFFSET.total_seconds()),
    "gap_s": int(draft.GAP.total_seconds()),
    "longest_text": draft.LONGEST_TEXT,
}


def cadences_json(showroom: Showroom) -> dict[str, Any]:
    """Both cadences of a showroom, with what an editor must know."""
    return {
        "showroom": {"id": str(showroom.id), "name": showroom.name, "timezone": showroom.timezone},
        "languages": list(LANGUAGES),
        "placeholders": list(own_words.PLACEHOLDERS),
        "limits": LIMITS,
        "cadences": [cadence_json(showroom, name) for name in own.BUILT_IN],
    }


def cadence_json(showroom: Showroom, name: str) -> dict[str, Any]:
    """One of the two: the version in force, the built-in one, and how many follow-ups run on which."""
    built_in = _version(None, own.version_of(showroom.group_id, name, own.FIRST))
    row = edit.active(showroom, name)
    return {
        "name": name,
        "active": _version(row, own.of_data(row.data)) if row else built_in,
        "default": built_in,
        "running": [{"version": v, "follow_ups": n} for v, n in edit.running(showroom, name).items()],
    }


def preview_json(
    showroom: Showroom, name: str, steps: Sequence[Step], starts_at: datetime, language: str
) -> dict[str, Any]:
    """When each step falls due. Raises Conflict for a showroom that never opens."""
    hours = showroom.hours
    try:
        attempts = draft.preview(draft.cadence(name, own.FIRST, steps), hours, starts_at)
    except NeverOpen:
        raise Conflict(
            "These opening hours have no opening: correct them first.", code="never_open"
        ) from None
    return {
        "timezone": showroom.timezone,
        "starts_at": iso(starts_at),
        "steps": [
            {
                "position": attempt.position,
                "due_at": iso(attempt.due_at),
                "channel": attempt.channel,
                "voicemail_allowed": attempt.voicemail_allowed,
                "day_part": hours.day_part(attempt.due_at),
                "open": hours.is_open(attempt.due_at),
            }
            for attempt in attempts
        ],
        "warnings": warnings_json(name, steps, language),
    }


def warnings_json(name: str, steps: Sequence[Step], language: str) -> list[dict[str, str]]:
    """What the showroom should know, and may do all the same."""
    return [
        {"code": code, "sentence": render(f"cadence_{code}", language)}
        for code in draft.warnings(name, steps)
    ]


def refuse_flaws(found: Sequence[draft.Flaw], language: str) -> None:
    """Raises Unreadable with a sentence for each field that is wrong; the first flaw of a field is said."""
    fields: dict[str, str] = {}
    for flaw in found:
        fields.setdefault(flaw.field, render(f"cadence_{flaw.rule}", language, value=flaw.value))
    if fields:
        raise Unreadable(next(iter(fields.values())), fields=fields)


def _version(row: CadenceVersion | None, held: Own) -> dict[str, Any]:
    by = db.session.get(Person, row.created_by_id) if row and row.created_by_id else None
    return {
        "id": str(row.id) if row else None,
        "version": row.version if row else own.FIRST,
        "created_at": iso(row.created_at) if row else None,
        "created_by": person_json(by),
        "steps": [_step(step, held.texts.get(step.position, {})) for step in held.cadence.steps],
    }


def _step(step: Step, texts: Mapping[str, str]) -> dict[str, Any]:
    return {
        "position": step.position,
        "offset_s": step.offset.total_seconds(),
        "channel": step.channel,
        "day_part": step.day_part,
        "voicemail": step.voicemail,
        "latest_s": None if step.latest is None else step.latest.total_seconds(),
        "texts": dict(texts),
        "default_texts": {lang: own_words.default(step.text, lang) for lang in LANGUAGES}
        if step.text
        else {},
    }
