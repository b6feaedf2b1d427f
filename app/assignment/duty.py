"""Who works in a showroom, and how much each of them has: the candidates of ``choose``. Reads only."""

from uuid import UUID

from sqlalchemy import case, func, select

from app import clock
from app.assignment.choose import Candidate
from app.db import db
from app.models import FollowUp, FollowUpState, Person, Role, Showroom


def candidates(showroom: Showroom, without: UUID | None = None) -> list[Candidate]:
    """The showroom's salespeople with their load, for ``choose``."""
    unfinished = case((FollowUp.state == FollowUpState.ASSIGNED, 1), else_=0)
    query = (
        select(Person, func.coalesce(func.sum(unfinished), 0), func.count(FollowUp.id))
        .outerjoin(
            FollowUp,
            (FollowUp.group_id == Person.group_id)
            & (FollowUp.owner_id == Person.id)
            & (FollowUp.state != FollowUpState.ENDED),
        )
        .where(
            Person.group_id == showroom.group_id,
            Person.showroom_id == showroom.id,
            Person.role == Role.SALESPERSON,
            Person.left_at.is_(None),
        )
        .group_by(Person.id)
    )
    moment = clock.now()
    return [
        Candidate(person.id, person.present_availability(moment), unfinished, open_, person.last_assigned_at)
        for person, unfinished, open_ in db.session.execute(query)
        if person.id != without
    ]


def manager(showroom: Showroom) -> UUID | None:
    query = (
        select(Person.id)
        .where(
            Person.group_id == showroom.group_id,
            Person.showroom_id == showroom.id,
            Person.role.in_((Role.MANAGER, Role.ADMIN)),
            Person.left_at.is_(None),
        )
        .order_by(Person.role.desc(), Person.id)
        .limit(1)
    )
    return db.session.scalar(query)
