"""Everything that happened in a follow-up, with the words, photos and videos that belong to it. Reads only.

In: a follow-up and who looks. Out: items, newest first. Events hold ids only, so that a person can be erased: what they
speak of is looked up here, and what was removed is not shown. Called by ``shapes`` and the command line.
"""

from typing import Any

from sqlalchemy import select

from app.access import customer_token, settings
from app.board.rows import by_follow_up, feed_items
from app.db import db
from app.files.removal import may_remove
from app.models import Attempt, Delivery, Event, File, FileKind, FollowUp, Lead, Note, Person

STOP_LINE = "\n--\n"
"""A letter's last lines, below which only the link to stop stands."""


def timeline_json(follow_up: FollowUp, viewer: Person | None = None) -> list[dict[str, Any]]:
    """Everything that happened, newest first. ``viewer`` decides what may be removed; None may remove nothing."""
    leads = by_follow_up(Lead, [follow_up.id])[follow_up.id]
    query = (
        select(Event)
        .where(Event.group_id == follow_up.group_id)
        .where((Event.follow_up_id == follow_up.id) | Event.lead_id.in_([lead.id for lead in leads]))
        .order_by(Event.id.desc())
    )
    events = list(db.session.scalars(query))
    words, things = _words(follow_up, leads), _things(follow_up)
    items = feed_items(events)
    for item, event in zip(items, events, strict=True):
        thing = things.get(_about(event))
        item["text"] = thing.text if isinstance(thing, Note) else words.get(_about(event))
        item["note"] = _note(thing, viewer) if isinstance(thing, Note) else None
        item["file"] = _file(thing, follow_up, viewer) if isinstance(thing, File) else None
    return items


def _about(event: Event) -> object:
    """Where the words or the picture of an event stand."""
    match event.type:
        case "outcome_logged":
            return event.attempt_id
        case "lead_arrived" | "lead_joined":
            return event.lead_id
        case "customer_replied":
            return event.at.isoformat()
        case "photo_added" | "video_added":
            return event.data["file"]
        case "note_added":
            return event.data["note"]
        case _:
            return event.type, event.at


def _words(follow_up: FollowUp, leads: list[Lead]) -> dict[object, str | None]:
    """What was said: questions, answers, the words of an outcome, letters that went out."""
    words: dict[object, str | None] = {lead.id: lead.question for lead in leads}
    words |= {a.id: a.note for a in by_follow_up(Attempt, [follow_up.id])[follow_up.id]}
    words |= {said["at"]: said["text"] for lead in leads for said in lead.details.get("answers", [])}
    sent = select(Delivery).where(
        Delivery.group_id == follow_up.group_id,
        Delivery.follow_up_id == follow_up.id,
        Delivery.customer_id.is_not(None),
        Delivery.sent_at.is_not(None),
    )
    for letter in db.session.scalars(sent):  # an event has the very time at which its letter counts as sent
        text = str(letter.payload.get("text") or "")
        words[f"{letter.kind}_sent", letter.sent_at] = text.partition(STOP_LINE)[0].strip() or None
    return words


def _things(follow_up: FollowUp) -> dict[object, File | Note]:
    """Photos, videos and notes by their id as an event has it, without the removed ones."""
    found: list[File | Note] = [
        *by_follow_up(File, [follow_up.id])[follow_up.id],
        *by_follow_up(Note, [follow_up.id])[follow_up.id],
    ]
    return {str(one.id): one for one in found if one.removed_at is None}


def _note(note: Note, viewer: Person | None) -> dict[str, Any]:
    return {"id": str(note.id), "removable": viewer is not None and may_remove(note, viewer)}


def _file(file: File, follow_up: FollowUp, viewer: Person | None) -> dict[str, Any]:
    """``page``: where the customer watches a video."""
    page = f"{settings().public_url}/c/{customer_token(follow_up.customer)}/v/{file.id}"
    return {
        "id": str(file.id),
        "kind": file.kind.value,
        "content_type": file.content_type,
        "bytes": file.bytes,
        "width": file.width,
        "height": file.height,
        "page": page if file.kind is FileKind.VIDEO else None,
        "removable": viewer is not None and may_remove(file, viewer),
    }
