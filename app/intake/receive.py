"""Take in a request: raw first (one commit), then read it and run the stages by name (a second commit).

In: a source and the bytes somebody sent. Out: an ``Answer`` that is quick and truthful. Called by ``app.api.intake``;
the worker calls ``read`` again for a submission that a crash left *received*. Nothing here rejects content.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError

from app import clock
from app.access import customer_token, settings
from app.assignment import assign
from app.customers import confirm, match
from app.db import db, new_id, write
from app.errors import Conflict, Problem
from app.faults import fault_point
from app.intake import describe, sources
from app.intake.parsed import Parsed, ParsedLead
from app.models import FollowUp, Lead, Source, Submission, SubmissionState, append

NEW, SEEN, LOOK = 201, 200, 202
TIMES = 3
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """HTTP status and body for the sender."""

    status: int
    body: dict[str, Any]


def receive(source: Source, body: bytes, content_type: str, delivery_key: str | None) -> Answer:
    """Store, read, answer. The same delivery again gets the same lead with 200."""
    submission, new = _store(source, body, content_type, delivery_key)
    if not new:
        return _seen(submission)
    submission_id = submission.id
    fault_point("submission stored")
    try:
        answer = read(submission_id)  # from the session, not from the database, as long as we hold it here
    except (Problem, SQLAlchemyError) as error:
        # it is stored, and the worker reads it again: the sender need not
        log.warning(
            "a submission waits", extra={"submission": str(submission_id), "reason": type(error).__name__}
        )
        answer = None
    return answer or Answer(LOOK, {"state": "received"})


def read(submission_id: UUID) -> Answer | None:
    """Read one stored submission into leads. None when somebody else is at it or it was read already."""
    submission = db.session.get(Submission, submission_id)
    if submission is None or submission.body is None:
        return None
    source = db.session.get_one(Source, submission.source_id)
    parsed = _parse(submission, source)
    for _ in range(TIMES):
        try:
            with write():
                answer = _place(submission, source, parsed, clock.now())
            fault_point("lead placed")
            return answer
        except (IntegrityError, OperationalError):
            # two leads of one new customer at the same instant: the other won, now there is somebody to match;
            # or PostgreSQL broke up a deadlock with somebody who logs an outcome
            continue
    raise Conflict(f"submission {submission_id} could not be placed")


def failed(submission_id: UUID) -> None:
    """Count a reading that went wrong. After three the content is left alone and becomes a lead as raw text."""
    with write():
        counted = update(Submission).where(Submission.id == submission_id)
        db.session.execute(counted.values(tries=Submission.tries + 1))


def _parse(submission: Submission, source: Source) -> Parsed:
    if submission.tries >= TIMES or submission.body is None:
        return Parsed("quarantine", note="could not be read three times")
    return sources.parse(source.kind, submission.body, submission.content_type, source.showroom.country)


def _store(
    source: Source, body: bytes, content_type: str, delivery_key: str | None
) -> tuple[Submission, bool]:
    """The raw request, durable before anything looks at it; or (False) the one that came before with this key."""
    known = _by_key(source, delivery_key)
    if known is not None:
        return known, False
    try:
        with write():
            submission = Submission(
                id=new_id(),
                group_id=source.group_id,
                source_id=source.id,
                content_type=content_type[:200],
                body=body,
                delivery_key=delivery_key,
                received_at=clock.now(),
            )
            db.session.add(submission)
    except IntegrityError:
        known = _by_key(source, delivery_key)
        if known is None:
            raise
        return known, False
    return submission, True


def _place(submission: Submission, source: Source, parsed: Parsed, now: datetime) -> Answer | None:
    """match → assign → cadence → confirm, for every lead in it, in one transaction."""
    assign.take_turn(source.group_id)
    if not _claim(submission, parsed):
        return None
    before = _same_delivery(source, submission, parsed)
    if before is not None:
        submission.answer = before.answer
        return _seen(before)
    if parsed.outcome == "ignore":
        answer = Answer(LOOK, {"state": "ignored"})
    else:
        placed = [_lead(submission, source, one, now) for one in describe.leads(parsed, submission, source)]
        answer = _answer(placed)
    submission.read_at, submission.answer = now, answer.body
    return answer


def _lead(submission: Submission, source: Source, parsed: ParsedLead, now: datetime) -> tuple[Lead, FollowUp]:
    customer = match.customer(parsed, source.showroom, now)
    lead = describe.lead(parsed, customer, submission, source, now)
    append(
        "lead_arrived",
        submission.received_at,
        group_id=source.group_id,
        showroom_id=source.showroom_id,
        lead_id=lead.id,
        needs_look=lead.needs_look,
        kind=source.kind,
    )
    follow_up = assign.assign(lead, customer, source.showroom, now)
    confirm.confirm(lead, follow_up, now)
    return lead, follow_up


def _claim(submission: Submission, parsed: Parsed) -> bool:
    """Guarded: web process and worker may both be reading it; one of them places it."""
    state = {"lead": SubmissionState.READ, "ignore": SubmissionState.IGNORED}.get(
        parsed.outcome, SubmissionState.NEEDS_LOOK
    )
    claimed = update(Submission).where(
        Submission.id == submission.id, Submission.state == SubmissionState.RECEIVED
    )
    result = db.session.execute(claimed.values(state=state, tries=Submission.tries + 1))
    return bool(result.rowcount == 1)  # type: ignore[attr-defined]


def _same_delivery(source: Source, submission: Submission, parsed: Parsed) -> Submission | None:
    """The provider's own id inside the payload: the same delivery again is nothing new."""
    if submission.delivery_key or not parsed.delivery_key:
        return None
    key = f"in:{parsed.delivery_key}"[:200]
    before = _by_key(source, key)
    if before is None:
        submission.delivery_key = key
        db.session.flush()
    return before


def _by_key(source: Source, key: str | None) -> Submission | None:
    if not key:
        return None
    query = select(Submission).where(Submission.source_id == source.id, Submission.delivery_key == key)
    return db.session.scalar(query)


def _seen(known: Submission) -> Answer:
    return Answer(SEEN, {**(known.answer or {"state": "received"}), "seen_before": True})


def _answer(placed: list[tuple[Lead, FollowUp]]) -> Answer:
    lead, follow_up = placed[0]
    owner = follow_up.owner
    body = {
        "state": "needs_look" if lead.needs_look else "lead",
        "lead_id": str(lead.id),
        "lead_ids": [str(one.id) for one, _ in placed],
        "follow_up_id": str(follow_up.id),
        "status_url": f"{settings().public_url}/c/{customer_token(follow_up.customer)}",
        "salesperson": {"first_name": owner.first_name, "name": owner.name, "phone": owner.phone},
    }
    return Answer(LOOK if lead.needs_look else NEW, body)
