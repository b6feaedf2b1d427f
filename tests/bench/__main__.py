"""``bin/bench [lead|memory|drain|due|claims|all] [--write]``: measure, print the tables; ``--write`` puts them into docs.
``bin/bench million`` is apart: a million claims by two and four workers.
``bin/bench faults | machine | soak`` are apart: what breaks, and what may never happen (docs/reliability.md).
``bin/bench fuzz | series`` are apart: input that nobody would send, and recorded hours a hundred times as fast.
``bin/bench phone`` is apart: Lighthouse and the thumb on the salesperson's phone.

In: the command line. Out: Markdown on standard output; progress on standard error.
"""

import argparse
import sys
from collections.abc import Callable
from typing import Any

from tests.bench import claims, drain, due, faults, fuzz, lead, machine, phone, report, series, soak
from tests.bench.cast import KINDS
from tests.bench.goals import Goal, missed
from tests.bench.progress import say
from tests.databases import PostgresServer

APART = {
    "faults": faults.main,
    "fuzz": fuzz.main,
    "machine": machine.main,
    "phone": phone.main,
    "series": series.main,
    "soak": soak.main,
    "million": claims.main_million,
}
"""What is not measured with the rest, each with its own words."""
PARTS = ("lead", "memory", "drain", "due", "claims", "all")
MEASURES: dict[str, Callable[[str, PostgresServer, argparse.Namespace], Any]] = {
    "lead": lambda kind, postgres, asked: lead.measure(
        kind, postgres, seconds=asked.seconds, burst=asked.burst
    ),
    "drain": lambda kind, postgres, asked: drain.measure(
        kind, postgres, count=asked.queued, crowd=asked.crowd
    ),
    "due": lambda kind, postgres, _asked: due.measure(kind, postgres),
    "claims": lambda kind, postgres, _asked: claims.measure(kind, postgres),
}
GOALS: dict[str, Callable[[str, Any], list[Goal]]] = {
    "lead": lead.goals, "drain": drain.goals, "due": due.goals, "claims": claims.goals,
}  # fmt: skip


def main() -> None:
    if len(sys.argv) > 1 and sys.argv[1] in APART:
        APART[sys.argv[1]](sys.argv[2:])
        return
    asked = _arguments()
    kinds = [asked.database] if asked.database else list(KINDS)
    # As a production server does, PostgreSQL waits for the disk: a lead is never lost to a power cut.
    postgres = PostgresServer(durable=True)
    if "postgres" in kinds:
        postgres.start()
    try:
        found = {part: _each(part, kinds, postgres, asked) for part in MEASURES if _wanted(part, asked.what)}
    finally:
        postgres.stop()
    reached = [
        goal for part, each in found.items() for kind in each for goal in GOALS[part](kind, each[kind])
    ]
    text = report.render(found.get("lead", {}), found.get("drain", {}), reached)
    print(text)
    if asked.write:
        report.write(text)
    if missed(reached):
        sys.exit(1)


def _wanted(part: str, what: str) -> bool:
    return what in (part, "all") or (part, what) == ("lead", "memory")


def _each(part: str, kinds: list[str], postgres: PostgresServer, asked: argparse.Namespace) -> dict[str, Any]:
    found = {}
    for kind in kinds:
        say(f"{part} on {KINDS[kind]}")
        found[kind] = MEASURES[part](kind, postgres, asked)
    return found


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/bench", description=__doc__)
    parser.add_argument("what", nargs="?", default="all", choices=PARTS)
    parser.add_argument("--database", choices=tuple(KINDS), help="only this kind")
    parser.add_argument("--seconds", type=float, default=20.0, help="length of each steady run")
    parser.add_argument("--burst", type=int, default=500, help="leads at once")
    parser.add_argument("--queued", type=int, default=2000, help="deliveries to drain")
    parser.add_argument("--crowd", type=int, default=10_000, help="deliveries while one push service hangs")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
