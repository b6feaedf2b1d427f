"""The migrations make exactly the tables the models describe, and can be taken back, on both databases."""

from typing import Any

import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import func, inspect, select
from sqlalchemy.exc import IntegrityError

from app.db import db
from tests.people import doesburg, send_lead

# SQLAlchemy does not know PostgreSQL's own transaction id; the migration writes its type by hand.
pytestmark = pytest.mark.filterwarnings("ignore:Did not recognize type 'xid8'")


def differences() -> list[Any]:
    """What alembic would still change; our own tables only."""
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, db.metadata))


def tables() -> set[str]:
    with db.engine.connect() as connection:
        return set(inspect(connection).get_table_names()) - {"alembic_version"}


def test_they_match_the_models_and_go_down_and_up_again(app: Flask) -> None:
    assert differences() == []
    assert tables() == set(db.metadata.tables)
    flask_migrate.downgrade(revision="base")
    assert tables() == set()
    flask_migrate.upgrade()
    assert differences() == [] and tables() == set(db.metadata.tables)


def test_a_missing_table_would_be_noticed(app: Flask) -> None:
    with db.engine.begin() as connection:
        connection.execute(db.text("DROP TABLE request_key"))
    assert differences() != []


def test_a_house_with_rows_in_it_moves_up_and_keeps_them(app: Flask) -> None:
    house = doesburg()
    send_lead(app, house.sources["form"])
    before = counts()
    for revision in ("0001", "head"):
        (flask_migrate.upgrade if revision == "head" else flask_migrate.downgrade)(revision=revision)
        assert (
            counts().items() >= {name: before[name] for name in ("person", "delivery", "follow_up")}.items()
        )
    with db.engine.begin() as connection, pytest.raises(IntegrityError):
        connection.execute(db.text("UPDATE delivery SET channel = 'pigeon'"))


def counts() -> dict[str, int]:
    """Rows a table."""
    with db.engine.connect() as connection:
        tables_ = [t for t in db.metadata.sorted_tables if inspect(connection).has_table(t.name)]
        return {t.name: connection.scalar(select(func.count()).select_from(t)) or 0 for t in tables_}


def test_every_row_belongs_to_a_group_and_points_only_into_it() -> None:
    """House rule 9: group_id NOT NULL, and part of every foreign key to an owned table."""
    for table in db.metadata.sorted_tables:
        if table.name in ("groups", "heartbeat"):
            continue
        assert not table.c.group_id.nullable, table.name
        for key in table.foreign_key_constraints:
            assert "group_id" in key.column_keys, (table.name, key.column_keys)
