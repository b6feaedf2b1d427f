"""A house under load whose leads are counted: what was sent, what was lost, what came twice, how soon all was well again.

In: a database's URL. Out: ``Stage`` and, for each fault played on it, ``Account``. Called by ``play`` (test_faults and
``bin/bench faults``). Web, worker, push service and database are real processes.
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Self

import psutil
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.db import db
from tests.databases import PostgresServer
from tests.house import PATIENCE, House, Visitor, until
from tests.people import stranger
from tests.wire.phone_keys import FakeSubscription
from tests.wire.push_service import Post, PushService

AGAIN = 0.2
"""Seconds after which a website that got no answer sends its lead again."""
HANDS = 4
NOWHERE = "push.invalid:80"
"""A push service whose name nobody resolves (RFC 6761)."""
Number = int


@dataclass(frozen=True)
class Account:
    """``lost``: without a lead, or never pushed; ``again``: pushes accepted more than once, all with the same tag;
    ``doubled``: leads there twice, or pushes doubled under another tag; ``recovery``: seconds from the fault's end
    until all that had been sent by then was pushed; ``refused``: answers other than 200, 201, 202 on the way.
    """

    sent: int
    lost: list[Number]
    doubled: list[Number]
    again: int
    recovery: float
    refused: Counter[str]


@dataclass
class Load:
    """Leads that websites sent: when the first try of each began, and which follow-up it got."""

    began: dict[Number, float] = field(default_factory=dict)
    follow_ups: dict[Number, str] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)


class Stage(House):
    """The house with Sanne's phone at a push service; ``directory`` is for its files. A context manager.

    ``servers``: the database's, the one in charge first; none for SQLite.
    """

    def __init__(
        self,
        url: str,
        directory: Path,
        push: PushService,
        servers: Sequence[PostgresServer] = (),
        **settings: str,
    ) -> None:
        allowed = f"{push.base_url.removeprefix('http://')} {NOWHERE}"
        super().__init__(url, directory, PUSH_EXTRA_HOSTS=allowed, **settings)
        self.push, self.servers = push, list(servers)
        self._last: Number = 0
        self._kinds: dict[str, str] = {}

    def __enter__(self) -> Self:
        super().__enter__()
        with ExitStack() as undo:
            undo.push(self.__exit__)
            self.start_web()
            self.start_worker()
            self.sanne: Visitor = self.sign_in("sanne@doesburg.example")
            self.phone: FakeSubscription = self.subscribe(self.sanne, self.push)
            self.lead_now()
            undo.pop_all()
        return self

    def start(self, name: str, command: list[str], **more: str) -> None:
        """As in life, or on a clock that can be set."""
        entrance = "tests.faults.wrong_clock" if "CLOCK_FILE" in self.environment else "wsgi"
        words = [f"{entrance}:app" if word == "wsgi:app" else word for word in command]
        super().start(name, [entrance if word == "wsgi" else word for word in words], **more)

    def programs(self) -> list[psutil.Process]:
        """Everything of ours that writes to the database."""
        return [*self.web_workers(), self.process("worker")]

    def lead_now(self) -> None:
        """One lead all the way, so that everybody is awake and warm."""
        load = Load()
        self._send(load, self._take())
        until("the first lead is pushed", lambda: self._missing(load) == set())

    @contextmanager
    def load(self, rate: float) -> Iterator[Load]:
        """Websites send ``rate`` leads a second, each again and again until it is answered; ends when all are."""
        load, over = Load(), threading.Event()
        lock = threading.Lock()

        def website() -> None:
            while not over.wait(HANDS / rate):
                with lock:
                    number = self._take()
                self._send(load, number)

        hands = [threading.Thread(target=website, daemon=True) for _ in range(HANDS)]
        for hand in hands:
            hand.start()
        try:
            yield load
        finally:
            over.set()
            for hand in hands:
                hand.join(PATIENCE)
        assert not any(hand.is_alive() for hand in hands), f"leads without an answer: {load.refused}"

    def account(self, load: Load, ended: float, patience: float = PATIENCE) -> Account:
        """Wait until everything is well again, or no longer, and count."""
        end = time.monotonic() + patience
        while (missing := self._missing(load)) and time.monotonic() < end:
            time.sleep(0.2)
        rows = Counter(self._placed(load))
        posts = self._lead_posts(load)
        first = {number: min(p.received_at for p in found) for number, found in posts.items()}
        before = [at for number, at in first.items() if load.began[number] <= ended]
        tags = {n: {p.headers.get("topic") for p in found} for n, found in posts.items()}
        return Account(
            sent=len(load.began),
            lost=sorted({*missing, *(n for n in load.began if not rows[n])}),
            doubled=sorted({*(n for n in rows if rows[n] > 1), *(n for n in tags if len(tags[n]) > 1)}),
            again=sum(len(found) - 1 for found in posts.values()),
            recovery=max([at - ended for at in before], default=0.0),
            refused=load.refused,
        )

    def _take(self) -> Number:
        self._last += 1
        return self._last

    def _send(self, load: Load, number: Number) -> None:
        """As every sender should: again, with the same key, until there is an answer."""
        load.began[number] = time.time()
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                answer = self.stranger().ask(
                    "POST", self.intake, stranger(number), Idempotency_Key=f"lead-{number}"
                )
            except (OSError, HTTPException, json.JSONDecodeError) as broken:
                load.refused[type(broken).__name__] += 1
            else:
                if answer.status in (200, 201, 202):
                    return
                named = f"{answer.status}{' with Retry-After' if answer.headers['Retry-After'] else ''}"
                load.refused[named] += 1
            time.sleep(AGAIN)

    def _placed(self, load: Load) -> list[Number]:
        """The leads that are in the database, each as often as it is there."""
        query = text(
            "SELECT c.display_name, l.follow_up_id FROM lead l JOIN customer c ON c.id = l.customer_id"
        )
        with self.app.app_context():
            try:
                rows = db.session.execute(query).all()
            except SQLAlchemyError:  # the database itself is away at this moment
                return []
            finally:
                db.session.remove()
        known = [(int(name.split()[1]), str(id_).replace("-", "")) for name, id_ in rows]
        mine = [(number, id_) for number, id_ in known if number in load.began]
        load.follow_ups.update(mine)
        return [number for number, _ in mine]

    def _missing(self, load: Load) -> set[Number]:
        placed = set(self._placed(load))
        return set(load.began) - (placed & self._lead_posts(load).keys())

    def _lead_posts(self, load: Load) -> dict[Number, list[Post]]:
        """Accepted pushes of kind *lead*, by the lead they tell of."""
        by_topic = {id_: number for number, id_ in load.follow_ups.items()}
        found: dict[Number, list[Post]] = {}
        for post in self.push.posts(self.phone.endpoint.rsplit("/", 1)[1]):
            number = by_topic.get(post.headers.get("topic", ""))
            if number is not None and post.version is not None and self._kind(post) == "lead":
                found.setdefault(number, []).append(post)
        return found

    def _kind(self, post: Post) -> str:
        assert post.version is not None
        if post.version not in self._kinds:
            self._kinds[post.version] = str(self.phone.decrypt(post.body)["kind"])
        return self._kinds[post.version]
