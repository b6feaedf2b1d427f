"""The closing message: a cadence that ended without contact tells the customer so, and how one tap brings them back.

In: a follow-up that has just ended as unreachable. Out: one letter in the outbox, or none when there is no address,
e-mail was stopped, or it was a test. Called by record; taken back when the end was a slip or the customer returns.
"""

from datetime import datetime, timedelta

from sqlalchemy import select

from app.cadence import own
from app.db import db
from app.models import Customer, FollowUp, Lead
from app.outbox import enqueue, letters
from app.texts import known, mails
from app.texts.prefill import own_message

CLOSING = "closing"
AFTER = timedelta(minutes=2)
"""Time to undo the last outcome before the letter leaves."""


def say_goodbye(follow_up: FollowUp, now: datetime) -> None:
    """Enqueue the letter. In the showroom's own words when the last step of its cadence has some."""
    newest = select(Lead).where(Lead.group_id == follow_up.group_id, Lead.follow_up_id == follow_up.id)
    lead = db.session.scalars(newest.order_by(Lead.arrived_at.desc(), Lead.id.desc()).limit(1)).first()
    if lead is None or lead.is_test:
        return
    facts = letters.facts(follow_up, lead.car)
    version = own.own_of(follow_up)
    texts = version.texts.get(len(version.cadence.steps), {})
    person = letters.speaker(follow_up)
    said = own_message(
        texts,
        known(follow_up.customer.language),
        customer_first_name=facts.first_name,
        salesperson=person.first_name,
        car=lead.car,
        showroom=facts.showroom,
        link=facts.page_url,
        video_link=person.facetime_link or person.video_link,
    )
    letter = mails.closing(facts, said)
    letters.send(follow_up, CLOSING, letter, now, due_at=now + AFTER)


def take_back(follow_up: FollowUp) -> None:
    """It has not ended after all: the letter that still waits does not leave."""
    enqueue.cancel(follow_up, "the follow-up was opened again", kinds=(CLOSING,))


def not_yet(customer: Customer) -> None:
    """They ask something new before the letter has left."""
    letters.cancel(customer, "the customer asked something new", kinds=(CLOSING,))
