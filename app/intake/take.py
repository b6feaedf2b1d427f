"""What a stored request becomes, now that it is read: leads, an answer in a follow-up, or nothing for us.

In: submissions with what a parser read. Out: an ``Answer`` each, quick and truthful. Called by ``receive``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select

from app import clock
from app.access import customer_token, settings
from app.assignment import assign
from app.db import db, write
from app.intake import describe, graph, place, raw, replies, seen
from app.intake.parsed import Parsed
from app.intake.replies import Taken
from app.models import FollowUp, Lead, Source, Submission

NEW, SEEN, LOOK = 201, 200, 202
SOURCES = select(Source).where(Source.id.in_(bindparam("ids", expanding=True)))


@dataclass(frozen=True)
class Answer:
    """HTTP status and body for the sender."""

    status: int
    body: dict[str, Any]


Told = dict[UUID, Answer]
"""By submission."""


@dataclass(frozen=True)
class Read:
    """A stored submission and what its parser made of it; ``showroom_id`` is its source's."""

    submission: Submission
    showroom_id: UUID
    parsed: Parsed


def all_of(some: Sequence[Read]) -> list[Answer]:
    """Take them in their order, in one transaction: all or none. Raises raw.ReadAlready where one was taken before."""
    with write():
        assign.take_turns({one.showroom_id for one in some})
        now = clock.now()
        sources = _sources({one.submission.source_id for one in some})
        told: Told = {}
        settled = [_take(one, sources[one.submission.source_id], now, told) for one in some]
        raw.settle(settled, now)
    return [told[one.submission.id] for one in some]


def _sources(ids: set[UUID]) -> dict[UUID, Source]:
    """One alone is its own request's, which has read it already."""
    found = db.session.scalars(SOURCES, {"ids": ids}) if len(ids) > 1 else map(_source, ids)
    return {source.id: source for source in found}


def _source(id_: UUID) -> Source:
    return db.session.get_one(Source, id_)


def _take(read: Read, source: Source, now: datetime, told: Told) -> raw.Settled:
    """Everything in one request; its answer is in ``told`` then."""
    submission, parsed = read.submission, read.parsed
    key = submission.delivery_key
    if key is None and parsed.delivery_key:
        # the provider's own id inside the payload: the same delivery again is nothing new
        key = f"in:{parsed.delivery_key}"[:200]
        before = raw.by_key(source, key)
        if before is not None:
            answer = told[submission.id] = seen_before(before)
            return raw.Settled(submission, answer.body, "seen before", None)
    answer = told[submission.id] = act(submission, source, parsed, now, told)
    return raw.Settled(submission, answer.body, parsed.note or answer.body.get("note"), key)


def act(
    submission: Submission, source: Source, parsed: Parsed, now: datetime, told: Told | None = None
) -> Answer:
    """What is in it: nothing for us, ids to ask Meta about, or leads and answers, those that we have not had before.
    ``told``: those whose answers are not written down yet."""
    if parsed.outcome == "ignore":
        return Answer(LOOK, {"state": "ignored"})
    if parsed.fetch and source.kind == "meta":
        return Answer(LOOK, {"state": "asked", "asked": graph.ask(submission, source, parsed.fetch, now)})
    test = (submission.delivery_key or "").startswith(raw.TEST)
    found = describe.leads(parsed, submission, source, test=test)
    new, before = seen.sift(found, source, submission)
    if not new and before is not None:
        first = (told or {}).get(before.id)
        return _again(first) if first else seen_before(before)
    placed: list[tuple[Lead, FollowUp]] = []
    taken: list[Taken] = []
    for one in new:
        answered = None if test else replies.take(one, source, now)
        if answered is not None:
            taken.append(answered)
        else:
            placed.append(place.lead(submission, source, one, now))
    return _answer(placed) if placed else _joined(taken)


def seen_before(known: Submission) -> Answer:
    """The answer that this delivery got the first time."""
    return _again(Answer(SEEN, known.answer or {"state": "received"}))


def _again(first: Answer) -> Answer:
    return Answer(SEEN, {**first.body, "seen_before": True})


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
