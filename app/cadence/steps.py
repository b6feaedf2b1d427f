"""The planned series of attempts: what a step is, and the two cadences every showroom starts with.

In:  a showroom's own cadence as JSON, or nothing. Out: `Cadence`, a plain value that `plan_next` reads.
Called by: plan.py, the showroom's settings, the demo (`at_speed`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from typing import Any, Literal, cast, get_args

Channel = Literal["call", "write"]
StepPart = Literal["any", "other"]

ZERO = timedelta(0)


@dataclass(frozen=True, slots=True)
class Step:
    """One planned attempt.

    `offset`: from the first attempt (step 1: from arrival). `day_part` "other": in another part of the day
    than the first attempt. `voicemail`: a message may be left. `text`: key in `app.texts` of the message
    offered with it. `latest`: from the first attempt; the step is not planned later while the hours allow that.
    """

    position: int
    offset: timedelta
    channel: Channel
    day_part: StepPart = "any"
    voicemail: bool = False
    text: str | None = None
    latest: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Cadence:
    """A series of steps. Raises ValueError, in a sentence, when the steps do not make a series.

    `gap`: the least time between two attempts. `speed`: 1 in life, 60 when minutes run as seconds.
    """

    name: str
    version: int
    steps: tuple[Step, ...]
    gap: timedelta = timedelta(minutes=10)
    speed: float = 1.0

    def __post_init__(self) -> None:
        if [step.position for step in self.steps] != list(range(1, len(self.steps) + 1)) or not self.steps:
            raise ValueError("a cadence has at least one step, numbered 1, 2, 3, ...")
        if self.gap < ZERO or self.speed <= 0:
            raise ValueError("a cadence's gap must not be negative and its speed must be above 0")
        if self.steps[0].offset < ZERO or any(a.offset > b.offset for a, b in pairwise(self.steps)):
            raise ValueError("a cadence's steps must follow each other in time")
        for step in self.steps:
            _check(step)

    def at_speed(self, factor: float) -> Cadence:
        """The same cadence with everything from step 2 on `factor` times as fast (60: minutes as seconds).

        Step 1 stays real: the first two minutes are what is being shown. Parts of the day cannot be hurried,
        so a hurried step is due in any of them. Raises ValueError unless `factor` is above 0.
        """
        if factor <= 0:
            raise ValueError("speed must be above 0")
        if factor == 1:
            return self
        hurried = tuple(
            replace(
                step,
                offset=step.offset / factor,
                latest=None if step.latest is None else step.latest / factor,
                day_part="any",
            )
            for step in self.steps[1:]
        )
        return replace(
            self, steps=(self.steps[0], *hurried), gap=self.gap / factor, speed=self.speed * factor
        )

    def to_json(self) -> dict[str, object]:
        """The shape `from_json` reads; durations in seconds."""
        return {
            "name": self.name,
            "version": self.version,
            "gap_s": self.gap.total_seconds(),
            "speed": self.speed,
            "steps": [
                {
                    "position": step.position,
                    "offset_s": step.offset.total_seconds(),
                    "channel": step.channel,
                    "day_part": step.day_part,
                    "voicemail": step.voicemail,
                    "text": step.text,
                    "latest_s": None if step.latest is None else step.latest.total_seconds(),
                }
                for step in self.steps
            ],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> Cadence:
        """Read what `to_json` wrote. Raises ValueError with a sentence saying what is missing or wrong."""
        steps = _field(data, "steps", list)
        return cls(
            name=_field(data, "name", str),
            version=_field(data, "version", int),
            steps=tuple(_step(number, step) for number, step in enumerate(steps, start=1)),
            gap=_seconds(data, "gap_s") or ZERO,
            speed=float(_field(data, "speed", (int, float))),
        )


def _check(step: Step) -> None:
    if step.channel not in get_args(Channel) or step.day_part not in get_args(StepPart):
        raise ValueError(f"step {step.position}: channel is call or write, day_part is any or other")
    if step.latest is not None and step.latest < step.offset:
        raise ValueError(f"step {step.position}: latest must not come before its offset")


def _step(number: int, data: object) -> Step:
    if not isinstance(data, dict):
        raise ValueError(f"cadence: step {number} must be an object")
    offset = _seconds(data, "offset_s")
    if offset is None:
        raise ValueError(f"cadence: step {number} needs offset_s")
    return Step(
        position=_field(data, "position", int),
        offset=offset,
        channel=cast(Channel, _field(data, "channel", str)),
        day_part=cast(StepPart, _field(data, "day_part", str)),
        voicemail=_field(data, "voicemail", bool),
        text=_field(data, "text", (str, type(None))),
        latest=_seconds(data, "latest_s"),
    )


def _field(data: Mapping[str, object], key: str, kind: type | tuple[type, ...]) -> Any:
    value = data.get(key)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise ValueError(f"cadence: {key} is missing or of the wrong kind")
    return value


def _seconds(data: Mapping[str, object], key: str) -> timedelta | None:
    value = _field(data, key, (int, float, type(None)))
    try:
        return None if value is None else timedelta(seconds=value)
    except (OverflowError, ValueError) as wrong:
        raise ValueError(f"cadence: {key} is not a number of seconds") from wrong


def _hours(hours: float) -> timedelta:
    return timedelta(hours=hours)


SIX_IN_TEN = Cadence(
    name="6 in 10",
    version=1,
    steps=(
        # Velocify: +391 % conversion when called in the first minute; Calldrip in article [000].
        Step(1, ZERO, "call", text="no_answer"),
        # Velocify 2015: at most two voicemails, the first on call 2 (+21 to 31 %), useless after call 3.
        Step(2, timedelta(minutes=10), "call", voicemail=True, text="step_answer"),
        Step(3, _hours(1), "call", voicemail=True, text="step_tried_again"),
        # MIT/InsideSales 2007: after 20 h an extra dial hurts. Four hours: so that the three calls of the
        # first hour are not followed by a fourth at the turn of noon.
        Step(4, _hours(4), "call", day_part="other", text="step_video_offer", latest=_hours(20)),
        Step(5, timedelta(days=3), "call", text="step_something_new"),
        # Velocify: 93 % of the leads that converted were reached by call 6; then a hard end.
        Step(6, timedelta(days=7), "call", text="closing", latest=timedelta(days=10)),
    ),
)

WRITTEN = Cadence(
    name="written",
    version=1,
    steps=(
        Step(1, ZERO, "write", text="whatsapp", latest=timedelta(minutes=2)),
        Step(2, timedelta(days=1), "write", text="step_written_second"),
        Step(3, timedelta(days=3), "write", text="step_something_new"),
        Step(4, timedelta(days=7), "write", text="closing", latest=timedelta(days=10)),
    ),
)
