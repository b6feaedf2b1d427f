"""``bin/bench phone [--write]``: what Sanne's phone costs her. Lighthouse's phone on the call screen and on a list of 200,
and how soon a tap is answered with 500 leads and a quarter of this processor; each the median of 5.

In: the command line. Out: Markdown; ``--write`` puts it into docs/performance.md; exit 1 on a miss. The budgets stand in the
issue and in CI only as bytes. A calibration page, one button and no script but its own, is measured in the same way in
the same run: when *it* is slow, the machine was, and the figures say nothing.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import sync_playwright

from app import clock
from tests.bench import report
from tests.bench.goals import HEAD, Goal, missed
from tests.bench.lighthouse_runs import Seen, look, median
from tests.bench.phone_house import calibration, leads
from tests.bench.phone_house import house as house_of_sanne
from tests.bench.progress import say
from tests.bench.taps import LEAST, SLOWER, WATCH, Thumb
from tests.e2e.browsers import phone_page
from tests.house import House, Visitor

FEW, MANY = 200, 500
"""Rows of the list under Lighthouse; leads while taps are timed. Every third was tried once."""
SLOW_MACHINE = 64.0
"""A tap on the calibration page that takes longer than this many ms: the machine is not to be measured on."""
HERE = {"locale": "nl-NL", "timezone_id": "Europe/Amsterdam", "service_workers": "block"}
SEARCH = "input[type=search]"
# A dialler or a message program cannot open here, and Chromium would wait for it.
NO_DIALLER = """addEventListener("click", (tap) => {
  if (tap.target.closest('a[href^="tel:"], a[href^="https://wa.me"]')) tap.preventDefault();
})"""


@dataclass
class Figures:
    """Everything measured: runs by page, and ms by what was tapped."""

    pages: dict[str, list[Seen]] = field(default_factory=dict)
    taps: dict[str, list[float]] = field(default_factory=dict)
    shift: float = 0.0


def main(words: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="bin/bench phone", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="of each, for its median")
    parser.add_argument("--only", choices=("pages", "taps"), help="Lighthouse, or taps, alone")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    asked = parser.parse_args(words)
    figures = measure(asked.runs, asked.only)
    reached = goals(figures)
    text = render(figures, reached, asked.runs)
    print(text)
    if asked.write:
        report.write(text, command="bin/bench phone --write")
    if missed(reached):
        sys.exit(1)


def measure(runs: int, only: str | None = None) -> Figures:
    """The whole run: a house with a real web process, 200 leads, then 500."""
    found = Figures()
    with (
        tempfile.TemporaryDirectory(prefix="firstcall-phone-") as directory,
        house_of_sanne(Path(directory)) as house,
    ):
        sanne = house.sign_in("sanne@doesburg.example")
        first = leads(house, sanne, 0, FEW)
        if only != "taps":
            with calibration() as plain:
                say("Lighthouse")
                found.pages["calibration"] = look(plain, runs=runs)
            for name, path, warm in (
                ("call screen", f"/l/{first}", False),
                (f"list of {FEW}", "/leads", False),
                ("call screen, app open before", f"/l/{first}", True),
            ):
                found.pages[name] = look(house.origin + path, sanne.cookie, runs=runs, warm=warm)
        if only != "pages":
            leads(house, sanne, FEW, MANY)
            say(f"taps with {MANY} leads")
            _taps(house, sanne, found, runs)
    return found


def goals(figures: Figures) -> list[Goal]:
    """The budgets of the phone. Lighthouse's own scores, and 100 ms for a thumb."""
    made = []
    for name, least in (("call screen", 95), (f"list of {FEW}", 90)):
        if name in figures.pages:
            runs = figures.pages[name]
            made += [
                Goal(
                    f"{name}: Lighthouse performance", median([one.performance for one in runs]), least, True
                ),
                Goal(f"{name}: accessibility", min(one.accessibility for one in runs), 100, True),
                Goal(f"{name}: layout shift", median([one.shift for one in runs]), 0.02),
            ]
    made += [
        Goal(f"{what}, ms", median(ms), 100) for what, ms in figures.taps.items() if what != "calibration"
    ]
    if figures.taps:
        made.append(Goal("layout shift while it is used", figures.shift, 0.02))
    return made


def render(figures: Figures, reached: Sequence[Goal], runs: int) -> str:
    load = os.getloadavg()[0]
    parts = [
        f"{clock.now():%d %B %Y}, median of {runs}, {os.cpu_count()} cores, load average at the end {load:.1f}."
    ]
    if figures.pages:
        head = (
            "page",
            "performance",
            "accessibility",
            "first paint ms",
            "largest ms",
            "blocked ms",
            "shift",
            "kB",
        )
        rows = [
            (
                name,
                f"**{median([one.performance for one in seen]):.0f}** ({min(one.performance for one in seen)}–"
                f"{max(one.performance for one in seen)})",
                f"{min(one.accessibility for one in seen)}",
                *(
                    f"{median([getattr(one, what) for one in seen]):.0f}"
                    for what in ("first_paint", "largest_paint", "blocking")
                ),
                f"{median([one.shift for one in seen]):.3f}",
                f"{median([one.bytes for one in seen]) / 1000:.0f}",
            )
            for name, seen in figures.pages.items()
        ]
        parts.append(
            f"**Lighthouse 12.8, phone** (slow 4G and 4 × slower, simulated)\n\n{report.table(head, rows)}"
        )
    if figures.taps:
        rows_ = [
            (what, f"**{median(ms):.0f}**", " ".join(f"{one:.0f}" for one in ms))
            for what, ms in figures.taps.items()
        ]
        parts.append(
            f"**Tap to next paint**, {MANY} leads, processor {SLOWER} × slower, ms\n\n"
            + report.table(("what", "median", "each"), rows_)
        )
        if median(figures.taps["calibration"]) > SLOW_MACHINE:
            parts.append(
                "**The machine was slow: the calibration page was, too. These figures say nothing.**"
            )
    parts.append(f"**Goals**\n\n{report.table(HEAD, [goal.row() for goal in reached])}")
    wrong = sorted({rule for seen in figures.pages.values() for one in seen for rule in one.not_accessible})
    return "\n\n".join([*parts, *([f"Not accessible: {', '.join(wrong)}"] if wrong else [])])


def _taps(house: House, sanne: Visitor, found: Figures, runs: int) -> None:
    waiting = sanne.ask("GET", "/api/v1/inbox").body["follow_ups"]
    untried = [one["id"] for one in waiting if one["attempts_made"] == 0][:runs]
    name, value = sanne.cookie.split("=", 1)
    with (
        sync_playwright() as playwright,
        phone_page(playwright, house.origin, **HERE) as page,
        calibration() as plain,
    ):
        page.context.add_init_script(WATCH)
        page.context.add_init_script(NO_DIALLER)
        page.context.add_cookies([{"name": name, "value": value, "url": house.origin}])
        thumb = Thumb(page)
        page.goto(plain)
        found.taps["calibration"] = [thumb.tap("button") for _ in range(runs)]
        for follow_up in untried:
            _call(house, thumb, follow_up, found)
        for _ in range(runs):
            _list(house, thumb, found)


def _call(house: House, thumb: Thumb, follow_up: str, found: Figures) -> None:
    """Call, the sheet behind the dialler, its outcome."""
    page = thumb.page
    page.goto(f"{house.origin}/l/{follow_up}")
    thumb.find("a.big")
    page.wait_for_timeout(1500)  # what is loaded after the first paint is here
    _note(found, "tap on Call → outcome sheet", thumb.tap("a.big"))
    page.wait_for_timeout(400)
    _note(found, "tap on an outcome → what follows", thumb.tap("dialog button", "Geen gehoor"))
    page.wait_for_timeout(400)
    _note(found, "tap on Not now → the lead", thumb.tap("dialog button", "Nu niet"))
    thumb.find("a.big")
    found.shift = max(found.shift, thumb.shift())


def _list(house: House, thumb: Thumb, found: Figures) -> None:
    """The list of everything: scrolled, filtered, searched, and a lead opened from it."""
    page = thumb.page
    page.goto(f"{house.origin}/leads")
    thumb.find("li a.row")
    thumb.find(SEARCH)
    page.wait_for_timeout(1500)
    found.shift = max(found.shift, thumb.shift())
    _note(found, "longest frame of a scroll", thumb.scroll(4000))
    page.evaluate("document.querySelector('main').scrollTo(0, 0)")
    page.wait_for_timeout(300)
    _note(found, "tap on a filter", thumb.tap(".chips button:nth-child(2)"))
    _note(found, "tap on all", thumb.tap(".chips button:nth-child(1)"))
    thumb.tap(SEARCH)
    _note(found, "first key of a search", thumb.press(lambda: page.keyboard.press("4")))
    _note(found, "second key of a search", thumb.press(lambda: page.keyboard.press("2")))
    for _ in "42":
        page.keyboard.press("Backspace")
    page.wait_for_timeout(300)
    _note(found, "tap on a lead → the lead", thumb.tap("li a.row"))
    page.wait_for_timeout(400)
    _note(found, "back → the list", thumb.tap("button", "Terug"))
    thumb.find("li a.row")


def _note(found: Figures, what: str, ms: float) -> None:
    found.taps.setdefault(what, []).append(max(LEAST, ms))
