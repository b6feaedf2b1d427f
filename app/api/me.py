"""Who I am, my availability, my settings."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response, current_app, jsonify
from sqlalchemy import select

from app import access, clock
from app.access import me, my_device, settings, signed_in
from app.api.bodies import AvailabilityIn, MePatch
from app.api.once import Answer, once
from app.api.people import change_profile
from app.api.people_shapes import availability_json, people_json
from app.assignment import duty
from app.board.rows import person_json
from app.board.snapshot import push_state, showroom_json
from app.db import db, write
from app.models import Availability, Device, Person, Subscription, append
from app.push import health, keys
from app.push.notify import iso

bp = APIBlueprint("me", __name__, url_prefix="/api/v1")
OWN = ("phone", "weekly", "deputy", "absences", "availability", "availability_why", "availability_until")
"""What ``Me`` says about a person as ``people`` does."""
SLA = {"gold": 60, "green": 120, "amber": 300}
"""Seconds to the first try: #DCDW's standard is 120; product.md rule 4."""


@bp.get("/me")
@signed_in
def who_am_i() -> Response:
    """Me, my showroom, this device and its push."""
    if access.seen(my_device(), clock.now()):
        with write():
            access.touch(my_device())
    return jsonify(me_json(me(), my_device()))


@bp.patch("/me")
@signed_in
@bp.input(MePatch, arg_name="said")
@once
def change_me(said: MePatch) -> Answer:
    """Language, links, own hours, deputy, number; an empty link or number removes it."""
    person = me()
    change_profile(person, said)
    if said.language:
        person.language = said.language
    if said.facetime_link is not None:
        person.facetime_link = str(said.facetime_link) or None
    if said.video_link is not None:
        person.video_link = str(said.video_link) or None
    return me_json(person, my_device()), 200


@bp.put("/me/availability")
@signed_in
@bp.input(AvailabilityIn, arg_name="said")
@once
def set_availability(said: AvailabilityIn) -> Answer:
    """One tap. "With a customer" ends by itself after 45 minutes, a break or a day off with the day."""
    person, now = me(), clock.now()
    person.availability = Availability(said.state)
    person.availability_until = duty.ends_by_itself(person, person.availability, now)
    append(
        "availability_set",
        now,
        group_id=person.group_id,
        showroom_id=person.showroom_id,
        person_id=person.id,
        state=said.state,
    )
    return me_json(person, my_device()), 200


def me_json(person: Person, device: Device) -> dict[str, Any]:
    """The shape of ``Me`` in the API."""
    now = clock.now()
    key = keys.newest(current_app.extensions["vapid"].fresh())
    phones = list(db.session.scalars(select(Subscription).where(Subscription.device_id == device.id)))
    (about,) = people_json([person], now)
    heard = max((s.last_received_at for s in phones if s.last_received_at), default=None)
    confirmed = max((s.confirmed_at for s in phones if s.confirmed_at), default=None)
    demo = settings().demo and person.showroom.group.demo
    return {
        "server_time": iso(now),
        "person": {
            "id": str(person.id),
            "first_name": person.first_name,
            "name": person.name,
            "email": person.email,
            "role": person.role.value,
            "language": person.language,
            **{name: about[name] for name in OWN},
            "facetime_link": person.facetime_link,
            "video_link": person.video_link,
        },
        "showroom": showroom_json(person.showroom),
        "device": {
            "id": str(device.id),
            "name": device.name,
            "push": push_state(phones),
            "health": health.best(phones).value,
            "confirmed_at": iso(confirmed) if confirmed else None,
            "last_received_at": iso(heard) if heard else None,
        },
        "push": {"public_key": key.public, "key_id": key.id},
        "sla": SLA,
        "telephony": settings().telephony,
        "demo": demo,
        "demo_speed": settings().demo_speed if demo else None,
        "colleagues": _colleagues(person),
    }


def _colleagues(person: Person) -> list[dict[str, Any]]:
    query = select(Person).where(
        Person.group_id == person.group_id,
        Person.showroom_id == person.showroom_id,
        Person.left_at.is_(None),
        Person.id != person.id,
    )
    found = list(db.session.scalars(query.order_by(Person.first_name, Person.id)))
    duties = duty.availabilities(found, clock.now())
    return [{**(person_json(p) or {}), **availability_json(duties[p.id])} for p in found]
