"""A follow-up that had ended goes on: an outcome was a slip, or the customer came back by themselves.

In: an ended follow-up. Out: an open one with the same owner. Called by ``outcome`` (undo) and by the customer's page
(``answer``), inside their transaction. Never after a stop.
"""

from datetime import datetime

from sqlalchemy import select, update

from app.assignment import assign
from app.assignment.hand_over import assignment
from app.cadence import closing
from app.cadence.reach import reach
from app.customers.privacy import STOPPED
from app.db import db, new_id
from app.errors import Conflict
from app.models import Assignment, EndReason, FollowUp, FollowUpState, Lead, LeadState, append, happened
from app.outbox import letters, stoplist
from app.rows import put_away


def welcome(follow_up: FollowUp, question: str | None, now: datetime) -> FollowUp:
    """The customer is back: their open follow-up; the one that gave up on them, opened again; or a new one.

    What was won, lost or closed by hand stays so: they ask something new. Raises Conflict after a stop.
    """
    if follow_up.is_open:
        return follow_up
    if is_stopped(follow_up):
        raise Conflict("They asked us to stop.", code="stopped")
    newer = assign.open_follow_up(follow_up.customer)
    if newer is not None:
        return newer
    if follow_up.end_reason != LeadState.UNREACHABLE or follow_up.owner.left_at is not None:
        return _asks_anew(follow_up, question, now)
    reopen(follow_up, now)
    happened("customer_returned", follow_up, now)
    return follow_up


def is_stopped(follow_up: FollowUp) -> bool:
    """Whether an ended follow-up must stay silent: this request was stopped, or everything."""
    customer = follow_up.customer
    points = letters.points_of(customer)
    return follow_up.end_reason == STOPPED or stoplist.stopped_at(customer, points) is not None


def reopen(follow_up: FollowUp, now: datetime) -> None:
    """Undo an end as unreachable: its leads are open again, with the same owner, and no goodbye leaves.

    The caller plans the next step. Raises Conflict once the customer has a newer follow-up.
    """
    if assign.open_follow_up(follow_up.customer) is not None:
        raise Conflict("The customer has a newer follow-up; continue there.", code="cannot_undo")
    closing.take_back(follow_up)
    if not _revive(follow_up):
        put_away(assignment(follow_up, follow_up.owner, now))
    db.session.execute(
        update(Lead)
        .where(Lead.follow_up_id == follow_up.id, Lead.state == LeadState.UNREACHABLE)
        .values(state=LeadState.OPEN, closed_at=None)
    )
    follow_up.state = FollowUpState.ACCEPTED if follow_up.accepted_at else FollowUpState.ASSIGNED
    follow_up.ended_at = follow_up.end_reason = None
    follow_up.next_due_at = now
    db.session.flush()


def _revive(follow_up: FollowUp) -> bool:
    """The assignment that the end had closed goes on."""
    newest = (
        select(Assignment.id)
        .where(Assignment.follow_up_id == follow_up.id)
        .order_by(Assignment.started_at.desc())
        .limit(1)
    )
    revived = (
        update(Assignment)
        .where(Assignment.id == db.session.scalar(newest), Assignment.reason == EndReason.ENDED)
        .values(ended_at=None, reason=None)
    )
    return bool(db.session.execute(revived).rowcount == 1)  # type: ignore[attr-defined]


def _asks_anew(follow_up: FollowUp, question: str | None, now: datetime) -> FollowUp:
    """A new request of a known customer, from where the last one came."""
    customer = follow_up.customer
    newest = select(Lead).where(Lead.group_id == follow_up.group_id, Lead.follow_up_id == follow_up.id)
    before = db.session.scalars(newest.order_by(Lead.arrived_at.desc(), Lead.id.desc()).limit(1)).one()
    lead = Lead(
        id=new_id(),
        group_id=before.group_id,
        showroom_id=before.showroom_id,
        customer_id=customer.id,
        source_id=before.source_id,
        state=LeadState.OPEN,
        arrived_at=now,
        question=question,
        car=before.car,
        details={"via": "page"},
        language=before.language,
        needs_look=False,
        is_test=before.is_test,
    )
    append(
        "lead_arrived", now, group_id=lead.group_id, showroom_id=lead.showroom_id, lead_id=lead.id,
        needs_look=False, kind=before.source.kind,
    )  # fmt: skip
    return assign.assign(lead, customer, reach(customer), follow_up.showroom, now)
