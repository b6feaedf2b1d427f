"""Opening hours: examples on the odd days of the year, and properties against a clock on the wall."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.hours import DAYS, Hours, NeverOpen, Window, stagger

MINUTE = timedelta(minutes=1)
ZONES = (
    "Europe/Amsterdam",
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Pacific/Auckland",
    "America/Havana",  # its clock changes at midnight
)
OFFICE: dict[str, object] = {
    **{day: [["09:00", "12:30"], ["13:00", "18:00"]] for day in DAYS[:5]},
    "sat": [["10:00", "17:00"]],
    "holidays": ["2026-12-25"],
}
UTRECHT = Hours.from_json("Europe/Amsterdam", OFFICE)


def local(text: str, zone: str = "Europe/Amsterdam", fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


def every_day(start: str, end: str, zone: str = "Europe/Amsterdam") -> Hours:
    return Hours.from_json(zone, {day: [[start, end]] for day in DAYS})


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-11-03T08:59:59", False),
        ("2026-11-03T09:00", True),
        ("2026-11-03T12:30", False),  # lunch
        ("2026-11-03T13:00", True),
        ("2026-11-03T17:59:59", True),
        ("2026-11-03T18:00", False),
        ("2026-11-08T11:00", False),  # Sunday
        ("2026-12-25T11:00", False),  # a Friday, but Christmas
    ],
)
def test_the_showroom_is_open_from_the_moment_of_opening_until_the_moment_of_closing(
    at: str, is_open: bool
) -> None:
    assert UTRECHT.is_open(local(at)) is is_open


def test_a_lead_of_christmas_eve_waits_until_the_day_after() -> None:
    assert UTRECHT.next_open(local("2026-12-24T20:00")) == local("2026-12-26T10:00")


def test_the_lunch_break_and_the_night_do_not_count() -> None:
    assert UTRECHT.add_open(local("2026-11-03T12:20"), 20 * MINUTE) == local("2026-11-03T13:10")
    assert UTRECHT.add_open(local("2026-11-06T17:00"), timedelta(hours=4)) == local("2026-11-07T13:00")
    assert UTRECHT.open_between(local("2026-11-06T12:00"), local("2026-11-07T11:00")) == timedelta(
        hours=6, minutes=30
    )


def test_time_that_runs_out_at_closing_lands_on_the_next_opening() -> None:
    assert UTRECHT.add_open(local("2026-11-03T17:00"), timedelta(hours=1)) == local("2026-11-04T09:00")


def test_closing_time_is_that_of_the_present_or_the_next_opening() -> None:
    assert UTRECHT.closes_at(local("2026-11-03T09:00")) == local("2026-11-03T12:30")
    assert UTRECHT.closes_at(local("2026-11-03T18:00")) == local("2026-11-04T12:30")


def test_a_shop_open_over_midnight_closes_when_both_windows_have_ended() -> None:
    night = Hours.from_json("Europe/Amsterdam", {"fri": [["20:00", "24:00"]], "sat": [["00:00", "02:00"]]})
    assert night.closes_at(local("2026-11-06T21:00")) == local("2026-11-07T02:00")
    assert every_day("00:00", "24:00").closes_at(local("2026-11-06T21:00")) is None


def test_hours_the_clock_skips_are_not_opening_time() -> None:
    night = every_day("01:00", "05:00")  # 29 March 2026: 02:00 becomes 03:00
    opened, closed = local("2026-03-29T01:00"), local("2026-03-29T05:00")
    assert night.open_between(opened, closed) == timedelta(hours=3)
    assert night.add_open(opened, timedelta(hours=1)) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_a_shop_that_opens_at_a_skipped_time_opens_at_the_jump() -> None:
    night = every_day("02:30", "04:00")
    assert night.next_open(local("2026-03-29T01:00")) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert every_day("02:15", "02:45").next_open(local("2026-03-29T01:00")) == local("2026-03-30T02:15")


def test_hours_the_clock_shows_twice_are_both_opening_time() -> None:
    night = every_day("01:00", "05:00")  # 25 October 2026: 03:00 becomes 02:00
    assert night.open_between(local("2026-10-25T00:00"), local("2026-10-25T06:00")) == timedelta(hours=5)


def test_people_go_home_the_first_time_the_clock_shows_closing_time() -> None:
    night = every_day("00:00", "02:30")
    assert night.closes_at(local("2026-10-25T00:10")) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert not night.is_open(local("2026-10-25T02:10", fold=1))


def test_lord_howe_moves_its_clock_by_half_an_hour() -> None:
    night = every_day("01:00", "04:00", "Australia/Lord_Howe")
    start, end = (local(f"2026-10-04T{at}", "Australia/Lord_Howe") for at in ("00:30", "05:00"))
    assert night.open_between(start, end) == timedelta(hours=2, minutes=30)
    start, end = (local(f"2026-04-05T{at}", "Australia/Lord_Howe") for at in ("00:30", "05:00"))
    assert night.open_between(start, end) == timedelta(hours=3, minutes=30)


def test_a_clock_put_back_over_midnight_belongs_to_the_opening_that_had_begun() -> None:
    sunday = Hours.from_json("America/St_Johns", {"sun": [["00:00", "01:00"]]})
    again = local("2006-10-28T23:30", "America/St_Johns", fold=1).astimezone(UTC)  # 00:01 became 23:01
    assert sunday.is_open(again) and sunday.next_open(again) == again


def test_one_working_day_later_is_the_same_local_time_on_the_next_day_of_opening() -> None:
    assert UTRECHT.open_days_later(local("2026-11-07T11:00"), 1) == local("2026-11-09T11:00")
    assert UTRECHT.open_days_later(local("2026-10-24T11:00"), 1) == local("2026-10-26T11:00")  # clock change
    assert UTRECHT.open_days_later(local("2026-11-03T12:45"), 0) == local("2026-11-03T13:00")
    assert UTRECHT.open_days_later(local("2026-11-03T17:00"), 2, 9 * 60) == local("2026-11-05T09:00")


def test_the_parts_of_a_day_are_local() -> None:
    parts = [UTRECHT.day_part(local(f"2026-11-03T{at}")) for at in ("11:59", "12:00", "16:59", "17:00")]
    assert parts == ["morning", "afternoon", "afternoon", "evening"]


def test_another_part_of_the_day_is_sought_within_opening_hours_only() -> None:
    morning = local("2026-11-03T10:00")
    assert UTRECHT.next_other_part(morning, "morning", morning + timedelta(hours=20)) == local(
        "2026-11-03T12:00"
    )
    assert UTRECHT.next_other_part(morning, "morning", morning + timedelta(hours=1)) is None


def test_always_open_is_open_on_holidays_too() -> None:
    always = Hours.from_json("Europe/Amsterdam", {"always": True, "holidays": ["2026-12-25"]})
    at = local("2026-12-25T03:00")
    assert always.is_open(at) and always.next_open(at) == at and always.closes_at(at) is None
    assert always.add_open(at, 5 * MINUTE) == at + 5 * MINUTE
    assert always.open_between(at, at + 5 * MINUTE) == 5 * MINUTE
    assert always.open_days_later(at, 2) == local("2026-12-27T03:00")


@pytest.mark.timeout(20)
def test_hours_that_never_open_say_so_instead_of_searching_for_ever() -> None:
    never = Hours("Europe/Amsterdam", ((),) * 7)
    at = local("2026-11-03T10:00")
    assert not never.is_open(at)
    assert never.open_between(at, at + timedelta(days=9)) == timedelta(0)
    with pytest.raises(NeverOpen):
        never.next_open(at)
    with pytest.raises(NeverOpen):
        never.closes_at(at)
    with pytest.raises(NeverOpen):
        never.add_open(at, MINUTE)
    with pytest.raises(NeverOpen):
        never.open_days_later(at, 1)
    with pytest.raises(NeverOpen):
        never.next_other_part(at, "morning", at + timedelta(days=1))


@pytest.mark.parametrize(
    ("zone", "data", "says"),
    [
        ("Europe/Utrecht", OFFICE, "time zone 'Europe/Utrecht'"),
        ("../secret", OFFICE, "time zone"),
        ("Europe/Amsterdam", {"monday": []}, "unknown key 'monday'"),
        ("Europe/Amsterdam", {"mon": "09:00-18:00"}, "mon must be a list"),
        ("Europe/Amsterdam", {"mon": [["09:00"]]}, "mon must hold pairs"),
        ("Europe/Amsterdam", {"mon": [["9:00", "18:00"]]}, "mon has '9:00'"),
        ("Europe/Amsterdam", {"mon": [["09:00", "25:00"]]}, "mon has '25:00'"),
        ("Europe/Amsterdam", {"mon": [["22:00", "02:00"]]}, "mon has a window from 22:00 to 02:00"),
        ("Europe/Amsterdam", {"mon": [["09:00", "13:00"], ["12:00", "18:00"]]}, "mon has windows that over"),
        ("Europe/Amsterdam", {**OFFICE, "holidays": ["25-12-2026"]}, "holidays has '25-12-2026'"),
        ("Europe/Amsterdam", {**OFFICE, "holidays": "2026-12-25"}, "holidays must be a list"),
        ("Europe/Amsterdam", {**OFFICE, "holidays": [20261225]}, "holidays has 20261225"),
        ("Europe/Amsterdam", {**OFFICE, "always": "no"}, "always must be true or false"),
        ("Europe/Amsterdam", {"holidays": []}, "no day has a window"),
    ],
)
def test_bram_is_told_which_part_of_his_opening_hours_is_wrong(
    zone: str, data: dict[str, object], says: str
) -> None:
    with pytest.raises(ValueError, match="opening hours") as refused:
        Hours.from_json(zone, data)
    assert says in str(refused.value)


def test_an_instant_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        UTRECHT.next_open(datetime(2026, 11, 3, 10))


def test_the_queue_of_the_night_is_called_one_by_one() -> None:
    opening = local("2026-11-03T09:00")
    assert [stagger(opening, place, 5 * MINUTE) - opening for place in range(3)] == [
        0 * MINUTE,
        5 * MINUTE,
        10 * MINUTE,
    ]
    with pytest.raises(ValueError, match="queue"):
        stagger(opening, -1, MINUTE)


# --- properties -------------------------------------------------------------------------------------------

TRANSITIONS = {
    "Europe/Amsterdam": ("2026-03-29", "2026-10-25"),
    "Europe/London": ("2026-03-29", "2026-10-25"),
    "America/New_York": ("2026-03-08", "2026-11-01"),
    "Australia/Lord_Howe": ("2026-04-05", "2026-10-04"),
    "Asia/Kolkata": ("2026-06-01", "2026-06-02"),  # none there
    "Pacific/Auckland": ("2026-04-05", "2026-09-27"),
    "America/Havana": ("2026-03-08", "2026-11-01"),
}


@st.composite
def days(draw: st.DrawFn) -> tuple[Window, ...]:
    edges = draw(st.lists(st.integers(0, 96), max_size=6, unique=True))
    edges = sorted(edges)[: len(edges) // 2 * 2]
    return tuple(Window(a * 15, b * 15) for a, b in zip(edges[::2], edges[1::2], strict=True))


@st.composite
def hours_and_instant(draw: st.DrawFn) -> tuple[Hours, datetime]:
    """Hours with several windows and holidays, and an instant within two days of a change of the clock."""
    zone = draw(st.sampled_from(ZONES))
    around = datetime.fromisoformat(draw(st.sampled_from(TRANSITIONS[zone]))).replace(tzinfo=UTC)
    at = around + timedelta(minutes=draw(st.integers(-2880, 2880)), seconds=draw(st.integers(0, 59)))
    weekly = tuple(draw(days()) for _ in range(7))
    assume(any(weekly))
    holidays = draw(st.frozensets(st.integers(-3, 3), max_size=2))
    closed = frozenset(around.date() + timedelta(days=n) for n in holidays)
    return Hours(zone, weekly, closed), at


def shown(hours: Hours, at: datetime) -> bool:
    """What somebody says who looks at the clock and the sign on the door; wrong only in a repeated hour."""
    here = at.astimezone(ZoneInfo(hours.timezone))
    minute = here.hour * 60 + here.minute
    windows = hours.weekly[here.weekday()]
    return here.date() not in hours.holidays and any(w.start_minute <= minute < w.end_minute for w in windows)


def repeated(hours: Hours, at: datetime) -> bool:
    here = at.astimezone(ZoneInfo(hours.timezone))
    return here.replace(fold=0).utcoffset() != here.replace(fold=1).utcoffset()


@settings(max_examples=400, deadline=None)
@given(hours_and_instant())
def test_open_is_what_the_clock_on_the_wall_says(case: tuple[Hours, datetime]) -> None:
    hours, at = case
    assume(not repeated(hours, at))
    assert hours.is_open(at) == shown(hours, at)


@settings(max_examples=300, deadline=None)
@given(hours_and_instant())
def test_next_open_is_the_first_open_instant(case: tuple[Hours, datetime]) -> None:
    hours, at = case
    opening = hours.next_open(at)
    assert opening >= at and hours.is_open(opening) and opening.tzinfo is UTC
    assert (opening == at) == hours.is_open(at)
    assert hours.open_between(at, opening) == timedelta(0)
    assert opening == at or not hours.is_open(opening - timedelta(microseconds=1))


@settings(max_examples=300, deadline=None)
@given(hours_and_instant(), st.integers(0, 3000))
def test_adding_opening_time_and_measuring_it_agree(case: tuple[Hours, datetime], minutes: int) -> None:
    hours, at = case
    span = minutes * MINUTE
    later = hours.add_open(at, span)
    assert hours.is_open(later)
    assert hours.open_between(at, later) == span


@settings(max_examples=60, deadline=None)
@given(hours_and_instant(), st.integers(1, 600))
def test_opening_time_is_the_sum_of_the_open_minutes(case: tuple[Hours, datetime], minutes: int) -> None:
    hours, at = case
    at = at.replace(second=0)
    counted = sum(hours.is_open(at + n * MINUTE) for n in range(minutes))
    assert hours.open_between(at, at + minutes * MINUTE) == counted * MINUTE


@settings(max_examples=300, deadline=None)
@given(hours_and_instant())
def test_a_shop_is_open_until_it_closes(case: tuple[Hours, datetime]) -> None:
    hours, at = case
    closing = hours.closes_at(at)
    opening = hours.next_open(at)
    assert closing is not None or all(w == (Window(0, 1440),) for w in hours.weekly)
    if closing is not None:
        assert not hours.is_open(closing)
        assert hours.open_between(opening, closing) == closing - opening


@settings(max_examples=300, deadline=None)
@given(hours_and_instant(), st.integers(1, 9))
def test_working_days_later_is_later_and_open(case: tuple[Hours, datetime], count: int) -> None:
    hours, at = case
    later = hours.open_days_later(at, count)
    here = ZoneInfo(hours.timezone)
    assert hours.is_open(later)
    assert (later.astimezone(here).date() - at.astimezone(here).date()).days >= count
    assert hours.open_days_later(at, count + 1) >= later


@settings(max_examples=300, deadline=None)
@given(hours_and_instant(), st.sampled_from(["morning", "afternoon", "evening"]))
def test_another_part_of_the_day_is_another_and_open(case: tuple[Hours, datetime], part: str) -> None:
    hours, at = case
    until = at + timedelta(hours=20)
    found = hours.next_other_part(at, part, until)  # type: ignore[arg-type]
    if found is None:
        quarters = (at + n * 15 * MINUTE for n in range(81))
        assert not any(hours.is_open(q) and hours.day_part(q) != part for q in quarters)
    else:
        assert at <= found <= until and hours.is_open(found) and hours.day_part(found) != part


@settings(max_examples=200, deadline=None)
@given(hours_and_instant())
def test_hours_survive_json(case: tuple[Hours, datetime]) -> None:
    hours, _ = case
    assert Hours.from_json(hours.timezone, hours.to_json()) == hours


def test_christmas_is_in_the_json_bram_gets_back() -> None:
    assert UTRECHT.holidays == frozenset({date(2026, 12, 25)})
    assert UTRECHT.to_json()["holidays"] == ["2026-12-25"]
    assert UTRECHT.to_json()["sat"] == [["10:00", "17:00"]]


def test_the_showroom_closes_on_its_countrys_public_holidays_of_every_year() -> None:
    office = {day: [["09:00", "18:00"]] for day in DAYS}
    dutch = Hours.from_json("Europe/Amsterdam", office, "NL")
    for day in ("2026-04-27", "2027-04-27", "2026-12-26"):  # King's Day, Boxing Day
        assert not dutch.is_open(local(f"{day}T11:00"))
        assert Hours.from_json("Europe/Amsterdam", office).is_open(local(f"{day}T11:00"))
    assert dutch.next_open(local("2026-12-24T20:00")) == local("2026-12-27T09:00")
    bavarian, berliner = (Hours.from_json("Europe/Berlin", office, code) for code in ("DE-BY", "DE-BE"))
    epiphany = local("2026-01-06T11:00", "Europe/Berlin")
    assert not bavarian.is_open(epiphany) and berliner.is_open(epiphany)


def test_a_showroom_may_be_open_on_good_friday_all_the_same() -> None:
    good_friday = local("2026-04-03T11:00")
    closed = Hours.from_json("Europe/Amsterdam", OFFICE, "NL")
    despite = Hours.from_json("Europe/Amsterdam", {**OFFICE, "open_on": ["2026-04-03"]}, "NL")
    assert not closed.is_open(good_friday) and despite.is_open(good_friday)
    assert Hours.from_json("Europe/Amsterdam", despite.to_json(), "NL") == despite


@pytest.mark.parametrize("code", ["XX", "DE-QQ", "", "nl holidays"])
def test_a_country_without_known_holidays_is_named(code: str) -> None:
    with pytest.raises(ValueError, match="no public holidays under"):
        Hours.from_json("Europe/Amsterdam", OFFICE, code)


def test_sannes_own_hours_lie_beside_the_showrooms_and_its_holidays_are_hers() -> None:
    showroom = Hours.from_json("Europe/Amsterdam", OFFICE, "NL")
    sanne = showroom.of_person({"mon": [["09:00", "12:00"], ["15:00", "18:00"]], "fri": [["09:00", "18:00"]]})
    assert sanne.is_open(local("2026-11-02T10:00")) and not sanne.is_open(local("2026-11-02T13:30"))
    assert not sanne.is_open(local("2026-11-03T10:00")), "she does not work on Tuesdays"
    assert not sanne.is_open(local("2026-12-25T10:00")), "a Friday, but Christmas"
    assert not sanne.is_open(local("2026-05-25T10:00")), "a Monday, but Whit Monday"
    assert showroom.of_person(None) is showroom


def test_starting_up_does_not_load_the_worlds_holidays() -> None:
    asks = "import sys; import app; sys.exit('holidays' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asks], check=False).returncode == 0
