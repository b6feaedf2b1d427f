"""What every table shares: an id made by us, the group it belongs to, foreign keys a stranger's row cannot satisfy."""

import enum
from typing import Any
from uuid import UUID

from sqlalchemy import Enum, ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from app.db import Model, new_id

__all__ = ["Model", "Owned", "belongs", "choice", "owned", "values"]


class Owned:
    """A row of a group: ``group_id`` is NOT NULL and part of every foreign key that points here."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)

    @declared_attr
    def group_id(cls) -> Mapped[UUID]:
        return mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), nullable=False)


def owned(*more: Any) -> tuple[Any, ...]:
    """``__table_args__`` of an owned table: (group_id, id) is the key others point to."""
    return (UniqueConstraint("group_id", "id"), *more)


def belongs(column: str, table: str, *, cascade: bool = False) -> ForeignKeyConstraint:
    """A composite foreign key (group_id, column): the database refuses a row of another group."""
    return ForeignKeyConstraint(
        ["group_id", column], [f"{table}.group_id", f"{table}.id"], ondelete="CASCADE" if cascade else None
    )


def values(kind: type[enum.Enum]) -> list[str]:
    return [str(member.value) for member in kind]


def choice(kind: type[enum.Enum], **more: Any) -> Any:
    """A column that holds one word of a StrEnum, checked by the database."""
    column_type = Enum(
        kind,
        native_enum=False,
        length=24,
        create_constraint=True,
        name=kind.__name__.lower(),
        values_callable=values,
    )
    return mapped_column(column_type, **more)
