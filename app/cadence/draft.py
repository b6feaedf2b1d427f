"""What a showroom may make of its cadence, and what that would come to. Pure.

In: steps as an editor has them, and the showroom's own texts. Out: flaws (it cannot be saved), warnings (it can) and a
preview of due times. Called by edit.py and by the API, which words both in the reader's language.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.cadence.history import Contactable, Fact, History
from app.cadence.plan import DEFAULT_LIMITS, NextAttempt, plan_next
from app.cadence.steps import SIX_IN_TEN, WRITTEN, ZERO, Cadence, Step
from app.hours import Hours
from app.texts import LANGUAGES, own_words

LEAST_STEPS = 3  # article [004]: three attempts are the least
MOST_STEPS = 10
SIX = 6  # Velocify: 93 % of the leads that converted were reached by call 6
MOST_VOICEMAILS = DEFAULT_LIMITS.voicemails
LAST_OFFSET = timedelta(days=30)
GAP = SIX_IN_TEN.gap
LONGEST_TEXT = 1000
Texts = Mapping[str, str]


@dataclass(frozen=True)
class Flaw:
    """``field``: steps, steps.N, steps.N.offset_s, steps.N.texts.nl (N counts from 1); ``rule`` names its sentence."""

    field: str
    rule: str
    value: object = ""


def cadence(name: str, version: int, steps: Sequence[Step]) -> Cadence:
    """The steps without flaws as a cadence; each offers the built-in message of its place."""
    offered = [replace(step, text=_message(name, step, len(steps))) for step in steps]
    return Cadence(name, version, tuple(offered), gap=GAP)


def flaws(name: str, steps: Sequence[Step], texts: Sequence[Texts]) -> list[Flaw]:
    """Everything that stands against saving; empty when nothing does. ``texts`` belong to the steps in order."""
    found = list(_series(steps))
    before: Step | None = None
    for step, own in zip(steps, texts, strict=True):
        found += [*_time(step, before), *_means(name, step), *_texts(step, own)]
        before = step
    return found


def warnings(name: str, steps: Sequence[Step]) -> list[str]:
    """What a showroom may do, but should know: fewer_than_six, same_part."""
    fewer = name == "six_in_ten" and len(steps) < SIX
    same = not any(step.day_part == "other" for step in steps) and name == "six_in_ten"
    return [*(["fewer_than_six"] if fewer else []), *(["same_part"] if same else [])]


def preview(planned: Cadence, hours: Hours, starts_at: datetime) -> list[NextAttempt]:
    """The attempts as they fall due when each is made in time and nobody answers. Raises ``NeverOpen``."""
    contactable: Contactable = "write" if planned.name == "written" else "call"
    history, now, made = History(starts_at, contactable), starts_at, list[NextAttempt]()
    while isinstance(plan := plan_next(history, planned, hours, now), NextAttempt):
        made.append(plan)
        now = plan.due_at
        history = replace(history, facts=(*history.facts, Fact(now, "no_answer")))
    return made


def _series(steps: Sequence[Step]) -> Iterator[Flaw]:
    if len(steps) < LEAST_STEPS:
        yield Flaw("steps", "too_few", LEAST_STEPS)
    if len(steps) > MOST_STEPS:
        yield Flaw("steps", "too_many", MOST_STEPS)
    if sum(step.voicemail for step in steps) > MOST_VOICEMAILS:
        yield Flaw("steps", "voicemails", MOST_VOICEMAILS)


def _time(step: Step, before: Step | None) -> Iterator[Flaw]:
    field = f"steps.{step.position}.offset_s"
    if before is None and step.offset != ZERO:
        yield Flaw(field, "first_at_once")
    if before is not None and step.offset < before.offset + GAP:
        yield Flaw(field, "rising", GAP // timedelta(minutes=1))
    if step.offset > LAST_OFFSET:
        yield Flaw(field, "too_late", LAST_OFFSET.days)
    if step.latest is not None and not step.offset <= step.latest <= LAST_OFFSET:
        yield Flaw(f"steps.{step.position}.latest_s", "latest")
    if before is None and step.day_part == "other":
        yield Flaw("steps.1.day_part", "first_part")


def _means(name: str, step: Step) -> Iterator[Flaw]:
    field = f"steps.{step.position}.channel"
    if name == "written" and step.channel == "call":
        yield Flaw(field, "writes")
    if name != "written" and step.position == 1 and step.channel != "call":
        yield Flaw(field, "call_first")  # article [001]: call first, then the other means
    if step.voicemail and step.channel != "call":
        yield Flaw(f"steps.{step.position}.voicemail", "voicemail_writes")


def _texts(step: Step, own: Texts) -> Iterator[Flaw]:
    for language, text in own.items():
        field = f"steps.{step.position}.texts.{language}"
        if language not in LANGUAGES:
            yield Flaw(field, "language", ", ".join(LANGUAGES))
        elif len(text) > LONGEST_TEXT:
            yield Flaw(field, "long", LONGEST_TEXT)
        elif (odd := own_words.odd(text)) is not None:
            yield Flaw(field, "placeholder", odd) if odd else Flaw(field, "brace")


def _message(name: str, step: Step, count: int) -> str:
    """The built-in message of a step: the last one closes, the others by their place; a written one among calls, and
    what comes after the places we know, brings something new."""
    known = BUILT_IN_WRITTEN if name == "written" else BUILT_IN_CALLS
    if step.position == count:
        return known[-1]
    beyond = step.position >= len(known) or (name != "written" and step.channel == "write")
    return "step_something_new" if beyond else known[step.position - 1]


BUILT_IN_CALLS = tuple(str(step.text) for step in SIX_IN_TEN.steps)
BUILT_IN_WRITTEN = tuple(str(step.text) for step in WRITTEN.steps)
