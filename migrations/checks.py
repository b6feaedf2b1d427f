"""Change a CHECK of a table that holds rows, on both databases.

SQLite cannot alter one, and rebuilding the table would lose what alembic does not reflect. Its documentation gives the
way for changes that leave the stored rows alone (https://www.sqlite.org/lang_altertable.html, "Making Other Kinds Of
Table Schema Changes"): edit the stored statement, step the schema's version, and look whether all is well.
"""

import sqlalchemy as sa
from alembic import op

Check = tuple[str, str]
"""A constraint's name, and its condition word for word as its migration wrote it."""


def replace_check(table: str, old: Check, new: Check) -> None:
    """Put ``new`` in the place of ``old``. Raises ``LookupError`` when SQLite's stored statement has no such CHECK."""
    if op.get_bind().dialect.name == "sqlite":
        _on_sqlite(table, _clause(old), _clause(new))
    else:
        op.drop_constraint(op.f(old[0]), table, type_="check")
        op.create_check_constraint(op.f(new[0]), table, sa.text(new[1]))


def _on_sqlite(table: str, old: str, new: str) -> None:
    database = op.get_bind()
    wanted = {"table": table, "old": old, "new": new}
    found = "SELECT count(*) FROM sqlite_schema WHERE type='table' AND name=:table AND instr(sql, :old)"
    if not database.execute(sa.text(found), wanted).scalar():
        raise LookupError(f"{table} has no {old}")
    version = database.exec_driver_sql("PRAGMA schema_version").scalar_one()
    database.exec_driver_sql("PRAGMA writable_schema=ON")
    change = "UPDATE sqlite_schema SET sql=replace(sql, :old, :new) WHERE type='table' AND name=:table"
    database.execute(sa.text(change), wanted)
    database.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
    database.exec_driver_sql("PRAGMA writable_schema=OFF")
    said = database.exec_driver_sql("PRAGMA integrity_check").scalars().all()
    if said != ["ok"]:
        raise RuntimeError(f"SQLite found after the change of {table}: {said}")


def _clause(check: Check) -> str:
    return f"CONSTRAINT {check[0]} CHECK ({check[1]})"
