"""Whatever happened, wherever the showroom is and whenever the clock changes: exactly one sensible next step.

The rules checked here are product.md's: never two, never none, never in closed hours unless the customer
chose the time, never before now. Histories are made step by step, as people make them, around the days on
which the clocks change.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import get_args

from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from app.cadence import draft
from app.cadence.history import CHOSEN, RANK, Contactable, Fact, History, Kind
from app.cadence.plan import (
    DEFAULT_LIMITS,
    AnswerNow,
    DatedStep,
    Ended,
    NextAttempt,
    Plan,
    Snooze,
    Unreachable,
    plan_next,
)
from app.cadence.standing import AGREED_KINDS
from app.cadence.steps import SIX_IN_TEN, WRITTEN, Cadence, Channel, Step
from app.hours import Hours, Window

CHANGES = {
    "Europe/Amsterdam": ("2026-03-29", "2026-10-25"),
    "Europe/London": ("2026-03-29", "2026-10-25"),
    "America/New_York": ("2026-03-08", "2026-11-01"),
    "Australia/Lord_Howe": ("2026-04-05", "2026-10-04"),
    "Asia/Kolkata": ("2026-06-01", "2026-12-24"),
    "Pacific/Auckland": ("2026-04-05", "2026-09-27"),
}
STEP_KINDS = ("appointment", "call_back", "quote", "check_in")
MISSES: tuple[Kind, ...] = ("no_answer", "voicemail", "busy")
EXAMPLES = 300
MINUTE = timedelta(minutes=1)

Case = tuple[History, Cadence, Hours, datetime]


@st.composite
def opening_hours(draw: st.DrawFn, zone: str, around: datetime) -> Hours:
    """Some days closed, some with up to three windows, any quarter of an hour, a few holidays."""
    weekly = []
    for _ in range(7):
        edges = sorted(draw(st.sets(st.integers(0, 96), max_size=6)))
        pairs = zip(edges[::2], edges[1::2], strict=False)
        weekly.append(tuple(Window(a * 15, b * 15) for a, b in pairs))
    always = draw(st.integers(0, 9)) == 0
    if not any(weekly):
        weekly[0] = (Window(600, 615),)
    holidays = draw(st.sets(st.integers(-2, 6), max_size=3))
    closed = frozenset((around + timedelta(days=n)).date() for n in holidays)
    return Hours(zone, tuple(weekly), closed, always)


@st.composite
def some_fact(draw: st.DrawFn, at: datetime, kinds: tuple[Kind, ...]) -> Fact:
    kind = draw(st.sampled_from(kinds))
    later = at + draw(st.integers(-60, 5 * 1440)) * MINUTE
    if kind in CHOSEN:
        return Fact(at, kind, later)
    if kind == "next_step" or (kind in ("spoke", "called_us") and draw(st.booleans())):
        return Fact(at, kind, later, draw(st.sampled_from(STEP_KINDS)))
    return Fact(at, kind)


@st.composite
def own_cadences(draw: st.DrawFn) -> Cadence:
    """What a showroom may make of one of the two: 3 to 10 steps within 30 days, in any rhythm."""
    name = draw(st.sampled_from(["six_in_ten", "written"]))
    places = draw(
        st.integers(0, 10).flatmap(lambda n: st.sets(st.integers(1, n), max_size=2) if n else st.just(set()))
    )
    offset, steps = timedelta(0), list[Step]()
    for position in range(1, draw(st.integers(draft.LEAST_STEPS, draft.MOST_STEPS)) + 1):
        first = position == 1
        if not first:
            offset += draft.GAP + draw(st.sampled_from([0, 1, 50, 170, 590, 1430, 2870, 3900])) * MINUTE
        call: Channel = "call" if name == "six_in_ten" else "write"
        channel: Channel = call if first else draw(st.sampled_from([call, call, "write"]))
        room = timedelta(days=30) - offset
        steps.append(
            Step(
                position,
                offset,
                channel,
                day_part="any" if first else draw(st.sampled_from(["any", "any", "other"])),
                voicemail=channel == "call" and position in places,
                latest=None if draw(st.booleans()) else offset + room * draw(st.integers(0, 100)) / 100,
            )
        )
    assert draft.flaws(name, steps, [{}] * len(steps)) == []
    return Cadence.from_json(draft.cadence(name, draw(st.integers(2, 9)), steps).to_json())


@st.composite
def cases(
    draw: st.DrawFn,
    kinds: tuple[Kind, ...] = get_args(Kind),
    count: tuple[int, int] = (0, 14),
    contactable: tuple[Contactable, ...] = get_args(Contactable),
) -> Case:
    zone = draw(st.sampled_from(sorted(CHANGES)))
    around = datetime.fromisoformat(draw(st.sampled_from(CHANGES[zone]))).replace(tzinfo=UTC)
    hours = draw(opening_hours(zone, around))
    built_in = st.sampled_from([SIX_IN_TEN, SIX_IN_TEN, WRITTEN, SIX_IN_TEN.at_speed(60)])
    cadence = draw(st.one_of(built_in, own_cadences()))
    opened = at = around + draw(st.integers(-3 * 1440, 1440)) * MINUTE
    facts = []
    for _ in range(draw(st.integers(*count))):
        at += timedelta(seconds=draw(st.sampled_from([0, 20, 60, 300, 600, 3600, 14_400, 86_400])))
        at += timedelta(seconds=draw(st.sampled_from([0, 0, 1, 59, 1799, 3599])))
        facts.append(draw(some_fact(at, kinds)))
    history = History(
        opened_at=opened,
        contactable=draw(st.sampled_from(contactable)),
        facts=tuple(facts),
        stagger=draw(st.integers(0, 12)) * 5 * MINUTE,
    )
    return history, cadence, hours, at + timedelta(seconds=draw(st.integers(0, 4 * 86_400)))


def due(plan: Plan) -> datetime | None:
    match plan:
        case Unreachable() | Ended():
            return None
        case Snooze(until=until):
            return until
        case _:
            return plan.due_at


def chosen_by_the_customer(plan: Plan, history: History) -> bool:
    """Is it a time the customer chose, or within the hour (and the hold of a call) after it?"""
    chosen = isinstance(plan, Snooze) or (isinstance(plan, DatedStep) and plan.kind in AGREED_KINDS)
    at = due(plan)
    reach = DEFAULT_LIMITS.grace + DEFAULT_LIMITS.hold
    times = [f.next_at for f in history.facts if f.next_at is not None]
    return chosen and at is not None and any(t <= at <= t + reach for t in times)


@settings(max_examples=800, deadline=None)
@given(cases())
def test_there_is_one_next_step_not_past_and_in_opening_hours_unless_the_customer_chose(case: Case) -> None:
    history, cadence, hours, now = case
    plan = plan_next(history, cadence, hours, now)
    event(type(plan).__name__)
    at = due(plan)
    if at is None:
        assert isinstance(plan, Unreachable)  # nothing else leaves an open follow-up without a due time
        return
    assert at.tzinfo is UTC and at >= now
    assert hours.is_open(at) or chosen_by_the_customer(plan, history)


@settings(max_examples=EXAMPLES, deadline=None)
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_in_which_facts_arrive_does_not_matter(case: Case, dice: random.Random) -> None:
    history, cadence, hours, now = case
    shuffled = list(history.facts)
    dice.shuffle(shuffled)
    plan = plan_next(history, cadence, hours, now)
    assert plan_next(replace(history, facts=tuple(shuffled)), cadence, hours, now) == plan
    assert plan_next(history, cadence, hours, now) == plan


def reachable_then(history: History, known: list[Fact]) -> Contactable:
    """Somebody now written to was called until the fact that changed it: the last wrong number before they
    asked for writing, or that wish."""
    changed = None
    for fact in history.in_order():
        if fact.kind == "wrong_number" or (changed is None and fact.kind in ("to_writing", "stop")):
            changed = fact
        if fact.kind in ("to_writing", "stop"):
            break
    return (
        "call" if history.contactable == "write" and changed and changed not in known else history.contactable
    )


@settings(max_examples=EXAMPLES, deadline=None)
@given(cases())
def test_positions_never_decrease(case: Case) -> None:
    history, cadence, hours, _ = case
    facts = history.in_order()
    positions = []
    for count in range(len(facts) + 1):
        known = facts[:count]
        then = replace(history, facts=tuple(known), contactable=reachable_then(history, known))
        plan = plan_next(then, cadence, hours, known[-1].at if known else history.opened_at)
        if isinstance(plan, NextAttempt | Snooze):
            positions.append(plan.position)
    assert all(earlier <= later for earlier, later in pairwise(positions))
    assert all(1 <= position <= len(cadence.steps) for position in positions)


@settings(max_examples=EXAMPLES, deadline=None)
@given(cases(kinds=(*MISSES, *MISSES, "replied", "message_sent", "new_lead", "started", "wrong_number")))
def test_nobody_is_unreachable_before_the_last_step_was_tried(case: Case) -> None:
    history, cadence, hours, now = case
    plan = plan_next(history, cadence, hours, now)
    tries = sum(f.kind in (*MISSES, "message_sent") for f in history.facts)
    if isinstance(plan, Unreachable):
        event("unreachable")
        assert tries >= len(cadence.steps)
        last = max(f.at for f in history.facts if f.kind in (*MISSES, "message_sent"))
        assert all(f.at <= last for f in history.facts if f.kind in ("replied", "new_lead", "wrong_number"))


@settings(max_examples=EXAMPLES, deadline=None)
@given(cases(MISSES, (0, 8), ("call", "write")))
def test_exactly_the_steps_of_the_cadence_are_asked_for(case: Case) -> None:
    history, cadence, hours, now = case
    plan = plan_next(history, cadence, hours, now)
    if len(history.facts) >= len(cadence.steps):
        assert plan == Unreachable()
    else:
        assert isinstance(plan, NextAttempt) and plan.position == len(history.facts) + 1
        voicemails = sum(f.kind == "voicemail" for f in history.facts)
        assert not (plan.voicemail_allowed and voicemails >= 2)


@settings(max_examples=EXAMPLES, deadline=None)
@given(cases(MISSES, (1, 5), ("call", "write")))
def test_no_attempt_follows_the_last_one_within_the_gap(case: Case) -> None:
    history, cadence, hours, _ = case
    last = max(f.at for f in history.facts)
    plan = plan_next(history, cadence, hours, last)
    if isinstance(plan, NextAttempt):
        assert plan.due_at >= last + cadence.gap


@settings(max_examples=EXAMPLES, deadline=None)
@given(cases(MISSES, (0, 0), ("call", "write")))
def test_followed_to_the_letter_a_cadence_ends_after_its_last_step(case: Case) -> None:
    history, cadence, hours, _ = case
    now, count = history.opened_at, 0
    while isinstance(plan := plan_next(history, cadence, hours, now), NextAttempt):
        count += 1
        assert plan.position == count and plan.due_at == plan.planned_at
        assert count == 1 or plan.due_at >= now + cadence.gap
        now = plan.due_at
        history = replace(history, facts=(*history.facts, Fact(now, "no_answer")))
    assert plan == Unreachable() and count == len(cadence.steps)


@settings(max_examples=EXAMPLES, deadline=None)
@given(cases(), st.integers(0, 40))
def test_waiting_until_it_is_due_changes_nothing(case: Case, minutes: int) -> None:
    """Without a new fact the plan of now still stands a little later, so a prompt does not run away."""
    history, cadence, hours, now = case
    plan = plan_next(history, cadence, hours, now)
    at = due(plan)
    later = now + minutes * MINUTE
    ends = [f.at + DEFAULT_LIMITS.hold for f in history.facts if f.kind == "started"]
    assume(at is not None and later <= at and not any(now <= end <= later for end in ends))
    again = plan_next(history, cadence, hours, later)
    if type(again) is type(plan):
        assert again == plan
    else:  # the customer's answer stayed owed for a working day: the cadence goes on
        assert isinstance(plan, AnswerNow) and isinstance(again, NextAttempt)


def test_the_cases_above_know_every_kind_of_fact() -> None:
    assert set(RANK) == set(get_args(Kind))
