"""Sources of vendors in a test's house: made as an admin makes them, posted to as the vendor posts.

In: the running app. Out: sources with their secrets, and answers. Called by the tests of webhooks.
"""

import json
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.access import settings
from app.db import db, write
from app.delivery.channels import graph
from app.delivery.lanes import BlockingLane
from app.intake import register
from app.models import Delivery, DeliveryChannel, Lead, Source, Submission
from tests.api.phone import fresh
from tests.people import House
from tests.wire.twilio import TOKEN, signature


def source(house: House, kind: str, secrets: dict[str, str], **told: Any) -> Source:
    """A source of this kind, with what the vendor gave."""
    with write():
        made, _ = register.add(house.showroom, f"{kind} {len(told)} {len(secrets)}", kind, told, secrets)
    db.session.refresh(made)
    return made


def post(app: Flask, to: Source, body: bytes, **headers: str) -> TestResponse:
    """One request of a vendor."""
    path = f"/in/{to.key}"
    fresh()
    content_type = headers.pop("content_type", "application/json")
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = app.test_client().post(path, data=body, content_type=content_type, headers=named)
    fresh()
    return answer


def twilio(app: Flask, to: Source, told: dict[str, str], token: str = TOKEN, **headers: str) -> TestResponse:
    """Form-encoded and signed at the public address, as Twilio does it."""
    address = f"{settings().public_url}/in/{to.key}"
    signed = {"X_Twilio_Signature": signature(token, address, told), **headers}
    return post(app, to, urlencode(told).encode(), content_type="application/x-www-form-urlencoded", **signed)


def whatsapp(message: dict[str, Any], name: str = "Piet Jansen", **sender: str) -> bytes:
    """One message as the Cloud API sends it."""
    number = sender.get("number")
    contact = {
        "profile": {"name": name},
        **({"wa_id": number} if number else {"user_id": sender.get("user_id")}),
    }
    told = {**message, **({"from": number} if number else {"from_user_id": sender.get("user_id")})}
    value = {"messaging_product": "whatsapp", "contacts": [contact], "messages": [told]}
    entry = [{"id": "1", "changes": [{"field": "messages", "value": value}]}]
    return json.dumps({"object": "whatsapp_business_account", "entry": entry}).encode()


def ask_graph(*, now: bool = True) -> None:
    """What the worker's lane does until nothing is due; with ``now`` also what is due only later."""
    if now:
        with write():
            queued = select(Delivery).where(Delivery.channel == DeliveryChannel.GRAPH)
            for delivery in db.session.scalars(queued):
                delivery.due_at = delivery.created_at
    lane = BlockingLane(settings(), "worker", (DeliveryChannel.GRAPH,), graph.send, threads=1)
    while lane.turn() == 0:
        lane.flush()
    lane.close()
    fresh()


def leads() -> list[Lead]:
    """All leads, oldest first."""
    fresh()
    return list(db.session.scalars(select(Lead).order_by(Lead.arrived_at, Lead.id)))


def count(model: type[Lead] | type[Submission]) -> int:
    fresh()
    return int(db.session.scalar(select(func.count()).select_from(model)) or 0)
