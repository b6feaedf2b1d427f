"""``bin/bench [lead|memory|drain|all] [--write]``: measure, print the tables, and with ``--write`` put them into docs.

In: the command line. Out: Markdown on standard output; progress on standard error.
"""

import argparse
import sys
import time

from tests.bench import drain, lead, report
from tests.bench.cast import KINDS
from tests.databases import PostgresServer


def main() -> None:
    asked = _arguments()
    kinds = [asked.database] if asked.database else list(KINDS)
    leads, drains = {}, {}
    # As a production server does, PostgreSQL waits for the disk: a lead is never lost to a power cut.
    postgres = PostgresServer(durable=True)
    if "postgres" in kinds:
        postgres.start()
    try:
        for kind in kinds:
            if asked.what != "drain":
                _say(f"leads on {KINDS[kind]}")
                leads[kind] = lead.measure(kind, postgres, seconds=asked.seconds, burst=asked.burst)
            if asked.what in ("drain", "all"):
                _say(f"drain on {KINDS[kind]}")
                drains[kind] = drain.measure(kind, postgres, count=asked.queued)
    finally:
        postgres.stop()
    text = report.render(leads, drains)
    print(text)
    if asked.write:
        report.write(text)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/bench", description=__doc__)
    parser.add_argument("what", nargs="?", default="all", choices=("lead", "memory", "drain", "all"))
    parser.add_argument("--database", choices=tuple(KINDS), help="only this kind")
    parser.add_argument("--seconds", type=float, default=20.0, help="length of each steady run")
    parser.add_argument("--burst", type=int, default=500, help="leads at once")
    parser.add_argument("--queued", type=int, default=2000, help="deliveries to drain")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    return parser.parse_args()


def _say(what: str) -> None:
    print(f"bench: {time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
