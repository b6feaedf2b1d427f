"""The end of the proof of delivery: queued → sent → received → opened → *acted*.

A push that arrived and was opened proves a phone; what proves the person is what they did next. Called by assignment,
inside its write, when somebody who was told begins an attempt, covers or acknowledges.
"""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, Table, update

from app.db import db
from app.models import Delivery, DeliveryState, FollowUp, Person

_delivery = cast(Table, Delivery.__table__)
TOLD = (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.RECEIVED)
"""Also what has not left yet: whoever acts has no need of it any more than of what arrived."""


def acted(person: Person, follow_up: FollowUp, now: datetime) -> int:
    """Note it on everything that told this person of this follow-up. The first time wins. Returns how many."""
    told = update(_delivery).where(
        _delivery.c.group_id == follow_up.group_id,
        _delivery.c.follow_up_id == follow_up.id,
        _delivery.c.person_id == person.id,
        _delivery.c.acted_at.is_(None),
        _delivery.c.state.in_(TOLD),
    )
    return int(cast(CursorResult[Any], db.session.execute(told.values(acted_at=now))).rowcount)
