"""Thank the customer at once (rule 9): who will call, from which number, truthfully when, and one open
question.

In: a lead whose follow-up has its owner and next step. Out: one e-mail in the outbox, or None. Called by
intake as the last stage of receiving. A confirmation never stops the clock (rule 5).
"""

from datetime import datetime, timedelta

from sqlalchemy import Select, func, select

from app.customers.expectation import Expectation, expectation
from app.db import db
from app.models import Delivery, DeliveryState, FollowUp, Lead, append
from app.outbox import letters
from app.texts import mails
from app.texts.moments import moment

APART = timedelta(minutes=30)
"""Rule 7: one confirmation per 30 minutes, however many requests come in."""
CONFIRMATION = "confirmation"
ALSO_ASKS = "also_asks"
IN_A_LETTER = {"again": "moment", "agreed": "moment", "appointment": "answer", "manager": "answer"}
"""What the page may say about a later moment, in words that also fit a letter."""


def confirm(lead: Lead, follow_up: FollowUp, now: datetime) -> Delivery | None:
    """Enqueue the confirmation of ``lead``, or "also asks" when this follow-up had one more than 30 minutes
    ago.

    None: no address, e-mail stopped, a test lead, or confirmed within 30 minutes. Inside the running
    transaction.
    """
    if lead.is_test or _confirmed_since(follow_up, now - APART):
        return None
    what = expectation(follow_up, now)
    when, at = _in_a_letter(what), _moment(follow_up, what, now)
    facts = letters.facts(follow_up, lead.car)
    again = _confirmed_before(follow_up)
    letter = mails.also_asks(facts, when, at) if again else mails.confirmation(facts, when, at)
    kind = ALSO_ASKS if again else CONFIRMATION
    delivery = letters.send(follow_up, kind, letter, now)
    if delivery is not None:
        append(
            "confirmation_queued",
            now,
            group_id=follow_up.group_id,
            showroom_id=follow_up.showroom_id,
            follow_up_id=follow_up.id,
            lead_id=lead.id,
            kind=kind,
            channel="email",
        )
    return delivery


def _confirmed_since(follow_up: FollowUp, since: datetime) -> bool:
    return bool(db.session.scalar(_confirmations(follow_up).where(Delivery.created_at > since)))


def _confirmed_before(follow_up: FollowUp) -> bool:
    return bool(db.session.scalar(_confirmations(follow_up).where(Delivery.follow_up_id == follow_up.id)))


def _confirmations(follow_up: FollowUp) -> Select[int]:
    return select(func.count()).where(
        Delivery.group_id == follow_up.group_id,
        Delivery.customer_id == follow_up.customer_id,
        Delivery.kind.in_((CONFIRMATION, ALSO_ASKS)),
        Delivery.state != DeliveryState.CANCELLED,
    )


def _in_a_letter(what: Expectation) -> str:
    when = IN_A_LETTER.get(what.what, what.what)
    return when if when in mails.WHENS else "answer"


def _moment(follow_up: FollowUp, what: Expectation, now: datetime) -> str:
    if what.at is None:
        return ""
    return moment(what.at, now, follow_up.showroom.timezone, follow_up.customer.language)
