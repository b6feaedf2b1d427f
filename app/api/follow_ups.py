"""What waits for me, one follow-up, and the moves on it. A new action is a new noun."""

from typing import Annotated, Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response, jsonify
from pydantic import BaseModel, BeforeValidator, Field
from sqlalchemy import Select, or_, select

from app import access, clock
from app.access import me, signed_in
from app.api.bodies import ClosureIn, HandoverIn, NextStepIn
from app.api.once import Answer, once
from app.api.shapes import follow_up_json, follow_ups_json
from app.assignment import accept, acknowledge, hand_over
from app.board import cursor
from app.cadence import record
from app.customers import outcome
from app.db import db
from app.errors import NotFound
from app.models import (
    STILL_OPEN,
    Attempt,
    Delivery,
    EndReason,
    FollowUp,
    FollowUpState,
    LeadState,
    Person,
    StepKind,
)
from app.models.delivery import ALERTS
from app.push.notify import iso


class InboxIn(BaseModel):
    """``only``: ids with commas between them, of which the phone was told that they changed."""

    only: Annotated[list[UUID], BeforeValidator(lambda said: said.split(",")), Field(max_length=50)] = []


bp = APIBlueprint("follow_ups", __name__, url_prefix="/api/v1")


@bp.get("/inbox")
@signed_in
@bp.input(InboxIn, location="query", arg_name="asked")
def inbox(asked: InboxIn) -> Response:
    """What waits for me: mine, what I cover, and what I was alerted about and nobody has taken; of all, or of some."""
    place, waiting = cursor.newest(), _waiting(me())
    if asked.only:
        waiting = waiting.where(FollowUp.id.in_(asked.only))
    found = list(db.session.scalars(waiting))
    return jsonify(server_time=iso(clock.now()), cursor=str(place), follow_ups=follow_ups_json(found, me()))


@bp.get("/done-today")
@signed_in
def done_today() -> Response:
    """What I said about my own tries since midnight where I work, on any phone of mine, newest first."""
    hours, now = me().showroom.hours, clock.now()
    today = hours.next_day(hours.days_later(now, -1))
    mine = Attempt.group_id == me().group_id, Attempt.person_id == me().id
    said = Attempt.outcome.is_not(None), Attempt.withdrawn_at.is_(None), Attempt.outcome_at >= today
    query = select(Attempt, FollowUp).join(FollowUp, FollowUp.id == Attempt.follow_up_id).where(*mine, *said)
    found = db.session.execute(query.order_by(Attempt.outcome_at.desc())).all()
    return jsonify(server_time=iso(now), done=[_done_json(*one) for one in found])


@bp.get("/follow-ups/<uuid:id_>")
@signed_in
def show(id_: UUID) -> Response:
    """One follow-up with its timeline."""
    return jsonify(follow_up_json(access.follow_up(id_), me(), timeline=True))


@bp.post("/follow-ups/<uuid:id_>/next-steps")
@signed_in
@bp.input(NextStepIn, arg_name="said")
@once
def name_next_step(id_: UUID, said: NextStepIn) -> Answer:
    """The dated step after contact (rule 11)."""
    follow_up = access.lock_follow_up(access.follow_up(id_).id)
    record.set_next_step(follow_up, StepKind(said.kind), said.due_at, me(), clock.now())
    return follow_up_json(follow_up, me(), timeline=True), 201


@bp.post("/follow-ups/<uuid:id_>/handovers")
@signed_in
@bp.input(HandoverIn, arg_name="said")
@once
def pass_on(id_: UUID, said: HandoverIn) -> Answer:
    """ "Pass on": with a reason, on the record."""
    follow_up = access.lock_follow_up(access.follow_up(id_).id)
    to = _colleague(said.to_person_id) if said.to_person_id else None
    hand_over.hand_over(follow_up, EndReason(said.reason), to, clock.now(), me())
    return follow_up_json(follow_up, me(), timeline=True), 201


@bp.post("/follow-ups/<uuid:id_>/covers")
@signed_in
@once
def cover(id_: UUID) -> Answer:
    """ "I'll cover": attention moves, ownership does not (rule 7)."""
    follow_up = access.lock_follow_up(access.follow_up(id_).id)
    accept.cover(follow_up, me(), clock.now())
    return follow_up_json(follow_up, me(), timeline=True), 201


@bp.post("/follow-ups/<uuid:id_>/acknowledgements")
@signed_in
@once
def acknowledge_alarm(id_: UUID) -> Answer:
    """ "I have seen it": the alarm climbs no further; the clock runs on."""
    follow_up = access.lock_follow_up(access.follow_up(id_).id)
    acknowledge.acknowledge(follow_up, me(), clock.now())
    return follow_up_json(follow_up, me(), timeline=True), 201


@bp.post("/follow-ups/<uuid:id_>/closure")
@signed_in
@bp.input(ClosureIn, arg_name="said")
@once
def close(id_: UUID, said: ClosureIn) -> Answer:
    """Won, lost or trade after contact; before it only what rule 3 allows."""
    follow_up = outcome.close(access.follow_up(id_), LeadState(said.reason), me(), clock.now())
    return follow_up_json(follow_up, me(), timeline=True), 201


def _waiting(person: Person) -> Select[FollowUp]:
    alerted = select(Delivery.follow_up_id).where(
        Delivery.group_id == person.group_id,
        Delivery.person_id == person.id,
        ALERTS,
    )
    return (
        select(FollowUp)
        .where(FollowUp.group_id == person.group_id, STILL_OPEN)
        .where(
            or_(
                FollowUp.owner_id == person.id,
                FollowUp.covered_by_id == person.id,
                FollowUp.id.in_(alerted) & (FollowUp.state == FollowUpState.ASSIGNED),
            )
        )
        .order_by(FollowUp.first_try_at.is_not(None), FollowUp.next_due_at, FollowUp.opened_at)
    )


def _done_json(attempt: Attempt, follow_up: FollowUp) -> dict[str, Any]:
    assert attempt.outcome is not None and attempt.outcome_at is not None  # as asked
    return {
        "attempt": str(attempt.id),
        "follow_up": str(follow_up.id),
        "name": follow_up.customer.display_name,
        "outcome": attempt.outcome.value,
        "at": iso(attempt.outcome_at),
    }


def _colleague(id_: UUID) -> Person:
    person = db.session.get(Person, id_)
    if person is None or person.group_id != me().group_id or person.left_at:
        raise NotFound("This colleague does not work here.")
    return person
