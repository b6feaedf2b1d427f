"""The one decision of the cadence: what is due next for this customer, and when.

In:  what has happened (`History`), the planned steps, the showroom's hours and the present instant.
Out: exactly one `Plan`; the caller's `match` writes it as the follow-up's next step. Pure.
Called by: record.py (a fact was written), due.py (a due time passed), intake (a follow-up begins).

The order of precedence: a complaint, an answer the customer waits for, a new enquiry, a number that was not
theirs, a time they chose, the cadence. A step not named by the customer falls into opening hours and none
is due before `now`; `planned_at` keeps the original clock of an overdue one ("didn't call" resumes it).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from app.cadence.history import Contactable, Fact, History, Kind
from app.cadence.next_step import (
    AnswerNow,
    DatedStep,
    Ended,
    FindContact,
    ManagerAnswers,
    NameNextStep,
    NextAttempt,
    Plan,
    Snooze,
    Unreachable,
)
from app.cadence.standing import AGREED_KINDS, Standing, replay
from app.cadence.steps import Cadence, Channel, Step
from app.hours import Hours

__all__ = [
    "AnswerNow", "Contactable", "DatedStep", "Ended", "Fact", "FindContact", "History", "Kind", "Limits",
    "ManagerAnswers", "NameNextStep", "NextAttempt", "Plan", "Snooze", "Unreachable", "plan_next",
]  # fmt: skip

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Limits:
    """What holds around every cadence (product.md); `grace`: how long after a time the customer chose in
    closed hours the call may still be made; `retry`: to the second try of a dated step; `voicemails`: in the
    whole follow-up (Velocify 2015: more than two gain nothing)."""

    answer: timedelta = timedelta(minutes=5)
    name_step: timedelta = timedelta(minutes=15)
    manager: timedelta = timedelta(hours=4)
    hold: timedelta = timedelta(minutes=20)
    grace: timedelta = timedelta(hours=1)
    retry: timedelta = timedelta(hours=1)
    voicemails: int = 2


DEFAULT_LIMITS = Limits()


def plan_next(
    history: History, cadence: Cadence, hours: Hours, now: datetime, limits: Limits = DEFAULT_LIMITS
) -> Plan:
    """Decide the next step. Raises `app.hours.NeverOpen` for hours that never open.

    A follow-up keeps the cadence it began with: when its customer turns out to be reachable only in writing,
    the remaining call steps are planned as written ones, at their positions.
    """
    if history.closed:
        return Ended()
    now = now.astimezone(UTC)
    standing = replay(history, cadence, hours)
    decision = _Decision(history, cadence, hours, now, limits, standing)
    return decision.held(decision.after_contact() if standing.contact else decision.before_contact())


@dataclass(frozen=True, slots=True)
class _Decision:
    history: History
    cadence: Cadence
    hours: Hours
    now: datetime
    limits: Limits
    standing: Standing

    def before_contact(self) -> Plan:
        standing = self.standing
        if self._answer_is_owed():
            return self._answer_reply()
        if self.history.contactable == "none":
            return Unreachable() if self._is_over() else self._find_contact()
        now_due = standing.new_lead or standing.wrong_number
        if now_due is not None:  # no gap after a wrong number: it was not this customer who was disturbed
            return self._attempt(now_due)
        if standing.promised is not None:
            return self._promise(standing.promised)
        if standing.stalled_at is not None:  # answered: the cadence waits for the dialogue
            planned = standing.stalled_at if standing.finished else self._planned()
            return self._attempt(max(planned, standing.stalled_at))
        return Unreachable() if standing.finished else self._attempt(self._planned())

    def after_contact(self) -> Plan:
        standing = self.standing
        if standing.complaint is not None:
            planned = self.hours.add_open(standing.complaint, self.limits.manager)
            return ManagerAnswers(self._due(planned), planned_at=planned)
        if standing.replied is not None:
            return self._answer_reply()
        if standing.new_lead is not None:
            planned = self._retry() or self.hours.next_open(standing.new_lead)
            return AnswerNow(self._due(planned), "new_lead", planned_at=planned)
        if standing.dated is not None:
            return self._dated(*standing.dated)
        planned = self.hours.add_open(standing.unnamed_since or self.now, self.limits.name_step)
        return NameNextStep(self._due(planned), planned_at=planned)

    def held(self, plan: Plan) -> Plan:
        """A dialled call holds what is due until its outcome is logged, 20 min at most (rule 5)."""
        started = self.standing.started
        if started is None or self.now >= started + self.limits.hold:
            return plan
        until = started + self.limits.hold
        match plan:
            case Unreachable():  # not while somebody may be speaking with them
                return self._attempt(until)
            case Snooze():
                return replace(plan, until=max(plan.until, until))
            case DatedStep(kind=kind) if kind in AGREED_KINDS and not self.standing.misses:
                return replace(plan, due_at=max(plan.due_at, until))
            case NextAttempt() | AnswerNow() | DatedStep() | NameNextStep() if plan.due_at < until:
                return replace(plan, due_at=self.hours.next_open(until))
        return plan

    def _answer_is_owed(self) -> bool:
        """For one working day only the answer counts; then the cadence goes on too. But a cadence does not
        end on a customer who wrote and was never answered (rule 12)."""
        standing = self.standing
        if standing.replied is None or standing.answered is not None or standing.stalled_at is None:
            return False
        return self.now < standing.stalled_at or standing.finished

    def _is_over(self) -> bool:
        standing = self.standing
        waiting = (standing.new_lead, standing.wrong_number, standing.promised, standing.replied)
        return standing.finished and not any(waiting)

    def _answer_reply(self) -> AnswerNow:
        """5 min after the reply, in closed hours at the next opening, unless somebody is on call; a missed call
        does not answer it."""
        replied, last = self.standing.replied or self.now, self.standing.last_try
        if self._somebody_is_on_call(replied) and (last is None or last < replied):
            planned = replied + self.limits.answer
            return AnswerNow(max(planned, self.now), planned_at=planned)
        wait = self.limits.answer if self.hours.is_open(replied) else timedelta(0)
        planned = self.hours.next_open(replied + wait)
        if self.standing.contact:
            planned = self._retry() or planned
        elif last is not None and last >= replied:
            planned = self.hours.next_open(max(planned, last + self.cadence.gap))
        return AnswerNow(self._due(planned), planned_at=planned)

    def _somebody_is_on_call(self, replied: datetime) -> bool:
        return any(start <= replied < end and self.now < end for start, end in self.history.on_call)

    def _find_contact(self) -> FindContact:
        planned = self.hours.next_open(self.standing.wrong_number or self.history.opened_at)
        return FindContact(self._due(planned), planned_at=planned)

    def _promise(self, chosen: datetime) -> Snooze | NextAttempt:
        if self.now > chosen + self.limits.grace:
            return self._attempt(chosen)
        return Snooze(max(chosen, self.now), self._step().position, planned_at=chosen)

    def _dated(self, kind: str, at: datetime) -> DatedStep:
        retry = self._retry()
        if retry is None and kind in AGREED_KINDS:
            late = self.now > at + self.limits.grace
            return DatedStep(kind, self._due(at) if late else max(at, self.now), planned_at=at)
        planned = retry or self.hours.next_open(at)
        return DatedStep(kind, self._due(planned), planned_at=planned)

    def _retry(self) -> datetime | None:
        """After contact, a missed call: again in an hour, then on the next working day; after the third the
        owner is asked (article [004]: three attempts are the least)."""
        last = self.standing.last_try
        if not self.standing.misses or last is None:
            return None
        if self.standing.misses == 1:
            return self.hours.add_open(last, self.limits.retry)
        return self.hours.open_days_later(last, 1)

    def _attempt(self, wanted: datetime) -> NextAttempt:
        planned, step = self._staggered(wanted), self._step()
        due = self._due(planned)
        channel: Channel = "write" if self.history.contactable == "write" else step.channel
        room = self.standing.voicemails < self.limits.voicemails
        return NextAttempt(
            step.position, due, channel, channel == "call" and step.voicemail and room, planned_at=planned
        )

    def _step(self) -> Step:
        return self.cadence.steps[min(self.standing.position, len(self.cadence.steps)) - 1]

    def _planned(self) -> datetime:
        """When the cadence wants its present step: from the first attempt, but never on the heels of the
        last one."""
        step, first, last = self._step(), self.standing.first_try, self.standing.last_try
        if first is None:
            return self.history.opened_at + step.offset
        wanted = first + step.offset
        earliest = (last or first) + self.cadence.gap
        if step.offset >= DAY and self.cadence.speed == 1:
            # "Day 3" is a day of the calendar, and another day than the last attempt's.
            wanted = self.hours.days_later(first, step.offset // DAY) + step.offset % DAY
            earliest = max(earliest, self.hours.next_day(last or first))
        else:
            earliest = max(earliest, self._kept_distance(step, first, last or first))
        wanted = max(wanted, earliest)
        return self._other_part(step, first, wanted) if step.day_part == "other" else wanted

    def _kept_distance(self, step: Step, first: datetime, last: datetime) -> datetime:
        """A night that swallowed the planned times must not turn three calls into one half hour: the
        distance of the plan is kept (a complaint about pushing is born here), up to the step's `latest`."""
        swallowed = first + step.offset <= last and self.hours.open_between(first, last) < last - first
        if not swallowed:
            return last
        kept = last + step.offset - self.cadence.steps[step.position - 2].offset
        return kept if step.latest is None else min(kept, first + step.latest)

    def _other_part(self, step: Step, first: datetime, earliest: datetime) -> datetime:
        """Another part of the day than the first attempt's, within `latest` (MIT: 20 h) if the hours allow;
        else as soon as they do."""
        limit = max(first + (step.latest or DAY), earliest)
        found = self.hours.next_other_part(earliest, self.hours.day_part(first), limit)
        if found is None:
            return earliest
        queued = self._staggered(earliest) if found == self.hours.next_open(earliest) else found
        return queued if queued <= limit else found

    def _staggered(self, wanted: datetime) -> datetime:
        """`wanted`, or this follow-up's place in the queue after the next opening. (What is overdue by then
        has lost its place: it is due as the doors open.)"""
        if self.hours.is_open(wanted):
            return wanted
        return self.hours.add_open(self.hours.next_open(wanted), self.history.stagger)

    def _due(self, planned: datetime) -> datetime:
        return self.hours.next_open(max(planned, self.now))
