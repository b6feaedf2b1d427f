"""A follow-up: the pursuit of one customer about one or more open leads, by one owner, with exactly one next step.

States and single-row verbs. A verb changes the row guarded by the old state and says with a bool whether it won.
"""

import enum
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Model, Owned, belongs, choice, owned
from app.models.customer import Customer
from app.models.group import Person, Showroom


class FollowUpState(enum.StrEnum):
    """assigned → accepted → contacted → ended (and assigned → contacted when the customer calls first)."""

    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    CONTACTED = "contacted"
    ENDED = "ended"


TRANSITIONS: dict[FollowUpState, frozenset[FollowUpState]] = {
    FollowUpState.ASSIGNED: frozenset({FollowUpState.ACCEPTED, FollowUpState.CONTACTED, FollowUpState.ENDED}),
    FollowUpState.ACCEPTED: frozenset({FollowUpState.ASSIGNED, FollowUpState.CONTACTED, FollowUpState.ENDED}),
    FollowUpState.CONTACTED: frozenset({FollowUpState.ACCEPTED, FollowUpState.ENDED}),
    FollowUpState.ENDED: frozenset({FollowUpState.ACCEPTED, FollowUpState.CONTACTED}),
}
"""Backward moves exist for undo and for a handover before the first try."""


class StepKind(enum.StrEnum):
    """What must happen next; the first two come from the cadence, the rest from people."""

    ATTEMPT = "attempt"
    SNOOZE = "snooze"
    ANSWER = "answer"
    FIND_CONTACT = "find_contact"
    MANAGER_ANSWERS = "manager_answers"
    NAME_NEXT_STEP = "name_next_step"
    APPOINTMENT = "appointment"
    CALL_BACK = "call_back"
    QUOTE = "quote"
    CHECK_IN = "check_in"


OPEN = text("state <> 'ended'")


class FollowUp(Owned, Model):
    """One row per pursuit; while open it has an owner, a next step and a due time (rule 2)."""

    __tablename__ = "follow_up"
    __table_args__ = owned(
        belongs("showroom_id", "showroom"),
        belongs("customer_id", "customer"),
        belongs("owner_id", "person"),
        belongs("covered_by_id", "person"),
        # rule 2: at most one open follow-up per customer
        Index(
            "uq_follow_up_open",
            "group_id",
            "customer_id",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
        Index(None, "group_id", "customer_id"),
        # rule 2: no state in which a lead can lie still
        CheckConstraint("(state = 'ended') = (next_due_at IS NULL)", name="open_has_next_step"),
        CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="ended_has_a_time"),
        Index("ix_follow_up_prompt", "prompt_at"),
        Index("ix_follow_up_escalate", "escalate_at"),
        Index("ix_follow_up_hold", "hold_check_at"),
        Index(None, "group_id", "owner_id", "state"),
        Index(None, "group_id", "showroom_id", "state"),
    )
    showroom_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    owner_id: Mapped[UUID]
    covered_by_id: Mapped[UUID | None]
    state: Mapped[FollowUpState] = choice(FollowUpState, default=FollowUpState.ASSIGNED)
    cadence: Mapped[str] = mapped_column(String(40))
    cadence_version: Mapped[int] = mapped_column(default=1)
    """1: the cadence every showroom starts with; above: the group's own (``CadenceVersion``)."""
    position: Mapped[int] = mapped_column(default=1)
    opened_at: Mapped[datetime]
    assigned_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    first_try_at: Mapped[datetime | None]
    """When the first real try began (rule 5): the tap, once its outcome is logged."""
    contacted_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(String(24))
    next_kind: Mapped[StepKind | None] = choice(StepKind)
    next_channel: Mapped[str | None] = mapped_column(String(20))
    next_due_at: Mapped[datetime | None]
    stagger_seconds: Mapped[int] = mapped_column(default=0)
    """Place in the queue after an opening, so that not everything is due at nine sharp."""
    voicemail_allowed: Mapped[bool] = mapped_column(default=False)
    prompt_at: Mapped[datetime | None]
    """When the worker must remind the owner of the next step; NULL once it has."""
    ladder_from: Mapped[datetime | None]
    rung: Mapped[int] = mapped_column(default=0)
    escalate_at: Mapped[datetime | None]
    """When the worker must climb the next rung; NULL while a call holds the escalation or it is exhausted."""
    hold_check_at: Mapped[datetime | None]
    """A started call holds the escalation: after 10 min the owner is asked, after 20 the hold ends (rule 5)."""
    hold_asked: Mapped[bool] = mapped_column(default=False)

    customer: Mapped[Customer] = relationship(
        primaryjoin="foreign(FollowUp.customer_id) == Customer.id", viewonly=True, lazy="joined"
    )
    owner: Mapped[Person] = relationship(
        primaryjoin="foreign(FollowUp.owner_id) == Person.id", viewonly=True, lazy="joined"
    )
    covered_by: Mapped[Person | None] = relationship(
        primaryjoin="foreign(FollowUp.covered_by_id) == Person.id", viewonly=True, lazy="joined"
    )
    showroom: Mapped[Showroom] = relationship(
        primaryjoin="foreign(FollowUp.showroom_id) == Showroom.id", viewonly=True, lazy="joined"
    )

    @property
    def is_open(self) -> bool:
        return self.state is not FollowUpState.ENDED


class EndReason(enum.StrEnum):
    """Why an assignment ended (history of the owner)."""

    ENDED = "ended"
    CANNOT_NOW = "cannot_now"
    ABSENCE = "absence"
    LANGUAGE = "language"
    CUSTOMERS_WISH = "customers_wish"
    LEFT = "left"
    SPOKE_FIRST = "spoke_first"


STILL_OPEN = FollowUp.state != literal_column("'ended'")
"""As the index of open follow-ups says it: SQLite cannot know that a bound value is the same."""
ONGOING = text("ended_at IS NULL")


class Assignment(Owned, Model):
    """One salesperson's responsibility for a follow-up, from when to when, and why it ended."""

    __tablename__ = "assignment"
    __table_args__ = owned(
        belongs("follow_up_id", "follow_up"),
        belongs("person_id", "person"),
        # rule 2: exactly one owner
        Index(
            "uq_assignment_ongoing",
            "follow_up_id",
            unique=True,
            sqlite_where=ONGOING,
            postgresql_where=ONGOING,
        ),
        Index(None, "group_id", "follow_up_id"),
    )
    follow_up_id: Mapped[UUID]
    person_id: Mapped[UUID]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    reason: Mapped[EndReason | None] = choice(EndReason)
