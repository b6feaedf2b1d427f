"""From a lead's POST to the accepted push: steady, all at once, and what the processes weigh.

In: a database kind. Out: ``LeadFigures``. Called by ``tests.bench.__main__``. Floor and product take turns in short
rounds, so that whatever else the machine does meets both alike.
"""

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.cast import KINDS, Place, command, new_database, place, wait_for_worker, wait_until_sent
from tests.bench.floor import Floor
from tests.bench.goals import Goal
from tests.bench.load import Hand, Sent, Waits, Website, numbers, send, waits
from tests.bench.memory import Weight, weigh
from tests.bench.trouble import give_dead_phones, trouble
from tests.databases import PostgresServer
from tests.people import jansen
from tests.wire.push_service import PushService

ROUNDS = 2
BUSY: "Load" = (50.0, 0.0)
"""The load of the goals, and under trouble."""
HANDS, CROWD = 16, 32
LOADS = ((10.0, 0.0), BUSY, (50.0, 0.05))
"""Leads a second, and seconds until the push service answers."""
WARM_UP = 200
FLOOR_SENDER = [sys.executable, "-m", "tests.bench.floor"]


Load = tuple[float, float]


@dataclass
class LeadFigures:
    """``steady``: by what was measured ("floor", "product") and load. ``cpu``: ms a lead, by process and load."""

    steady: dict[tuple[str, Load], Waits] = field(default_factory=dict)
    cpu: dict[tuple[str, Load], float] = field(default_factory=dict)
    burst: Waits | None = None
    trouble: tuple[Waits, Waits] | None = None
    """Without and with paused bodies, a push service that never answers, and twenty open boards; in turns."""
    weight_at_start: dict[str, Weight] = field(default_factory=dict)
    weight_after: dict[str, Weight] = field(default_factory=dict)


def measure(kind: str, postgres: PostgresServer, *, seconds: float, burst: int) -> LeadFigures:
    """Everything about leads on one kind of database; ``seconds`` is the length of each steady run."""
    figures = LeadFigures()
    with ExitStack() as open_:
        push = open_.enter_context(PushService.start())
        directory = Path(open_.enter_context(tempfile.TemporaryDirectory(prefix="firstcall-bench-")))
        peopled = _peopled(kind, directory / "floor", push, postgres, open_)
        floor = _floor(peopled, open_)
        url = new_database(kind, directory, postgres)
        dead = open_.enter_context(PushService.start(host="127.0.0.2"))
        product = open_.enter_context(place(url, directory / "product", push, dead))
        product.house.start_web()
        product.house.start_worker()
        wait_for_worker(product)
        figures.weight_at_start = weigh(product.house.processes())
        websites = [Website(product.house.port, product.house.sources).lead for _ in range(CROWD)]
        runs = {"floor": Run([floor], push), "product": Run(websites[:HANDS], push, product)}
        for run in runs.values():
            run.go(numbers(WARM_UP), None)
        for made in (product, peopled):
            _count_tables(kind, made)
        for load in LOADS:
            _steady(runs, push, load, seconds, figures)
        crowd = Run(websites, push, product)
        crowd.go(numbers(burst), None)
        figures.burst = crowd.waits(answered=False)
        figures.weight_after = weigh(product.house.processes())
        figures.trouble = _trouble(websites[:HANDS], push, dead, product, seconds)
    return figures


def _trouble(
    hands: Sequence[Hand], push: PushService, dead: PushService, product: Place, seconds: float
) -> tuple[Waits, Waits]:
    """The same load in turns, alone and amid trouble. The dead phones are there from the start: they only queue up."""
    calm, troubled = Run(hands, push, product), Run(hands, push, product)
    leads = int(BUSY[0] * seconds / ROUNDS)
    calm.go(numbers(leads), BUSY[0])
    give_dead_phones(product, dead)
    for _ in range(ROUNDS):
        with trouble(product):
            troubled.go(numbers(leads), BUSY[0])
    calm.go(numbers(leads), BUSY[0])
    return calm.waits(answered=False), troubled.waits(answered=False)


def goals(kind: str, figures: LeadFigures) -> list[Goal]:
    """What issue and README promise of a lead's way to the phone."""
    floor, product = figures.steady["floor", BUSY], figures.steady["product", BUSY]
    name, rate = KINDS[kind], f"{BUSY[0]:.0f} leads/s"
    found = [
        Goal(f"{name}: lead to push, {rate}, p50 against the floor", product.p50 / floor.p50, 2),
        Goal(f"{name}: lead to push, {rate}, p99 against the floor", product.p99 / floor.p99, 4),
    ]
    if figures.burst is not None:
        found.append(Goal(f"{name}: all at once, leads pushed a second", figures.burst.rate, 200, least=True))
    if figures.trouble is not None:
        calm, troubled = figures.trouble
        found.append(Goal(f"{name}: amid trouble, p50 against alone", troubled.p50 / calm.p50, 1.3))
        found.append(Goal(f"{name}: amid trouble, p99 against alone", troubled.p99 / calm.p99, 1.3))
    return found


class Run:
    """Leads placed one way; their pushes are looked for once all are out. Without a ``product``: after a second."""

    def __init__(self, hands: Sequence[Hand], push: PushService, product: Place | None = None) -> None:
        self._hands, self._push, self._product = hands, push, product
        self._sent: list[list[Sent]] = []
        self.cpu: Counter[str] = Counter()
        """Seconds of processor time by process, in all rounds."""

    def go(self, customers: list[int], rate: float | None) -> None:
        """One round."""
        before = self._spent()
        self._sent.append(send(self._hands, customers, rate))
        if self._product is not None:
            wait_until_sent(self._product)
        else:
            time.sleep(1)
        self.cpu += self._spent() - before

    def waits(self, *, answered: bool) -> Waits:
        """Of all rounds."""
        return waits(self._sent, self._push.posts(), answered=answered)

    def forget(self) -> None:
        """What was before does not count."""
        self._sent, self.cpu = [], Counter()

    def _spent(self) -> Counter[str]:
        processes = self._product.house.processes() if self._product else {}
        return Counter({role: sum(process.cpu_times()[:2]) for role, process in processes.items()})


def _steady(
    runs: dict[str, Run], push: PushService, load: Load, seconds: float, figures: LeadFigures
) -> None:
    rate, delay = load
    push.default(delay=delay)
    for run in runs.values():
        run.forget()
    for _ in range(ROUNDS):
        for run in runs.values():
            run.go(numbers(int(rate * seconds / ROUNDS)), rate)
    for name, run in runs.items():
        figures.steady[name, load] = run.waits(answered=delay > 0)
    for role, spent in runs["product"].cpu.items():
        figures.cpu[role, load] = spent * 1000 / figures.steady["product", load].count
    push.default()


def _count_tables(kind: str, made: Place) -> None:
    """What PostgreSQL's autovacuum does within a minute: it counts tables that have changed, and plans by that."""
    if kind == "postgres":
        with made.app.app_context():
            command("ANALYZE")


def _peopled(
    kind: str, directory: Path, push: PushService, postgres: PostgresServer, open_: ExitStack
) -> Place:
    """The floor's house, on a database of its own."""
    base = open_.enter_context(tempfile.TemporaryDirectory(prefix="firstcall-floor-"))
    return open_.enter_context(place(new_database(kind, Path(base), postgres), directory, push))


def _floor(peopled: Place, open_: ExitStack) -> Hand:
    """The floor in that house, its sender running."""
    site = peopled.app.test_client()
    answer = site.post(peopled.house.sources[0], json=jansen())
    assert answer.status_code == 201, answer.text
    with peopled.app.app_context():
        floor = Floor()
    open_.callback(floor.close)
    peopled.house.start("floor", FLOOR_SENDER)
    return floor.lead
