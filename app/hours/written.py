"""Weekly windows and holidays as they are written down: from JSON, and back.

In:  what a manager typed, already parsed as JSON. Out: windows in minutes of the day, and dates. Raises
ValueError with a sentence naming the part that is wrong. Pure. Called by: `Hours`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00")


@dataclass(frozen=True, slots=True)
class Window:
    """One opening on one day: minutes since local midnight, start included, end not (1440 = 24:00)."""

    start_minute: int
    end_minute: int

    def __post_init__(self) -> None:
        if not 0 <= self.start_minute < self.end_minute <= 1440:
            raise ValueError("a window must end after it starts, within one day")


def windows(name: str, value: object) -> tuple[Window, ...]:
    """The windows of the day ``name``: `[["09:00", "12:30"], …]`."""
    if not isinstance(value, list):
        raise ValueError(f'opening hours: {name} must be a list of windows like ["09:00", "18:00"]')
    return tuple(_window(name, pair) for pair in value)


def _window(name: str, pair: object) -> Window:
    if not (isinstance(pair, list | tuple) and len(pair) == 2):
        raise ValueError(f'opening hours: {name} must hold pairs like ["09:00", "18:00"]')
    for text in pair:
        if not (isinstance(text, str) and _TIME.fullmatch(text)):
            raise ValueError(f'opening hours: {name} has {text!r} where a time like "09:00" belongs')
    start, end = (int(text[:2]) * 60 + int(text[3:]) for text in pair)
    if start >= end:
        raise ValueError(
            f"opening hours: {name} has a window from {pair[0]} to {pair[1]}; "
            "it must end after it starts (write one past midnight as two)"
        )
    return Window(start, end)


def dates(name: str, value: object) -> frozenset[date]:
    """Dates from `["2026-12-25", …]`."""
    if not isinstance(value, list):
        raise ValueError(f'opening hours: {name} must be a list of dates like "2026-12-25"')
    days = set()
    for text in value:
        try:
            days.add(date.fromisoformat(text))
        except (TypeError, ValueError) as wrong:
            raise ValueError(f"opening hours: {name} has {text!r}, not a date like 2026-12-25") from wrong
    return frozenset(days)


def written(minute: int) -> str:
    """A minute of the day as "09:00"."""
    return f"{minute // 60:02}:{minute % 60:02}"
