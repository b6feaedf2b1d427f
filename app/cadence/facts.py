"""From rows to the plain history that ``plan_next`` reads: attempts, and the events that no attempt tells."""

from datetime import datetime, timedelta

from sqlalchemy import select

from app.cadence.history import Fact, History, Kind
from app.cadence.reach import Reach
from app.db import db
from app.models import Attempt, Event, FollowUp, OnCall, Outcome

EVENTS: dict[str, Kind] = {
    "lead_joined": "new_lead",
    "customer_replied": "replied",
    "complaint_answered": "complaint_answered",
    "next_step_set": "next_step",
    "snoozed": "snoozed",
    "cadence_moved": "moved",
}
LIFTED = "snooze_lifted"
"""The event that undoes a snooze: as if it had never been."""


def history_of(follow_up: FollowUp, reach: Reach) -> History:
    """Everything that happened in it, in no particular order."""
    calls_only = reach.contactable == "call"
    facts = [fact for attempt in attempts_of(follow_up) for fact in _from_attempt(attempt, calls_only)]
    facts += [_from_event(event) for event in _standing(_events(follow_up))]
    return History(
        opened_at=follow_up.opened_at,
        contactable=reach.contactable,
        facts=tuple(facts),
        stagger=timedelta(seconds=follow_up.stagger_seconds),
        on_call=_on_call(follow_up, facts),
    )


def _on_call(follow_up: FollowUp, facts: list[Fact]) -> tuple[tuple[datetime, datetime], ...]:
    """The rota since the customer first replied: it is asked for nothing else."""
    replied = min((fact.at for fact in facts if fact.kind == "replied"), default=None)
    if replied is None:
        return ()
    query = select(OnCall.starts_at, OnCall.ends_at).where(
        OnCall.group_id == follow_up.group_id,
        OnCall.showroom_id == follow_up.showroom_id,
        OnCall.ends_at > replied,
    )
    return tuple((start, end) for start, end in db.session.execute(query))


def attempts_of(follow_up: FollowUp) -> list[Attempt]:
    """All attempts of a follow-up, oldest first."""
    query = (
        select(Attempt)
        .where(Attempt.group_id == follow_up.group_id, Attempt.follow_up_id == follow_up.id)
        .order_by(Attempt.started_at, Attempt.id)
    )
    return list(db.session.scalars(query))


def _from_attempt(attempt: Attempt, calls_only: bool) -> list[Fact]:
    """The tap and what came of it. With a dialable number only a call holds the clock while it lasts (rule 5)."""
    taps = [Fact(attempt.started_at, "started")] if attempt.channel == "call" or not calls_only else []
    if attempt.withdrawn_at is not None:
        return [*taps, Fact(attempt.withdrawn_at, "not_made")] if taps else []
    match attempt.outcome:
        case None:
            return taps
        case Outcome.CALL_BACK if attempt.call_back_at is not None:
            return [*taps, Fact(attempt.started_at, "call_back", next_at=attempt.call_back_at)]
        case Outcome.CALL_BACK:
            return [*taps, Fact(attempt.started_at, "spoke")]
        case Outcome.SPOKE | Outcome.CALLED_US:
            kind: Kind = "spoke" if attempt.outcome is Outcome.SPOKE else "called_us"
            dated = (
                (attempt.next_at, attempt.next_kind)
                if attempt.next_at and attempt.next_kind
                else (None, None)
            )
            return [*taps, Fact(attempt.started_at, kind, next_at=dated[0], next_kind=dated[1])]
        case Outcome.REPLIED:
            return [Fact(attempt.started_at, "replied")]
        case outcome:
            return [*taps, Fact(attempt.started_at, _kind(outcome))]


def _kind(outcome: Outcome) -> Kind:
    kinds: dict[Outcome, Kind] = {
        Outcome.NO_ANSWER: "no_answer",
        Outcome.VOICEMAIL: "voicemail",
        Outcome.BUSY: "busy",
        Outcome.WRONG_NUMBER: "wrong_number",
        Outcome.MESSAGE_SENT: "message_sent",
        Outcome.COMPLAINT: "complaint",
        Outcome.STOP: "stop",
    }
    return kinds[outcome]


def _events(follow_up: FollowUp) -> list[Event]:
    query = select(Event).where(
        Event.group_id == follow_up.group_id,
        Event.follow_up_id == follow_up.id,
        Event.type.in_((*EVENTS, LIFTED)),
    )
    return list(db.session.scalars(query.order_by(Event.id)))


def _standing(events: list[Event]) -> list[Event]:
    """Without the snoozes that were undone."""
    lifted = {event.data["snooze"] for event in events if event.type == LIFTED}
    return [event for event in events if event.type != LIFTED and event.id not in lifted]


def present_snooze(follow_up: FollowUp) -> Event | None:
    """The last snooze that was not undone."""
    snoozes = [event for event in _standing(_events(follow_up)) if event.type == "snoozed"]
    return snoozes[-1] if snoozes else None


def _from_event(event: Event) -> Fact:
    kind = EVENTS[event.type]
    if kind == "next_step":
        due = datetime.fromisoformat(str(event.data["due_at"]))
        return Fact(event.at, kind, next_at=due, next_kind=str(event.data["kind"]))
    if kind == "snoozed":
        return Fact(event.at, kind, next_at=datetime.fromisoformat(str(event.data["until"])))
    return Fact(event.at, kind)
