"""Where a showroom's leads go as ADF too: its CRM, by e-mail or POST. Managers."""

import ipaddress
from typing import Annotated, Any, Literal
from urllib.parse import SplitResult, urlsplit
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response, jsonify
from pydantic import BaseModel, Field
from sqlalchemy import null, select

from app import clock
from app.access import managers_only, me, settings, signed_in
from app.api.bodies import Plain
from app.api.once import Answer, once
from app.config import is_loopback
from app.db import db
from app.errors import Unreadable
from app.intake.names import read_email
from app.models import Customer, Delivery, DeliveryChannel, Showroom, append
from app.push.notify import iso

bp = APIBlueprint("forwarding", __name__, url_prefix="/api/v1/showrooms/current/forward")
SHOWN = 10


class ForwardIn(BaseModel):
    """``kind`` null: nowhere. ``not_from``: sources that come from that very system; their leads do not go back."""

    kind: Literal["email", "post"] | None
    to: Annotated[Plain, Field(max_length=254)] = ""
    not_from: Annotated[list[UUID], Field(max_length=50)] = []


@bp.get("")
@signed_in
@managers_only
def show() -> Response:
    """Where to, and what became of the last ones."""
    return jsonify(_json(_showroom()))


@bp.put("")
@signed_in
@managers_only
@bp.input(ForwardIn, arg_name="said")
@once
def change(said: ForwardIn) -> Answer:
    """From the next lead on."""
    showroom, to = _showroom(), said.to.strip()
    if said.kind is not None and (wrong := _cannot_go_to(said.kind, to)):
        raise Unreadable("Please check what is marked.", fields={"to": wrong})
    not_from = {"not_from": [str(id_) for id_ in said.not_from]} if said.not_from else {}
    showroom.forward = {"kind": said.kind, "to": to, **not_from} if said.kind else null()
    db.session.flush()
    db.session.refresh(showroom)
    append(
        "showroom_changed", clock.now(), group_id=showroom.group_id, showroom_id=showroom.id, person_id=me().id,
        fields="forward",
    )  # fmt: skip
    return _json(showroom), 200


def _cannot_go_to(kind: str, to: str) -> str | None:
    """A sentence, or None when it can. The address itself is looked at again before each lead is sent."""
    if kind == "email":
        return None if read_email(to) == to else "An e-mail address, such as leads@crm.example.com."
    try:
        parts = urlsplit(to)
        host, named = parts.hostname or "", parts.netloc.lower() in settings().forward_extra_hosts
    except ValueError:
        parts, host, named = urlsplit(""), "", False
    if not host or parts.username or parts.scheme not in ("http", "https"):
        return "An address, such as https://crm.example.com/adf."
    if not named and (parts.scheme != "https" or _is_inside(parts)):
        return "It must begin with https:// and be reachable from the internet."
    return None


def _is_inside(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return is_loopback(host)


def _showroom() -> Showroom:
    return db.session.get_one(Showroom, me().showroom_id)


def _json(showroom: Showroom) -> dict[str, Any]:
    sent = (
        select(Delivery)
        .join(Customer, Customer.id == Delivery.customer_id)
        .where(
            Delivery.group_id == showroom.group_id,
            Delivery.channel == DeliveryChannel.FORWARD,
            Customer.showroom_id == showroom.id,
        )
        .order_by(Delivery.created_at.desc())
    )
    last = [
        {"at": iso(one.created_at), "state": one.state.value, "tries": one.tries, "reason": one.reason}
        for one in db.session.scalars(sent.limit(SHOWN))
    ]
    return {"forward": showroom.forward, "last": last}
