"""Leads of which Meta's webhook tells only the id: what is asked, and what becomes of the answer. ADR 0013.

In: ids (``ask``, from ``receive``), later Graph's answer (``arrived``) or none yet (``unanswered``), from the channel
``graph``. Out: delivery rows, then one lead for each id, placed exactly once. All but ``open_`` run inside a write.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update

from app.access import lock_follow_up
from app.assignment import assign
from app.cadence import record
from app.cadence.reach import reach
from app.customers import confirm, match
from app.db import db, new_id
from app.intake import describe, place, vault
from app.intake.parsed import Fetch, ParsedLead
from app.intake.sources import meta
from app.models import (
    Delivery,
    DeliveryChannel,
    DeliveryState,
    FollowUp,
    Lead,
    LeadState,
    Source,
    Submission,
    happened,
)
from app.outbox import enqueue
from app.push import notify
from app.push.notify import About
from app.rows import put_away

KEPT = timedelta(days=14)
"""How long we go on asking. Meta keeps a lead for 90 days; after this the backfill command still gets it."""
AWAITS = "awaits"
"""Marks a lead whose content has not come yet, in the ``extra`` of its details."""


@dataclass(frozen=True)
class Asked:
    """One question to Graph, with everything that asking needs."""

    source_id: UUID
    submission_id: UUID
    fetch: Fetch
    secrets: dict[str, str]


def ask(submission: Submission, source: Source, wanted: Iterable[Fetch], now: datetime) -> int:
    """Ask for each id that is no lead yet. Returns how many."""
    keys = {_key(one): one for one in wanted}
    query = select(Lead.delivery_key).where(Lead.source_id == source.id, Lead.delivery_key.in_(keys))
    known = set(db.session.scalars(query))
    rows = [_question(submission, source, one, now) for key, one in keys.items() if key not in known]
    put_away(*rows)
    return len(rows)


def open_(delivery: Delivery) -> Asked:
    """What this delivery asks. Opens and ends a transaction of its own: asking takes a while."""
    told = delivery.payload
    source = db.session.get_one(Source, UUID(told["source"]), populate_existing=True)
    fetch = Fetch("meta", told["id"], told.get("page"), told.get("form"), told.get("ad"))
    asked = Asked(source.id, UUID(told["submission"]), fetch, vault.of(source))
    db.session.rollback()
    return asked


def arrived(asked: Asked, body: bytes, now: datetime) -> None:
    """Graph's answer: the lead is placed, or the one that waits for it completed. A second time changes nothing."""
    source, submission, before = _rows(asked)
    (read,) = meta.graph_lead(body, source.showroom.country).leads[:1]
    read = replace(read, delivery_key=_key(asked.fetch))
    if before is None:
        place.lead(submission, source, read, now)
    elif AWAITS in before.details.get("extra", {}):
        _complete(before, read, submission, source, now)
    if source.trouble is not None:
        source.trouble = source.trouble_at = None


def complete(source: Source, id_: str, body: bytes, now: datetime) -> bool:
    """Content that came another way (backfill) for a lead that waits for it. False: none does."""
    query = select(Lead).where(Lead.source_id == source.id, Lead.delivery_key == f"meta:{id_}"[:200])
    waiting = db.session.scalar(query)
    if waiting is None or waiting.submission_id is None or AWAITS not in waiting.details.get("extra", {}):
        return False
    arrived(Asked(source.id, waiting.submission_id, Fetch("meta", id_), {}), body, now)
    return True


def unanswered(asked: Asked, now: datetime) -> None:
    """Graph is silent for long, or refuses: what is known is a lead at once, and somebody looks (rule 3)."""
    source, submission, before = _rows(asked)
    if before is None:
        known = meta.placeholder(asked.fetch, source.showroom.country)
        place.lead(submission, source, replace(known, extra={**known.extra, AWAITS: "graph"}), now)


def trouble(asked: Asked, sentence: str, now: datetime) -> None:
    """What an admin must mend, shown with the source."""
    mended = update(Source).where(Source.id == asked.source_id)
    db.session.execute(mended.values(trouble=sentence[:200], trouble_at=now))


def ask_again(source: Source, now: datetime) -> None:
    """The token was changed: everything that still waits is asked now."""
    waiting = update(Delivery).where(
        Delivery.group_id == source.group_id,
        Delivery.channel == DeliveryChannel.GRAPH,
        Delivery.state == DeliveryState.QUEUED,
        Delivery.tag == source.id.hex,
    )
    db.session.execute(waiting.values(due_at=now))


def _key(fetch: Fetch) -> str:
    return f"meta:{fetch.id}"[:200]


def _question(submission: Submission, source: Source, fetch: Fetch, now: datetime) -> Delivery:
    told = {"id": fetch.id, "page": fetch.page_id, "form": fetch.form_id, "ad": fetch.ad_id}
    return Delivery(
        id=new_id(),
        group_id=source.group_id,
        channel=DeliveryChannel.GRAPH,
        kind="lead_content",
        payload={**told, "source": str(source.id), "submission": str(submission.id)},
        tag=source.id.hex,
        token=enqueue.new_token(),
        created_at=now,
        due_at=now,
        expires_at=now + KEPT,
    )


def _rows(asked: Asked) -> tuple[Source, Submission, Lead | None]:
    source = db.session.get_one(Source, asked.source_id, populate_existing=True)
    assign.take_all_turns(source.group_id)
    query = select(Lead).where(Lead.source_id == source.id, Lead.delivery_key == _key(asked.fetch))
    before = db.session.scalar(query.execution_options(populate_existing=True))
    return source, db.session.get_one(Submission, asked.submission_id), before


def _complete(before: Lead, read: ParsedLead, submission: Submission, source: Source, now: datetime) -> None:
    """The lead that waited gets its content. It stays where it is, with its owner and clock, unless it turns out to be
    somebody else's customer, or its follow-up has ended: then it is placed as if it had just come, and this one closes
    as its duplicate."""
    follow_up = lock_follow_up(before.follow_up_id)
    known = match.known(read, source.showroom)
    if follow_up.is_open and known in (None, before.customer):
        _fill(before, follow_up, read, submission, source, now)
        return
    before.delivery_key = None
    before.details = {**before.details, "extra": {}}
    db.session.flush()
    place.lead(submission, source, read, now)
    if before.state is LeadState.OPEN:
        _close(before, follow_up, now)


def _fill(
    before: Lead, follow_up: FollowUp, read: ParsedLead, submission: Submission, source: Source, now: datetime
) -> None:
    """What somebody corrected by hand meanwhile stays. Who is told: the owner, now that there is whom to call."""
    customer = before.customer
    points = match.learn(customer, read, source.showroom, now)
    fresh = describe.lead(read, customer, submission, source, before.arrived_at)
    for name in ("question", "car", "wants", "trade_in"):
        setattr(before, name, getattr(before, name) or getattr(fresh, name))
    answers = before.details.get("answers")
    before.details = {**fresh.details, **({"answers": answers} if answers else {})}
    before.needs_look, before.is_test = fresh.needs_look, fresh.is_test
    db.session.flush()
    happened("lead_corrected", follow_up, now, lead_id=before.id, fields="content", joined=False)
    record.replan(follow_up, now)
    ways = reach(customer, points)
    number = ways.dialable.value if ways.dialable else None
    notify.tell(follow_up.owner, "lead", follow_up, f"content {before.id}", now, about=About(before, number))
    confirm.confirm(before, follow_up, ways, now)


def _close(before: Lead, follow_up: FollowUp, now: datetime) -> None:
    """Nothing is lost: the same request stands in the other follow-up."""
    others = select(Lead.id).where(
        Lead.group_id == before.group_id,
        Lead.follow_up_id == before.follow_up_id,
        Lead.state == LeadState.OPEN,
        Lead.id != before.id,
    )
    if db.session.scalar(others.limit(1)) is None:
        record.end(follow_up, LeadState.DUPLICATE, now)
    else:
        before.state, before.closed_at = LeadState.DUPLICATE, now
