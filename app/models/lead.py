"""A lead: one request of a customer, "an answer that was not given on the website" [000]."""

import enum
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Model, Owned, belongs, choice, owned
from app.models.customer import Customer
from app.models.source import Source

KEYED = text("delivery_key IS NOT NULL")


class LeadState(enum.StrEnum):
    """open, or how it closed. Before contact only: unreachable, stopped, duplicate, test, not_a_request (rule 3)."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"
    TRADE = "trade"
    UNREACHABLE = "unreachable"
    STOPPED = "stopped"
    DUPLICATE = "duplicate"
    TEST = "test"
    NOT_A_REQUEST = "not_a_request"


class Lead(Owned, Model):
    """What was asked, about which car, from which source, as it came in."""

    __tablename__ = "lead"
    __table_args__ = owned(
        belongs("showroom_id", "showroom"),
        belongs("customer_id", "customer"),
        belongs("follow_up_id", "follow_up"),
        belongs("source_id", "source"),
        belongs("submission_id", "submission"),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_has_a_time"),
        Index(None, "group_id", "follow_up_id"),
        Index(None, "group_id", "customer_id"),
        Index(None, "submission_id"),
        # rule: the same delivery again is nothing new, also when it comes in another envelope (intake.md)
        Index(
            "uq_lead_source_id_delivery_key",
            "source_id",
            "delivery_key",
            unique=True,
            sqlite_where=KEYED,
            postgresql_where=KEYED,
        ),
    )
    showroom_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    follow_up_id: Mapped[UUID]
    source_id: Mapped[UUID]
    submission_id: Mapped[UUID | None]
    state: Mapped[LeadState] = choice(LeadState, default=LeadState.OPEN)
    arrived_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    question: Mapped[str | None] = mapped_column(Text)
    car: Mapped[str | None] = mapped_column(String(200))
    wants: Mapped[str | None] = mapped_column(String(40))
    trade_in: Mapped[str | None] = mapped_column(String(200))
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Everything the parser read, as ``intake parse`` prints it."""
    language: Mapped[str] = mapped_column(String(5), default="nl")
    needs_look: Mapped[bool] = mapped_column(default=False)
    is_test: Mapped[bool] = mapped_column(default=False)
    delivery_key: Mapped[str | None] = mapped_column(String(200))
    """The vendor's own id of this one request (a leadgen id, a message's or a call's)."""
    via: Mapped[str | None] = mapped_column(String(40))
    """How they asked, when it was no form or mail: call, sms, whatsapp."""

    customer: Mapped[Customer] = relationship(
        primaryjoin="foreign(Lead.customer_id) == Customer.id", viewonly=True
    )
    source: Mapped[Source] = relationship(
        primaryjoin="foreign(Lead.source_id) == Source.id", viewonly=True, lazy="joined"
    )
