"""What the salesperson adds to a customer: photos, a personal video, notes. The content of a file is app/files.py's."""

import enum
from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app import clock
from app.models.base import Model, Owned, belongs, choice, owned
from app.models.group import Person


class FileKind(enum.StrEnum):
    PHOTO = "photo"
    """Of the trade-in, from the camera: made smaller and stripped of what the camera wrote into it."""
    VIDEO = "video"
    """For the customer, who watches it on a page of their own."""


class File(Owned, Model):
    """One stored file. Its id is made by the phone, so that the same upload sent twice is one file."""

    __tablename__ = "file"
    __table_args__ = owned(
        belongs("customer_id", "customer", cascade=True),
        belongs("follow_up_id", "follow_up", cascade=True),
        belongs("person_id", "person"),
        Index(None, "group_id", "follow_up_id", "created_at"),
    )
    customer_id: Mapped[UUID]
    follow_up_id: Mapped[UUID]
    person_id: Mapped[UUID]
    kind: Mapped[FileKind] = choice(FileKind)
    content_type: Mapped[str] = mapped_column(String(60))
    bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    """Of what came in: the same bytes with the same id are the same file."""
    width: Mapped[int | None]
    height: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    removed_at: Mapped[datetime | None]
    """Taken away by a person; its content is deleted by the worker when undo is over."""

    person: Mapped[Person] = relationship(
        primaryjoin="foreign(File.person_id) == Person.id", viewonly=True, lazy="joined"
    )


class Note(Owned, Model):
    """A few words for whoever looks at this customer next. Its id is made by the phone."""

    __tablename__ = "note"
    __table_args__ = owned(
        belongs("customer_id", "customer", cascade=True),
        belongs("follow_up_id", "follow_up", cascade=True),
        belongs("person_id", "person"),
        Index(None, "group_id", "follow_up_id", "created_at"),
    )
    customer_id: Mapped[UUID]
    follow_up_id: Mapped[UUID]
    person_id: Mapped[UUID]
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    removed_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(
        primaryjoin="foreign(Note.person_id) == Person.id", viewonly=True, lazy="joined"
    )
