"""Who works in a showroom, who of them is on duty now, and how much each has. Reads only.

In: a showroom or people, and now. Out: ``Duty``, the one truth about somebody's availability (last tap, own hours,
absence), and the candidates of ``choose``. Called by assign, hand_over, escalate, the board and the API.
"""

import enum
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, case, func, literal_column, select

from app import clock
from app.assignment.choose import Candidate
from app.db import db
from app.hours import Hours, NeverOpen
from app.models import Absence, Availability, FollowUp, FollowUpState, OnCall, Person, Role, Showroom
from app.rows import changed, kept, look

RUNNING = (Absence.starts_at <= bindparam("now")) & (Absence.ends_at > bindparam("now"))
AWAY_UNTIL = (
    select(func.max(Absence.ends_at))
    .where(Absence.group_id == Person.group_id, Absence.person_id == Person.id, RUNNING)
    .correlate(Person)
    .scalar_subquery()
)
OPEN_STATES: list[ColumnElement[Any]] = [
    literal_column(f"'{state}'") for state in FollowUpState if state is not FollowUpState.ENDED
]
CANDIDATES = (
    # one statement: every lead asks it
    select(
        Person.id,
        Person.availability,
        Person.availability_until,
        Person.weekly,
        Person.last_assigned_at,
        AWAY_UNTIL,
        func.coalesce(func.sum(case((FollowUp.state == FollowUpState.ASSIGNED, 1), else_=0)), 0),
        func.count(FollowUp.owner_id),  # with the states named, the index answers alone
    )
    .outerjoin(
        FollowUp,
        (FollowUp.group_id == Person.group_id)
        & (FollowUp.owner_id == Person.id)
        & FollowUp.state.in_(OPEN_STATES),
    )
    .where(
        Person.group_id == bindparam("group_id"),
        Person.showroom_id == bindparam("showroom_id"),
        Person.role == Role.SALESPERSON,
        Person.left_at.is_(None),
    )
    .group_by(Person.id)
)


WITH_CUSTOMER = timedelta(minutes=45)


class Why(enum.StrEnum):
    """What keeps somebody from being on duty."""

    TAP = "tap"
    OWN_HOURS = "own_hours"
    ABSENT = "absent"


@dataclass(frozen=True)
class Duty:
    """``why`` is None on duty; ``until``: when it ends by itself, None when it does not."""

    state: Availability
    why: Why | None = None
    until: datetime | None = None


def availability(person: Person, now: datetime) -> Duty:
    """Whether one person is on duty, now or (as far as hours and absences say) at a moment to come."""
    return availabilities([person], now)[person.id]


def availabilities(people: Iterable[Person], now: datetime) -> dict[UUID, Duty]:
    """The same for many people, in one statement."""
    asked = list(people)
    away = _away_until([person.id for person in asked], now)
    return {
        p.id: weigh(
            p.availability,
            p.availability_until,
            p.showroom.hours.of_person(p.weekly),
            away.get(p.id),
            now,
        )
        for p in asked
    }


def weigh(
    tap: Availability, tap_until: datetime | None, hours: Hours, away_until: datetime | None, now: datetime
) -> Duty:
    """On duty: by the last tap (which may end by itself), within their own hours, and not absent. Pure."""
    if away_until is not None:
        return Duty(Availability.OFF, Why.ABSENT, away_until)
    if tap_until is not None and tap_until <= now:
        tap, tap_until = Availability.ON_DUTY, None
    if tap is Availability.OFF:
        return Duty(tap, Why.TAP, tap_until)
    if not hours.is_open(now):
        return Duty(Availability.OFF, Why.OWN_HOURS, _opening(hours, now))
    if tap is Availability.ON_DUTY:
        return Duty(tap)
    return Duty(tap, Why.TAP, tap_until)


def ends_by_itself(person: Person, tap: Availability, now: datetime) -> datetime | None:
    """When a tap is over without another one: a customer after 45 minutes, a break or a day off at the next day's
    opening ("Off until 9:00"). None: it stays.
    """
    hours = person.showroom.hours.of_person(person.weekly)
    if tap is Availability.WITH_CUSTOMER:
        return now + WITH_CUSTOMER
    if tap is Availability.ON_DUTY or hours.always_open:
        return None
    return _opening(hours, hours.next_day(now))


def candidates(showroom: Showroom, without: UUID | None = None) -> list[Candidate]:
    """The showroom's salespeople with their load, for ``choose``."""
    now, hours = clock.now(), showroom.hours
    asked = {"group_id": showroom.group_id, "showroom_id": showroom.id, "now": now}
    found = []
    rows = look(CANDIDATES, asked, counted=True)
    new = Counter(one.owner_id for one in kept(FollowUp))
    for id_, tap, until, weekly, last, away, unfinished, open_ in rows:
        if id_ == without:
            continue
        last = changed(Person, id_).get("last_assigned_at", last)
        own = hours.of_person(weekly)
        duty = weigh(tap, until, own, away, now)
        back = _opening(own, duty.until) if duty.until else None
        found.append(Candidate(id_, duty.state, unfinished + new[id_], open_ + new[id_], last, back))
    return found


def manager(showroom: Showroom) -> UUID | None:
    """Who gets what nobody else can: a manager of this showroom, rather one who is not absent, else a group admin."""
    managers = (Person.showroom_id == showroom.id) & Person.role.in_((Role.MANAGER, Role.ADMIN))
    query = (
        select(Person.id)
        .where(
            Person.group_id == showroom.group_id,
            managers | (Person.role == Role.ADMIN),
            Person.left_at.is_(None),
        )
        .order_by(Person.showroom_id != showroom.id, AWAY_UNTIL.is_not(None), Person.role.desc(), Person.id)
        .limit(1)
    )
    return db.session.scalar(query, {"now": clock.now()})


def on_call(showroom: Showroom, now: datetime) -> list[Person]:
    """The volunteers who are told about this showroom's leads now, outside opening hours."""
    query = (
        select(Person)
        .join(OnCall, OnCall.person_id == Person.id)
        .where(
            OnCall.group_id == showroom.group_id,
            OnCall.showroom_id == showroom.id,
            OnCall.starts_at <= now,
            OnCall.ends_at > now,
            Person.left_at.is_(None),
            AWAY_UNTIL.is_(None),
        )
        .order_by(OnCall.starts_at, Person.id)
    )
    return list(dict.fromkeys(db.session.scalars(query, {"now": now})))


def _away_until(ids: list[UUID], now: datetime) -> dict[UUID, datetime]:
    query = (
        select(Absence.person_id, func.max(Absence.ends_at))
        .where(Absence.person_id.in_(ids), RUNNING)
        .group_by(Absence.person_id)
    )
    return {id_: until for id_, until in db.session.execute(query, {"now": now})} if ids else {}


def _opening(hours: Hours, at: datetime) -> datetime | None:
    try:
        return hours.next_open(at)
    except NeverOpen:
        return None
