"""The floor under the product's figures: its own rows and commits as bare statements, and the barest sender.

``Floor.lead`` writes what one lead leaves in the database, copied from a lead that the product placed itself: the raw
submission in one commit, everything else in a second. ``python -m tests.bench.floor`` is the second process: rung by
the product's bell it claims (one update, one commit), encrypts with http_ece and posts over a warm connection.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import Connection, Table, insert, select, text, update

from app import clock, create_app
from app.access import settings
from app.db import CHANNEL, db, new_id, writing
from app.models import (
    Assignment,
    ContactPoint,
    Customer,
    Delivery,
    Event,
    FollowUp,
    Lead,
    Person,
    Submission,
    Subscription,
)
from app.outbox.bell import bell
from app.push import keys, payload
from app.push.wire import Signer
from tests.bench.bare import Letter, Warm, encrypt
from tests.bench.cast import table

Row = dict[str, Any]
MODELS = (Customer, ContactPoint, FollowUp, Assignment, Lead, Event, Delivery)
SENDERS = 8
"""Requests under way at once; with a service that takes 50 ms one connection carries 20 a second."""


class Floor:
    """Places leads like the one that is in this database already. Not thread-safe; inside an app context."""

    def __init__(self) -> None:
        self._connection = _connection()
        with self._connection.begin():
            self._submission = self._rows(table(Submission))[0]
            self._rest = {table(model): self._rows(table(model)) for model in MODELS}

    def lead(self, number: int) -> str:
        """A ``Hand``: writes one lead, rings, returns the topic of its push."""
        now = clock.now()
        fresh = _Fresh(number, now)
        submission = fresh.row(self._submission)
        answer = submission.pop("answer")
        with _committing(self._connection) as connection:
            connection.execute(insert(table(Submission)), submission)
        rest = {to: [fresh.row(row) for row in rows] for to, rows in self._rest.items()}
        with _committing(self._connection) as connection:
            read = update(table(Submission)).where(Submission.id == submission["id"])
            connection.execute(read.values(state="read", read_at=now, answer=answer, tries=1))
            for to, rows in rest.items():
                connection.execute(insert(to), rows)
            follow_up = rest[table(FollowUp)][0]
            turn = update(table(Person)).where(Person.id == follow_up["owner_id"])
            connection.execute(turn.values(last_assigned_at=now))
        return str(follow_up["id"].hex)

    def close(self) -> None:
        self._connection.close()

    def _rows(self, of: Table) -> list[Row]:
        rows = [dict(row) for row in self._connection.execute(select(of)).mappings()]
        for row in rows if of.name == "event" else ():
            del row["id"], row["xid"]  # the database numbers events
        return rows


class _Fresh:
    """The same rows for somebody else: new ids, new number and address, due now."""

    def __init__(self, number: int, now: datetime) -> None:
        self._number, self._now = number, now
        self._ids: dict[UUID, UUID] = {}

    def row(self, row: Row) -> Row:
        new = {name: self._value(value) for name, value in row.items()}
        if own := row.get("id"):
            new["id"] = self._ids.setdefault(own, new_id())
        if "matches" in new:
            new["value"] = new["raw"] = f"{self._number} {new['kind']}"
        if "token" in new:
            new |= {"token": new_id().hex, "cause": f"lead {new_id()}", "due_at": self._now}
            new |= {"created_at": self._now, "tag": new["follow_up_id"].hex}
        if "content_type" in new:
            new |= {"state": "received", "read_at": None, "tries": 0}
        return new

    def _value(self, value: Any) -> Any:
        return self._ids.get(value, value) if isinstance(value, UUID) else value


class Sender:
    """The second process: claims, encrypts, sends."""

    def __init__(self, app: Flask) -> None:
        self._connection = _connection()
        with self._connection.begin():
            query = select(table(Subscription))
            self._subscriptions = {row.id: row for row in self._connection.execute(query)}
        self._keys, self._signer = keys.load(settings().var_dir), Signer(settings().vapid_subject)
        self._threads = ThreadPoolExecutor(SENDERS)
        self._warm = Warm()

    def run(self) -> None:
        """Until it is killed."""
        ring = bell(settings())
        while True:
            if ring.wait(0.5) and self._anything():
                for delivery in self._claim():
                    self._threads.submit(self._post, delivery)

    def _anything(self) -> bool:
        with self._connection.begin():
            return self._connection.execute(_due(clock.now()).limit(1)).first() is not None

    def _claim(self) -> list[Any]:
        now = clock.now()
        due = _due(now).order_by(Delivery.due_at).limit(50)
        if not _sqlite(self._connection):
            due = due.with_for_update(skip_locked=True)
        claimed = (
            update(table(Delivery))
            .where(Delivery.id.in_(due.scalar_subquery()))
            .values(state="sending", claimed_by="floor", lease_until=now + timedelta(seconds=30), tries=1)
            .returning(Delivery.payload, Delivery.subscription_id, Delivery.tag)
        )
        with self._connection.begin():
            return list(self._connection.execute(claimed))

    def _post(self, delivery: Any) -> None:
        to = self._subscriptions[delivery.subscription_id]
        body = encrypt(payload.encode(delivery.payload), to.p256dh, to.auth)
        signed = self._signer.header(self._keys[to.key_id], to.endpoint)
        self._warm.post(Letter(to.endpoint, signed, delivery.tag, body))


def _due(now: datetime) -> Any:
    return select(Delivery.id).where(
        Delivery.channel == "push", Delivery.state == "queued", Delivery.due_at <= now
    )


def _connection() -> Connection:
    """One connection that begins every transaction as the product's writes do; waits for its turn on SQLite."""
    connection = db.engine.connect().execution_options(**writing())
    if _sqlite(connection):
        connection.connection.cursor().execute("PRAGMA busy_timeout = 5000")
    return connection


def _sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"


@contextmanager
def _committing(connection: Connection) -> Iterator[Connection]:
    with connection.begin():
        yield connection
        if not _sqlite(connection):
            connection.execute(text(f"NOTIFY {CHANNEL}"))


def main() -> None:
    app = create_app(os.environ)
    with app.app_context():
        Sender(app).run()


if __name__ == "__main__":
    main()
