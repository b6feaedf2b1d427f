"""A passkey: the public half of a key that a person's phone or password manager keeps (W3C WebAuthn level 3)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.models.base import Model, Owned, belongs, owned


class Passkey(Owned, Model):
    """How a person signs in after their first device link. Nothing here is a secret."""

    __tablename__ = "passkey"
    __table_args__ = owned(
        belongs("person_id", "person"),
        UniqueConstraint("credential_hash"),
        Index(None, "group_id", "person_id"),
    )
    person_id: Mapped[UUID]
    credential_id: Mapped[bytes] = mapped_column(LargeBinary)
    credential_hash: Mapped[str] = mapped_column(String(64))
    """SHA-256 of ``credential_id``, which may be 1,023 bytes: short enough for every index."""
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    """COSE, as the authenticator gave it."""
    sign_count: Mapped[int] = mapped_column(default=0)
    """Stays 0 for keys that are kept by several phones."""
    name: Mapped[str] = mapped_column(String(80), default="")
    transports: Mapped[str] = mapped_column(String(80), default="")
    """Words that the browser gave, separated by spaces: where it should look for the key."""
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    last_used_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]
    """When the newest challenge was made that it answered: an older one is never accepted again."""
