"""What every test may ask for: an empty, migrated database of both kinds, and the app on it.

``database_url`` runs a test on SQLite and on PostgreSQL; ``sqlite_url`` and ``postgres_url`` on one of them.
Templates are migrated once a session and copied, which takes milliseconds. Nothing is skipped for a missing
server: the test fails and says to run ``bin/setup dev``.
"""

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask_migrate
import hypothesis
import pytest
from flask import Flask
from sqlalchemy import Dialect
from werkzeug.routing import Rule

from app import create_app
from app.db import db
from tests.databases import PostgresServer, copy_sqlite, database_name

# No deadline: how long an example takes says more about the machine than about the program.
hypothesis.settings.register_profile("house", deadline=None, print_blob=True)
hypothesis.settings.load_profile("house")


# What is loaded before the first test stays until the last: looking for garbage among it was a tenth of a test's time.
gc.disable()
OFTEN_ENOUGH = (20_000, 10, 50)
"""After how many new objects the young, after how many of those looks the older, and then the oldest are looked at."""
# For the processes that tests start. Nobody measures here how soon they wake, and two that look for a commit 500 times a
# second are a tenth of a core, for as long as a test runs.
os.environ["WAKE_POLL_MS"] = "20"


LONGEST = ("e2e", "tests", "faults", "machine")
"""Folders whose files start whole houses and browsers: they come first, so that nobody waits for one at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long before files that do not; within a file nothing moves."""
    items.sort(key=lambda item: (*LONGEST, item.path.parent.name).index(item.path.parent.name))


def pytest_collection_finish() -> None:
    """From here on garbage is looked for again, among what the tests make."""
    gc.freeze()
    gc.set_threshold(*OFTEN_ENOUGH)
    gc.enable()


_COMPILED: dict[str, tuple[Dialect, Any]] = {}


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """This test process's PostgreSQL server, started when first asked for."""
    server = PostgresServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file without a row, which nobody has open."""
    directory = tmp_path_factory.mktemp("template")
    _migrate(f"sqlite:///{directory / 'template.db'}", directory)
    return directory / "template.db"


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Name of a migrated PostgreSQL database without a row, to which nobody is connected."""
    url = postgres.create_database()
    _migrate(url, tmp_path_factory.mktemp("template"))
    return database_name(url)


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """URL of an empty, migrated SQLite database."""
    return copy_sqlite(sqlite_template, tmp_path / "firstcall.db")


@pytest.fixture
def postgres_url(postgres: PostgresServer, postgres_template: str) -> Iterator[str]:
    """URL of an empty, migrated PostgreSQL database; emptied again after the test, for the next one."""
    url = postgres.take(postgres_template)
    yield url
    postgres.give_back(url, db.metadata.tables)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """URL of an empty, migrated database; the test runs once on each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    """Settings as environment variables, for ``create_app`` and for processes that a test starts."""
    return _environment(database_url, tmp_path)


@pytest.fixture
def app(environment: dict[str, str]) -> Iterator[Flask]:
    """The app on an empty database, with an app context pushed."""
    app = create_app(environment)
    with app.app_context():
        _keep_compiled_statements()
        yield app
        _let_go()


def _environment(url: str, directory: Path) -> dict[str, str]:
    return {"DATABASE_URL": url, "VAR_DIR": str(directory / "var"), "SECRET_KEY": "for tests only " * 3}


def _migrate(url: str, directory: Path) -> None:
    with create_app(_environment(url, directory)).app_context():
        flask_migrate.upgrade()
        _let_go()


def _keep_compiled_statements() -> None:
    """Every test has an engine of its own, and a new engine compiles each statement anew: two thirds of a test's time.

    What is compiled belongs to a dialect; giving every engine of one kind the first one's keeps it from test to test.
    """
    kind = db.engine.dialect.name
    if kind not in _COMPILED:
        db.session.connection()  # the dialect learns about its server at the first connection
        db.session.rollback()
        _COMPILED[kind] = (db.engine.dialect, db.engine._compiled_cache)
    db.engine.dialect, db.engine._compiled_cache = _COMPILED[kind]


def _keep_compiled_addresses() -> None:
    """Every app compiles the builders of its 120 addresses anew: a third of a small test's time, for the same result."""
    made: dict[tuple[str, str, bool], Any] = {}
    compile_ = Rule._compile_builder

    def once(rule: Rule, append_unknown: bool = True) -> Any:
        key = (rule.rule, repr(rule.defaults), append_unknown)
        if key not in made:
            made[key] = compile_(rule, append_unknown)
        return made[key]

    Rule._compile_builder = once  # type: ignore[method-assign]


_keep_compiled_addresses()


def _let_go() -> None:
    """Give all connections back, so that the database can be copied or dropped."""
    db.session.remove()
    db.engine.dispose()
