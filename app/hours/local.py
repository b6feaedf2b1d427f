"""One local time is one instant, also on the two odd days of the year.

In:  a time zone's name, a local date and the time since its midnight. Out: aware UTC. Pure. Called by: `Hours`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.hours.written import Window


def utc(at: datetime) -> datetime:
    if at.utcoffset() is None:
        raise ValueError("an instant needs its time zone")
    return at.astimezone(UTC)


def zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise ValueError(f"opening hours: there is no time zone {name!r}") from unknown


def since_midnight(local: datetime) -> timedelta:
    return timedelta(
        hours=local.hour, minutes=local.minute, seconds=local.second, microseconds=local.microsecond
    )


def instant(timezone: str, day: date, clock: timedelta) -> datetime:
    """A time the clock shows twice means its first showing, a time it skips the moment of the jump."""
    wall = datetime.combine(day, time(), zone(timezone)) + clock
    first = wall.replace(fold=0).astimezone(UTC)
    second = wall.replace(fold=1).astimezone(UTC)
    return first if first <= second else _jump(timezone, second, first)


@lru_cache(maxsize=4096)  # a plan looks at the same few days again and again
def openings(timezone: str, windows: tuple[Window, ...], day: date) -> tuple[tuple[datetime, datetime], ...]:
    minutes = [(timedelta(minutes=w.start_minute), timedelta(minutes=w.end_minute)) for w in windows]
    spans = [(instant(timezone, day, start), instant(timezone, day, end)) for start, end in minutes]
    return tuple((start, end) for start, end in spans if start < end)  # equal: the clock skipped it all


def _jump(timezone: str, before: datetime, after: datetime) -> datetime:
    """The instant between these two at which the clock is put forward (halving, to the microsecond)."""
    place = zone(timezone)
    old = before.astimezone(place).utcoffset()
    while after - before > timedelta(microseconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(place).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after
