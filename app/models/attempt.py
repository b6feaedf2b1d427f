"""An attempt: the fact of one human try to reach the customer, written at the tap. A fact is never refused."""

import enum
from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Model, Owned, belongs, choice, owned
from app.models.group import Person


class Channel(enum.StrEnum):
    """How the salesperson tried. Call is the one big button; the rest stands below it [001]."""

    CALL = "call"
    FACETIME = "facetime"
    WHATSAPP = "whatsapp"
    SMS = "sms"
    EMAIL = "email"
    VIDEO = "video"


class Outcome(enum.StrEnum):
    """How it went, in one tap (product.md, The salesperson's minute)."""

    SPOKE = "spoke"
    NO_ANSWER = "no_answer"
    VOICEMAIL = "voicemail"
    BUSY = "busy"
    WRONG_NUMBER = "wrong_number"
    CALL_BACK = "call_back"
    MESSAGE_SENT = "message_sent"
    REPLIED = "replied"
    CALLED_US = "called_us"
    COMPLAINT = "complaint"
    STOP = "stop"


CONTACT = frozenset({Outcome.SPOKE, Outcome.CALLED_US, Outcome.CALL_BACK})
"""Outcomes in which the customer and we have spoken."""


class Attempt(Owned, Model):
    """Its id is made by the phone, so that the same tap sent twice is one attempt."""

    __tablename__ = "attempt"
    __table_args__ = owned(
        belongs("follow_up_id", "follow_up"),
        belongs("person_id", "person"),
        belongs("contact_point_id", "contact_point"),
        Index(None, "group_id", "follow_up_id", "started_at"),
        Index(None, "group_id", "person_id", "outcome_at"),
    )
    follow_up_id: Mapped[UUID]
    person_id: Mapped[UUID]
    contact_point_id: Mapped[UUID | None]
    channel: Mapped[Channel] = choice(Channel)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[Outcome | None] = choice(Outcome)
    outcome_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    """ "Didn't call": the tap was no try; the original clock resumes."""
    away_seconds: Mapped[int | None]
    """Time away from the app: a hint, shown as self-reported."""
    note: Mapped[str | None] = mapped_column(Text)
    call_back_at: Mapped[datetime | None]
    question_answered: Mapped[bool | None]
    next_kind: Mapped[str | None] = mapped_column(String(24))
    next_at: Mapped[datetime | None]
    provider_ref: Mapped[str | None] = mapped_column(String(100))
    """Of a bridged call: the provider's id. Its times are verified, not self-reported."""
    talk_seconds: Mapped[int | None]
    """Of a bridged call: how long they spoke, as the provider measured it."""

    person: Mapped[Person] = relationship(
        primaryjoin="foreign(Attempt.person_id) == Person.id", viewonly=True, lazy="joined"
    )
