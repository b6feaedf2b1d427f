"""Thank the customer at once (rule 9): who will call, from which number, truthfully when, and one open
question.

In: a lead whose follow-up has its owner and next step. Out: one e-mail in the outbox, or None. Called by
intake as the last stage of receiving. A confirmation never stops the clock (rule 5).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, select

from app.cadence.reach import Reach
from app.customers.expectation import Expectation, expectation
from app.db import db
from app.models import Delivery, DeliveryState, FollowUp, Lead, happened
from app.outbox import letters
from app.texts import mails
from app.texts.moments import moment

APART = timedelta(minutes=30)
"""Rule 7: one confirmation per 30 minutes, however many requests come in."""
CONFIRMATION = "confirmation"
ALSO_ASKS = "also_asks"
IN_A_LETTER = {"again": "moment", "agreed": "moment", "appointment": "answer", "manager": "answer"}
"""What the page may say about a later moment, in words that also fit a letter."""

CONFIRMED = select(Delivery.created_at, Delivery.follow_up_id).where(
    Delivery.group_id == bindparam("group_id"),
    Delivery.customer_id == bindparam("customer_id"),
    Delivery.kind.in_((CONFIRMATION, ALSO_ASKS)),
    Delivery.state != DeliveryState.CANCELLED,
)


def confirm(
    lead: Lead, follow_up: FollowUp, known: Reach, now: datetime, *, met_now: bool = False
) -> Delivery | None:
    """Enqueue the confirmation of ``lead``, or "also asks" when this follow-up had one more than 30 minutes
    ago.

    None: no address, e-mail stopped, a test lead, or confirmed within 30 minutes. Inside the running
    transaction.
    """
    if lead.is_test or known.email is None or not known.open("email"):
        return None
    before = [] if met_now else _confirmations(follow_up)
    if any(at > now - APART for at, _ in before):
        return None
    what = expectation(follow_up, now)
    when, at = _in_a_letter(what), _moment(follow_up, what, now)
    facts = letters.facts(follow_up, lead.car)
    again = any(of == follow_up.id for _, of in before)
    letter = mails.also_asks(facts, when, at) if again else mails.confirmation(facts, when, at)
    kind = ALSO_ASKS if again else CONFIRMATION
    happened("confirmation_queued", follow_up, now, lead_id=lead.id, kind=kind, channel="email")
    return letters.post(follow_up, known.email, kind, letter, now)


def _confirmations(follow_up: FollowUp) -> Sequence[tuple[datetime, UUID | None]]:
    """When something was confirmed to this customer, and in which follow-up."""
    asked = {"group_id": follow_up.group_id, "customer_id": follow_up.customer_id}
    return [(at, of) for at, of in db.session.execute(CONFIRMED, asked)]


def _in_a_letter(what: Expectation) -> str:
    when = IN_A_LETTER.get(what.what, what.what)
    return when if when in mails.WHENS else "answer"


def _moment(follow_up: FollowUp, what: Expectation, now: datetime) -> str:
    if what.at is None:
        return ""
    return moment(what.at, now, follow_up.showroom.timezone, follow_up.customer.language)
