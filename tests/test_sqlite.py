"""However much a house has: what a lead, a phone, a board or a customer's page asks is found in an index on SQLite, whose
planner knows nothing of a new database by itself (ADR 20). PostgreSQL counts for itself.
"""

import re
import threading
import time
from collections.abc import Iterator
from typing import Any

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import event, text

from app.db import db, write
from app.sqlite import FEW
from tests.people import House, doesburg, jansen, send_lead, sign_in
from tests.push.phones import phone

ALL_OF_IT = re.compile(r"SCAN (\w+)|SEARCH (\w+) USING (?:COVERING )?INDEX \w+ \(group_id=\?\)")
OPEN_ONES = "uq_follow_up_open"
"""The index of what is open: all of it is few."""
NEWEST_FIRST = "ORDER BY event.id DESC"
"""A board's last news, with a limit: the end of the table."""


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """On SQLite alone."""
    return sqlite_url


@pytest.fixture
def house(app: Flask) -> House:
    return doesburg()


@pytest.fixture
def slow(house: House) -> Iterator[dict[str, list[str]]]:
    """Statements that read a whole table that grows, with the planner's word for it."""
    found: dict[str, list[str]] = {}

    @event.listens_for(db.engine, "before_cursor_execute")
    def explain(
        connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, many: bool
    ) -> None:
        if re.match("SELECT|UPDATE|DELETE|WITH", statement) and NEWEST_FIRST not in statement:
            raw = connection.connection.dbapi_connection
            plan = raw.execute(f"EXPLAIN QUERY PLAN {statement}", values[0] if many else values).fetchall()
            said = [step[-1] for step in plan if OPEN_ONES not in step[-1]]
            if bad := [step for step in said if grows(step, statement)]:
                found[statement] = bad

    yield found
    event.remove(db.engine, "before_cursor_execute", explain)


def grows(step: str, statement: str) -> bool:
    """Whether this step reads all of a table that grows."""
    whole = ALL_OF_IT.match(step)
    name = (whole.group(1) or whole.group(2)) if whole else None
    if name is None:
        return False
    alias = re.search(rf"(?:FROM|JOIN) (\w+) AS {name}\b", statement)
    table = alias.group(1) if alias else name
    return table in db.metadata.tables and table not in FEW


def test_a_day_of_a_showroom_reads_no_table_that_grows(
    app: Flask, house: House, slow: dict[str, list[str]]
) -> None:
    phone(house.sanne)
    sanne, bram = sign_in(app, house.sanne), sign_in(app, house.bram)
    first = send_lead(app, house.sources["form"])
    again = send_lead(app, house.sources["form"], jansen(message="En de bandenspanning?"))
    assert first.status_code == again.status_code == 201
    follow_up = first.json["follow_up_id"]
    for browser, path in (
        (sanne, "/api/v1/inbox"), (sanne, f"/api/v1/follow-ups/{follow_up}"), (sanne, "/api/v1/done-today"),
        (bram, "/api/v1/board"), (bram, f"/api/v1/follow-ups/{follow_up}"),
    ):  # fmt: skip
        assert browser.get(path).status_code == 200, path
    assert app.test_client().get(first.json["status_url"]).status_code == 200
    assert not slow, "\n".join(
        f"{plan}: {' '.join(statement.split())[:300]}" for statement, plan in slow.items()
    )


def test_by_the_planners_own_guess_it_would(app: Flask, house: House, slow: dict[str, list[str]]) -> None:
    db.session.connection().exec_driver_sql("DELETE FROM sqlite_stat1")
    db.session.commit()
    db.engine.dispose()
    answer = send_lead(app, house.sources["form"])
    assert (
        sign_in(app, house.sanne).get(f"/api/v1/follow-ups/{answer.json['follow_up_id']}").status_code == 200
    )
    assert slow


def test_a_migration_waits_for_a_house_that_is_writing(app: Flask, house: House) -> None:
    writing, said = threading.Event(), list[int]()

    def write_for_a_while() -> None:
        with app.app_context(), write():
            writing.set()
            time.sleep(0.5)
            said.append(1)

    busy = threading.Thread(target=write_for_a_while)
    busy.start()
    writing.wait(10)
    flask_migrate.upgrade()
    busy.join(10)
    assert said == [1]
    figures = db.session.execute(text("SELECT count(*) FROM sqlite_stat1")).scalar_one()
    assert figures > 50
