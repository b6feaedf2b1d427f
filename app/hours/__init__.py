"""Opening hours of a showroom: the only place that knows local time.

In:  a showroom's time zone, its weekly windows, its own and its country's holidays (`Hours.from_json`), and
aware instants.
Out: aware UTC instants and durations. Pure: reads no clock, no database, imports nothing of the app.
Called by: the cadence (when is the next step due), assignment and escalation (opening time elapsed), intake
(when will the first call come), settings (checks what a manager typed).

Every local time is turned into exactly one instant, so that windows stay in order on the two odd days of
the year: a time the clock shows twice means its first showing (people go home the first time it is six
o'clock), a time the clock skips means the moment of the jump.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from app.hours.local import instant, openings, since_midnight, utc, zone
from app.hours.public import check, public_days
from app.hours.written import Window, dates, windows, written

__all__ = ["DAYS", "DayPart", "Hours", "NeverOpen", "Window", "hours_of", "stagger"]

DayPart = Literal["morning", "afternoon", "evening"]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = timedelta(days=1)
NOON = timedelta(hours=12)
# The hour in which people leave work counts as evening: 16-18 h were the best hours to reach somebody
# (MIT/InsideSales 2007), and most showrooms close at six.
EVENING = timedelta(hours=17)
SEARCH_DAYS = 400  # a year and a month: longer without one opening is a wrong setting, not a holiday


class NeverOpen(Exception):
    """These hours contain no opening within 400 days; whoever set them must correct them."""


@dataclass(frozen=True)
class Hours:
    """When a showroom is open. All instants in and out are aware; those coming out are UTC.

    `weekly`: seven tuples of windows, Monday first, in order and without overlap. `holidays`: local dates
    without any opening, and so are the public holidays of `public` ("NL", "DE-BY"), but for those in
    `open_on` (many a showroom is open on Good Friday). `always_open` overrules them all. Raises ValueError
    for an unknown zone or bad windows.
    Hours without any window can be built (a half-made setting must not break the page that repairs it);
    asking them for an opening raises `NeverOpen`.
    """

    timezone: str
    weekly: tuple[tuple[Window, ...], ...]
    holidays: frozenset[date] = frozenset()
    always_open: bool = False
    public: str | None = None
    open_on: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        zone(self.timezone)
        if len(self.weekly) != 7:
            raise ValueError("weekly must hold seven days, Monday first")
        for name, day in zip(DAYS, self.weekly, strict=True):
            if any(one.end_minute > two.start_minute for one, two in pairwise(day)):
                raise ValueError(f"opening hours: {name} has windows that overlap or are not in order")

    @classmethod
    def from_json(cls, timezone: str, data: Mapping[str, object], public: str | None = None) -> Hours:
        """Read `{"mon": [["09:00","12:30"], ...], ..., "holidays": ["2026-12-25"], "open_on": [],
        "always": false}`.

        A day left out is closed; "24:00" may end a window. Raises ValueError with a sentence naming the
        part that is wrong, also when no window is left at all (a lead would wait for ever).
        """
        unknown = sorted(set(data) - {*DAYS, "holidays", "open_on", "always"})
        if unknown:
            raise ValueError(f"opening hours: unknown key {unknown[0]!r}; days are written {', '.join(DAYS)}")
        always = data.get("always", False)
        if not isinstance(always, bool):
            raise ValueError("opening hours: always must be true or false")
        weekly = tuple(windows(name, data.get(name, [])) for name in DAYS)
        if not always and not any(weekly):
            raise ValueError("opening hours: no day has a window, so no call could ever be due")
        if public is not None:
            check(public)
        closed, despite = (dates(name, data.get(name, [])) for name in ("holidays", "open_on"))
        return cls(timezone, weekly, closed, always, public, despite)

    def of_person(self, own: Mapping[str, object] | None) -> Hours:
        """Somebody's own working hours (the shape of `from_json`) in this showroom; None: its own. Whoever
        works here is off on the showroom's holidays too. Raises ValueError as `from_json` does."""
        if own is None:
            return self
        hours = Hours.from_json(self.timezone, own)
        return replace(
            hours,
            holidays=hours.holidays | self.holidays,
            public=self.public,
            open_on=hours.open_on | self.open_on,
        )

    def to_json(self) -> dict[str, object]:
        """The shape `from_json` reads; the time zone and the country are stored beside it."""
        days = {
            name: [[written(w.start_minute), written(w.end_minute)] for w in day]
            for name, day in zip(DAYS, self.weekly, strict=True)
        }
        closed, despite = (sorted(d.isoformat() for d in some) for some in (self.holidays, self.open_on))
        return {**days, "holidays": closed, "open_on": despite, "always": self.always_open}

    def is_open(self, at: datetime) -> bool:
        """Open at this instant? The moment of opening is open, the moment of closing is closed."""
        at = utc(at)
        if self.always_open:
            return True
        day = self._local(at).date()
        return any(start <= at < end for n in (-1, 0, 1) for start, end in self._openings(day + n * DAY))

    def next_open(self, at: datetime) -> datetime:
        """`at` itself when open, else the next opening. Raises NeverOpen."""
        at = utc(at)
        if self.always_open:
            return at
        start, _ = next(self._openings_from(at))
        return max(at, start)

    def closes_at(self, at: datetime) -> datetime | None:
        """When the opening at (or, when closed, after) `at` ends; None: not within 400 days."""
        at = utc(at)
        if self.always_open:
            return None
        _, end = next(self._openings_from(at))
        while self.is_open(end):  # 24:00 and 00:00 of the next day are one opening
            if end - at > SEARCH_DAYS * DAY:
                return None
            _, end = next(self._openings_from(end))
        return end

    def add_open(self, at: datetime, span: timedelta) -> datetime:
        """The instant after `span` of opening time; always inside hours, so a span that ends with the
        closing lands on the next opening. Raises ValueError for a negative span, NeverOpen."""
        at = utc(at)
        if span < timedelta(0):
            raise ValueError("only time to come can be added")
        if self.always_open:
            return at + span
        openings = self._openings_from(at)
        while True:  # ends: every opening takes some of the span, and the openings end with NeverOpen
            start, end = next(openings)
            start = max(start, at)
            if start + span < end:
                return start + span
            span -= end - start

    def open_between(self, earlier: datetime, later: datetime) -> timedelta:
        """Opening time from `earlier` to `later`; zero when `later` is not later."""
        earlier, later = utc(earlier), utc(later)
        if later <= earlier or self.always_open:
            return max(later - earlier, timedelta(0))
        total, day = timedelta(0), self._local(earlier).date() - DAY
        last = self._local(later).date() + DAY
        while day <= last:
            for start, end in self._openings(day):
                total += max(min(end, later) - max(start, earlier), timedelta(0))
            day += DAY
        return total

    def open_days_later(self, at: datetime, days: int, minute_of_day: int | None = None) -> datetime:
        """The `days`-th following day with an opening, at the same local time (or `minute_of_day`), moved
        on to the next opening when closed then. 0 days: `next_open(at)`. Raises ValueError, NeverOpen."""
        if days < 0 or not 0 <= (minute_of_day or 0) < 1440:
            raise ValueError("days must not be negative and minute_of_day lies between 0 and 1439")
        if days == 0:
            return self.next_open(at)
        local = self._local(at)
        clock = since_midnight(local) if minute_of_day is None else timedelta(minutes=minute_of_day)
        day, quiet = local.date(), 0
        while days:
            day, quiet = day + DAY, quiet + 1
            if self.always_open or self._openings(day):
                days, quiet = days - 1, 0
            elif quiet > SEARCH_DAYS:
                raise NeverOpen(f"no opening within {SEARCH_DAYS} days")
        return self.next_open(self.instant(day, clock))

    def days_later(self, at: datetime, days: int) -> datetime:
        """The same local time `days` calendar days later, open or not."""
        local = self._local(at)
        return self.instant(local.date() + days * DAY, since_midnight(local))

    def next_day(self, at: datetime) -> datetime:
        """The first instant of the next local day."""
        return self.instant(self._local(at).date() + DAY, timedelta(0))

    def day_part(self, at: datetime) -> DayPart:
        """morning until 12:00, afternoon until 17:00, then evening (local)."""
        clock = since_midnight(self._local(at))
        return "morning" if clock < NOON else "afternoon" if clock < EVENING else "evening"

    def next_other_part(self, at: datetime, part: DayPart, until: datetime) -> datetime | None:
        """The first open instant from `at` to `until` in another part of the day than `part`, or None.
        Raises NeverOpen."""
        found = self.next_open(at)
        while found <= until:
            if self.day_part(found) != part:
                return found
            day = self._local(found).date()
            turns = (self.instant(day, NOON), self.instant(day, EVENING), self.next_day(found))
            found = self.next_open(min(turn for turn in turns if turn > found))
        return None

    def _local(self, at: datetime) -> datetime:
        return utc(at).astimezone(zone(self.timezone))

    def instant(self, day: date, clock: timedelta = timedelta(0)) -> datetime:
        """A local time of a day as an instant: `clock` since its midnight."""
        return instant(self.timezone, day, clock)

    def _openings(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        return () if self._is_holiday(day) else openings(self.timezone, self.weekly[day.weekday()], day)

    def _is_holiday(self, day: date) -> bool:
        if day in self.holidays:
            return True
        return (
            self.public is not None and day not in self.open_on and day in public_days(self.public, day.year)
        )

    def _openings_from(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Openings that end after `at`, in order; raises NeverOpen after 400 days without one."""
        day, quiet = self._local(at).date() - DAY, 0
        while quiet <= SEARCH_DAYS:
            found = [span for span in self._openings(day) if span[1] > at]
            yield from found
            day, quiet = day + DAY, 0 if found else quiet + 1
        raise NeverOpen(f"no opening within {SEARCH_DAYS} days")


@lru_cache(maxsize=256)
def hours_of(timezone: str, weekly: str, public: str | None) -> Hours:
    """`Hours.from_json` of JSON as text, read once: a showroom's hours are asked for several times a lead."""
    return Hours.from_json(timezone, json.loads(weekly), public)


def stagger(opening: datetime, place: int, gap: timedelta) -> datetime:
    """When the lead at `place` (0 = first) of the after-hours queue is due: calls come one by one."""
    if place < 0:
        raise ValueError("a place in the queue is 0 or more")
    return opening + place * gap
