"""A group of showrooms, a showroom with its hours, and the people who work there."""

import enum
import json
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app import clock
from app.db import new_id
from app.hours import Hours, hours_of
from app.models.base import Model, Owned, belongs, choice, owned

HAS_QR = text("qr_key IS NOT NULL")


class Role(enum.StrEnum):
    """What a person may do; a manager sees the board of their showroom, an admin the whole group."""

    SALESPERSON = "salesperson"
    MANAGER = "manager"
    RECEPTIONIST = "receptionist"
    ADMIN = "admin"


class Availability(enum.StrEnum):
    """One tap by the salesperson (product.md); ``with_customer`` ends by itself after 45 minutes."""

    ON_DUTY = "on_duty"
    WITH_CUSTOMER = "with_customer"
    BREAK = "break"
    OFF = "off"


class SecondChannel(enum.StrEnum):
    """How a silent owner is reached beside the push, when a telephony provider is configured."""

    NONE = "none"
    SMS = "sms"
    VOICE = "voice"


class Group(Model):
    """The firm: nobody sees another group's rows."""

    __tablename__ = "groups"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class Showroom(Owned, Model):
    """One location: country (for phone numbers), time zone and hours (for every due time), language."""

    __tablename__ = "showroom"
    __table_args__ = owned(UniqueConstraint("group_id", "slug"), UniqueConstraint("slug"))
    slug: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(120))
    country: Mapped[str] = mapped_column(String(2))
    timezone: Mapped[str] = mapped_column(String(60))
    language: Mapped[str] = mapped_column(String(5), default="nl")
    phone: Mapped[str | None] = mapped_column(String(40))
    weekly: Mapped[dict[str, Any]] = mapped_column(default=dict)
    rungs: Mapped[list[Any] | None]
    """Seconds of the first attempt's escalation, or NULL for the setting."""
    public_holidays: Mapped[str | None] = mapped_column(String(10))
    """Closed on the public holidays of this country or part of it ("NL", "DE-BY"); NULL: only on its own dates."""
    second_channel: Mapped[SecondChannel] = choice(SecondChannel, default=SecondChannel.NONE)
    forward: Mapped[dict[str, Any] | None]
    """Where every lead goes as ADF too: {"kind": "email"|"post", "to": address}; NULL: nowhere."""

    group: Mapped[Group] = relationship(foreign_keys="Showroom.group_id", viewonly=True)

    @property
    def hours(self) -> Hours:
        """Opening hours with its own and its country's holidays, in the showroom's own time zone."""
        return hours_of(self.timezone, json.dumps(self.weekly), self.public_holidays)


class Person(Owned, Model):
    """Somebody who works here. Never deleted while a customer is theirs: ``left_at`` ends it."""

    __tablename__ = "person"
    __table_args__ = owned(
        belongs("showroom_id", "showroom"),
        UniqueConstraint("email"),
        Index(None, "group_id", "showroom_id"),
        Index("uq_person_qr_key", "qr_key", unique=True, sqlite_where=HAS_QR, postgresql_where=HAS_QR),
    )
    showroom_id: Mapped[UUID]
    first_name: Mapped[str] = mapped_column(String(80))
    last_name: Mapped[str] = mapped_column(String(120), default="")
    email: Mapped[str] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(40))
    role: Mapped[Role] = choice(Role)
    language: Mapped[str] = mapped_column(String(5), default="nl")
    availability: Mapped[Availability] = choice(Availability, default=Availability.ON_DUTY)
    availability_until: Mapped[datetime | None]
    last_assigned_at: Mapped[datetime | None]
    """Round robin goes to whoever was assigned longest ago."""
    deputy_id: Mapped[UUID | None]
    weekly: Mapped[dict[str, Any] | None]
    """Own working hours in the shape of the showroom's; NULL: works whenever the showroom is open."""
    facetime_link: Mapped[str | None] = mapped_column(String(500))
    video_link: Mapped[str | None] = mapped_column(String(500))
    left_at: Mapped[datetime | None]
    qr_key: Mapped[str | None] = mapped_column(String(40))
    """In the QR code that customers scan to ask this person; NULL until they want one."""

    showroom: Mapped[Showroom] = relationship(
        primaryjoin="foreign(Person.showroom_id) == Showroom.id", viewonly=True
    )

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def manages(self) -> bool:
        return self.role in (Role.MANAGER, Role.ADMIN)

    def present_availability(self, now: datetime) -> Availability:
        """``with_customer`` ends by itself; the row is only a memory of the last tap."""
        if self.availability_until and self.availability_until <= now:
            return Availability.ON_DUTY
        return self.availability
