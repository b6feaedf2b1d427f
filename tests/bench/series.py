"""``bin/bench series [--write]``: the busiest hours of recorded series once more, a hundred times as fast.

In: the sample series beside the repository (or in INTAKE_CASES); every source kind they name, Meta's Graph included. Out:
Markdown; with ``--write`` in docs/performance.md. Called by ``tests.bench.__main__``. Exit 1 when a lead is missing or
doubled, when a customer's requests changed their order, when a redelivery changed anything, or without the series.
"""

import argparse
import csv
import http.client
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select

from app import clock
from app.db import db
from app.models import Delivery, FollowUp, Lead
from tests.bench import report
from tests.bench.cast import KINDS, SHOWROOMS, Place, new_database, place, wait_for_worker, wait_until_sent
from tests.databases import PostgresServer
from tests.fuzz.corpus import CASES, GOOGLE_KEY
from tests.house import until
from tests.wire.graph import SECRETS, Graph, signed, webhook
from tests.wire.push_service import PushService

COMMAND = "bin/bench series --write"
SERIES = CASES / "series" / "open"
NAMES = ("website form", "portal adf", "adf e-mail", "google ads", "meta lead ads")
"""Sources, as the series call them; a series that names none has its requests dealt out to all."""
TOGETHER = 3
"""Requests in a row, whatever their source, that are one customer's: three portals in ten minutes (product.md, rule 7)."""
HANDS = 8
LATE = 5.0
"""Seconds from request to push, at most: the goal after a fault too."""
ADF = (
    '<?adf version="1.0"?><adf><prospect><id>{n}</id><customer><contact><name part="full">{name}</name>'
    "<phone>{phone}</phone></contact><comments>{question}</comments></customer></prospect></adf>"
)
HEAD = ("database", "leads", "missing", "doubled", "out of order", "changed by redelivery ×2", "leads/s", "p50 · p99 ms", "late")  # fmt: skip


@dataclass(frozen=True)
class Request:
    """``at``: seconds after the start at the series' own speed. ``customer`` sends its requests one after the other."""

    number: int
    at: float
    source: str
    dealer: int
    customer: int

    @property
    def question(self) -> str:
        return f"Vraag {self.number:05}"

    def body(self) -> bytes:
        """The same bytes each time, as a redelivery is."""
        name, phone = f"Klant {self.customer}", f"+316{30_000_000 + self.customer}"
        adf = ADF.format(n=self.number, name=name, phone=phone, question=self.question)
        match self.source:
            case "website form":
                told = {"lead_id": f"F{self.number}", "name": name, "phone": phone, "message": self.question}
                return json.dumps(told).encode()
            case "portal adf":
                return adf.encode()
            case "adf e-mail":
                head = f"From: portal@portal.example\r\nMessage-ID: <{self.number}@portal.example>\r\nSubject: Lead"
                return f"{head}\r\nContent-Type: text/plain\r\n\r\n{adf}\r\n".encode()
            case "google ads":
                said = (("FULL_NAME", name), ("PHONE_NUMBER", phone), ("vraag", self.question))
                columns = [{"column_id": column, "string_value": text} for column, text in said]
                told = {"lead_id": f"G{self.number}", "google_key": GOOGLE_KEY, "user_column_data": columns}
                return json.dumps(told).encode()
            case _:
                return webhook(f"9{self.number:05}")

    def known_to(self, graph: Graph) -> None:
        phone = f"+316{30_000_000 + self.customer}"
        graph.knows(
            f"9{self.number:05}",
            full_name=f"Klant {self.customer}",
            phone_number=phone,
            question=self.question,
        )


@dataclass
class Figures:
    """What became of one replay. ``waits`` in ms from request to accepted push, sorted."""

    leads: int
    missing: int
    doubled: int
    disordered: int
    changed: int
    rate: float
    waits: list[float]

    @property
    def late(self) -> int:
        return sum(wait > LATE * 1000 for wait in self.waits)

    @property
    def well(self) -> bool:
        return not (self.missing or self.doubled or self.disordered or self.changed)

    def row(self, kind: str) -> tuple[str, ...]:
        p50, p99 = (
            self.waits[min(int(len(self.waits) * share), len(self.waits) - 1)] for share in (0.5, 0.99)
        )
        counts = (self.leads, self.missing, self.doubled, self.disordered, self.changed)
        return (KINDS[kind], *map(str, counts), f"{self.rate:.1f}", f"{p50:.0f} · {p99:.0f}", str(self.late))


def main(words: Sequence[str]) -> None:
    asked = _arguments(words)
    paths = sorted(SERIES.glob("*.csv"))
    if not paths:
        sys.exit(
            f"There are no series to replay: no *.csv in {SERIES}. INTAKE_CASES names another folder of samples."
        )
    day = requests(paths, asked.hours * 3600)
    postgres = PostgresServer(durable=True)
    kinds = [asked.database] if asked.database else list(KINDS)
    if "postgres" in kinds:
        postgres.start()
    try:
        found = {kind: measure(kind, postgres, day, asked.speed) for kind in kinds}
    finally:
        postgres.stop()
    where = f"{clock.now():%d %B %Y}, {os.cpu_count()} cores. The busiest {asked.hours:g} hours of each series, at once, {asked.speed:g} times as fast."
    text = f"{where}\n\n{report.table(HEAD, [figures.row(kind) for kind, figures in found.items()])}"
    print(text)
    if asked.write:
        report.write(text, command=COMMAND)
    if not all(figures.well for figures in found.values()):
        sys.exit(1)


def requests(paths: Sequence[Path], window: float) -> list[Request]:
    """The busiest ``window`` seconds of each series that has times, begun together, in order of time."""
    rows: list[tuple[float, str, int]] = []
    for path in paths:
        rows += _busiest(_timed(path), window)
    return [
        Request(number, at, source, dealer, number // TOGETHER)
        for number, (at, source, dealer) in enumerate(sorted(rows))
    ]


def _timed(path: Path) -> list[tuple[float, str, int]]:
    """Seconds, source and dealer of each row; none for a series that knows only days."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if "offset_s" in rows[0]:
        return [(float(row["offset_s"]), row["source"], int(row["dealer"][1:]) - 1) for row in rows]
    if "arrived_at_local" not in rows[0]:
        return []
    times = [datetime.fromisoformat(row["arrived_at_local"]).timestamp() for row in rows]
    return [(at, NAMES[n % len(NAMES)], n % SHOWROOMS) for n, at in enumerate(times)]


def _busiest(rows: list[tuple[float, str, int]], window: float) -> list[tuple[float, str, int]]:
    windows = [[row for row in rows if 0 <= row[0] - start[0] < window] for start in rows]
    best = max(windows, key=len, default=[])
    begin = min((row[0] for row in best), default=0.0)
    return [(at - begin, source, dealer) for at, source, dealer in best]


def measure(kind: str, postgres: PostgresServer, day: list[Request], speed: float) -> Figures:
    """One replay and two redeliveries in a real house on this kind of database."""
    with ExitStack() as open_:
        push, graph = open_.enter_context(PushService.start()), open_.enter_context(Graph())
        directory = Path(open_.enter_context(tempfile.TemporaryDirectory(prefix="firstcall-series-")))
        for request in day:
            request.known_to(graph)
        made = open_.enter_context(place(new_database(kind, directory, postgres), directory / "house", push))
        paths = _sources(made)
        made.house.start_web(GRAPH_API_BASE=graph.url)
        made.house.start_worker(GRAPH_API_BASE=graph.url)
        wait_for_worker(made)
        sent = Replay(made, paths).go(day, speed)
        until("every lead is there", lambda: len(_rows(made, Lead)) >= len(day))
        wait_until_sent(made)
        before = _state(made)
        for _ in range(2):
            Replay(made, paths).go(day, speed=float("inf"))
            time.sleep(2)  # what should not happen has a moment to happen
            wait_until_sent(made)
        return _figures(made, day, sent, len(before ^ _state(made)))


def _sources(made: Place) -> dict[tuple[str, int], str]:
    """An address for each source of each dealer."""
    kinds: dict[str, tuple[str, dict[str, str]]] = {
        "website form": ("form", {}), "portal adf": ("adf", {}), "adf e-mail": ("email", {}),
        "google ads": ("google", {"google_key": GOOGLE_KEY}), "meta lead ads": ("meta", SECRETS),
    }  # fmt: skip
    paths = {}
    for name, (kind, secrets) in kinds.items():
        told = [word for secret, value in secrets.items() for word in ("--secret", f"{secret}={value}")]
        for dealer in range(SHOWROOMS):
            where = ("--kind", kind, "--showroom", f"showroom-{dealer}", *told)
            source = made.house.run("source", "add", name, *where)
            paths[name, dealer] = f"/in/{source['key']}"
    return paths


@dataclass
class Replay:
    """Sends a day; ``go`` returns when each request began, in epoch seconds by number."""

    made: Place
    paths: dict[tuple[str, int], str]

    def go(self, day: list[Request], speed: float) -> dict[int, float]:
        """A customer is always the same hand's, so that their requests go out in their order."""
        sent: dict[int, float] = {}
        wrong: list[str] = []
        start = time.time() + 0.1
        hands = [
            threading.Thread(
                target=self._hand,
                args=([r for r in day if r.customer % HANDS == hand], start, speed, sent, wrong),
            )
            for hand in range(HANDS)
        ]
        for thread in hands:
            thread.start()
        for thread in hands:
            thread.join()
        assert not wrong, wrong[0]
        return sent

    def _hand(
        self, mine: list[Request], start: float, speed: float, sent: dict[int, float], wrong: list[str]
    ) -> None:
        for request in mine:
            time.sleep(max(start + request.at / speed - time.time(), 0))
            body = request.body()
            proof = signed(body) if request.source == "meta lead ads" else {}
            sent[request.number] = time.time()
            try:
                status = self._post(self.paths[request.source, request.dealer], body, proof)
            except (OSError, http.client.HTTPException) as broken:
                status = str(broken)
            if status not in (200, 201, 202):
                wrong.append(f"{request}: {status}")

    def _post(self, path: str, body: bytes, proof: dict[str, str]) -> int | str:
        connection = http.client.HTTPConnection(urlsplit(self.made.house.origin).netloc, timeout=60)
        try:
            connection.request("POST", path, body, {"Content-Type": "application/json", **proof})
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()


def _rows(made: Place, model: type[Any]) -> list[Any]:
    with made.app.app_context():
        db.session.rollback()
        return list(db.session.scalars(select(model)))


def _state(made: Place) -> set[tuple[Any, ...]]:
    """Every lead, every follow-up with its next step, everything that was sent to anybody."""
    return {
        *(("lead", x.id, x.question, x.follow_up_id, x.state, x.customer_id) for x in _rows(made, Lead)),
        *(("told", x.id, x.kind, x.cause) for x in _rows(made, Delivery) if x.channel != "graph"),
        *(("follow-up", x.id, x.owner_id, x.state, x.next_due_at) for x in _rows(made, FollowUp)),
    }


def _figures(made: Place, day: list[Request], sent: dict[int, float], changed: int) -> Figures:
    leads = sorted(_rows(made, Lead), key=lambda lead: (lead.arrived_at, lead.id))
    by_question = {
        request.question: [x for x in leads if request.question in (x.question or "")] for request in day
    }
    missing = [request for request in day if not by_question[request.question]]
    place_of = {lead.id: n for n, lead in enumerate(leads)}
    orders: dict[int, list[int]] = {}
    for request in day:
        for lead in by_question[request.question][:1]:
            orders.setdefault(request.customer, []).append(place_of[lead.id])
    pushed = [post for post in made.push.posts() if post.status == 201]
    waits, last = [], 0.0
    for request in day:
        for lead in by_question[request.question][:1]:
            topic, at = lead.follow_up_id.hex, sent[request.number]
            heard = [
                post.received_at
                for post in pushed
                if post.headers["topic"] == topic and post.received_at >= at
            ]
            assert heard, f"never pushed: {request}"
            waits.append((min(heard) - at) * 1000)
            last = max(last, min(heard))
    return Figures(
        leads=len(day),
        missing=len(missing),
        doubled=len(leads) - (len(day) - len(missing)),
        disordered=sum(order != sorted(order) for order in orders.values()),
        changed=changed,
        rate=len(day) / (last - min(sent.values())),
        waits=sorted(waits),
    )


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/bench series", description=__doc__)
    parser.add_argument("--database", choices=tuple(KINDS), help="only this kind")
    parser.add_argument("--speed", type=float, default=100.0, help="times as fast as it was")
    parser.add_argument("--hours", type=float, default=2.0, help="of each series, the busiest")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    return parser.parse_args(words)
