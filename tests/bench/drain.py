"""How fast a full outbox empties: our worker, and the bare sender without a database, at the same push service.

In: a database kind. Out: ``DrainFigures``. Called by ``tests.bench.__main__``. Both are timed at the push service, from
the first push's arrival to the last one's answer, so that starting a process does not count.
"""

import itertools
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from app import clock
from app.access import settings
from app.db import db, new_id, write
from app.models import Delivery, Subscription
from app.push import keys, payload
from app.push.wire import Signer
from tests.bench.bare import Letter, encrypt, send_all
from tests.bench.cast import Place, new_database, place, table, wait_until_sent
from tests.databases import PostgresServer
from tests.people import stranger
from tests.wire.push_service import Post, PushService

DELAY = 0.05
SAMPLES = 20


@dataclass(frozen=True)
class DrainFigures:
    """Sends a second; ``bare`` before and after the worker's turn."""

    product: float
    bare: tuple[float, float]
    count: int

    @property
    def share(self) -> float:
        """What the worker reaches of the bare rate."""
        return self.product / (sum(self.bare) / len(self.bare))


def measure(kind: str, postgres: PostgresServer, *, count: int) -> DrainFigures:
    """``count`` queued deliveries, a service that answers after 50 ms."""
    with ExitStack() as open_:
        push = open_.enter_context(PushService.start())
        directory = Path(open_.enter_context(tempfile.TemporaryDirectory(prefix="firstcall-bench-")))
        url = new_database(kind, directory, postgres)
        product = open_.enter_context(place(url, directory / "house", push))
        with product.app.app_context():
            deliveries = _fill(product, count)
            post = _letters(deliveries)
        push.default(delay=DELAY)
        before = _bare(push, post, count)
        product.house.start_worker()
        wait_until_sent(product)
        ours = _rate(push.posts()[count:])
        product.house.stop("worker")
        return DrainFigures(ours, (before, _bare(push, post, count)), count)


def _fill(product: Place, count: int) -> list[Any]:
    """Queue ``count`` pushes, copied from those of some real leads; returns them."""
    site = product.app.test_client()
    for number in range(SAMPLES):
        source = product.house.sources[number % len(product.house.sources)]
        assert site.post(source, json=stranger(number)).status_code == 201
    pushes = table(Delivery)
    real = [
        dict(row) for row in db.session.execute(select(pushes).where(pushes.c.channel == "push")).mappings()
    ]
    now = clock.now()
    copies = [
        {**row, "id": new_id(), "token": new_id().hex, "cause": f"copy {number}", "due_at": now}
        for number, row in zip(range(count - len(real)), itertools.cycle(real), strict=False)
    ]
    with write():
        db.session.execute(insert(pushes), copies)
    return real + copies


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


def _bare(push: PushService, letter: Callable[[int], Letter], count: int) -> float:
    seen = len(push.posts())
    send_all(count, letter)
    return _rate(push.posts()[seen:])


def _rate(posts: list[Post]) -> float:
    refused = [post for post in posts if post.status != 201]
    assert posts and not refused, f"{len(refused)} of {len(posts)} pushes were refused: {refused[:1]}"
    answered = [post.answered_at for post in posts if post.answered_at is not None]
    return len(posts) / (max(answered) - min(post.received_at for post in posts))
