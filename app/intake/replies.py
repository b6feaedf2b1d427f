"""Who writes or calls again: an answer in the open follow-up, or a stop; everything else is a new lead.

In: one request as read, inside the running transaction. Out: what became of it, or None: place it as a lead. Called by
``receive``.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select

from app.access import lock_follow_up
from app.assignment import assign
from app.cadence.reach import reach
from app.customers import answer, match, privacy, reply
from app.db import db
from app.errors import Conflict
from app.intake import adf_out, describe, threads
from app.intake.parsed import ParsedLead
from app.models import Customer, FollowUp, Lead, Source, StopScope
from app.texts import render

SPOKEN = frozenset({"call", "whatsapp", "sms"})
"""Channels of a conversation: what a known customer says there belongs to what they asked before (rule 12)."""


@dataclass(frozen=True)
class Taken:
    """No lead of its own. ``say``: the one neutral confirmation of a stop, for who wrote it."""

    state: Literal["reply", "stopped", "ignored"]
    follow_up: FollowUp | None = None
    say: str | None = None
    note: str | None = None


def take(read: ParsedLead, source: Source, now: datetime) -> Taken | None:
    """An answer or a stop of somebody we know. None: a new lead."""
    via = describe.channel(read)
    if adf_out.is_ours(read):
        return Taken("ignored", note="a lead that we forwarded ourselves")
    if via not in SPOKEN:
        return _by_mail(read, source, now) if source.kind == "email" else None
    customer = match.known(read, source.showroom)
    stop = bool(read.extra.get("stop"))
    if customer is None:
        return Taken("ignored") if stop else None  # we never wrote to them, and never will
    follow_up = assign.open_follow_up(customer)
    if stop:
        return _stop(follow_up or _last(customer), customer, read, now)
    if follow_up is None:
        return None
    if not _said_before(customer, read.delivery_key):
        text = read.comments or describe.words(read, source) or ""
        reply.joined(lock_follow_up(follow_up.id), text, via or "", now, read.delivery_key)
    return Taken("reply", follow_up)


def _by_mail(read: ParsedLead, source: Source, now: datetime) -> Taken | None:
    """A letter that answers one of ours, or comes from somebody whose follow-up is open."""
    customer, follow_up = threads.writer(read, source)
    if customer is not None and threads.stops(read):
        return _stop(follow_up or _last(customer), customer, read, now)
    if follow_up is None:
        return None
    try:
        answer.answer(follow_up, read.comments or "", now, via="email")
    except Conflict:
        return None  # stopped meanwhile: a new enquiry of theirs is answered by the channels given in it
    return Taken("reply", follow_up)


def _stop(follow_up: FollowUp | None, customer: Customer, read: ParsedLead, now: datetime) -> Taken:
    """Everything: a stop word names no request. Confirmed once: by mail if we have an address, else right here."""
    if follow_up is None:
        return Taken("ignored")
    mailed = reach(customer).email is not None
    stopped = privacy.stop(follow_up, StopScope.EVERYTHING, None, None, now)
    silent = mailed or not stopped or read.extra.get("stop") == "confirmed"
    return Taken("stopped", follow_up, None if silent else render("stop_reply", customer.language))


def _last(customer: Customer) -> FollowUp | None:
    query = select(FollowUp).where(
        FollowUp.group_id == customer.group_id, FollowUp.customer_id == customer.id
    )
    return db.session.scalar(query.order_by(FollowUp.opened_at.desc()).limit(1))


def _said_before(customer: Customer, key: str | None) -> bool:
    """The same message in another envelope."""
    if key is None:
        return False
    query = select(Lead.details).where(Lead.group_id == customer.group_id, Lead.customer_id == customer.id)
    said = (one for details in db.session.scalars(query) for one in details.get("answers", []))
    return any(one.get("key") == key for one in said)
