"""Submissions: the raw request, durable before anything looks at it, and what was made of it. Called by ``receive``."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.exc import IntegrityError

from app import clock
from app.db import Json, db, new_id, put, write
from app.models import Source, Submission, SubmissionState

TEST = "test:"
"""How the delivery key of our own test begins; what others send begins with ``key:`` or ``in:``."""
STATES = {"ignored": SubmissionState.IGNORED, "needs_look": SubmissionState.NEEDS_LOOK}
SETTLE = (
    update(cast(Table, Submission.__table__))
    .where(Submission.id == bindparam("submission"), Submission.state == SubmissionState.RECEIVED)
    .values(
        state=bindparam("to", type_=Submission.state.type),
        tries=Submission.tries + 1,
        delivery_key=bindparam("key"),
        read_at=bindparam("at"),
        answer=bindparam("said", type_=Json),
        note=bindparam("note"),
        took_ms=bindparam("took"),
    )
)


class ReadAlready(Exception):
    """Somebody else has placed this submission: what we were about to write is taken back."""


def store(
    source: Source, body: bytes, content_type: str, delivery_key: str | None
) -> tuple[Submission, bool]:
    """The raw request, durable before anything looks at it; or (False) the one that came before with this key."""
    known = by_key(source, delivery_key)
    if known is not None:
        return known, False
    submission = Submission(
        id=new_id(),
        group_id=source.group_id,
        source_id=source.id,
        content_type=content_type.replace("\x00", "")[:200],  # PostgreSQL keeps no NUL
        body=body,
        delivery_key=delivery_key,
        received_at=clock.now(),
    )
    try:
        with write():
            put(submission)
    except IntegrityError:
        known = by_key(source, delivery_key)
        if known is None:
            raise
        return known, False
    return submission, True


def settle(
    submission: Submission, told: dict[str, Any], note: str | None, key: str | None, now: datetime
) -> None:
    """Mark it as read with its answer (``told``). Guarded: web process and worker may both be at it; one places it.

    Raises ReadAlready for the other one.
    """
    state = STATES.get(told["state"]) if not told.get("seen_before") else None
    values = {
        "submission": submission.id,
        "to": state or SubmissionState.READ,
        "key": key,
        "at": now,
        "said": told,
        "note": (note or "")[:200] or None,
        "took": min(int((clock.now() - submission.received_at).total_seconds() * 1000), 2**31 - 1),
    }
    if db.session.connection().execute(SETTLE, values).rowcount != 1:
        raise ReadAlready


def by_key(source: Source, key: str | None) -> Submission | None:
    """The submission of this source that came with this key."""
    if not key:
        return None
    query = select(Submission).where(Submission.source_id == source.id, Submission.delivery_key == key)
    return db.session.scalar(query)
