"""The house that is measured: five showrooms of four salespeople, each with a phone at the local push service.

In: a database kind. Out: ``Place``, a migrated database with these people in it, made the same way for the product and
for the floor. No application context stays open: a command run inside one would use its database.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import flask_migrate
import psutil
from flask import Flask
from sqlalchemy import Select, Table, func, select

from app import clock, create_app
from app.access import digest, showroom_of
from app.db import db, new_id, write
from app.models import (
    Delivery,
    DeliveryChannel,
    DeliveryState,
    Device,
    Heartbeat,
    Person,
    PushState,
    Role,
    Subscription,
)
from tests.databases import PostgresServer
from tests.house import House
from tests.wire.phone_keys import FakeSubscription
from tests.wire.push_service import PushService

KINDS = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
SHOWROOMS, SALESPEOPLE = 5, 4
# Nothing is rescued, re-read or escalated earlier than it would be; the ladder begins after the run.
GIVE_UP = 90.0
ON_THEIR_WAY = (DeliveryState.QUEUED, DeliveryState.SENDING)
AS_IN_LIFE = {"LEASE_SECONDS": "30", "SUBMISSION_GRACE": "10", "LOG_LEVEL": "WARNING"}


class BenchHouse(House):
    """Doesburg with four more showrooms; ``sources`` are their intake addresses."""

    def __init__(self, url: str, directory: Path, *pushes: PushService) -> None:
        allowed = " ".join(urlsplit(push.base_url).netloc for push in pushes)
        trusted = next((str(push.ca_file) for push in pushes if getattr(push, "ca_file", None)), "")
        super().__init__(url, directory, PUSH_EXTRA_HOSTS=allowed, PUSH_CA_FILE=trusted, **AS_IN_LIFE)
        self.sources: list[str] = []

    def processes(self) -> dict[str, psutil.Process]:
        """The running processes by their role."""
        return {
            "web, master": self.process("web"),
            "web, worker": self.web_workers()[0],
            "worker": self.process("worker"),
        }


@dataclass
class Place:
    """One database with its people. ``house`` runs the processes; ``app`` looks into the database from here."""

    house: BenchHouse
    app: Flask
    push: PushService
    phones: list[FakeSubscription] = field(default_factory=list)


@contextmanager
def place(url: str, directory: Path, push: PushService, *others: PushService) -> Iterator[Place]:
    """A migrated, peopled database; no process is started yet. Phones are at ``push``; ``others`` are allowed too."""
    directory.mkdir()
    house = BenchHouse(url, directory, push, *others)
    app = create_app(house.environment)
    with app.app_context():
        flask_migrate.upgrade()
        db.session.remove()
    with house:
        made = Place(house, app, push)
        _people(made)
        yield made
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def table(model: type[Any]) -> Table:
    """The table behind a model, for bare statements."""
    found = model.__table__
    assert isinstance(found, Table)
    return found


def command(*said: str) -> None:
    """Commands to the database that stand in no transaction. Inside an application context."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for one in said:
            connection.exec_driver_sql(one)


def new_database(kind: str, directory: Path, postgres: PostgresServer) -> str:
    """URL of a database without a table."""
    return postgres.create_database() if kind == "postgres" else f"sqlite:///{directory / 'bench.db'}"


def wait_until_sent(made: Place) -> None:
    """Until no push to its service is queued or on its way. AssertionError after ``GIVE_UP`` seconds."""
    left = (
        select(func.count())
        .select_from(Delivery)
        .join(Subscription, Subscription.id == Delivery.subscription_id)
        .where(
            Delivery.channel == DeliveryChannel.PUSH,
            Delivery.state.in_(ON_THEIR_WAY),
            Subscription.endpoint.startswith(made.push.base_url),
        )
    )
    _wait(made, left, 0, "no push is on its way")


def wait_for_worker(made: Place) -> None:
    """Until the worker has said that it is alive."""
    _wait(made, select(func.count()).select_from(Heartbeat), 1, "the worker is alive")


def _wait(made: Place, counting: Select[int], wanted: int, what: str) -> None:
    end = time.monotonic() + GIVE_UP
    with made.app.app_context():
        while (count := db.session.scalar(counting)) != wanted:
            db.session.rollback()
            assert time.monotonic() < end, f"not so: {what} ({count})\n{made.house.log('worker')}"
            time.sleep(0.25)


def _people(made: Place) -> None:
    house = made.house
    hours = str(house.directory / "hours.json")
    for number in range(SHOWROOMS):
        slug = f"showroom-{number}"
        named = ("--group", "Autogroep Doesburg", "--slug", slug, "--hours", hours)
        house.run("showroom", "add", f"Showroom {number}", *named, "--phone", f"+3131300000{number}")
        source = house.run("source", "add", "Website", "--kind", "form", "--showroom", slug)
        house.sources.append(f"/in/{source['key']}")
        with made.app.app_context(), write():
            for seat in range(SALESPEOPLE):
                _salesperson(made, slug, number * SALESPEOPLE + seat)


def _salesperson(made: Place, slug: str, number: int) -> None:
    """A person with one phone that has proven itself. Inside a write."""
    showroom, now = showroom_of(slug), clock.now()
    person = Person(
        id=new_id(), group_id=showroom.group_id, showroom_id=showroom.id, first_name=f"Person {number}",
        email=f"person{number}@doesburg.example", phone=f"+316120001{number:02}", role=Role.SALESPERSON,
        language="nl",
    )  # fmt: skip
    db.session.add(person)
    db.session.flush()
    device = Device(
        id=new_id(), group_id=person.group_id, person_id=person.id, session_hash=digest(person.email),
        created_at=now,
    )  # fmt: skip
    db.session.add(device)
    db.session.flush()
    phone = FakeSubscription(made.push.new_endpoint(made.house.vapid["public_key"]).url)
    keys = phone.json()["keys"]
    subscription = Subscription(
        id=new_id(), group_id=person.group_id, device_id=device.id, person_id=person.id,
        endpoint=phone.endpoint, endpoint_hash=digest(phone.endpoint), p256dh=keys["p256dh"],
        auth=keys["auth"], key_id=made.house.vapid["key_id"], state=PushState.CONFIRMED, confirmed_at=now,
    )  # fmt: skip
    db.session.add(subscription)
    made.phones.append(phone)
