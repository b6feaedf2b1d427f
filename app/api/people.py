"""The people of a showroom, for whoever manages it: duty, own hours, deputy, devices, leaving the firm."""

from uuid import UUID

from apiflask import APIBlueprint
from flask import Response, jsonify
from sqlalchemy import select

from app import access, clock
from app.access import managers_only, me, signed_in
from app.api.bodies import PersonPatch, ProfilePatch
from app.api.once import Answer, once
from app.api.people_shapes import people_json
from app.assignment import leave, profile
from app.board.rows import person_json
from app.board.snapshot import scope
from app.db import db
from app.errors import NotAllowed, NotFound
from app.models import Device, Person, Role, append

bp = APIBlueprint("people", __name__, url_prefix="/api/v1")


@bp.get("/people")
@signed_in
@managers_only
def show() -> Response:
    """Everybody who works in my showroom; an admin sees the group."""
    query = select(Person).where(Person.group_id == me().group_id, Person.left_at.is_(None))
    if scope(me()) is not None:
        query = query.where(Person.showroom_id == scope(me()))
    found = list(db.session.scalars(query.order_by(Person.first_name, Person.id)))
    return jsonify(people=people_json(found, clock.now()))


@bp.patch("/people/<uuid:id_>")
@signed_in
@bp.input(PersonPatch, arg_name="said")
@once
def change(id_: UUID, said: PersonPatch) -> Answer:
    """Own hours, deputy, number; an admin also changes the role."""
    person = managed(id_)
    change_profile(person, said)
    if said.role is not None and said.role is not person.role:
        if me().role is not Role.ADMIN:
            raise NotAllowed("Only an admin changes somebody's role.")
        profile.set_role(person, said.role)
    return people_json([person], clock.now())[0], 200


@bp.post("/people/<uuid:id_>/departure")
@signed_in
@once
def depart(id_: UUID) -> Answer:
    """They leave the firm: customers handed over, devices signed out, at once or not at all."""
    person = managed(id_, also_left=True)
    gone = leave.leave(person, me(), clock.now())
    return {"person": person_json(person), **vars(gone)}, 201


@bp.delete("/devices/<uuid:id_>")
@signed_in
@once
def sign_out_device(id_: UUID) -> Answer:
    """A device of mine, or of somebody I manage: its session and its open connections end."""
    device = db.session.get(Device, id_)
    if device is None or device.group_id != me().group_id or device.revoked_at is not None:
        raise NotFound("We cannot find this device.")
    if device.person_id != me().id:
        managed(device.person_id)
    access.revoke(device, clock.now())
    return {"id": str(id_)}, 200


def change_profile(person: Person, said: ProfilePatch) -> None:
    """Only what was sent. Inside a write."""
    given = said.model_fields_set
    if "weekly" in given:
        profile.set_weekly(person, said.weekly)
    if "deputy_id" in given:
        profile.set_deputy(person, colleague(said.deputy_id) if said.deputy_id else None)
    if "phone" in given:
        profile.set_phone(person, (said.phone or "").strip())
    if given & {"weekly", "deputy_id", "phone", "role"}:
        append(
            "person_changed",
            clock.now(),
            group_id=person.group_id,
            showroom_id=person.showroom_id,
            person_id=person.id,
        )


def managed(id_: UUID, *, also_left: bool = False) -> Person:
    """Somebody I manage. Raises NotFound for a stranger, NotAllowed when I do not manage."""
    person = colleague(id_, also_left=also_left)
    if scope(me()) not in (None, person.showroom_id):
        raise NotFound("We cannot find this person.")
    if not me().manages or (person.role is Role.ADMIN and me().role is not Role.ADMIN):
        raise NotAllowed("Only whoever manages them can do this.")
    return person


def colleague(id_: UUID, *, also_left: bool = False) -> Person:
    """Somebody of my group. Raises NotFound."""
    person = db.session.get(Person, id_)
    if person is None or person.group_id != me().group_id or (person.left_at and not also_left):
        raise NotFound("We cannot find this person.")
    return person
