"""Write down what happened and what follows from it: the plan's answer becomes the follow-up's next step.

Called by the stages above inside their transaction. One ``match`` (``_apply``) turns a plan into the row; the state is
always derived from the facts, so that undoing an outcome is only forgetting it and deciding again.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, update

from app.access import settings
from app.cadence import closing, own
from app.cadence.facts import attempts_of, history_of
from app.cadence.history import History
from app.cadence.ladder import Height, ladder
from app.cadence.next_step import (
    AnswerNow,
    DatedStep,
    FindContact,
    ManagerAnswers,
    NameNextStep,
    NextAttempt,
    Plan,
    Snooze,
)
from app.cadence.plan import plan_next
from app.cadence.reach import Reach, reach
from app.cadence.steps import Cadence
from app.db import db
from app.errors import Conflict
from app.models import (
    CONTACT,
    Assignment,
    Attempt,
    ContactPoint,
    EndReason,
    FollowUp,
    FollowUpState,
    Lead,
    LeadState,
    Outcome,
    Person,
    StepKind,
    happened,
)
from app.outbox import enqueue

HOLD_ASKS = timedelta(minutes=10)
STAGGER = timedelta(minutes=5)
NOT_A_TRY = frozenset({Outcome.MESSAGE_SENT, Outcome.REPLIED})
"""With a dialable number only a call stops the clock (rule 5)."""


def begin(follow_up: FollowUp, known: Reach, now: datetime) -> None:
    """The first plan of a follow-up that is not written yet: due now, or at the opening, one after another."""
    follow_up.cadence = "written" if known.contactable == "write" else "six_in_ten"
    follow_up.cadence_version = own.newest(follow_up.group_id, follow_up.showroom_id, follow_up.cadence)
    hours = follow_up.showroom.hours
    if not hours.is_open(now):
        follow_up.stagger_seconds = int(
            _waiting_for(follow_up, hours.next_open(now)) * STAGGER.total_seconds()
        )
    nothing_yet = History(now, known.contactable, stagger=timedelta(seconds=follow_up.stagger_seconds))
    _apply(follow_up, plan_next(nothing_yet, cadence_of(follow_up), hours, now), known, now)
    if follow_up.next_due_at is not None and follow_up.next_due_at <= now:
        follow_up.prompt_at = None  # the lead's own notification is the prompt


def replan(follow_up: FollowUp, now: datetime) -> None:
    """Decide the next step from all facts and write it. Does nothing for an ended follow-up."""
    if not follow_up.is_open:
        return
    db.session.flush()
    known = reach(follow_up.customer)
    plan = plan_next(history_of(follow_up, known), cadence_of(follow_up), follow_up.showroom.hours, now)
    _apply(follow_up, plan, known, now)


def cadence_of(follow_up: FollowUp) -> Cadence:
    """The cadence the follow-up began with or was moved to; in the demo hurried from step 2 on, as the screen says."""
    return own.own_of(follow_up).cadence.at_speed(speed_of(follow_up))


def speed_of(follow_up: FollowUp) -> float:
    """1 in life; DEMO_SPEED in the demo showroom."""
    return settings().demo_speed if settings().demo and follow_up.showroom.group.demo else 1.0


def hold(follow_up: FollowUp, attempt: Attempt, now: datetime) -> None:
    """A started call holds the escalation (rule 5): the owner is asked after 10 min, released after 20."""
    if attempt.channel == "call" or reach(follow_up.customer).contactable == "write":
        follow_up.escalate_at = None
        follow_up.hold_check_at = now + HOLD_ASKS
        follow_up.hold_asked = False
        follow_up.prompt_at = None


def log_outcome(attempt: Attempt, follow_up: FollowUp, now: datetime) -> None:
    """After the attempt's outcome fields are set: derive the state, mark a wrong number, decide what is next."""
    if attempt.outcome is Outcome.WRONG_NUMBER:
        _mark_wrong(attempt, follow_up, now)
    happened(
        "outcome_logged",
        follow_up,
        now,
        person_id=attempt.person_id,
        attempt_id=attempt.id,
        outcome=str(attempt.outcome),
        channel=attempt.channel.value,
        away_seconds=attempt.away_seconds,
    )
    settle(follow_up, now)


def settle(follow_up: FollowUp, now: datetime) -> None:
    """Derive first try, contact and state from the attempts, release the hold, and plan again."""
    db.session.flush()
    attempts = attempts_of(follow_up)
    callable_ = reach(follow_up.customer).contactable == "call"
    tries = [a for a in attempts if _is_try(a, callable_)]
    spoken = [a for a in attempts if a.outcome in CONTACT or a.outcome is Outcome.COMPLAINT]
    follow_up.first_try_at = min((a.started_at for a in tries), default=None)
    follow_up.contacted_at = min((a.started_at for a in spoken), default=None)
    if not any(a.outcome is None and a.withdrawn_at is None for a in attempts):
        follow_up.hold_check_at = None
    if follow_up.is_open:
        accepted = FollowUpState.ACCEPTED if follow_up.accepted_at else FollowUpState.ASSIGNED
        follow_up.state = FollowUpState.CONTACTED if follow_up.contacted_at else accepted
    replan(follow_up, now)


def set_next_step(follow_up: FollowUp, kind: StepKind, due_at: datetime, by: Person, now: datetime) -> None:
    """The owner dates what was agreed (rule 11). Raises Conflict when the follow-up has ended: nothing would be due."""
    if not follow_up.is_open:
        raise Conflict("This follow-up has ended; a next step needs an open one.", code="follow_up_ended")
    happened("next_step_set", follow_up, now, person_id=by.id, kind=kind.value, due_at=due_at.isoformat())
    replan(follow_up, now)


def customer_replied(follow_up: FollowUp, now: datetime) -> None:
    """An answer came in: the cadence pauses, *answer now* is due in 5 minutes."""
    happened("customer_replied", follow_up, now)
    replan(follow_up, now)


def end(follow_up: FollowUp, reason: LeadState, now: datetime, by: Person | None = None) -> None:
    """End the pursuit: leads closed with the reason, queued messages cancelled, the assignment ended."""
    if not follow_up.is_open:
        return
    follow_up.state, follow_up.ended_at, follow_up.end_reason = FollowUpState.ENDED, now, reason.value
    _clear_step(follow_up)
    db.session.execute(
        update(Lead)
        .where(
            Lead.group_id == follow_up.group_id,
            Lead.follow_up_id == follow_up.id,
            Lead.state == LeadState.OPEN,
        )
        .values(state=reason, closed_at=now)
    )
    db.session.execute(
        update(Assignment)
        .where(Assignment.follow_up_id == follow_up.id, Assignment.ended_at.is_(None))
        .values(ended_at=now, reason=EndReason.ENDED)
    )
    enqueue.cancel(follow_up, "the follow-up ended")
    happened("follow_up_ended", follow_up, now, person_id=by.id if by else None, reason=reason.value)


def climb_from(follow_up: FollowUp, now: datetime) -> None:
    """(Re)start the escalation of the present step at the rung it has reached."""
    heights = rungs_of(follow_up)
    if follow_up.ladder_from is None or follow_up.rung >= len(heights):
        follow_up.escalate_at = None
        return
    height = heights[follow_up.rung]
    follow_up.escalate_at = follow_up.showroom.hours.add_open(follow_up.ladder_from, height.after)


def rungs_of(follow_up: FollowUp) -> tuple[Height, ...]:
    """The ladder of the present step, from the showroom's own seconds or the setting."""
    seconds = tuple(follow_up.showroom.rungs or settings().escalation_rungs)
    return ladder(
        follow_up.next_kind,
        follow_up.position,
        follow_up.first_try_at is not None,
        seconds,
        speed_of(follow_up),
    )


def _channel(follow_up: FollowUp, plan: Plan, known: Reach) -> str | None:
    """The one big button. A written step among calls is written; who was written to and gave a number is called."""
    among_calls = isinstance(plan, NextAttempt) and plan.channel == "write" and follow_up.cadence != "written"
    if among_calls and known.written:
        return known.written
    return known.primary if known.primary != "find_contact" else None


def _apply(follow_up: FollowUp, plan: Plan, known: Reach, now: datetime) -> None:
    channel = _channel(follow_up, plan, known)
    match plan:
        case NextAttempt():
            follow_up.position, follow_up.voicemail_allowed = plan.position, plan.voicemail_allowed
            _step(follow_up, StepKind.ATTEMPT, plan.due_at, plan.planned_at, channel, now)
        case Snooze():
            _step(follow_up, StepKind.SNOOZE, plan.until, plan.planned_at, channel, now)
        case AnswerNow():
            _step(follow_up, StepKind.ANSWER, plan.due_at, plan.planned_at, channel, now)
        case DatedStep():
            _step(follow_up, StepKind(plan.kind), plan.due_at, plan.planned_at, channel, now)
        case NameNextStep():
            _step(follow_up, StepKind.NAME_NEXT_STEP, plan.due_at, plan.planned_at, None, now)
        case ManagerAnswers():
            _step(follow_up, StepKind.MANAGER_ANSWERS, plan.due_at, plan.planned_at, None, now)
        case FindContact():
            _step(follow_up, StepKind.FIND_CONTACT, plan.due_at, plan.planned_at, None, now)
        case _:
            end(follow_up, LeadState.UNREACHABLE, now)
            closing.say_goodbye(follow_up, now)


def _step(
    follow_up: FollowUp,
    kind: StepKind,
    due_at: datetime,
    planned_at: datetime,
    channel: str | None,
    now: datetime,
) -> None:
    """Write the step. An unchanged one keeps its escalation; it is prompted as long as its time is to come."""
    same = follow_up.next_kind is kind and follow_up.ladder_from == planned_at
    follow_up.next_kind, follow_up.next_due_at, follow_up.next_channel = kind, due_at, channel
    if not same:
        follow_up.ladder_from, follow_up.rung = planned_at, 0
    if not same or (due_at > now and follow_up.hold_check_at is None):  # a hold had taken the prompt away
        follow_up.prompt_at = due_at
    if follow_up.hold_check_at is None:
        climb_from(follow_up, now)


def _clear_step(follow_up: FollowUp) -> None:
    follow_up.next_kind = follow_up.next_due_at = follow_up.next_channel = None
    follow_up.prompt_at = follow_up.escalate_at = follow_up.ladder_from = follow_up.hold_check_at = None


def _is_try(attempt: Attempt, callable_: bool) -> bool:
    if attempt.outcome is None or attempt.withdrawn_at is not None:
        return False
    return not callable_ or attempt.channel == "call" or attempt.outcome not in NOT_A_TRY


def _mark_wrong(attempt: Attempt, follow_up: FollowUp, now: datetime) -> None:
    """That number is never offered again."""
    point_id: UUID | None = attempt.contact_point_id
    point = db.session.get(ContactPoint, point_id) if point_id else reach(follow_up.customer).dialable
    if point is not None and point.customer_id == follow_up.customer_id:
        point.wrong_at, attempt.contact_point_id = now, point.id


def _waiting_for(follow_up: FollowUp, opening: datetime) -> int:
    """How many first attempts of this owner wait for the same opening already."""
    query = select(func.count()).where(
        FollowUp.group_id == follow_up.group_id,
        FollowUp.owner_id == follow_up.owner_id,
        FollowUp.id != follow_up.id,
        FollowUp.state == FollowUpState.ASSIGNED,
        FollowUp.next_due_at >= opening,
    )
    return int(db.session.scalar(query) or 0)
