"""A mail that answers: to something we sent, or from somebody we know.

In: a letter as read (``extra`` holds its thread and sender), and its source. Out: whose it is and which follow-up it
belongs to. Reads only. Called by ``replies``.
"""

import re
from uuid import UUID

from sqlalchemy import select

from app.assignment import assign
from app.customers import match
from app.db import db
from app.intake.parsed import ParsedLead
from app.intake.sources.reading.stop_words import says_stop
from app.models import Customer, Delivery, FollowUp, Source

OUR_ID = re.compile(r"<([0-9a-f]{32})@")
"""The Message-ID of a mail of ours is the id of its delivery (``app.delivery.channels.email``)."""
MOST_IDS = 50
SIGNED_BELOW = 3
"""Lines of a mail that says stop: the word, and a name below it."""


def writer(read: ParsedLead, source: Source) -> tuple[Customer | None, FollowUp | None]:
    """Who wrote this letter and which follow-up it is about; (None, None) for a stranger, or for what is no letter."""
    if not read.extra.get("letter"):
        return None, None
    answered = _answered(read, source)
    if answered is not None:
        return answered.customer, answered
    customer = match.known(read, source.showroom)
    return (customer, assign.open_follow_up(customer)) if customer else (None, None)


def stops(read: ParsedLead) -> bool:
    """Whether it says stop and nothing else: as its subject, or as its text with at most a name below."""
    lines = [line for line in (read.comments or "").split("\n") if line.strip()]
    alone = bool(lines) and len(lines) <= SIGNED_BELOW and says_stop(lines[0])
    return alone or says_stop(str(read.extra.get("subject", "")))


def _answered(read: ParsedLead, source: Source) -> FollowUp | None:
    """The follow-up of the newest of our mails that this one names."""
    named = " ".join(str(read.extra.get(name, "")) for name in ("references", "in_reply_to"))
    ids = [UUID(hex_) for hex_ in OUR_ID.findall(named)[-MOST_IDS:]]
    if not ids:
        return None
    sent = (
        select(FollowUp)
        .join(Delivery, Delivery.follow_up_id == FollowUp.id)
        .where(
            Delivery.id.in_(ids),
            Delivery.group_id == source.group_id,
            FollowUp.group_id == source.group_id,
            Delivery.customer_id.is_not(None),
        )
        .order_by(Delivery.created_at.desc())
    )
    return db.session.scalars(sent.limit(1)).first()
