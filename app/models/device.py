"""How a person signs in and is reached: devices with a session, one-time device links, push subscriptions."""

import enum
from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app import clock
from app.models.base import Model, Owned, belongs, choice, owned
from app.models.group import Person


class Device(Owned, Model):
    """One signed-in browser. The cookie holds a random token; here is only its hash."""

    __tablename__ = "device"
    __table_args__ = owned(belongs("person_id", "person"), UniqueConstraint("session_hash"))
    person_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(String(80), default="")
    platform: Mapped[str] = mapped_column(String(20), default="")
    session_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    last_seen_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(
        primaryjoin="foreign(Device.person_id) == Person.id", viewonly=True, lazy="joined"
    )


class DeviceLink(Owned, Model):
    """A one-time way in: a link with a token, or the 8-character code derived from it. 30 minutes, used once."""

    __tablename__ = "device_link"
    __table_args__ = owned(
        belongs("person_id", "person"), UniqueConstraint("token_hash"), Index(None, "code_hash")
    )
    person_id: Mapped[UUID]
    token_hash: Mapped[str] = mapped_column(String(64))
    code_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class PushState(enum.StrEnum):
    """pending → confirmed (the phone returned a pushed token) → gone (404/410) or needs_resubscribe (other key)."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    GONE = "gone"
    NEEDS_RESUBSCRIBE = "needs_resubscribe"


class Subscription(Owned, Model):
    """A browser's push endpoint, bound for life to the VAPID key (``key_id``) it was made with."""

    __tablename__ = "subscription"
    __table_args__ = owned(
        belongs("device_id", "device"),
        belongs("person_id", "person"),
        UniqueConstraint("endpoint_hash"),
        Index(None, "group_id", "person_id", "state"),
    )
    device_id: Mapped[UUID]
    person_id: Mapped[UUID]
    endpoint: Mapped[str] = mapped_column(String(2048))
    endpoint_hash: Mapped[str] = mapped_column(String(64))
    p256dh: Mapped[str] = mapped_column(String(100))
    auth: Mapped[str] = mapped_column(String(40))
    key_id: Mapped[str] = mapped_column(String(20))
    state: Mapped[PushState] = choice(PushState, default=PushState.PENDING)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    synced_at: Mapped[datetime] = mapped_column(default=clock.now)
    confirmed_at: Mapped[datetime | None]
    last_received_at: Mapped[datetime | None]
    """The last receipt by the service worker: the only proof that this phone still gets messages."""
    unheard: Mapped[int] = mapped_column(default=0)
    """Messages sent since the last receipt: a phone that used to send receipts and is silent has a fault."""
    checked_at: Mapped[datetime | None]
    """When the daily check last looked at it."""
    failed_reason: Mapped[str | None] = mapped_column(String(200))

    device: Mapped[Device] = relationship(
        primaryjoin="foreign(Subscription.device_id) == Device.id", viewonly=True, lazy="joined"
    )
