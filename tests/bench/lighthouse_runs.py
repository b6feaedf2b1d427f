"""Lighthouse as its own program: installed for the benchmark alone, run on one page as often as asked.

In: an address, a session's cookie. Out: ``Seen``, one a run. Called by ``tests.bench.phone``. Its 200 packages (185 MB)
are pinned in ``tests/bench/lighthouse`` and live in ``var/bench``: neither bin/setup nor npm ci ever fetches them.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.progress import say
from tests.bench.rivals import ROOT, Unavailable, program
from tests.e2e.browsers import CHROMIUM, CHROMIUM_ARGS

PINS = Path(__file__).with_name("lighthouse")
PLACE = ROOT / "var" / "bench" / "lighthouse"
PATIENCE = 180.0
"""Seconds for one run."""


@dataclass(frozen=True)
class Seen:
    """One run. Scores 0 to 100; times in ms; ``shift`` is the cumulative layout shift."""

    url: str
    performance: int
    accessibility: int
    first_paint: float
    largest_paint: float
    blocking: float
    speed: float
    shift: float
    bytes: float
    not_accessible: tuple[str, ...]


def look(url: str, cookie: str = "", *, runs: int, warm: bool = False) -> list[Seen]:
    """``runs`` visits, each by a new browser. ``cookie`` is "name=value". ``warm``: the app was open before, its worker
    and its disk are kept; else nothing but the cookie is. Raises ``Unavailable`` when Lighthouse cannot be had or run."""
    install()
    name, _, value = cookie.partition("=")
    asked = {
        "chrome": CHROMIUM, "flags": ["--headless=new", *CHROMIUM_ARGS], "url": url, "runs": runs, "warm": warm,
        "cookie": {"name": name, "value": value} if cookie else None,
    }  # fmt: skip
    command = [program("node"), str(PLACE / "run.mjs"), json.dumps(asked)]
    ended = subprocess.run(
        command, cwd=PLACE, capture_output=True, text=True, timeout=PATIENCE * runs, check=False
    )
    if ended.returncode:
        raise Unavailable(f"Lighthouse ended with {ended.returncode}: {ended.stderr[-1500:]}")
    found = [_read(one) for one in json.loads(ended.stdout)]
    elsewhere = {one.url for one in found} - {url}
    if elsewhere:
        raise Unavailable(f"Lighthouse was to look at {url} and saw {', '.join(sorted(elsewhere))}")
    return found


def median(values: Sequence[float]) -> float:
    """As a float, also of scores."""
    return float(statistics.median(values))


def install() -> None:
    """Put Lighthouse into ``PLACE``, exactly as its lock file says. Raises ``Unavailable``."""
    lock = PINS / "package-lock.json"
    PLACE.mkdir(parents=True, exist_ok=True)
    shutil.copy(PINS / "run.mjs", PLACE)
    done = PLACE / "installed.json"
    if done.exists() and done.read_text() == lock.read_text():
        return
    say("fetching Lighthouse")
    for file in ("package.json", "package-lock.json"):
        shutil.copy(PINS / file, PLACE)
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    command = [program("npm"), "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(PLACE)]
    try:
        ended = subprocess.run(command, env=env, capture_output=True, text=True, timeout=600, check=False)
    except subprocess.TimeoutExpired as error:
        raise Unavailable("npm did not get Lighthouse within 10 minutes") from error
    if ended.returncode:
        raise Unavailable(f"npm could not get Lighthouse: {ended.stderr[-500:]}")
    done.write_text(lock.read_text())


def _read(one: dict[str, Any]) -> Seen:
    error = one.pop("error")
    if error:
        raise Unavailable(f"Lighthouse could not read {one['url']}: {error}")
    return Seen(**{**one, "not_accessible": tuple(one["not_accessible"])})
