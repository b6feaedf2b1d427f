"""Who is on call outside opening hours: volunteers, from when to when. Called by the API and the command line inside
their transaction; read by ``duty.on_call``.
"""

from datetime import datetime

from sqlalchemy import select

from app.db import db, new_id
from app.errors import Conflict, Unreadable
from app.models import Absence, OnCall, Person, Role, append


def volunteer(person: Person, starts_at: datetime, ends_at: datetime, now: datetime) -> OnCall:
    """Put somebody on the rota of their showroom. Inside a write.

    Raises Unreadable for a span that cannot be or somebody who does not call, Conflict (on_call_already, away).
    """
    if ends_at <= starts_at or ends_at <= now:
        raise Unreadable(
            "Being on call ends after it begins, and not in the past.", fields={"ends_at": "too early"}
        )
    if person.role is Role.RECEPTIONIST:
        raise Unreadable(f"{person.first_name} works at the desk and does not call customers.")
    for model, problem, code in (
        (OnCall, "is on call then already", "on_call_already"),
        (Absence, "is away then", "away"),
    ):
        clash = select(model.id).where(
            model.group_id == person.group_id,
            model.person_id == person.id,
            model.starts_at < ends_at,
            model.ends_at > starts_at,
        )
        if db.session.scalar(clash.limit(1)) is not None:
            raise Conflict(f"{person.first_name} {problem}.", code=code)
    turn = OnCall(
        id=new_id(),
        group_id=person.group_id,
        showroom_id=person.showroom_id,
        person_id=person.id,
        starts_at=starts_at,
        ends_at=ends_at,
        created_at=now,
    )
    db.session.add(turn)
    append("on_call_set", now, group_id=person.group_id, showroom_id=person.showroom_id, person_id=person.id)
    db.session.flush()
    db.session.refresh(turn)  # in UTC, whatever zone it was said in
    return turn


def stand_down(turn: OnCall, now: datetime) -> None:
    """Not on call after all. Inside a write."""
    append(
        "on_call_ended", now, group_id=turn.group_id, showroom_id=turn.showroom_id, person_id=turn.person_id
    )
    db.session.delete(turn)
    db.session.flush()
