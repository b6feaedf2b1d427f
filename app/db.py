"""The database: engine, column types, and ``write()``, the one way to write.

Reads use a plain BEGIN on SQLite and no transaction on PostgreSQL (ADR 21). A write takes one of the process's few
write slots, begins at once (SQLite: BEGIN IMMEDIATE, retried cooperatively; a deferred upgrade fails with "database is
locked"), commits, and rings the bell for worker and feed.
No network and no waiting belongs inside a write.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import uuid_utils
from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Integer,
    MetaData,
    TypeDecorator,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase

from app import postgres, sqlite
from app.config import ROOT, Settings

log = logging.getLogger(__name__)
CHANNEL = "firstcall"
LAST_WORDS = "last words"
"""Where a session keeps the statements that ``app.rows`` sends just before the COMMIT."""


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
        else {"pool_size": 10, "max_overflow": 20, "isolation_level": "AUTOCOMMIT"}
    )
    db.init_app(app)
    migrate.init_app(app, db, render_as_batch=True)
    with app.app_context():
        if settings.sqlite:
            settings.var_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            sqlite.make_private(Path(settings.database_url.removeprefix("sqlite:///")))
            sqlite.tune(db.engine)
        else:
            postgres.tune(db.engine)


@contextmanager
def write(*, ring: bool = True, lasting: bool = True) -> Iterator[None]:
    """One write transaction: begin at once, commit at the end, ring the bell; roll back on any error.

    ``ring=False``: nobody waits for this (on SQLite every commit rings). ``lasting=False``: a power cut may take it
    back, so its commit does not wait for the disk. Objects loaded since the last commit are expired, so that a verb
    decides on what the database says now.
    Raises ``sqlalchemy.exc.OperationalError`` when SQLite stays locked for 5 s.
    """
    db.session.rollback()  # whoever waits for the slot holds no connection: its owner could not get one any more
    with _slots[db.engine.dialect.name]:
        try:
            db.session.connection(execution_options=writing(lasting=lasting))
            yield
            if not is_sqlite():
                db.session().info[LAST_WORDS] = postgres.last_words(CHANNEL if ring else None, lasting)
            db.session.commit()
        except BaseException:
            db.session.rollback()
            raise


def writing(*, lasting: bool = True) -> dict[str, Any]:
    """Execution options of a connection whose transactions are writes."""
    return {"write": True, "lasting": lasting} if is_sqlite() else {"isolation_level": "READ COMMITTED"}


def is_sqlite() -> bool:
    """Whether the bound database is SQLite."""
    return db.engine.dialect.name == "sqlite"
