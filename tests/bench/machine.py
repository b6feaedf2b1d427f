"""``bin/bench machine``: the state machine of tests/machine for as long as one likes, at random, on both databases.

In: the command line. Out: steps played, and seconds. Called by ``tests.bench.__main__``. A broken law ends the run with
the shortest sequence hypothesis finds and the blob that plays it again; exit 1.
"""

import argparse
import logging
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import flask_migrate
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from app import create_app
from app.db import db
from tests.bench.cast import KINDS
from tests.bench.progress import say
from tests.databases import PostgresServer
from tests.machine.rules import machine

BATCH, RUN = 40, 60
"""Runs in one go, and steps in one run: hypothesis keeps what it has seen in memory for one go."""
AT_RANDOM = settings(
    max_examples=BATCH,
    stateful_step_count=RUN,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)


@dataclass(frozen=True)
class Played:
    """How many steps the laws held for, and how long that took."""

    steps: int
    seconds: float
    came_true: Counter[str]


def main(words: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="bin/bench machine", description=__doc__)
    parser.add_argument("--database", choices=tuple(KINDS), help="only this kind")
    parser.add_argument("--steps", type=int, default=100_000, help="in all, shared by the databases")
    asked = parser.parse_args(words)
    logging.disable(logging.WARNING)  # phones get lost all the time here
    kinds = [asked.database] if asked.database else list(KINDS)
    postgres = PostgresServer()
    if "postgres" in kinds:
        postgres.start()
    try:
        for kind in kinds:
            played = play(kind, postgres, steps=asked.steps // len(kinds))
            print(f"{KINDS[kind]}: every law held for {played.steps:,} steps ({played.seconds:.0f} s)")
            print(", ".join(f"{what}: {count}" for what, count in sorted(played.came_true.items())))
    finally:
        postgres.stop()


def play(kind: str, postgres: PostgresServer, *, steps: int) -> Played:
    """Raises AssertionError with the shortest sequence that breaks a law."""
    with tempfile.TemporaryDirectory(prefix="firstcall-machine-") as directory:
        url = postgres.create_database() if kind == "postgres" else f"sqlite:///{directory}/machine.db"
        app = create_app(
            {"DATABASE_URL": url, "VAR_DIR": str(Path(directory) / "var"), "SECRET_KEY": "machine " * 5}
        )
        with app.app_context():
            flask_migrate.upgrade()
            db.session.remove()
        played, began = machine(app), time.monotonic()
        while played.steps < steps:
            run_state_machine_as_test(played, settings=AT_RANDOM)
            say(f"{KINDS[kind]}: every law held for {played.steps:,} of {steps:,} steps")
        with app.app_context():
            db.engine.dispose()
        return Played(played.steps, time.monotonic() - began, played.came_true)
