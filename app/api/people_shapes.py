"""How the people who work here look to whoever manages them, and to themselves. Reads only, in few queries for many."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.assignment import duty
from app.assignment.duty import Duty
from app.board.rows import person_json
from app.board.snapshot import push_state
from app.db import db
from app.models import (
    STILL_OPEN,
    Absence,
    Device,
    FollowUp,
    OnCall,
    Person,
    Showroom,
    Subscription,
)
from app.push import health
from app.push.notify import iso


def people_json(people: Sequence[Person], now: datetime) -> list[dict[str, Any]]:
    """Everything about somebody but what their customers said."""
    ids = [person.id for person in people]
    duties = duty.availabilities(people, now)
    names = named([person.deputy_id for person in people])
    absences, open_, devices = _absences(ids, now), _open(ids), devices_json(ids)
    return [
        {
            **(person_json(person) or {}),
            "email": person.email,
            "phone": person.phone,
            "role": person.role.value,
            "language": person.language,
            "showroom": place_json(person.showroom),
            **availability_json(duties[person.id]),
            "weekly": person.weekly,
            "deputy": person_json(names.get(person.deputy_id)),
            "absences": absences_json(absences[person.id]),
            "open": open_.get(person.id, 0),
            "devices": devices[person.id],
        }
        for person in people
    ]


def availability_json(present: Duty) -> dict[str, Any]:
    """On duty or not, why not, and until when."""
    return {
        "availability": present.state.value,
        "availability_why": present.why.value if present.why else None,
        "availability_until": iso(present.until) if present.until else None,
    }


def absences_json(absences: Sequence[Absence]) -> list[dict[str, Any]]:
    names = named([id_ for absence in absences for id_ in (absence.person_id, absence.deputy_id)])
    return [
        {
            "id": str(absence.id),
            "person": person_json(names.get(absence.person_id)),
            "deputy": person_json(names.get(absence.deputy_id)),
            "starts_at": iso(absence.starts_at),
            "ends_at": iso(absence.ends_at),
        }
        for absence in absences
    ]


def on_call_json(turns: Sequence[OnCall]) -> list[dict[str, Any]]:
    names = named([turn.person_id for turn in turns])
    places = {id_: db.session.get_one(Showroom, id_) for id_ in {turn.showroom_id for turn in turns}}
    return [
        {
            "id": str(turn.id),
            "person": person_json(names.get(turn.person_id)),
            "showroom": place_json(places[turn.showroom_id]),
            "starts_at": iso(turn.starts_at),
            "ends_at": iso(turn.ends_at),
        }
        for turn in turns
    ]


def place_json(showroom: Showroom) -> dict[str, str]:
    return {"id": str(showroom.id), "name": showroom.name}


def named(ids: Iterable[UUID | None]) -> dict[UUID | None, Person]:
    """People by id."""
    wanted = {id_ for id_ in ids if id_ is not None}
    query = select(Person).where(Person.id.in_(wanted))
    return {person.id: person for person in db.session.scalars(query)} if wanted else {}


def _absences(ids: list[UUID], now: datetime) -> dict[UUID, list[Absence]]:
    query = select(Absence).where(Absence.person_id.in_(ids), Absence.ends_at > now)
    found: dict[UUID, list[Absence]] = defaultdict(list)
    for absence in db.session.scalars(query.order_by(Absence.starts_at)):
        found[absence.person_id].append(absence)
    return found


def _open(ids: list[UUID]) -> dict[UUID, int]:
    query = (
        select(FollowUp.owner_id, func.count())
        .where(FollowUp.owner_id.in_(ids), STILL_OPEN)
        .group_by(FollowUp.owner_id)
    )
    return {id_: count for id_, count in db.session.execute(query)}


def devices_json(ids: list[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """The devices on which each of these people is signed in, last seen first."""
    phones: dict[UUID, list[Subscription]] = defaultdict(list)
    for subscription in db.session.scalars(select(Subscription).where(Subscription.person_id.in_(ids))):
        phones[subscription.device_id].append(subscription)
    query = select(Device).where(Device.person_id.in_(ids), Device.revoked_at.is_(None))
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for device in db.session.scalars(query.order_by(Device.last_seen_at.desc(), Device.id)):
        heard = max((s.last_received_at for s in phones[device.id] if s.last_received_at), default=None)
        found[device.person_id].append(
            {
                "id": str(device.id),
                "name": device.name,
                "platform": device.platform,
                "push": push_state(phones[device.id]),
                "health": health.best(phones[device.id]).value,
                "created_at": iso(device.created_at),
                "last_seen_at": iso(device.last_seen_at) if device.last_seen_at else None,
                "last_received_at": iso(heard) if heard else None,
            }
        )
    return found
