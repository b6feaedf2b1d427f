"""Submissions: the raw request, durable before anything looks at it, and what was made of it. Called by ``receive``."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.exc import IntegrityError

from app import clock
from app.db import Json, db, new_id, write
from app.intake.line import Alone, Line
from app.models import Source, Submission, SubmissionState
from app.rows import put_away

SMALL = 64 * 1024
"""Bytes of a request that is stored together with others: sixteen mails with photos are no one statement."""
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


class ReadAlready(Alone):
    """Somebody else has placed this submission: what we were about to write is taken back."""


@dataclass(frozen=True)
class Settled:
    """A submission, what its sender was told, a remark for us, and the key of its delivery."""

    submission: Submission
    told: dict[str, Any]
    note: str | None
    key: str | None


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
        if len(body) > SMALL or not _line.take(submission):
            _keep([submission])
    except IntegrityError:
        known = by_key(source, delivery_key)
        if known is None:
            raise
        return known, False
    return submission, True


def _keep(some: Sequence[Submission]) -> list[bool]:
    with write(ring=False):
        put_away(*some)
    return [True] * len(some)


_line = Line(_keep)


def settle(some: Sequence[Settled], now: datetime) -> None:
    """Mark them as read with their answers. Guarded: web process and worker may both be at it; one places it.

    Raises ReadAlready for the other one.
    """
    values = [_values(one, now) for one in some]
    if db.session.connection().execute(SETTLE, values).rowcount != len(some):
        raise ReadAlready


def _values(one: Settled, now: datetime) -> dict[str, Any]:
    state = STATES.get(one.told["state"]) if not one.told.get("seen_before") else None
    took = int((clock.now() - one.submission.received_at).total_seconds() * 1000)
    return {
        "submission": one.submission.id,
        "to": state or SubmissionState.READ,
        "key": one.key,
        "at": now,
        "said": one.told,
        "note": (one.note or "")[:200] or None,
        "took": min(took, 2**31 - 1),
    }


def by_key(source: Source, key: str | None) -> Submission | None:
    """The submission of this source that came with this key."""
    if not key:
        return None
    query = select(Submission).where(Submission.source_id == source.id, Submission.delivery_key == key)
    return db.session.scalar(query)
