"""Leads at a steady rate or all at once, and how long each took until the push service had it.

In: hands, each of which places one lead at a time and returns its push's topic. Out: ``Sent`` and waits in
milliseconds. Called by ``tests.bench.lead``.
"""

import http.client
import itertools
import json
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from tests.people import stranger
from tests.wire.push_service import Post

Hand = Callable[[int], str]
"""Places the lead with this number, returns the topic of the push that it causes."""
_strangers = itertools.count(1000)
GIVE_UP = 60.0
"""Seconds: the longest wait for one answer, and the longest burst."""


@dataclass(frozen=True)
class Sent:
    """One lead: when its POST (for the floor: its first statement) began, in epoch seconds."""

    topic: str
    at: float


@dataclass(frozen=True)
class Waits:
    """From lead to accepted push. ``p50`` and ``p99`` in ms; ``rate`` in leads/s, first POST to last push."""

    p50: float
    p99: float
    rate: float
    count: int


class Website:
    """A website's connection to the house, kept open; ``lead`` is a ``Hand``."""

    def __init__(self, port: int, sources: Sequence[str]) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=GIVE_UP)
        self._sources = sources

    def lead(self, number: int) -> str:
        body = json.dumps(stranger(number))
        path = self._sources[number % len(self._sources)]
        self._connection.request("POST", path, body, {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        said = json.loads(answer.read())
        assert answer.status == 201, said
        return UUID(said["follow_up_id"]).hex


def send(hands: Sequence[Hand], numbers: Sequence[int], rate: float | None = None) -> list[Sent]:
    """Every number once, by whichever hand is free: ``rate`` a second, or all at once.

    A house that cannot keep up gets fewer: a steady run ends after half as long again as it should take.
    """
    queue, lock = iter(enumerate(numbers)), threading.Lock()
    limit = len(numbers) / rate * 1.5 if rate else GIVE_UP
    sent: list[Sent] = []
    faults: list[BaseException] = []
    start = time.time() + 0.05

    def work(hand: Hand) -> None:
        while time.time() < start + limit and not faults:
            with lock:
                place, number = next(queue, (-1, -1))
            if place < 0:
                return
            due = start + place / rate if rate else start
            time.sleep(max(due - time.time(), 0))
            at = time.time()
            try:
                sent.append(Sent(hand(number), at))
            except BaseException as fault:
                faults.append(fault)
                raise

    threads = [threading.Thread(target=work, args=(hand,)) for hand in hands]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    return sent


def waits(rounds: Sequence[Sequence[Sent]], posts: Iterable[Post], *, answered: bool) -> Waits:
    """Match leads and pushes by topic. ``answered``: until the service answered, not until the push came in."""
    sent = [one for round_ in rounds for one in round_]
    done: dict[str, float] = {}
    for post in posts:
        at = post.answered_at if answered else post.received_at
        if post.status == 201 and at is not None:
            done.setdefault(post.headers["topic"], at)
    missing = [one.topic for one in sent if one.topic not in done]
    assert not missing, f"{len(missing)} of {len(sent)} leads were never pushed"
    taken = sorted((done[one.topic] - one.at) * 1000 for one in sent)
    span = sum(max(done[one.topic] for one in round_) - min(one.at for one in round_) for round_ in rounds)
    return Waits(_quantile(taken, 0.5), _quantile(taken, 0.99), len(sent) / span, len(sent))


def numbers(count: int) -> list[int]:
    """Customers nobody has seen yet."""
    return list(itertools.islice(_strangers, count))


def _quantile(values: Sequence[float], share: float) -> float:
    return values[min(int(len(values) * share), len(values) - 1)]
