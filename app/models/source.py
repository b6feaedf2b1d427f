"""Where leads come from, and every raw request as it came in."""

import enum
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app import clock
from app.models.base import Model, Owned, belongs, choice, owned
from app.models.group import Showroom

UNREAD = text("state = 'received'")


class Source(Owned, Model):
    """One secret intake address; its kind decides the parser and the proof of origin."""

    __tablename__ = "source"
    __table_args__ = owned(
        belongs("showroom_id", "showroom"), UniqueConstraint("key"), UniqueConstraint("showroom_id", "name")
    )
    showroom_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    closed_at: Mapped[datetime | None]
    settings: Mapped[dict[str, Any] | None]
    """What its kind needs to know and anybody may see: a field map, an account's id."""
    secrets: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What only the vendor and we may know, encrypted (``app.intake.secrets``); never shown again."""
    trouble: Mapped[str | None] = mapped_column(String(200))
    """What somebody must mend at the vendor ("the token has expired"); NULL when all is well."""
    trouble_at: Mapped[datetime | None]

    showroom: Mapped[Showroom] = relationship(
        primaryjoin="foreign(Source.showroom_id) == Showroom.id", viewonly=True, lazy="joined"
    )


class SubmissionState(enum.StrEnum):
    """received → read, needs_look or ignored. A worker re-reads one still *received* after 10 s."""

    RECEIVED = "received"
    READ = "read"
    NEEDS_LOOK = "needs_look"
    IGNORED = "ignored"


class Submission(Owned, Model):
    """One raw request, stored before anything looks at it, so that no parser can lose it."""

    __tablename__ = "submission"
    __table_args__ = owned(
        belongs("source_id", "source"),
        # rule: the same delivery again (Idempotency-Key, provider's id) is nothing new (intake.md)
        UniqueConstraint("source_id", "delivery_key"),
        Index(None, "source_id", "received_at"),
        Index("ix_submission_unread", "received_at", sqlite_where=UNREAD, postgresql_where=UNREAD),
    )
    source_id: Mapped[UUID]
    state: Mapped[SubmissionState] = choice(SubmissionState, default=SubmissionState.RECEIVED)
    content_type: Mapped[str] = mapped_column(String(200), default="")
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The raw payload, kept for RAW_DAYS and never logged; NULL after that."""
    delivery_key: Mapped[str | None] = mapped_column(String(200))
    received_at: Mapped[datetime] = mapped_column(default=clock.now)
    read_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    answer: Mapped[dict[str, Any] | None]
    """What the sender was told, repeated word for word when the same delivery comes again."""
    note: Mapped[str | None] = mapped_column(String(200))
    """Why it needs a look or was ignored, in the parser's words; never the customer's."""
    took_ms: Mapped[int | None]
    """Milliseconds from its arrival until it was placed."""


class SourceTemplate(Owned, Model):
    """How to read the mails of one sender, as an admin made it; of one showroom, or (NULL) of the group."""

    __tablename__ = "source_template"
    __table_args__ = owned(
        belongs("showroom_id", "showroom"),
        belongs("created_by_id", "person"),
        UniqueConstraint("group_id", "name"),
    )
    showroom_id: Mapped[UUID | None]
    name: Mapped[str] = mapped_column(String(120))
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    created_by_id: Mapped[UUID | None]
