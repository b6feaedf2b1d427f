"""Take in a request: raw first (one commit), then read it and run the stages by name (a second commit).

In: a source and the bytes somebody sent. Out: an ``Answer`` that is quick and truthful. Called by ``app.api.intake``;
the worker calls ``read`` again for a submission that a crash left *received*. Nothing here rejects content.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError

from app import clock
from app.access import customer_token, settings
from app.assignment import assign
from app.db import db, write
from app.errors import Conflict, Problem
from app.faults import fault_point
from app.intake import describe, graph, place, raw, replies, seen, sources, templates
from app.intake.parsed import Parsed
from app.intake.replies import Taken
from app.models import FollowUp, Lead, Source, Submission, SubmissionState

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
    submission, new = raw.store(source, body, content_type, delivery_key)
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
        except raw.ReadAlready:
            return None
        except (IntegrityError, OperationalError):
            # two leads of one new customer at the same instant: the other won, now there is somebody to match;
            # or PostgreSQL broke up a deadlock with somebody who logs an outcome
            continue
    raise Conflict(f"submission {submission_id} could not be placed")


def place_after_all(submission: Submission, source: Source, now: datetime) -> Answer | None:
    """A person says that what was ignored is a request: its text becomes a lead that needs a look. Inside a write.

    None when it was not ignored, or somebody was faster.
    """
    back = update(Submission).where(
        Submission.id == submission.id, Submission.state == SubmissionState.IGNORED
    )
    if db.session.execute(back.values(state=SubmissionState.RECEIVED)).rowcount != 1:  # type: ignore[attr-defined]
        return None
    assign.take_all_turns(source.group_id)
    read = _parse(submission, source)
    unread = Parsed("quarantine", note="a person says that it is a request", raw_text=read.raw_text)
    answer = _act(submission, source, unread, now)
    raw.settle(submission, answer.body, unread.note, submission.delivery_key, now)
    return answer


def failed(submission_id: UUID) -> None:
    """Count a reading that went wrong. After three the content is left alone and becomes a lead as raw text."""
    with write():
        counted = update(Submission).where(Submission.id == submission_id)
        db.session.execute(counted.values(tries=Submission.tries + 1))


def _parse(submission: Submission, source: Source) -> Parsed:
    if submission.tries >= TIMES or submission.body is None:
        return Parsed("quarantine", note="could not be read three times")
    own = templates.settings_of(source) if source.kind == "email" else source.settings
    return sources.parse(source.kind, submission.body, submission.content_type, source.showroom.country, own)


def _place(submission: Submission, source: Source, parsed: Parsed, now: datetime) -> Answer:
    """Everything in it, in one transaction. Raises raw.ReadAlready."""
    assign.take_turn(source.showroom_id)
    key = submission.delivery_key
    if key is None and parsed.delivery_key:
        # the provider's own id inside the payload: the same delivery again is nothing new
        key = f"in:{parsed.delivery_key}"[:200]
        before = raw.by_key(source, key)
        if before is not None:
            answer = _seen(before)
            raw.settle(submission, answer.body, "seen before", None, now)
            return answer
    answer = _act(submission, source, parsed, now)
    raw.settle(submission, answer.body, parsed.note or answer.body.get("note"), key, now)
    return answer


def _act(submission: Submission, source: Source, parsed: Parsed, now: datetime) -> Answer:
    """What is in it: nothing for us, ids to ask Meta about, or leads and answers, those that we have not had before."""
    if parsed.outcome == "ignore":
        return Answer(LOOK, {"state": "ignored"})
    if parsed.fetch and source.kind == "meta":
        return Answer(LOOK, {"state": "asked", "asked": graph.ask(submission, source, parsed.fetch, now)})
    test = (submission.delivery_key or "").startswith(raw.TEST)
    found = describe.leads(parsed, submission, source, test=test)
    new, before = seen.sift(found, source, submission)
    if not new and before is not None:
        return _seen(before)
    placed: list[tuple[Lead, FollowUp]] = []
    taken: list[Taken] = []
    for one in new:
        answered = None if test else replies.take(one, source, now)
        if answered is not None:
            taken.append(answered)
        else:
            placed.append(place.lead(submission, source, one, now))
    return _answer(placed) if placed else _joined(taken)


def _seen(known: Submission) -> Answer:
    return Answer(SEEN, {**(known.answer or {"state": "received"}), "seen_before": True})


def _joined(taken: list[Taken]) -> Answer:
    """Answers of known customers: no new lead. ``say``: what the sender is told on the same channel, once."""
    first = taken[0]
    body: dict[str, Any] = {"state": first.state}
    if first.follow_up is not None:
        body["follow_up_id"] = str(first.follow_up.id)
    body |= {name: said for name, said in (("say", first.say), ("note", first.note)) if said}
    return Answer(LOOK if first.state == "ignored" else NEW, body)


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
