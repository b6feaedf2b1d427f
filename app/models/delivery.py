"""A delivery: one message that must leave the house over one channel. Written with the change that caused it."""

import enum
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.models.base import Model, Owned, belongs, choice, owned


class DeliveryState(enum.StrEnum):
    """queued → sending → sent → received; sending → queued again (a try failed), failed or cancelled."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    RECEIVED = "received"
    FAILED = "failed"
    CANCELLED = "cancelled"
    NOT_SENT = "not_sent"
    """Kept and shown: no mail server is configured."""


NOT_LEFT = (DeliveryState.QUEUED, DeliveryState.SENDING)
"""What a stop still cancels. One on its way may arrive all the same, but no second try follows it."""


class DeliveryChannel(enum.StrEnum):
    PUSH = "push"
    EMAIL = "email"
    SMS = "sms"
    VOICE = "voice"
    FORWARD = "forward"
    """A lead on its way to the house's other system."""
    GRAPH = "graph"
    """A question to Meta: the content of a lead of which the webhook told only the id."""


WAITING = text("state = 'queued'")
TO_CUSTOMER = text("customer_id IS NOT NULL")
ALERTS = text("kind IN ('escalation', 'alarm')")
"""As the index says it: SQLite cannot know that bound values say the same."""
LEASED = text("state = 'sending'")


class Delivery(Owned, Model):
    """At least once: ``id`` goes along as the message's own id, ``tag`` replaces an older notification."""

    __tablename__ = "delivery"
    __table_args__ = owned(
        belongs("person_id", "person"),
        belongs("subscription_id", "subscription"),
        belongs("follow_up_id", "follow_up"),
        belongs("customer_id", "customer"),
        UniqueConstraint("token"),
        # no delivery twice to the same device for the same reason
        UniqueConstraint("subscription_id", "cause"),
        Index("ix_delivery_waiting", "channel", "due_at", sqlite_where=WAITING, postgresql_where=WAITING),
        Index("ix_delivery_leased", "lease_until", sqlite_where=LEASED, postgresql_where=LEASED),
        Index(None, "group_id", "follow_up_id"),
        Index("ix_delivery_customer", "customer_id", sqlite_where=TO_CUSTOMER, postgresql_where=TO_CUSTOMER),
        Index("ix_delivery_alerted", "person_id", sqlite_where=ALERTS, postgresql_where=ALERTS),
    )
    channel: Mapped[DeliveryChannel] = choice(DeliveryChannel)
    kind: Mapped[str] = mapped_column(String(24))
    """lead, due, reminder, escalation, taken, alarm, test; confirmation, stop_confirmed, …"""
    cause: Mapped[str | None] = mapped_column(String(80))
    """Why, as a key: the same cause never goes to the same device twice. About a follow-up it begins with its id."""
    person_id: Mapped[UUID | None]
    subscription_id: Mapped[UUID | None]
    customer_id: Mapped[UUID | None]
    follow_up_id: Mapped[UUID | None]
    address: Mapped[str | None] = mapped_column(String(254))
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)
    tag: Mapped[str | None] = mapped_column(String(32))
    token: Mapped[str] = mapped_column(String(40))
    """Returned by the phone as a receipt; 128 bits, random for each delivery."""
    state: Mapped[DeliveryState] = choice(DeliveryState, default=DeliveryState.QUEUED)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    due_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(60))
    """The worker that is sending it; when that worker's heartbeat stops, somebody else sends it."""
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    acted_at: Mapped[datetime | None]
    """When whoever was told began an attempt, covered or acknowledged: the end of the proof."""
    provider_ref: Mapped[str | None] = mapped_column(String(100))
    """The provider's own id of what we sent (a message's or a call's), as its receipts name it."""
    reason: Mapped[str | None] = mapped_column(String(200))
    """Why the last try failed, or why it was cancelled or not sent."""
