"""What the house measures about itself, from its own rows. Reads only; called by the API.

Continuity: one customer stays with one person [004]; how often did it, and why not.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import InstrumentedAttribute

from app.board.snapshot import scope
from app.db import db
from app.models import Assignment, EndReason, FollowUp, Lead, LeadState, Person, Showroom

LEAST = 30
"""Fewer follow-ups than this say nothing: only their number is shown (product.md, rule 15)."""
NO_CUSTOMER = (LeadState.TEST.value, LeadState.NOT_A_REQUEST.value, LeadState.DUPLICATE.value)
REQUESTS = select(Lead.id).where(Lead.follow_up_id == FollowUp.id)
ONLY_TESTS = REQUESTS.where(Lead.is_test).exists() & ~REQUESTS.where(~Lead.is_test).exists()
"""Somebody pressed a test button: shown, and never counted."""
Share = tuple[int, int]
"""How many, and how many of them stayed with one person."""


@dataclass(frozen=True)
class Period:
    """Follow-ups of one viewer that ended from ``start`` to before ``end``."""

    viewer: Person
    start: datetime
    end: datetime

    def conditions(self) -> list[ColumnElement[bool]]:
        found = [
            FollowUp.group_id == self.viewer.group_id,
            FollowUp.ended_at >= self.start,
            FollowUp.ended_at < self.end,
            FollowUp.end_reason.not_in(NO_CUSTOMER),
            ~ONLY_TESTS,
        ]
        showroom_id = scope(self.viewer)
        return found if showroom_id is None else [*found, FollowUp.showroom_id == showroom_id]


def continuity(period: Period) -> dict[str, Any]:
    """Of the follow-ups that ended: which had one owner from assignment to end, which customers met one person only,
    and why the others were handed over. Total and per showroom; too small ones show their size only.
    """
    follow_ups, customers = _shares(period, FollowUp.id), _shares(period, FollowUp.customer_id)
    reasons = _reasons(period)
    places = {s.id: s for s in db.session.scalars(select(Showroom).where(Showroom.id.in_(follow_ups)))}
    total = (sum(n for n, _ in follow_ups.values()), sum(one for _, one in follow_ups.values()))
    everybody: dict[str, int] = {}
    for found in reasons.values():
        for reason, count in found.items():
            everybody[reason] = everybody.get(reason, 0) + count
    return {
        "least": LEAST,
        "total": _shape(total, _customers(period), everybody),
        "showrooms": [
            {
                "showroom": {"id": str(id_), "name": places[id_].name},
                **_shape(follow_ups[id_], customers[id_], reasons.get(id_, {})),
            }
            for id_ in sorted(follow_ups, key=lambda id_: places[id_].name)
        ],
    }


def _shape(follow_ups: Share, customers: Share, reasons: dict[str, int]) -> dict[str, Any]:
    enough = follow_ups[0] >= LEAST
    return {
        "follow_ups": follow_ups[0],
        "one_person": round(follow_ups[1] / follow_ups[0], 4) if enough else None,
        "customers": customers[0] if enough else None,
        "customers_one_person": round(customers[1] / customers[0], 4) if enough else None,
        "handovers": [
            {"reason": reason, "count": count}
            for reason, count in sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
        ]
        if enough
        else None,
    }


def _shares(period: Period, by: InstrumentedAttribute[UUID]) -> dict[UUID, Share]:
    """Per showroom: how many follow-ups (or customers), and how many of them had one owner only."""
    people = func.count(Assignment.person_id.distinct())
    served = (
        select(FollowUp.showroom_id, by, people.label("people"))
        .join(Assignment, Assignment.follow_up_id == FollowUp.id)
        .where(*period.conditions())
        .group_by(FollowUp.showroom_id, by)
        .subquery()
    )
    one = func.sum(case((served.c.people == 1, 1), else_=0))
    query = select(served.c.showroom_id, func.count(), one).group_by(served.c.showroom_id)
    return {id_: (int(count), int(single)) for id_, count, single in db.session.execute(query)}


def _customers(period: Period) -> Share:
    """A customer of two showrooms is one customer."""
    served = (
        select(FollowUp.customer_id, func.count(Assignment.person_id.distinct()).label("people"))
        .join(Assignment, Assignment.follow_up_id == FollowUp.id)
        .where(*period.conditions())
        .group_by(FollowUp.customer_id)
        .subquery()
    )
    one = func.coalesce(func.sum(case((served.c.people == 1, 1), else_=0)), 0)
    count, single = db.session.execute(select(func.count(), one).select_from(served)).one()
    return int(count), int(single)


def _reasons(period: Period) -> dict[UUID, dict[str, int]]:
    query = (
        select(FollowUp.showroom_id, Assignment.reason, func.count())
        .join(FollowUp, FollowUp.id == Assignment.follow_up_id)
        .where(*period.conditions(), Assignment.reason != EndReason.ENDED)
        .group_by(FollowUp.showroom_id, Assignment.reason)
    )
    found: dict[UUID, dict[str, int]] = {}
    for showroom_id, reason, count in db.session.execute(query):
        found.setdefault(showroom_id, {})[str(reason)] = int(count)
    return found
