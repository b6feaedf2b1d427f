"""Tell the customer who looks after them now, when somebody they know no longer does.

In: a follow-up that has its new owner, and the owner before. Out: one e-mail in the outbox. Called by hand_over inside
its transaction.
"""

from datetime import datetime

from sqlalchemy import select

from app.db import db
from app.models import Delivery, DeliveryChannel, DeliveryState, FollowUp, Person
from app.outbox import enqueue, letters
from app.push.notify import newest
from app.texts import mails

KIND = "introduction"
UNREAD = (DeliveryState.CANCELLED, DeliveryState.FAILED, DeliveryState.NOT_SENT)


def introduce(follow_up: FollowUp, before: Person, now: datetime) -> bool:
    """Whether a letter goes out. None does to a customer whom nobody has written to or spoken with, to one who knows
    the new owner already, without an address, or within a stop. An earlier introduction that has not left is replaced.
    """
    enqueue.cancel(follow_up, "somebody else took over", kinds=(KIND,))
    known = _whom_they_know(follow_up, before)
    if known is None or known.id == follow_up.owner_id:
        return False
    lead = newest(follow_up).lead
    facts = letters.facts(follow_up, lead.car if lead else None)
    return letters.send(follow_up, KIND, mails.handover(facts, known.first_name), now) is not None


def _whom_they_know(follow_up: FollowUp, before: Person) -> Person | None:
    """Who signed the last letter they got; without one the owner before, once somebody has spoken with them."""
    sent = select(Delivery).where(
        Delivery.group_id == follow_up.group_id,
        Delivery.follow_up_id == follow_up.id,
        Delivery.channel == DeliveryChannel.EMAIL,
        Delivery.state.not_in(UNREAD),
    )
    last = db.session.scalar(sent.order_by(Delivery.created_at.desc(), Delivery.id.desc()).limit(1))
    if last is None:
        return before if follow_up.contacted_at else None
    signed = select(Person).where(
        Person.group_id == follow_up.group_id, Person.email == last.payload.get("reply_to")
    )
    return db.session.scalar(signed) or before
