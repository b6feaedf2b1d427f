"""Set a stage and let a fault reign on it.

In: a kind of database. Out: a ``Stage`` that runs, and an ``Account`` for each fault. Called by test_faults and by
``bin/bench faults``.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import flask_migrate

from app import clock, create_app
from app.db import db
from tests.databases import PostgresServer, database_name, url_of
from tests.faults.faults import Fault
from tests.faults.machinery import settable_clock, small_disk
from tests.faults.stage import Account, Stage
from tests.house import PATIENCE
from tests.machine import laws
from tests.wire.push_service import PushService

BEFORE, AFTER = 1.0, 1.0
"""Seconds of load before a fault and after it."""
SHORT_LEASE = {"LEASE_SECONDS": "1"}
"""A pause of seconds is to this what ten minutes are to the half minute of life."""


@contextmanager
def stage(
    kind: str, directory: Path, *, wrong_clock: bool = False, standby: bool = False, **settings: str
) -> Iterator[Stage]:
    """A house of its own on a fresh database of this kind, durable as in life, with a push service beside it."""
    with ExitStack() as open_:
        more = settable_clock(directory) if wrong_clock else {}
        servers: list[PostgresServer] = []
        if kind == "sqlite":
            url = f"sqlite:///{open_.enter_context(small_disk(directory)) / 'firstcall.db'}"
        else:
            url = _postgres(servers, open_, standby)
        _migrate(url, directory)
        push = open_.enter_context(PushService.start())
        yield open_.enter_context(Stage(url, directory, push, servers, **{**SHORT_LEASE, **more, **settings}))


def suffer(stage: Stage, fault: Fault, seconds: float, rate: float, patience: float = PATIENCE) -> Account:
    """Load before, during and after the fault; what became of every lead. AssertionError when a law does not hold."""
    with stage.load(rate) as load:
        time.sleep(BEFORE)
        fault.reign(stage, seconds)
        ended = time.time()
        time.sleep(AFTER)
    account = stage.account(load, ended, patience)
    with stage.app.app_context(), db.engine.connect() as connection:
        broken = laws.broken(connection, clock.now())
    assert not broken, f"{fault.name}: {broken}"
    return account


def _postgres(servers: list[PostgresServer], open_: ExitStack, standby: bool) -> str:
    first = PostgresServer(durable=True)
    open_.callback(first.stop)
    first.start()
    servers.append(first)
    url = first.create_database()
    if not standby:
        return url
    second = first.standby()
    open_.callback(second.stop)
    servers.append(second)
    return url_of(first, second, database_name(url))


def _migrate(url: str, directory: Path) -> None:
    environment = {
        "DATABASE_URL": url,
        "VAR_DIR": str(directory / "var"),
        "SECRET_KEY": "for tests only " * 3,
    }
    with create_app(environment).app_context():
        flask_migrate.upgrade()
        db.session.remove()
        db.engine.dispose()
