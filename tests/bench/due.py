"""How late a due time fires while many others wait: one worker, and a hundred thousand follow-ups that are not due yet.

In: a database kind. Out: lateness in milliseconds. Called by ``tests.bench.__main__``. Follow-ups are copies of a real
one; the time at which a prompt was given is that of its event.
"""

import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from app import clock
from app.db import db, new_id, write
from app.models import Assignment, Customer, Event, FollowUp, Lead, Person, Role
from tests.bench.cast import KINDS, Place, command, new_database, place, table, wait_for_worker
from tests.bench.goals import Goal
from tests.bench.push_service_lean import LeanService
from tests.databases import PostgresServer
from tests.people import jansen

WAITING, FIRING = 100_000, 200
EVERY = 0.05
"""Seconds between two due times."""
SETTLE = {"sqlite": ["PRAGMA wal_checkpoint(TRUNCATE)"], "postgres": ["VACUUM (ANALYZE)", "CHECKPOINT"]}
"""What loading a hundred thousand at once leaves to be done is not paid by the first that fall due: pages are written, and
PostgreSQL knows its tables as it does in a house that did not come into being a second ago."""
MODELS = (Customer, FollowUp, Assignment, Lead)


@dataclass(frozen=True)
class DueFigures:
    """Milliseconds from the due time to the event of the prompt. ``count``: how many fired."""

    p50: float
    p99: float
    count: int


def measure(kind: str, postgres: PostgresServer, waiting: int = WAITING) -> DueFigures:
    """``waiting`` follow-ups, shared by everybody in five showrooms, due next week; ``FIRING`` of them fall due one after another."""
    with ExitStack() as open_:
        push = open_.enter_context(LeanService.start())
        directory = Path(open_.enter_context(tempfile.TemporaryDirectory(prefix="firstcall-bench-")))
        url = new_database(kind, directory, postgres)
        made = open_.enter_context(place(url, directory / "house", push))  # type: ignore[arg-type]
        with made.app.app_context():
            ids = _crowd(made, waiting)
            command(*SETTLE[kind])
        made.house.start_worker()
        wait_for_worker(made)
        with made.app.app_context():
            dues = _fire(ids[:FIRING])
            return _lateness(dues)


def goals(kind: str, figures: DueFigures) -> list[Goal]:
    return [Goal(f"{KINDS[kind]}: due times, p99 late, ms", figures.p99, 50)]


def _crowd(made: Place, count: int) -> list[Any]:
    """Copies of one follow-up with its customer, assignment and lead; nothing of them is due for a week."""
    answer = made.app.test_client().post(made.house.sources[0], json=jansen())
    assert answer.status_code == 201, answer.text
    samples = {of: _one(of) for of in map(table, MODELS)}
    staff = list(db.session.scalars(select(Person.id).where(Person.role == Role.SALESPERSON)))
    week, ids = clock.now() + timedelta(days=7), []
    for first in range(0, count, 5_000):
        rows: dict[Any, list[dict[str, Any]]] = {of: [] for of in samples}
        for _ in range(min(5_000, count - first)):
            fresh: dict[Any, Any] = {}
            for of, sample in samples.items():
                row = {k: fresh.get(v, v) if k.endswith("_id") else v for k, v in sample.items()}
                row["id"] = fresh[sample["id"]] = new_id()
                rows[of].append(row)
            follow_up = rows[table(FollowUp)][-1]
            times = ("next_due_at", "prompt_at", "escalate_at")
            follow_up |= {name: week for name in times} | {"hold_check_at": None}
            owner = staff[len(ids) % len(staff)]
            follow_up["owner_id"] = rows[table(Assignment)][-1]["person_id"] = owner
            rows[table(Customer)][-1]["owner_id"] = owner
            ids.append(follow_up["id"])
        with write():
            for of, copies in rows.items():
                db.session.execute(insert(of), copies)
    return ids


def _one(of: Any) -> dict[str, Any]:
    row = dict(db.session.execute(select(of)).mappings().first() or {})
    db.session.rollback()
    return {k: (None if k in ("delivery_key", "submission_id") else v) for k, v in row.items()}


def _fire(ids: list[Any]) -> dict[Any, Any]:
    """Let them fall due one after another, each written down a second before; returns when each was due."""
    dues, start = {}, clock.now() + timedelta(seconds=1.5)
    for number, id_ in enumerate(ids):
        at = start + timedelta(seconds=number * EVERY)
        time.sleep(max((at - clock.now()).total_seconds() - 1, 0))
        with write():
            follow_up = db.session.get_one(FollowUp, id_)
            follow_up.prompt_at = dues[id_] = at
    time.sleep(3)
    return dues


def _lateness(dues: dict[Any, Any]) -> DueFigures:
    prompted = select(Event.follow_up_id, Event.at).where(
        Event.type == "prompted", Event.follow_up_id.in_(dues)
    )
    late = sorted((at - dues[id_]).total_seconds() * 1000 for id_, at in db.session.execute(prompted))
    assert len(late) == len(dues), f"{len(late)} of {len(dues)} fired"
    return DueFigures(late[len(late) // 2], late[int(len(late) * 0.99)], len(late))
