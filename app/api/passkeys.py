"""My passkeys: what to ask this phone for, adding what it made, listing, removing."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response, jsonify
from sqlalchemy import select

from app import clock
from app.access import me, passkeys, signed_in
from app.api.bodies import PasskeyIn
from app.api.edge import limiter
from app.api.once import Answer, once
from app.db import db
from app.models import Passkey
from app.push.notify import iso

bp = APIBlueprint("passkeys", __name__, url_prefix="/api/v1")


@bp.post("/passkeys/options")
@limiter.limit("30/minute")
@signed_in
def options() -> Response:
    """What to ask the browser for. Nothing is kept."""
    return jsonify(passkeys.options_to_add(me(), clock.now()))


@bp.post("/passkeys")
@limiter.limit("10/minute")
@signed_in
@bp.input(PasskeyIn, arg_name="said")
@once
def add(said: PasskeyIn) -> Answer:
    """What this phone made, once."""
    passkey = passkeys.add(me(), said.credential.model_dump(), said.name, clock.now())
    return passkey_json(passkey), 201


@bp.get("/passkeys")
@signed_in
def show() -> Response:
    """Mine, newest first."""
    query = select(Passkey).where(Passkey.person_id == me().id)
    found = db.session.scalars(query.order_by(Passkey.created_at.desc(), Passkey.id))
    return jsonify(passkeys=[passkey_json(passkey) for passkey in found])


@bp.delete("/passkeys/<uuid:id_>")
@signed_in
@once
def remove(id_: UUID) -> Answer:
    """It signs nobody in any more; who is signed in stays so."""
    passkeys.remove(passkeys.own(id_, me()), clock.now())
    return {"id": str(id_)}, 200


def passkey_json(passkey: Passkey) -> dict[str, Any]:
    return {
        "id": str(passkey.id),
        "name": passkey.name,
        "created_at": iso(passkey.created_at),
        "last_used_at": iso(passkey.last_used_at) if passkey.last_used_at else None,
    }
