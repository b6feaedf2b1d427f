"""Run by Alembic through ``flask --app wsgi db …``, with the app's own engine, on SQLite and PostgreSQL alike."""

from typing import Any

from alembic import context
from flask import current_app

from app.db import UtcDateTime, writing
from app.models.event import Xid
from app.sqlite import expect_much

extension = current_app.extensions["migrate"]


def render_item(kind: str, item: Any, _context: Any) -> str | bool:
    """Our column types as plain SQLAlchemy, so that an old migration never depends on today's code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Xid):
        return "XID"
    return False


def skip_empty(_context: Any, _revision: Any, directives: list[Any]) -> None:
    """No file for "nothing changed"."""
    if getattr(context.config.cmd_opts, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives[:] = []


# a write from the start: on SQLite it waits for a house that is running, instead of failing halfway
with extension.db.engine.connect().execution_options(**writing()) as connection:
    context.configure(
        connection=connection,
        target_metadata=extension.db.metadata,
        render_item=render_item,
        process_revision_directives=skip_empty,
        **extension.configure_args,
    )
    with context.begin_transaction():
        context.run_migrations()
        if connection.dialect.name == "sqlite":
            expect_much(connection)
    connection.commit()
