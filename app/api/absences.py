"""When somebody is away and who covers; who is on call outside opening hours. One's own, or (managers) anybody's."""

from uuid import UUID

from apiflask import APIBlueprint
from flask import Response, jsonify
from pydantic import BaseModel
from sqlalchemy import select

from app import clock
from app.access import me, signed_in
from app.api.bodies import Planned
from app.api.once import Answer, once
from app.api.people import colleague, managed
from app.api.people_shapes import absences_json, on_call_json
from app.assignment import absence, rota
from app.board.snapshot import scope
from app.db import db
from app.errors import NotFound
from app.models import Absence, OnCall, Person

bp = APIBlueprint("absences", __name__, url_prefix="/api/v1")


class SpanIn(BaseModel):
    """``person_id`` left out: me."""

    person_id: UUID | None = None
    starts_at: Planned
    ends_at: Planned


class AbsenceIn(SpanIn):
    deputy_id: UUID


@bp.get("/absences")
@signed_in
def show() -> Response:
    """Running and to come, in my showroom; an admin sees the group."""
    query = (
        select(Absence)
        .join(Person, Person.id == Absence.person_id)
        .where(Absence.group_id == me().group_id, Absence.ends_at > clock.now())
    )
    if scope(me()) is not None:
        query = query.where(Person.showroom_id == scope(me()))
    return jsonify(absences=absences_json(list(db.session.scalars(query.order_by(Absence.starts_at)))))


@bp.post("/absences")
@signed_in
@bp.input(AbsenceIn, arg_name="said")
@once
def announce(said: AbsenceIn) -> Answer:
    """An absence needs a deputy who will be there."""
    person, deputy = _mine(said.person_id), colleague(said.deputy_id)
    made = absence.announce(person, deputy, said.starts_at, said.ends_at, clock.now())
    return absences_json([made])[0], 201


@bp.delete("/absences/<uuid:id_>")
@signed_in
@once
def back(id_: UUID) -> Answer:
    """Back, or not away after all."""
    found = db.session.get(Absence, id_)
    if found is None or found.group_id != me().group_id:
        raise NotFound("We cannot find this absence.")
    _mine(found.person_id)
    absence.end(found, clock.now())
    return {"id": str(id_)}, 200


@bp.get("/on-call")
@signed_in
def show_rota() -> Response:
    """Who is and will be on call, in my showroom; an admin sees the group."""
    query = select(OnCall).where(OnCall.group_id == me().group_id, OnCall.ends_at > clock.now())
    if scope(me()) is not None:
        query = query.where(OnCall.showroom_id == scope(me()))
    return jsonify(on_call=on_call_json(list(db.session.scalars(query.order_by(OnCall.starts_at)))))


@bp.post("/on-call")
@signed_in
@bp.input(SpanIn, arg_name="said")
@once
def volunteer(said: SpanIn) -> Answer:
    """Outside opening hours somebody is told at once."""
    made = rota.volunteer(_mine(said.person_id), said.starts_at, said.ends_at, clock.now())
    return on_call_json([made])[0], 201


@bp.delete("/on-call/<uuid:id_>")
@signed_in
@once
def stand_down(id_: UUID) -> Answer:
    """Not on call after all."""
    found = db.session.get(OnCall, id_)
    if found is None or found.group_id != me().group_id:
        raise NotFound("We cannot find this.")
    _mine(found.person_id)
    rota.stand_down(found, clock.now())
    return {"id": str(id_)}, 200


def _mine(person_id: UUID | None) -> Person:
    """Myself, or somebody I manage."""
    if person_id is None or person_id == me().id:
        return db.session.get_one(Person, me().id)
    return managed(person_id)
