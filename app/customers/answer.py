"""A customer's answer from their own page: kept with the request, and due for an answer at once (rule 12).

In: a follow-up and the words. Out: the follow-up's next step is *answer now*. Called by the customer's page.
"""

from datetime import datetime

from sqlalchemy import select

from app.access import lock_follow_up
from app.cadence import record
from app.db import db
from app.errors import Conflict
from app.models import FollowUp, Lead

LONGEST = 4000
"""Characters kept of one answer; the page allows no more."""


def answer(follow_up: FollowUp, text: str, now: datetime) -> None:
    """Keep the words with the newest request and make *answer now* the next step. Inside a write.

    Raises ``Conflict`` when the follow-up has ended: the page then offers the direct lines instead.
    """
    follow_up = lock_follow_up(follow_up.id)
    if not follow_up.is_open:
        raise Conflict("This request is closed.", code="follow_up_ended")
    lead = db.session.scalars(
        select(Lead)
        .where(Lead.group_id == follow_up.group_id, Lead.follow_up_id == follow_up.id)
        .order_by(Lead.arrived_at.desc(), Lead.id.desc())
        .limit(1)
    ).one()
    said = {"at": now.isoformat(), "text": text[:LONGEST], "via": "page"}
    lead.details = {**lead.details, "answers": [*lead.details.get("answers", []), said]}
    record.customer_replied(follow_up, now)
