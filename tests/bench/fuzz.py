"""``bin/bench fuzz``: minutes of input that nobody would send, to every parser, intake address and API operation.

In: the command line. Out: a line a part on standard output. Called by ``tests.bench.__main__``. Exit 1 when anything was
found, each with the call or request that shows it again; the seed of a batch plays it again (``--seed``).
"""

import argparse
import logging
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import flask_migrate
import hypothesis
from apiflask import APIFlask
from hypothesis import HealthCheck, Phase

from app import create_app
from app.db import db, write
from app.intake.sources import KINDS as PARSERS
from app.models import Role
from tests.bench.cast import KINDS
from tests.databases import PostgresServer
from tests.fuzz import api, doors, parsers
from tests.people import doesburg, send_lead, stranger

PARTS = ("parsers", "doors", "api")
BATCH = {"parsers": 500, "doors": 100, "api": 10}
"""Examples in one go: hypothesis keeps what it has seen in memory for one go."""
Go = Callable[[hypothesis.settings, int], None]


@dataclass
class Hunt:
    """``found``: one text for each fault. ``seed`` begins with what was asked and grows by one a batch."""

    seed: int
    found: list[str] = field(default_factory=list)

    def batches(self, name: str, minutes: float, part: str, go: Go) -> None:
        """One batch after the other until the time is over or something was found."""
        end, done = time.monotonic() + minutes * 60, 0
        while time.monotonic() < end:
            try:
                go(_at_random(part), self.seed)
            except BaseException as wrong:
                if isinstance(wrong, KeyboardInterrupt):
                    raise
                self.found.append(
                    f"{name}, seed {self.seed}:\n{''.join(traceback.format_exception(wrong)[-12:])}"
                )
                print(self.found[-1], flush=True)
                break
            finally:
                self.seed += 1
            done += 1
        print(f"{name}: {done} batches of {BATCH[part]}", flush=True)


def main(words: Sequence[str]) -> None:
    asked = _arguments(words)
    logging.disable(logging.CRITICAL)  # what goes wrong is told here
    hunt = Hunt(asked.seed)
    kinds = [asked.database] if asked.database else list(KINDS)
    if asked.part in (None, "parsers"):
        for kind in asked.kind or sorted(PARSERS):
            hunt.batches(f"parser {kind}", asked.parser_minutes, "parsers", _parser(kind))
    for kind in kinds if asked.part != "parsers" else ():
        with peopled(kind) as app:
            _database(hunt, KINDS[kind], app, asked.part, asked.minutes / len(kinds))
    if hunt.found:
        sys.exit(f"{len(hunt.found)} found")


def _parser(kind: str) -> Go:
    return lambda settings, seed: parsers.fuzz(kind, settings, seed)


def _database(hunt: Hunt, name: str, app: APIFlask, part: str | None, minutes: float) -> None:
    """Half of the time for the intake addresses, half for what the API describes (all for one if only that is asked)."""
    house = doesburg()
    with write():
        db.session.merge(house.eva).role = Role.ADMIN
    for number in range(5):
        send_lead(app, house.sources["form"], stranger(number))
    share = minutes if part else minutes / 2
    if part in (None, "doors"):
        every = doors.doors(house)
        for kind, door in sorted(every.items()):
            hunt.batches(
                f"{name}, door {kind}", share / len(every), "doors",
                lambda settings, seed, door=door: doors.fuzz(app, door, settings, seed),  # type: ignore[misc]
            )  # fmt: skip
    if part in (None, "api"):
        visit, end = api.Visit(app, list(house.people.values())), time.monotonic() + share * 60
        hunt.batches(f"{name}, API", share, "api", lambda settings, seed: visit.go(settings, seed, end=end))
        print(f"{name}, API: answers by status {dict(sorted(visit.asked.items()))}", flush=True)
        hunt.found += [f"{name}, {wrong}" for wrong in visit.wrong.values()]
        print(*visit.wrong.values(), sep="\n", flush=True)


@contextmanager
def peopled(kind: str) -> Iterator[APIFlask]:
    """The app on an empty database of this kind, with a context pushed."""
    postgres = PostgresServer()
    with tempfile.TemporaryDirectory(prefix="firstcall-fuzz-") as directory:
        if kind == "postgres":
            postgres.start()
        try:
            url = postgres.create_database() if kind == "postgres" else f"sqlite:///{directory}/fuzz.db"
            app = create_app(
                {"DATABASE_URL": url, "VAR_DIR": str(Path(directory) / "var"), "SECRET_KEY": "fuzz " * 9}
            )
            with app.app_context():
                flask_migrate.upgrade()
                yield app
                db.session.remove()
                db.engine.dispose()
        finally:
            postgres.stop()


def _at_random(part: str) -> hypothesis.settings:
    """What the API has changed does not come back: its requests are told as they were, not made smaller."""
    phases = (Phase.generate,) if part == "api" else (Phase.generate, Phase.shrink)
    return hypothesis.settings(
        max_examples=BATCH[part], database=None, deadline=None, print_blob=True, phases=phases,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/bench fuzz", description=__doc__)
    parser.add_argument("--part", choices=PARTS, help="only this part")
    parser.add_argument(
        "--kind", action="append", choices=sorted(PARSERS), help="only this parser (repeatable)"
    )
    parser.add_argument("--parser-minutes", type=float, default=5.0, help="for each parser")
    parser.add_argument(
        "--minutes", type=float, default=5.0, help="for doors and API, on all databases together"
    )
    parser.add_argument("--database", choices=tuple(KINDS), help="only this kind")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    return parser.parse_args(words)
