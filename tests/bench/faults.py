"""``bin/bench faults [--write]``: every fault of tests/faults on every database it can happen to, as a table.

In: the command line. Out: Markdown; with ``--write`` in docs/reliability.md. Called by ``tests.bench.__main__``. Exit 1
when anything was lost or doubled; a slow recovery is a figure, not a failure: it belongs to the machine.
"""

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from app import clock
from tests.bench import report
from tests.bench.cast import KINDS
from tests.faults.faults import FAULTS, Fault
from tests.faults.play import stage, suffer
from tests.faults.stage import Account

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"
COMMAND = "bin/bench faults --write"
HEAD = ("fault", "database", "leads sent", "lost", "doubled", "told again, same tag", "refused on the way", "recovery, s", "verdict")  # fmt: skip
GOAL = 5.0
"""Seconds from the end of a fault until everything sent by then is pushed."""
Row = tuple[Fault, str, Account | str]


def main(words: Sequence[str]) -> None:
    asked = _arguments(words)
    rows: list[Row] = []
    for fault in FAULTS:
        for kind in fault.kinds:
            if (asked.database in (None, kind)) and asked.only in fault.name:
                rows.append((fault, kind, _suffer(fault, kind, asked.seconds, asked.rate)))
                print(" | ".join(_row(rows[-1])), file=sys.stderr, flush=True)
    text = f"{_where(asked)}\n\n{report.table(HEAD, map(_row, rows))}"
    print(text)
    if asked.write:
        report.write(text, PAGE, COMMAND)
    if any(isinstance(said, str) or said.lost or said.doubled for _, _, said in rows):
        sys.exit(1)


def _suffer(fault: Fault, kind: str, seconds: float, rate: float) -> Account | str:
    """What became of it; a sentence when the house did not come back at all."""
    with tempfile.TemporaryDirectory(prefix="firstcall-faults-") as directory:
        try:
            with stage(kind, Path(directory), wrong_clock=fault.wrong_clock, standby=fault.standby) as scene:
                return suffer(scene, fault, seconds, rate)
        except AssertionError as broken:
            return str(broken).splitlines()[0][:100]


def _row(row: Row) -> tuple[str, ...]:
    fault, kind, said = row
    if isinstance(said, str):
        return (fault.name, KINDS[kind], *[""] * 6, f"**broken**: {said}")
    well = not (said.lost or said.doubled)
    slow = "" if said.recovery <= GOAL else f", but not in {GOAL:g} s"
    return (
        fault.name,
        KINDS[kind],
        str(said.sent),
        str(len(said.lost)),
        str(len(said.doubled)),
        str(said.again),
        ", ".join(f"{count} × {what}" for what, count in sorted(said.refused.items())) or "none",
        f"{max(said.recovery, 0):.1f}",
        f"all there{slow}" if well else "**lost or doubled**",
    )


def _where(asked: argparse.Namespace) -> str:
    machine = (
        f"{os.cpu_count()} cores, Python {platform.python_version()}, load average {os.getloadavg()[0]:.1f}"
    )
    return (
        f"{clock.now():%d %B %Y}, {machine}; {asked.rate:g} leads/s, each fault reigns {asked.seconds:g} s."
    )


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/bench faults", description=__doc__)
    parser.add_argument("--database", choices=tuple(KINDS), help="only this kind")
    parser.add_argument("--only", default="", help="only faults whose name holds this")
    parser.add_argument("--seconds", type=float, default=8.0, help="how long each fault reigns")
    parser.add_argument("--rate", type=float, default=8.0, help="leads a second")
    parser.add_argument("--write", action="store_true", help="put the table into docs/reliability.md")
    return parser.parse_args(words)
