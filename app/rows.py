"""Rows without the unit of work, for the hot path (ADR 15): new rows are kept back and written together, one statement
a table, when the write commits or somebody asks for one of their tables.

In: rows inside a running transaction. Called by the stages that place a lead or put something into the outbox.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from functools import cache, lru_cache
from itertools import groupby
from typing import Any, cast

from sqlalchemy import JSON, Column, Executable, Insert, Table, Update, bindparam, event, insert, update
from sqlalchemy.orm import ORMExecuteState, Session, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.sql.util import find_tables

from app.db import LAST_WORDS, db
from app.postgres import in_one_go

KEPT_BACK = "kept back"
"""Where a session keeps what is not written yet: (table, row or its values)."""

LAST = "changed last"
"""Where a session keeps what is changed at the very end: values by table and id."""

ASKED = "asked once"
Kept = tuple[Table, Any]


def look(
    query: Executable,
    asked: Mapping[str, Any] | None = None,
    *,
    counted: bool = False,
    once: bool = False,
) -> Sequence[Any]:
    """What a query of columns, not of objects, finds: straight from the connection, which is half of what it costs.

    ``counted``: the caller adds what is ``kept`` back itself, so that nothing need be written for this. ``once``: it
    changes with no lead, so that it is asked once a transaction.
    """
    session = db.session()
    if once:
        known: dict[Any, Sequence[Any]] = session.info.setdefault(ASKED, {})
        key = query, *(asked or {}).values()
        if key not in known:
            known[key] = look(query, asked)
        return known[key]
    if session.autoflush:
        session.flush()
    if not counted:
        _write_what(session, query)
    return session.connection().execute(query, asked).all()


def kept(model: type[Any]) -> list[Any]:
    """The new rows of a kind that this write has not written yet."""
    return [row for table, row in _kept(db.session()) if table is model.__table__]


def put(*rows: Any) -> None:
    """Keep new rows for writing. They are in the session from now on, as if they had been loaded.

    What the database refuses is raised where they are written: ``sqlalchemy.exc.IntegrityError``, as by a flush.
    """
    put_away(*rows)
    session = db.session()
    for row in rows:
        make_transient_to_detached(row)
        session.add(row)


def put_away(*rows: Any) -> None:
    """``put`` for rows that nobody changes before the next transaction: they stay out of the session, which is half of
    what a row costs."""
    kept = _kept(db.session())
    for row in rows:
        values = row.__dict__
        for name, default in _defaults(row.__table__):
            if name not in values:
                values[name] = default(None)
        kept.append((row.__table__, row))


def put_values(table: Table, values: dict[str, Any]) -> None:
    """``put_away`` for a row that is no object: every column that is not filled by the database, by name."""
    _kept(db.session()).append((table, values))


def change(row: Any, **values: Any) -> None:
    """Give a row of the session these ``values``, as if they had been loaded: in its INSERT if that is still to come,
    else with an UPDATE by its id, now."""
    session = db.session()
    for name, value in values.items():
        set_committed_value(row, name, value)
    if any(one is row for _, one in _kept(session)):
        return
    _change(session, row.__table__, row.id, values)


def change_last(row: Any, **values: Any) -> None:
    """``change`` at the very end of the write: the row is not locked before, and several changes of it are one.

    Queries do not see them until then: who asks adds what ``changed`` says.
    """
    for name, value in values.items():
        set_committed_value(row, name, value)
    last: dict[tuple[Table, Any], dict[str, Any]] = db.session().info.setdefault(LAST, {})
    last.setdefault((row.__table__, row.id), {}).update(values)


def changed(model: type[Any], id_: Any) -> Mapping[str, Any]:
    """What ``change_last`` will write into this row."""
    last: dict[tuple[Table, Any], dict[str, Any]] = db.session().info.get(LAST, {})
    return last.get((model.__table__, id_), {})


def _write_last(session: Session) -> None:
    """In the order of their ids, so that two who change several do not wait for each other."""
    last: dict[tuple[Table, Any], dict[str, Any]] = session.info.pop(LAST, {})
    for (table, id_), values in sorted(last.items(), key=lambda one: (one[0][0].name, one[0][1])):
        _change(session, table, id_, values)


def _change(session: Session, table: Table, id_: Any, values: Mapping[str, Any]) -> None:
    named = {f"to_{name}": value for name, value in values.items()}
    session.connection().execute(_changing(table, tuple(values)), {"row": id_, **named})


def write_kept(session: Session) -> None:
    """Write what was kept back: what is referred to first, and one statement for all rows of a table."""
    kept = _kept(session)
    if not kept:
        return
    session.info[KEPT_BACK] = []
    connection = session.connection()
    order = _order()
    kept.sort(key=lambda one: order[one[0]])  # stable: within a table as they were put
    for (table, names), neighbours in groupby(((table, _values(table, row)) for table, row in kept), _alike):
        connection.execute(_insert(table), [{name: row[name] for name in names} for _, row in neighbours])


@event.listens_for(Session, "before_flush")
def _before_flush(session: Session, *_: Any) -> None:
    write_kept(session)


@event.listens_for(Session, "before_commit")
def _before_commit(session: Session) -> None:
    session.flush()  # first: the unit of work wants to know how many rows each statement has found
    last_words = session.info.pop(LAST_WORDS, ())
    if not (last_words or _kept(session) or session.info.get(LAST)):
        return
    connection = session.connection()
    with in_one_go(connection) if connection.dialect.name == "postgresql" else nullcontext():
        write_kept(session)
        _write_last(session)
        for words in last_words:
            connection.execute(words)


@event.listens_for(Session, "after_soft_rollback")
@event.listens_for(Session, "after_commit")
def _forget(session: Session, *_: Any) -> None:
    for name in (KEPT_BACK, LAST, LAST_WORDS, ASKED):
        session.info.pop(name, None)


@event.listens_for(Session, "do_orm_execute")
def _before_query(state: ORMExecuteState) -> None:
    _write_what(state.session, state.statement)


def _write_what(session: Session, statement: Executable) -> None:
    """Somebody asks: what is kept back for one of these tables must be there. Who changes rows finds all of it."""
    kept = _kept(session)
    if kept and not (
        getattr(statement, "is_select", False) and _tables(statement).isdisjoint(table for table, _ in kept)
    ):
        write_kept(session)


def _kept(session: Session) -> list[Kept]:
    return cast(list[Kept], session.info.setdefault(KEPT_BACK, []))


@lru_cache(maxsize=512)
def _tables(statement: Any) -> frozenset[Table]:
    found = find_tables(
        statement, include_joins=True, include_aliases=True, include_crud=True, include_selects=True
    )
    return frozenset(one for one in found if isinstance(one, Table))


def _values(table: Table, row: Any) -> Mapping[str, Any]:
    return row if isinstance(row, dict) else row.__dict__


def _alike(one: tuple[Table, Mapping[str, Any]]) -> tuple[Table, tuple[str, ...]]:
    """Rows of one statement: same table, same columns. A JSON that is None is left out: it would be 'null'."""
    table, row = one
    return table, tuple(
        name for name, json in _columns(table) if name in row and not (json and row[name] is None)
    )


@cache
def _order() -> dict[Table, int]:
    """Every table behind those that it refers to."""
    return {table: place for place, table in enumerate(db.metadata.sorted_tables)}


@cache
def _insert(table: Table) -> Insert:
    return insert(table).inline()  # a number that the database gives is not asked back: nobody needs it


@cache
def _columns(table: Table) -> list[tuple[str, bool]]:
    """The columns of a table, and which of them hold JSON."""
    return [(column.key, isinstance(column.type, JSON)) for column in table.columns]


@cache
def _defaults(table: Table) -> list[tuple[str, Callable[[None], Any]]]:
    return [(column.key, _default(column)) for column in table.columns]


def _default(column: Column[Any]) -> Callable[[None], Any]:
    """A column's default as SQLAlchemy keeps it: a value, or a function of the statement's context."""
    if column.default is None:
        return lambda _context: None
    value: Any = column.default.arg  # type: ignore[attr-defined]
    return value if column.default.is_callable else lambda _context: value


@cache
def _changing(table: Table, names: tuple[str, ...]) -> Update:
    to = {name: bindparam(f"to_{name}", type_=table.c[name].type) for name in names}
    return update(table).where(table.c.id == bindparam("row")).values(to)
