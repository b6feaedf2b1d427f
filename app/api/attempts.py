"""Attempts and their outcomes: what the phone's queue sends, also late and also twice."""

from uuid import UUID

from apiflask import APIBlueprint

from app import access, clock
from app.access import me, signed_in
from app.api.bodies import AttemptIn, OutcomeIn, not_in_future
from app.api.once import Answer, once
from app.api.shapes import attempt_json, follow_up_json
from app.assignment import accept
from app.customers import outcome
from app.customers.outcome import Logged
from app.db import db
from app.errors import NotFound
from app.models import Attempt, ContactPoint, FollowUp

bp = APIBlueprint("attempts", __name__, url_prefix="/api/v1")


@bp.post("/follow-ups/<uuid:id_>/attempts")
@signed_in
@bp.input(AttemptIn, arg_name="said")
@once
def start(id_: UUID, said: AttemptIn) -> Answer:
    """The tap. Starting accepts; the same id again is the same attempt."""
    now = clock.now()
    follow_up = access.lock_follow_up(access.follow_up(id_).id)
    known = db.session.get(Attempt, said.id) is not None
    attempt = accept.start_attempt(
        follow_up,
        me(),
        id_=said.id,
        channel=said.channel,
        started_at=not_in_future(said.started_at, now),
        contact_point_id=_point(follow_up, said.contact_point_id),
        now=now,
    )
    return _both(attempt, follow_up), 200 if known else 201


@bp.post("/attempts/<uuid:id_>/outcome")
@signed_in
@bp.input(OutcomeIn, arg_name="said")
@once
def log_outcome(id_: UUID, said: OutcomeIn) -> Answer:
    """How it went."""
    attempt, step = _mine(id_), said.next_step
    logged = Logged(
        outcome=said.outcome,
        at=not_in_future(said.at, clock.now()),
        note=said.note,
        away_seconds=said.away_seconds,
        call_back_at=said.call_back_at,
        question_answered=said.question_answered,
        next_kind=step.kind if step else None,
        next_at=step.due_at if step else None,
        stop_scope=said.stop_scope,
    )
    follow_up = outcome.log(attempt, logged, me(), clock.now())
    return _both(attempt, follow_up), 200


@bp.delete("/attempts/<uuid:id_>/outcome")
@signed_in
@once
def undo_outcome(id_: UUID) -> Answer:
    """Undo, instead of "are you sure"."""
    attempt = _mine(id_)
    return _both(attempt, outcome.undo(attempt, me(), clock.now())), 200


@bp.post("/attempts/<uuid:id_>/withdrawal")
@signed_in
@once
def withdraw(id_: UUID) -> Answer:
    """ "Didn't call": the original clock resumes."""
    attempt = _mine(id_)
    return _both(attempt, outcome.withdraw(attempt, me(), clock.now())), 201


def _mine(id_: UUID) -> Attempt:
    """An attempt on a follow-up that I may see. Raises NotFound."""
    attempt = db.session.get(Attempt, id_)
    if attempt is None or attempt.group_id != me().group_id:
        raise NotFound("We cannot find this attempt.")
    access.follow_up(attempt.follow_up_id)
    return attempt


def _point(follow_up: FollowUp, id_: UUID | None) -> UUID | None:
    """A number that is not this customer's is ignored: the fact of the attempt is never refused."""
    point = db.session.get(ContactPoint, id_) if id_ else None
    return point.id if point is not None and point.customer_id == follow_up.customer_id else None


def _both(attempt: Attempt, follow_up: FollowUp) -> dict[str, object]:
    return {"attempt": attempt_json(attempt), "follow_up": follow_up_json(follow_up, me(), timeline=True)}
