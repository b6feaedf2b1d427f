"""What a claim costs when the table is large, and that no delivery is ever claimed twice.

In: a database kind. Out: figures and goals. Called by ``tests.bench.__main__`` (``claims``, ``million``). Rows are
written straight into the database; nothing is sent. ``python -m tests.bench.claims`` is one of the claiming workers.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from subprocess import Popen
from uuid import UUID

from sqlalchemy import func, insert, select, update

from app import clock, create_app
from app.db import db, new_id, write
from app.models import Delivery, DeliveryChannel, DeliveryState, Subscription
from app.outbox import agenda, claim
from app.push import notify
from tests.bench.cast import KINDS, Place, command, new_database, place, table
from tests.bench.goals import Goal, missed
from tests.bench.progress import say
from tests.bench.push_service_lean import LeanService
from tests.databases import PostgresServer

SIZES = (10_000, 1_000_000)
ROUNDS, AT_ONCE = 40, 20
LEASE = timedelta(minutes=10)
BATCH = 200
CROWDS = (2, 4)


@dataclass(frozen=True)
class ClaimFigures:
    """Milliseconds for one look, claim and record of ``AT_ONCE`` pushes, by the number of rows in the table."""

    cost: dict[int, float]


def measure(kind: str, postgres: PostgresServer, sizes: tuple[int, int] = SIZES) -> ClaimFigures:
    """The same claims over a small and a large table: most of it sent long ago, a tenth waiting for tomorrow."""
    cost = {}
    with _empty(kind, postgres) as (made, _):
        for size in sizes:
            _fill(made, size)
            cost[size] = _cost(made)
    return ClaimFigures(cost)


def goals(kind: str, figures: ClaimFigures) -> list[Goal]:
    small, large = (figures.cost[size] for size in sorted(figures.cost))
    return [Goal(f"{KINDS[kind]}: cost of a claim at {max(figures.cost):,} rows", large / small, 1.3)]


def race(postgres: PostgresServer, count: int) -> list[Goal]:
    """``count`` claims by two, then by four workers on PostgreSQL: each delivery once. Prints the rates."""
    found = []
    with _empty("postgres", postgres) as (made, url):
        rates = []
        for crowd in CROWDS:
            _fill(made, count, due=count)
            started = time.monotonic()
            each = _together(url, made, crowd)
            ids = [id_ for claimed in each for id_ in claimed]
            rates.append(len(ids) / (time.monotonic() - started))
            twice = len(ids) - len(set(ids))
            shares = [len(claimed) for claimed in each]
            say(f"{crowd} workers: {len(ids)} claims {shares}, {rates[-1]:.0f}/s")
            found.append(
                Goal(f"PostgreSQL: claimed twice by {crowd} workers in {len(ids):,} claims", twice, 0)
            )
            found.append(Goal(f"PostgreSQL: left behind by {crowd} workers", count - len(set(ids)), 0))
            # Else they did not claim against each other, and the figures say nothing.
            fair = min(shares) * crowd / len(ids)
            found.append(
                Goal(f"PostgreSQL: the idlest of {crowd} workers, of its fair share", fair, 0.5, least=True)
            )
        found.append(
            Goal("PostgreSQL: rate of four workers against two", rates[1] / rates[0], 0.8, least=True)
        )
    return found


@contextmanager
def _empty(kind: str, postgres: PostgresServer) -> Iterator[tuple[Place, str]]:
    with ExitStack() as open_:
        push = open_.enter_context(LeanService.start())
        directory = Path(open_.enter_context(tempfile.TemporaryDirectory(prefix="firstcall-bench-")))
        url = new_database(kind, directory, postgres)
        yield open_.enter_context(place(url, directory / "house", push)), url  # type: ignore[arg-type]


def _fill(made: Place, count: int, due: int = 0) -> None:
    """Bring the table to ``count`` rows: ``due`` now, of the rest nine of ten sent and one due tomorrow."""
    pushes = table(Delivery)
    with made.app.app_context():
        sample = _sample()
        have = int(db.session.scalar(select(func.count()).select_from(Delivery)) or 0) if not due else 0
        now = clock.now()
        for first in range(have, count, 10_000):
            rows = []
            for number in range(first, min(first + 10_000, count)):
                state = "queued" if due or number % 10 == 0 else "sent"
                at = now if due else now + timedelta(days=1, seconds=number % 86_400)
                own = {"id": new_id(), "token": new_id().hex, "cause": new_id().hex}
                rows.append({**sample, **own, "state": state, "due_at": at})
            with write():
                db.session.execute(insert(pushes), rows)
        command("ANALYZE")


def _sample() -> dict[str, object]:
    """The row of a push, which is cancelled: only its copies count."""
    with write():
        one = db.session.scalars(select(Subscription)).first()
        assert one is not None
        id_ = notify.prove(one, one.device.person, clock.now()).id
        db.session.execute(update(Delivery).where(Delivery.id == id_).values(state=DeliveryState.CANCELLED))
    row = db.session.execute(select(table(Delivery)).where(Delivery.id == id_)).mappings().one()
    db.session.rollback()
    return {**row, "expires_at": clock.now() + timedelta(days=3)}


def _cost(made: Place) -> float:
    """Median milliseconds of processor and waiting for a look, a claim and a record, over rows that fell due."""
    pushes, taken = table(Delivery), []
    with made.app.app_context():
        for _ in range(ROUNDS):
            some = select(pushes.c.id).where(pushes.c.state == "queued").order_by(pushes.c.due_at.desc())
            ids = list(db.session.scalars(some.limit(AT_ONCE)))
            with write():
                db.session.execute(update(pushes).where(pushes.c.id.in_(ids)).values(due_at=clock.now()))
            started = time.perf_counter()
            claimed = _claim("bench", AT_ONCE)
            with write():
                claim.settle_sent(claimed, "bench", clock.now())
            taken.append((time.perf_counter() - started) * 1000)
            assert len(claimed) == AT_ONCE
    return statistics.median(taken)


def _claim(worker: str, limit: int) -> list[UUID]:
    now = clock.now()
    if (due := agenda.next_due(agenda.of_channels(DeliveryChannel.PUSH))) is None or due > now:
        return []
    with write():
        ids = [push.id for push in claim.due_pushes(now, limit)]
        if ids:
            claim.take(ids, worker, now, LEASE)
    return ids


def _together(url: str, made: Place, crowd: int) -> list[list[UUID]]:
    """What each of the workers claimed. They write to files: one that waits for a full pipe to be read claims nothing."""
    env = {**os.environ, **made.house.environment, "DATABASE_URL": url}
    command = [sys.executable, "-m", "tests.bench.claims"]
    with ExitStack() as open_:
        said = [open_.enter_context(tempfile.TemporaryFile("w+")) for _ in range(crowd)]
        workers = [Popen([*command, f"w{n}"], env=env, stdout=said[n]) for n in range(crowd)]
        assert [worker.wait() for worker in workers] == [0] * crowd
        for file in said:
            file.seek(0)
        return [[UUID(line) for line in file.read().split()] for file in said]


def main_million(words: list[str]) -> None:
    """``bin/bench million [count]``; exit 1 on a miss."""
    postgres = PostgresServer(durable=True)
    postgres.start()
    try:
        found = race(postgres, int(words[0]) if words else 1_000_000)
    finally:
        postgres.stop()
    for goal in found:
        print("  ".join(goal.row()))
    if missed(found):
        sys.exit(1)


def main() -> None:
    """Claim until nothing is left; print the ids."""
    name = sys.argv[1]
    with create_app(os.environ).app_context():
        while ids := _claim(name, BATCH):
            print("\n".join(id_.hex for id_ in ids))


if __name__ == "__main__":
    main()
