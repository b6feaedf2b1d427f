"""Take in a request: raw first (one commit), then read it and run the stages by name (a second commit).

In: a source and the bytes somebody sent. Out: an ``Answer`` that is quick and truthful. Called by ``app.api.intake``;
the worker calls ``read`` again for a submission that a crash left *received*. Nothing here rejects content.
"""

import logging
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError

from app.assignment import assign
from app.db import db, write
from app.errors import Conflict, Problem
from app.faults import fault_point
from app.intake import raw, sources, take, templates
from app.intake.line import Line
from app.intake.parsed import Parsed
from app.intake.take import LOOK, Answer, Read
from app.models import Source, Submission, SubmissionState

TIMES = 3
log = logging.getLogger(__name__)
_line = Line(take.all_of)


def receive(source: Source, body: bytes, content_type: str, delivery_key: str | None) -> Answer:
    """Store, read, answer. The same delivery again gets the same lead with 200."""
    submission, new = raw.store(source, body, content_type, delivery_key)
    if not new:
        return take.seen_before(submission)
    fault_point("submission stored")
    try:
        answer = _read(submission, source)
    except (Problem, SQLAlchemyError) as error:
        # it is stored, and the worker reads it again: the sender need not
        log.warning(
            "a submission waits", extra={"submission": str(submission.id), "reason": type(error).__name__}
        )
        answer = None
    return answer or Answer(LOOK, {"state": "received"})


def read(submission_id: UUID) -> Answer | None:
    """Read one stored submission into leads. None when somebody else is at it or it was read already."""
    submission = db.session.get(Submission, submission_id)
    if submission is None or submission.body is None:
        return None
    source = db.session.get_one(Source, submission.source_id)
    db.session.expunge(submission)  # somebody else may take it
    return _read(submission, source)


def _read(submission: Submission, source: Source) -> Answer | None:
    one = Read(submission, source.showroom_id, _parse(submission, source))
    many = (
        len(one.parsed.leads) > 1
    )  # a batch of a hundred is a transaction of its own, or others wait for it
    answer = (None if many else _line.take(one)) or _alone(one)
    if answer is not None:
        fault_point("lead placed")
    return answer


def _alone(one: Read) -> Answer | None:
    for _ in range(TIMES):
        try:
            return take.all_of([one])[0]
        except raw.ReadAlready:
            return None
        except (IntegrityError, OperationalError):
            # two leads of one new customer at the same instant: the other won, now there is somebody to match;
            # or PostgreSQL broke up a deadlock with somebody who logs an outcome
            continue
    raise Conflict(f"submission {one.submission.id} could not be placed")


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
    answer = take.act(submission, source, unread, now)
    raw.settle([raw.Settled(submission, answer.body, unread.note, submission.delivery_key)], now)
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
