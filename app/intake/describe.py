"""From what a parser read to the rows we keep: which leads there are, and what each one says in our words."""

from dataclasses import replace
from datetime import datetime

from app.db import new_id
from app.intake.parsed import Car, Parsed, ParsedLead, to_json
from app.models import Customer, Lead, Source, Submission
from app.texts import render

RAW_LIMIT = 4000
WANTS = {
    "test-drive": "test_drive",
    "test_drive": "test_drive",
    "proefrit": "test_drive",
    "trade-in": "trade_in",
    "trade_in": "trade_in",
    "lease": "lease",
    "quote": "quote",
    "offerte": "quote",
}


def leads(parsed: Parsed, submission: Submission, source: Source, *, test: bool = False) -> list[ParsedLead]:
    """What to place: every lead read, or one with the raw text as its question when nothing could be read.

    ``test``: we sent it ourselves, so each is marked.
    """
    if parsed.leads:
        return [replace(one, is_test=True) for one in parsed.leads] if test else list(parsed.leads)
    raw = parsed.raw_text or (submission.body or b"").decode("utf-8", "replace")
    return [ParsedLead(comments=raw.replace("\x00", "")[:RAW_LIMIT], language=source.showroom.language)]


def lead(read: ParsedLead, customer: Customer, submission: Submission, source: Source, now: datetime) -> Lead:
    """One lead row, not yet attached to a follow-up. Arrival is when the request came in, not when it was read."""
    details = to_json(Parsed("lead", (read,)))["leads"][0]
    if plates := [car.plate for car in (*read.vehicles_of_interest, *read.trade_ins) if car.plate]:
        details["plates"] = plates
    if read.extra:
        details["extra"] = {str(k): v for k, v in read.extra.items()}
    return Lead(
        id=new_id(),
        group_id=source.group_id,
        showroom_id=source.showroom_id,
        customer_id=customer.id,
        source_id=source.id,
        submission_id=submission.id,
        arrived_at=submission.received_at,
        question=_clean(read.comments or read.vehicle_comments or words(read, source)),
        car=_label(read.vehicles_of_interest),
        wants=_wants(read),
        trade_in=_label(read.trade_ins),
        details=details,
        language=customer.language,
        needs_look=read.outcome == "quarantine",
        is_test=read.is_test,
        delivery_key=read.delivery_key[:200] if read.delivery_key else None,
        via=channel(read),
    )


def channel(read: ParsedLead) -> str | None:
    """How they asked, when it was no form or mail: call, sms, whatsapp."""
    return str(read.via["channel"])[:40] if read.via and read.via.get("channel") else None


def words(read: ParsedLead, source: Source) -> str | None:
    """What a call or a message without words says, in the showroom's language."""
    if channel(read) is None or read.via is None:
        return None
    if channel(read) == "call":
        key = "called_answered" if read.via.get("answered") else "called_missed"
    else:
        key = "message_without_words"
    return render(key, source.showroom.language)


def _label(cars: tuple[Car, ...]) -> str | None:
    return next((car.label[:200] for car in cars if car.label), None)


def _wants(read: ParsedLead) -> str | None:
    """What they want in one word: from the car's interest, or the sender's own type field."""
    asked = [car.interest for car in read.vehicles_of_interest]
    asked += [str(read.extra.get(key) or "") for key in ("type", "wants", "request_type")]
    return next((WANTS[one.lower()] for one in asked if one and one.lower() in WANTS), None)


def _clean(text: str | None) -> str | None:
    return text.replace("\x00", "").strip()[:RAW_LIMIT] or None if text else None
