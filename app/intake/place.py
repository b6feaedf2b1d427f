"""Place one lead: match → assign → cadence → confirm, in the running transaction. Called by ``receive``, ``graph``."""

import json
from datetime import datetime
from uuid import UUID

from app.assignment import assign
from app.cadence.reach import reach
from app.customers import confirm, match
from app.db import db
from app.intake import adf_out, describe
from app.intake.parsed import ParsedLead
from app.intake.sources import BY_HAND
from app.models import FollowUp, Lead, Person, Source, Submission, append

PERSON = "person"
"""In the raw body of what was typed by hand: whose customer it becomes when nobody knows them."""


def lead(submission: Submission, source: Source, read: ParsedLead, now: datetime) -> tuple[Lead, FollowUp]:
    """The lead as a row, and the follow-up that it began or joined. Raises IntegrityError when somebody was faster."""
    with (
        db.session.no_autoflush
    ):  # what is written meanwhile is written at once (``put``); the rest with the flush
        met = match.customer(read, source.showroom, now)
        if met.new and source.kind in BY_HAND and (person := _whose(submission.body)):
            met.customer.owner_id = person.id
        row = describe.lead(read, met.customer, submission, source, now)
        known = reach(met.customer, met.points, row)
        append(
            "lead_arrived",
            submission.received_at,
            group_id=source.group_id,
            showroom_id=source.showroom_id,
            lead_id=row.id,
            needs_look=row.needs_look,
            kind=source.kind,
        )
        follow_up = assign.assign(row, met.customer, known, source.showroom, now, met_now=met.new)
        confirm.confirm(row, follow_up, known, now, met_now=met.new)
        adf_out.forward(row, read, source, now)
    db.session.flush()
    return row, follow_up


def _whose(body: bytes | None) -> Person | None:
    """Who typed it, or whose code was scanned; None for nobody in particular, or when they have left."""
    id_ = json.loads(body or b"{}").get(PERSON)
    person = db.session.get(Person, UUID(id_)) if id_ else None
    return person if person is not None and person.left_at is None else None
