"""From what a parser read to the rows we keep: which leads there are, and what each one says in our words."""

from datetime import datetime

from app.db import new_id
from app.intake.parsed import Car, Parsed, ParsedLead, to_json
from app.models import Customer, Lead, Source, Submission

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


def leads(parsed: Parsed, submission: Submission, source: Source) -> list[ParsedLead]:
    """What to place: every lead read, or one with the raw text as its question when nothing could be read."""
    if parsed.leads:
        return list(parsed.leads)
    raw = parsed.raw_text or (submission.body or b"").decode("utf-8", "replace")
    return [ParsedLead(comments=raw.replace("\x00", "")[:RAW_LIMIT], language=source.showroom.language)]


def lead(read: ParsedLead, customer: Customer, submission: Submission, source: Source, now: datetime) -> Lead:
    """One lead row, not yet attached to a follow-up. Arrival is when the request came in, not when it was read."""
    details = to_json(Parsed("lead", (read,)))["leads"][0]
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
        question=_clean(read.comments or read.vehicle_comments),
        car=_label(read.vehicles_of_interest),
        wants=_wants(read),
        trade_in=_label(read.trade_ins),
        details=details,
        language=customer.language,
        needs_look=read.outcome == "quarantine",
        is_test=read.is_test,
    )


def _label(cars: tuple[Car, ...]) -> str | None:
    return next((car.label[:200] for car in cars if car.label), None)


def _wants(read: ParsedLead) -> str | None:
    """What they want in one word: from the car's interest, or the sender's own type field."""
    asked = [car.interest for car in read.vehicles_of_interest]
    asked += [str(read.extra.get(key) or "") for key in ("type", "wants", "request_type")]
    return next((WANTS[one.lower()] for one in asked if one and one.lower() in WANTS), None)


def _clean(text: str | None) -> str | None:
    return text.replace("\x00", "").strip()[:RAW_LIMIT] or None if text else None
