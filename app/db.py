"""The database: engine, column types, and ``write()``, the one way to write.

Reads use a plain BEGIN. A write takes one of the process's few write slots, begins at once (SQLite: BEGIN IMMEDIATE,
retried cooperatively; a deferred upgrade fails with "database is locked"), commits, and rings the bell for worker and
feed.
No network and no waiting belongs inside a write.
"""

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Any
from uuid import UUID

import uuid_utils
from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Engine,
    Executable,
    Insert,
    Integer,
    MetaData,
    Table,
    TypeDecorator,
    Update,
    Uuid,
    bindparam,
    event,
    insert,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from app import postgres
from app.config import ROOT, Settings

log = logging.getLogger(__name__)
LOCK_RETRY = 0.0005
LOCK_LIMIT = 5.0
CHANNEL = "firstcall"


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in and out. SQLite would hand back naive values; a naive value in is a bug and raises."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime reached the database")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Json = JSON().with_variant(JSONB(), "postgresql")
BigId = BigInteger().with_variant(Integer(), "sqlite")


class Base(DeclarativeBase):
    """Declarative base: one naming convention for constraints, so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


# On the registry, not on the class: Flask-SQLAlchemy derives its model base from Base once more.
Base.registry.update_type_annotation_map(
    {datetime: UtcDateTime, UUID: Uuid(as_uuid=True), dict[str, Any]: Json, list[Any]: Json}
)
db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})
migrate = Migrate(db=db, directory=str(ROOT / "migrations"), compare_type=True)

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model

_slots = {"sqlite": threading.Semaphore(1), "postgresql": threading.Semaphore(4)}
"""How many writes of this process may be under way: SQLite has one writer; while PostgreSQL works for one lead, the
next is read and decided on."""


def new_id() -> UUID:
    """A UUIDv7: made by us, sorts by time."""
    return UUID(int=uuid_utils.uuid7().int)


def init_app(app: Flask, settings: Settings) -> None:
    """Bind the database to the app and set SQLite's and PostgreSQL's session behaviour."""
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = (
        {"connect_args": {"timeout": 0, "check_same_thread": False}}
        if settings.sqlite
        else {"pool_size": 10, "max_overflow": 20}
    )
    db.init_app(app)
    migrate.init_app(app, db, render_as_batch=True)
    with app.app_context():
        if settings.sqlite:
            _make_private(settings)
            _tune_sqlite(db.engine)
        else:
            postgres.tune(db.engine)


def _make_private(settings: Settings) -> None:
    """The database's file is ours alone (0600), from its first byte; SQLite gives its log the same mode."""
    settings.var_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = settings.database_url.removeprefix("sqlite:///")
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _tune_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=0"):
            _patiently(lambda p=pragma: connection.execute(f"PRAGMA {p}"))

    @event.listens_for(engine, "begin")
    def on_begin(connection: Any) -> None:
        write = connection.get_execution_options().get("write")
        begin = f"BEGIN {'IMMEDIATE' if write else 'DEFERRED'}"
        try:
            _patiently(lambda: connection.connection.dbapi_connection.execute(begin))
        except sqlite3.Error:
            connection.exec_driver_sql(begin)  # the same once more, for SQLAlchemy's own error


def _patiently(act: Any) -> None:
    """Another process may have the file for a moment. Asked bare: SQLAlchemy's error would cost more than the wait."""
    deadline = time.monotonic() + LOCK_LIMIT
    while True:
        try:
            act()
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(LOCK_RETRY)


@contextmanager
def write() -> Iterator[None]:
    """One write transaction: begin at once, commit at the end, ring the bell; roll back on any error.

    Objects loaded before are expired, so that a verb decides on what the database says now.
    Raises ``sqlalchemy.exc.OperationalError`` when SQLite stays locked for 5 s.
    """
    db.session.rollback()  # whoever waits for the slot holds no connection: its owner could not get one any more
    with _slots[db.engine.dialect.name]:
        try:
            db.session.connection(execution_options={"write": True})
            yield
            if not is_sqlite():
                db.session.execute(text(f"NOTIFY {CHANNEL}"))
            db.session.commit()
        except BaseException:
            db.session.rollback()
            raise


def rows(query: Executable, asked: Mapping[str, object] | None = None) -> Sequence[Any]:
    """What a query of columns, not of objects, finds: straight from the connection, which is half of what it costs."""
    session = db.session()
    if session.autoflush:
        session.flush()
    return session.connection().execute(query, asked).all()


def put(*rows: Any) -> None:
    """Insert new rows now, in the order given, one statement for neighbours of a kind.

    They are in the session afterwards, as if they had been loaded. For the hot path: the unit of work costs several
    times the statement. Raises ``sqlalchemy.exc.IntegrityError`` like a flush.
    """
    put_away(*rows)
    for row in rows:
        make_transient_to_detached(row)
        db.session.add(row)


def put_away(*rows: Any) -> None:
    """``put`` for rows that nobody changes before the next transaction: they stay out of the session, which is half of
    what a row costs."""
    connection = db.session.connection()
    for (model, names), neighbours in groupby(rows, key=lambda row: (type(row), _fill_in(row))):
        connection.execute(
            _columns(model.__table__)[0],
            [{name: row.__dict__[name] for name in names} for row in neighbours],
        )


def change(row: Any, **values: Any) -> None:
    """Update a row of the session now, by its id; it has the ``values`` afterwards as if they had been loaded.

    For the hot path, like ``put``.
    """
    table = type(row).__table__
    named = {f"to_{name}": value for name, value in values.items()}
    db.session.connection().execute(_changing(table, tuple(values)), {"row": row.id, **named})
    for name, value in values.items():
        set_committed_value(row, name, value)


@cache
def _changing(table: Table, names: tuple[str, ...]) -> Update:
    to = {name: bindparam(f"to_{name}", type_=table.c[name].type) for name in names}
    return update(table).where(table.c.id == bindparam("row")).values(to)


def _fill_in(row: Any) -> tuple[str, ...]:
    """Give a new row its defaults; returns the columns to write. An unset JSON stays unset: None would be 'null'."""
    values = row.__dict__
    for name, default in _columns(type(row).__table__)[1]:
        if name not in values:
            values[name] = default(None)
    return tuple(
        name for name, json in _columns(type(row).__table__)[2] if not json or values[name] is not None
    )


@cache
def _columns(table: Table) -> tuple[Insert, list[tuple[str, Any]], list[tuple[str, bool]]]:
    """The INSERT of a table, its columns with their defaults, and which of them hold JSON."""
    return (
        insert(table),
        [(column.key, _default(column)) for column in table.columns],
        [(column.key, isinstance(column.type, JSON)) for column in table.columns],
    )


def _default(column: Column[Any]) -> Callable[[None], Any]:
    """A column's default as SQLAlchemy keeps it: a value, or a function of the statement's context."""
    if column.default is None:
        return lambda _context: None
    value: Any = column.default.arg  # type: ignore[attr-defined]
    return value if column.default.is_callable else lambda _context: value


def is_sqlite() -> bool:
    """Whether the bound database is SQLite."""
    return db.engine.dialect.name == "sqlite"
