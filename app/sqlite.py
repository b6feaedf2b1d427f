"""SQLite as the house uses it: one private file, a write that begins at once, waiting without blocking, and a planner
that expects a big house from the first lead on. Called by ``app.db`` and, after every migration, by ``migrations``.
"""

import os
import sqlite3
import time
from math import prod
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event

LOCK_RETRY = 0.0005
LOCK_LIMIT = 5.0
SETTINGS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=0")

ROWS = 100_000
"""What a table is expected to hold."""
FEW = {
    "absence", "alembic_version", "cadence", "device", "device_link", "groups", "heartbeat", "on_call", "passkey",
    "person", "showroom", "source", "source_template", "subscription",
}  # fmt: skip
FEW_ROWS = 200
SHARE = {
    "group_id": 1.0, "kind": 0.5, "channel": 0.5, "state": 0.3, "showroom_id": 0.2, "source_id": 0.1, "role": 0.3,
    "person_id": 0.02, "owner_id": 0.02,
}  # fmt: skip
"""Which part of all rows is found under one value of these columns; under one of any other, ``OTHER`` rows are."""
OTHER = 3
PARTS = {"state = ": 0.001, "state <> ": 0.02, "ended_at IS NULL": 0.02, "kind IN": 0.1}
"""Which part of a table a partial index holds, by its condition: what waits, what is open, alerts; else nearly all."""


def make_private(path: Path) -> None:
    """The database's file is ours alone (0600), from its first byte; SQLite gives its log the same mode."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def tune(engine: Engine) -> None:
    """Make this engine's connections such."""

    @event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in SETTINGS:
            _patiently(connection, f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Any) -> None:
        asked = connection.get_execution_options()
        write = asked.get("write", False)
        if write:
            _wait_for_the_disk(connection, asked.get("lasting", True))
        begin = f"BEGIN {'IMMEDIATE' if write else 'DEFERRED'}"
        try:
            _patiently(connection.connection.dbapi_connection, begin)
        except sqlite3.Error:
            connection.exec_driver_sql(begin)  # the same once more, for SQLAlchemy's own error


def _wait_for_the_disk(connection: Connection, lasting: bool) -> None:
    """Whether the commit to come does. Kept with the connection: most of them never change."""
    if connection.info.get("lasting", True) is not lasting:
        connection.info["lasting"] = lasting
        connection.connection.execute(f"PRAGMA synchronous={'FULL' if lasting else 'NORMAL'}")


def _patiently(connection: sqlite3.Connection, statement: str) -> None:
    """Another process may have the file for a moment. Asked bare: SQLAlchemy's error would cost more than the wait."""
    deadline = time.monotonic() + LOCK_LIMIT
    while True:
        try:
            connection.execute(statement)
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(LOCK_RETRY)


def expect_much(connection: Connection) -> None:
    """Tell the planner what a big house looks like (ADR 20), in the running transaction.

    It knows nothing of a new database, takes ten rows for all that a group has, and reads its whole tables in the order
    of their ids. Fixed figures instead of ``ANALYZE``: the same plans in every house, on the first day and after years.
    """
    ask = connection.exec_driver_sql
    ask("ANALYZE sqlite_schema")  # makes the table, which nobody else may
    ask("DELETE FROM sqlite_stat1")
    tables = ask("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    for table in tables.scalars().all():
        for _, index, unique, _, partial in ask(f"PRAGMA index_list('{table}')").all():
            columns = [name for _, _, name in ask(f"PRAGMA index_info('{index}')")]
            rows = FEW_ROWS if table in FEW else ROWS
            found = _found(index, columns, rows, bool(unique), bool(partial), ask)
            ask("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", (table, index, found))


def _found(index: str, columns: list[str], rows: int, unique: bool, partial: bool, ask: Any) -> str:
    """As ``sqlite_stat1`` has it: rows in the index, then how many of them share its first column, its first two, …"""
    if partial:
        text = ask("SELECT sql FROM sqlite_schema WHERE name = ?", (index,)).scalar_one()
        part = next((share for says, share in PARTS.items() if says in text), 1.0)
        rows = max(round(rows * part), 1)
    shares = [SHARE.get(name, OTHER / rows) for name in columns]
    alike = [max(round(rows * prod(shares[: n + 1])), 1) for n in range(len(columns))]
    if unique:
        alike[-1] = 1
    return " ".join(map(str, (rows, *alike)))
