"""Rows the house keeps for itself: answers already given to a request, and who is alive."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.models.base import Model, Owned, belongs, owned


class RequestKey(Owned, Model):
    """The answer to a request with an Idempotency-Key: the same request again gets the same answer."""

    __tablename__ = "request_key"
    __table_args__ = owned(belongs("person_id", "person"), UniqueConstraint("person_id", "key"))
    person_id: Mapped[UUID]
    key: Mapped[str] = mapped_column(String(100))
    body_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    answer: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class Heartbeat(Model):
    """When a process last said that it is alive; ``/readyz`` reads it."""

    __tablename__ = "heartbeat"
    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    pid: Mapped[int]
    beat_at: Mapped[datetime]
