"""However many rows there are, the worker's looks and claims walk a small index: the planner is asked."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, Delete, Select, Update, event, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app import clock
from app.board import cursor
from app.db import db, is_sqlite, new_id, write, writing
from app.models import Delivery, DeliveryChannel, FollowUp, Person
from app.outbox import agenda, claim
from app.push import notify
from tests.people import doesburg
from tests.push.phones import phone

ROWS = 3000


@pytest.fixture
def many(app: Flask) -> None:
    """Thousands of pushes sent long ago, and a few that wait."""
    house = doesburg()
    phone(house.sanne)
    with write():
        sanne = db.session.get_one(Person, house.sanne.id)
        id_ = notify.prove(notify.subscriptions(sanne)[0], sanne, clock.now()).id
    table = Delivery.__table__
    sample = dict(db.session.execute(select(table).where(table.c.id == id_)).mappings().one())
    rows = [
        {
            **sample, "id": new_id(), "token": new_id().hex, "cause": new_id().hex,
            "state": "queued" if number % 300 == 0 else "sent", "due_at": clock.now() + timedelta(minutes=number - 1500),
        }
        for number in range(ROWS)
    ]  # fmt: skip
    with write():
        db.session.execute(insert(table), rows)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


def plan(statement: Select[Any] | Update | Delete) -> str:
    """What the database says it will do, with the values bound as in life (SQLite) or unknown to it (PostgreSQL)."""
    if is_sqlite():
        compiled = statement.compile(dialect=sqlite.dialect(), compile_kwargs={"render_postcompile": True})
        values = tuple(compiled.params[name] for name in compiled.positiontup or ())
        values = tuple(str(v) if not isinstance(v, int) else v for v in values)
        rows = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", values)
        return "\n".join(str(row[-1]) for row in rows)
    text = statement.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
    return "\n".join(row[0] for row in without_scans().exec_driver_sql(f"EXPLAIN {text}"))


def without_scans() -> Connection:
    """A transaction in which PostgreSQL reads whole tables, or sorts, only where it must, however few rows they have."""
    db.session.rollback()
    connection = db.session.connection(execution_options=writing())
    if not is_sqlite():
        for way in ("seqscan", "bitmapscan", "sort"):
            connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
    return connection


def test_what_is_due_is_found_in_the_index_of_what_waits(many: None) -> None:
    said = plan(claim.due(DeliveryChannel.PUSH, is_sqlite()).params(now=clock.now(), limit=20))
    assert "ix_delivery_waiting" in said and "TEMP B-TREE" not in said and "Sort" not in said, said
    said = plan(select(*agenda.of_channels(DeliveryChannel.PUSH)))
    assert "ix_delivery_waiting" in said, said


def test_what_a_dead_worker_left_is_found_in_the_index_of_what_is_leased(many: None) -> None:
    said = plan(select(Delivery.id).where(*claim.abandoned(clock.now())))
    assert "ix_delivery_leased" in said, said


def test_a_claim_touches_the_rows_it_names(many: None) -> None:
    ids = list(db.session.scalars(select(Delivery.id).limit(20)))
    said = plan(update(Delivery.__table__).where(Delivery.id.in_(ids)).values(reason="x"))
    assert "SCAN delivery" not in said and "Seq Scan" not in said, said


@pytest.mark.parametrize(
    ("column", "index"),
    [
        (FollowUp.prompt_at, "ix_follow_up_prompt"),
        (FollowUp.hold_check_at, "ix_follow_up_hold"),
        (FollowUp.escalate_at, "ix_follow_up_escalate"),
    ],
)
def test_the_next_due_time_is_the_end_of_an_index(app: Flask, column: Any, index: str) -> None:
    assert index in plan(select(*agenda.OF_FOLLOW_UPS))
    due = plan(select(FollowUp.id).where(column <= clock.now()).order_by(column).limit(50))
    assert index in due, due


def test_the_newest_event_is_the_end_of_an_index(app: Flask) -> None:
    asked: list[str] = []

    @event.listens_for(db.engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    cursor.newest()
    (query,) = asked
    connection = without_scans()
    explain = "EXPLAIN QUERY PLAN" if is_sqlite() else "EXPLAIN"
    said = "\n".join(str(row[-1]) for row in connection.exec_driver_sql(f"{explain} {query}"))
    assert "SCAN" not in said and "Sort" not in said, said


def test_many_rows_are_there_and_the_claim_takes_the_oldest_first(many: None) -> None:
    with write():
        pushes = claim.due_pushes(clock.now(), 3)
        claim.take([push.id for push in pushes], "w", clock.now(), timedelta(seconds=30))
    left = [push.id for push in claim.due_pushes(clock.now(), 100)]
    dues = dict(tuple(row) for row in db.session.execute(select(Delivery.id, Delivery.due_at)))
    assert len(pushes) == 3 and len(left) == 4, "six copies and the first one are due"
    assert max(dues[push.id] for push in pushes) < min(dues[id_] for id_ in left)
    db.session.rollback()
