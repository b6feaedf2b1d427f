"""Who a customer is, the numbers and addresses that reach them, and what they asked us not to do."""

import enum
from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.models.base import Model, Owned, belongs, choice, owned

MATCHES = text("matches")
"""As the index says it: SQLite does not see that a bound ``matches = 1`` means the same, and would read every point."""


class Customer(Owned, Model):
    """A person who asked us something. One customer stays with one person [004]."""

    __tablename__ = "customer"
    __table_args__ = owned(belongs("owner_id", "person"), belongs("showroom_id", "showroom"))
    showroom_id: Mapped[UUID]
    owner_id: Mapped[UUID | None]
    """Whose customer this is, also between two follow-ups."""
    first_name: Mapped[str] = mapped_column(String(120), default="")
    display_name: Mapped[str] = mapped_column(String(240), default="")
    language: Mapped[str] = mapped_column(String(5), default="nl")
    wants_channel: Mapped[str | None] = mapped_column(String(20))
    """The channel they asked for ("rather WhatsApp"), never one we judged better."""
    spoke_at: Mapped[datetime | None]
    page_key: Mapped[str] = mapped_column(String(40))
    """Random part of the signed address of their status page; changing it revokes the links."""
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class PointKind(enum.StrEnum):
    PHONE = "phone"
    EMAIL = "email"
    WHATSAPP = "whatsapp"
    """WhatsApp's own id of somebody who hides the number: it tells who they are, and leads nowhere."""


class ContactPoint(Owned, Model):
    """A number or address as typed, and in its standard form when it has one. No verdict on it, ever [003]."""

    __tablename__ = "contact_point"
    __table_args__ = owned(
        belongs("customer_id", "customer", cascade=True),
        # rule 7: same phone or e-mail → same customer; two leads at once cannot make two of them
        Index(
            "uq_contact_point_matching",
            "group_id",
            "kind",
            "value",
            unique=True,
            sqlite_where=MATCHES,
            postgresql_where=MATCHES,
        ),
        Index(None, "group_id", "customer_id"),
    )
    customer_id: Mapped[UUID]
    kind: Mapped[PointKind] = choice(PointKind)
    raw: Mapped[str] = mapped_column(String(254))
    value: Mapped[str | None] = mapped_column(String(254))
    """E.164 or the lower-case address; NULL when it cannot be dialled: kept and shown as typed."""
    matches: Mapped[bool] = mapped_column(default=False)
    """Whether it identifies the person: a dialable number or a personal address (not info@, not a masked one)."""
    wrong_at: Mapped[datetime | None]
    """Logged as wrong number: never offered again."""
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class StopScope(enum.StrEnum):
    """What was stopped; unclear means everything (product.md, Stop)."""

    CHANNEL = "channel"
    REQUEST = "request"
    EVERYTHING = "everything"


class Suppression(Owned, Model):
    """A stop, kept as a keyed hash only, and checked at intake. One partner's stop does not silence the other."""

    __tablename__ = "suppression"
    __table_args__ = owned(UniqueConstraint("group_id", "kind", "value_hash", "scope", "channel"))
    kind: Mapped[PointKind] = choice(PointKind)
    value_hash: Mapped[str] = mapped_column(String(64))
    scope: Mapped[StopScope] = choice(StopScope)
    channel: Mapped[str] = mapped_column(String(20), default="")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
