"""Signing in, with a device link, its code or a passkey, and out, here or everywhere. Links never act on GET."""

from datetime import datetime

from apiflask import APIBlueprint
from flask import Response, jsonify

from app import access, clock
from app.access import me, my_device, passkeys, signed_in
from app.api.bodies import SignIn, SignOut
from app.api.edge import limiter
from app.api.me import me_json
from app.db import db, write
from app.errors import Unreadable
from app.models import Device, Person, append
from app.push.notify import iso

bp = APIBlueprint("sessions", __name__, url_prefix="/api/v1")


@bp.get("/device-links/<token>")
@limiter.limit("30/minute")
def look_at_link(token: str) -> Response:
    """Whose link this is and the code to type into the installed app. Uses nothing up."""
    person, code, expires_at = access.look_at_link(token, clock.now())
    return jsonify(
        first_name=person.first_name,
        showroom=person.showroom.name,
        code=f"{code[:4]}-{code[4:]}",
        expires_at=iso(expires_at),
    )


@bp.post("/sessions/options")
@limiter.limit("30/minute")
def options() -> Response:
    """What a passkey must answer; the same for everybody, so that it says nothing about anybody."""
    return jsonify(passkeys.options_to_sign_in(clock.now()))


@bp.post("/sessions")
@limiter.limit("10/minute")
@bp.input(SignIn, arg_name="said")
def sign_in(said: SignIn) -> Response:
    """Redeem a one-time link or its code, or answer with a passkey; the cookie is the session."""
    now = clock.now()
    with write():
        person = _who(said, now)
        device, secret = access.open_session(person, said.device_name, said.platform, now)
        by = "passkey" if said.passkey else "link"
        append("signed_in", now, group_id=person.group_id, person_id=person.id, device=str(device.id), by=by)
    response = jsonify(me_json(person, device))
    response.status_code = 201
    return access.set_cookie(response, secret)


@bp.delete("/sessions/current")
@signed_in
def sign_out() -> Response:
    """This device only; its subscription is no longer used."""
    device_id = my_device().id
    with write():
        access.revoke(db.session.get_one(Device, device_id), clock.now())
    return access.drop_cookie(Response(status=204))


@bp.delete("/sessions")
@signed_in
@bp.input(SignOut, location="query", arg_name="said")
def sign_out_everywhere(said: SignOut) -> Response:
    """All my devices, or with ``keep=current`` all others. Passkeys stay: they are removed one by one."""
    mine = my_device() if said.keep else None
    with write():
        ended = access.revoke_all(me(), clock.now(), keep=mine)
    response = jsonify(signed_out=ended)
    return response if mine else access.drop_cookie(response)


def _who(said: SignIn, now: datetime) -> Person:
    if said.passkey:
        return passkeys.recognise(said.passkey.model_dump(), now)
    if said.token or said.code:
        return access.redeem(said.token, said.code, now)
    raise Unreadable(
        "Send the link's token, the 8-character code or a passkey's answer.", fields={"code": "missing"}
    )
