"""How fast a full outbox empties: our worker, and three other ways to send the same pushes, all in one run.

In: a database kind. Out: ``DrainFigures``. Called by ``tests.bench.__main__``. All are timed at the push service, from
the first push's arrival to the last one's answer, so that starting a process does not count. The service only answers
(``push_service_lean``), over TLS as every push service does: it must not be what is measured.
"""

import itertools
import json
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update

from app import clock
from app.access import settings
from app.db import db, new_id, write
from app.models import Delivery, Subscription
from app.push import keys, notify, payload
from app.push.wire import Signer
from tests.bench.bare import Letter, encrypt, send_all
from tests.bench.cast import KINDS, Place, new_database, place, table, wait_until_sent
from tests.bench.goals import Goal
from tests.bench.progress import say
from tests.bench.push_service_lean import LeanService
from tests.bench.rivals import NODE, PYWEBPUSH, Rival, Unavailable
from tests.databases import PostgresServer
from tests.wire.certificate import localhost

DELAY = 0.05
GOOD = tuple(f"127.0.0.{n}" for n in range(1, 5))
HANGING = "127.0.0.99"
LIKE_A_LEAD = {
    "id": "019f0000-0000-7000-8000-000000000000", "first_name": "Piet", "display_name": "Piet Jansen",
    "car": "VW Golf 2022", "question": "Is hij zaterdag te zien, en neemt u mijn oude auto in?",
    "arrived_at": "2026-11-22T10:00:00.000Z", "call": "+31612345678",
}  # fmt: skip


@dataclass(frozen=True)
class DrainFigures:
    """Sends a second. ``bare`` before and after the worker's turn; ``rivals`` by name, None: could not be run."""

    product: float
    bare: tuple[float, float]
    count: int
    rivals: dict[str, float | None] = field(default_factory=dict)
    hanging: tuple[float, float] | None = None
    """p99 in seconds of the pushes to the other services: without, and with one service that hangs."""

    @property
    def share(self) -> float:
        """What the worker reaches of the bare rate."""
        return self.product / (sum(self.bare) / len(self.bare))


def goals(kind: str, figures: DrainFigures) -> list[Goal]:
    """What the issue promises of a full outbox; a rival that could not be run is a miss."""
    name = KINDS[kind]
    found = [Goal(f"{name}: drain, share of the bare rate", figures.share, 0.7, least=True)]
    for rival, times in ((PYWEBPUSH, 6.0), (NODE, 4.0)):
        rate = figures.rivals.get(rival)
        found.append(
            Goal(f"{name}: drain, times {rival}", figures.product / rate if rate else 0, times, least=True)
        )
    if figures.hanging:
        calm, troubled = figures.hanging
        found.append(Goal(f"{name}: drain, p99 of the others while one service hangs", troubled / calm, 1.2))
    return found


def measure(kind: str, postgres: PostgresServer, *, count: int, crowd: int) -> DrainFigures:
    """``count`` queued deliveries, a service that answers after 50 ms; then ``crowd`` with one service hanging."""
    with ExitStack() as open_:
        directory = Path(open_.enter_context(tempfile.TemporaryDirectory(prefix="firstcall-bench-")))
        tls, _server = localhost(directory, GOOD[0])
        push = open_.enter_context(LeanService.start(delay=DELAY, tls=tls))
        product = open_.enter_context(
            place(new_database(kind, directory, postgres), directory / "house", push)
        )
        with product.app.app_context():
            deliveries = fill(product, count)
            letter, bundle = _letters(deliveries), _bundle(deliveries, directory)
        before = _bare(push, letter, count)
        product.house.start_worker()
        wait_until_sent(product)
        ours = push.rate()
        product.house.stop("worker")
        after = _bare(push, letter, count)
        rivals = {name: _rival(push, Rival(name), bundle, tls) for name in (PYWEBPUSH, NODE)}
    return DrainFigures(ours, (before, after), count, rivals, _hanging(kind, postgres, count=crowd))


def _hanging(kind: str, postgres: PostgresServer, *, count: int) -> tuple[float, float]:
    """p99 (s) of the pushes to four services that answer: alone, and with as many again to a fifth that hangs."""
    with ExitStack() as open_:
        directory = Path(open_.enter_context(tempfile.TemporaryDirectory(prefix="firstcall-bench-")))
        tls, _server = localhost(directory, *GOOD, HANGING)
        good = [open_.enter_context(LeanService.start(host=host, delay=DELAY, tls=tls)) for host in GOOD]
        dead = open_.enter_context(LeanService.start(host=HANGING, hang=True, tls=tls))
        url = new_database(kind, directory, postgres)
        product = open_.enter_context(place(url, directory / "house", *good, dead))
        product.house.start_worker()
        found = []
        for services in (good, [*good, dead]):
            with product.app.app_context():
                _spread(services)
                fill(product, count * len(services) // (len(GOOD) + 1))
            start = clock.now().timestamp()
            found.append(_last_percent(good, start, count * len(GOOD) // (len(GOOD) + 1)))
        return found[0], found[1]


def fill(product: Place, count: int) -> list[Any]:
    """Queue ``count`` pushes like those of a lead, in turn to every phone; returns them."""
    pushes = table(Delivery)
    with write():
        made = [
            notify.prove(one, one.device.person, clock.now())
            for one in db.session.scalars(select(Subscription))
        ]
        ids = [delivery.id for delivery in made]
        db.session.execute(update(pushes).where(pushes.c.id.in_(ids)).values(state="cancelled"))
    samples = [dict(row) for row in db.session.execute(select(pushes).where(pushes.c.id.in_(ids))).mappings()]
    now = clock.now()
    copies = [
        {
            **row, "id": new_id(), "token": new_id().hex, "cause": f"copy {new_id()}", "tag": new_id().hex,
            "due_at": now, "state": "queued", "payload": {**row["payload"], "follow_up": LIKE_A_LEAD},
        }
        for row in itertools.islice(itertools.cycle(samples), count)
    ]  # fmt: skip
    with write():
        db.session.execute(insert(pushes), copies)
    return copies


def _spread(services: list[LeanService]) -> None:
    """Every phone in turn subscribes at the next of these services."""
    with write():
        for number, one in enumerate(db.session.scalars(select(Subscription).order_by(Subscription.id))):
            one.endpoint = services[number % len(services)].new_endpoint().url


def _last_percent(services: list[LeanService], start: float, count: int) -> float:
    """Seconds from ``start`` until 99 % of the pushes to these services were answered."""
    for service in services:
        service.wait(count // len(services))
    answered = sorted(at - start for service in services for _, at, _ in service.times() if at is not None)
    for service in services:
        service.forget()
    return answered[int(len(answered) * 0.99)]


def _letters(deliveries: list[Any]) -> Callable[[int], Letter]:
    """Encrypts the delivery with this number, as the worker would."""
    phones = {row.id: row for row in db.session.execute(select(table(Subscription)))}
    known, signer = keys.load(settings().var_dir), Signer(settings().vapid_subject)

    def letter(number: int) -> Letter:
        delivery = deliveries[number]
        to = phones[delivery["subscription_id"]]
        body = encrypt(payload.encode(delivery["payload"]), to.p256dh, to.auth)
        return Letter(to.endpoint, signer.header(known[to.key_id], to.endpoint), delivery["tag"], body)

    return letter


def _bundle(deliveries: list[Any], directory: Path) -> Path:
    """The same pushes as a file that other programs read."""
    phones = {row.id: row for row in db.session.execute(select(table(Subscription)))}
    pushes = []
    for delivery in deliveries[:1500]:
        to = phones[delivery["subscription_id"]]
        subscription = {"endpoint": to.endpoint, "keys": {"p256dh": to.p256dh, "auth": to.auth}}
        text = payload.encode(delivery["payload"]).decode()
        pushes.append({"subscription": subscription, "payload": text, "topic": delivery["tag"]})
    key = keys.newest(keys.load(settings().var_dir))
    file = directory / "pushes.json"
    raw = key.vapid.private_key.private_numbers().private_value.to_bytes(32, "big")
    vapid = {"public": key.public, "private": keys.base64url(raw), "subject": settings().vapid_subject}
    file.write_text(json.dumps({"vapid": vapid, "pushes": pushes}))
    return file


def _bare(push: LeanService, letter: Callable[[int], Letter], count: int) -> float:
    push.forget()
    send_all(count, letter, str(push.ca_file))
    rate = push.rate()
    push.forget()
    return rate


def _rival(push: LeanService, rival: Rival, bundle: Path, ca_file: Path) -> float | None:
    push.forget()
    try:
        rival.send(bundle, ca_file)
    except Unavailable as reason:
        say(f"{rival.name}: {reason}")
        return None
    return push.rate()
