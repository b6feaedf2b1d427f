"""A known customer answers: their words stand with their newest request, and *answer now* is due (rule 12).

In: an open follow-up and what was said, on whatever channel. Out: the follow-up's next step, and its owner is told.
Called by the customer's page (``answer``) and by intake, inside their transaction.
"""

from datetime import datetime

from sqlalchemy import select

from app.assignment import escalate, stand_in
from app.cadence import record
from app.db import db
from app.models import FollowUp, Lead
from app.outbox.letters import speaker
from app.push import notify

LONGEST = 4000
"""Characters kept of one answer."""


def joined(follow_up: FollowUp, text: str, via: str, now: datetime, key: str | None = None) -> None:
    """Keep the words and make *answer now* the next step.

    ``via``: page, email, whatsapp, sms or call. ``key``: the vendor's own id of this message, for ``said_before``.
    """
    lead = db.session.scalars(
        select(Lead)
        .where(Lead.group_id == follow_up.group_id, Lead.follow_up_id == follow_up.id)
        .order_by(Lead.arrived_at.desc(), Lead.id.desc())
        .limit(1)
    ).one()
    said = {"at": now.isoformat(), "text": text[:LONGEST], "via": via, **({"key": key} if key else {})}
    lead.details = {**lead.details, "answers": [*lead.details.get("answers", []), said]}
    due_now(follow_up, now)


def due_now(follow_up: FollowUp, now: datetime) -> None:
    """*Answer now*: its owner is told, or their deputy while they are away; outside hours whoever is on call."""
    stand_in.cover_if_away(follow_up, now)
    record.customer_replied(follow_up, now)
    notify.tell(speaker(follow_up), "answer", follow_up, f"answer {now.isoformat()}", now)
    escalate.at_once(follow_up, True, now)
