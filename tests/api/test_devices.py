"""Where Sanne is signed in: her list, the phone she lost, and out everywhere."""

import uuid

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.db import db, write
from app.models import DeliveryState, Event, PushState, Subscription
from tests.api.phone import Phone, fresh, told
from tests.people import House, doesburg, elsewhere


@pytest.fixture
def house(app: Flask) -> House:
    return doesburg()


def id_of(phone: Phone) -> str:
    return str(phone.get("me")["device"]["id"])


def subscribe(house: House, device: str) -> None:
    """This phone can be pushed to, and has proven it."""
    rings = Subscription(
        group_id=house.group.id, person_id=house.sanne.id, device_id=uuid.UUID(device), endpoint="https://push.example/x",
        endpoint_hash="x" * 64, p256dh="x", auth="x", key_id="x", state=PushState.CONFIRMED,
        confirmed_at=clock.now(), last_received_at=clock.now(),
    )  # fmt: skip
    with write():
        db.session.add(rings)


def test_sanne_sees_her_devices_and_nobody_elses(app: Flask, house: House) -> None:
    pocket, desk = Phone(app, house.sanne), Phone(app, house.sanne)
    for other in (house.eva, elsewhere().charlie):
        Phone(app, other)
    subscribe(house, id_of(pocket))
    seen = {one["id"]: one for one in desk.get("devices")["devices"]}
    assert seen.keys() == {id_of(pocket), id_of(desk)}
    assert [one["id"] for one in seen.values() if one["this"]] == [id_of(desk)]
    mine = seen[id_of(pocket)]
    assert mine["name"] == "test phone" and mine["platform"] == "android" and mine["created_at"]
    assert mine["push"] == "confirmed" and mine["health"] == "ok" and mine["last_received_at"]
    assert seen[id_of(desk)]["push"] == "none" and seen[id_of(desk)]["health"] == "not_subscribed"


def test_a_lost_phone_is_signed_out_from_another_and_gets_no_more_pushes(app: Flask, house: House) -> None:
    lost, desk = Phone(app, house.sanne), Phone(app, house.sanne)
    subscribe(house, id_of(lost))
    assert lost.post("subscriptions/current/tests").status_code in (200, 201, 202)
    (waiting,) = told(house.sanne)
    assert waiting.state is DeliveryState.QUEUED
    lost_id = id_of(lost)
    fresh()
    assert desk.client.delete(f"/api/v1/devices/{lost_id}").status_code == 200
    fresh()
    assert lost.client.get("/api/v1/me").status_code == 401
    assert [one["id"] for one in desk.get("devices")["devices"]] == [id_of(desk)]
    assert [push.state for push in told(house.sanne)] == [DeliveryState.CANCELLED]
    ended = db.session.scalars(select(Event).where(Event.type == "device_revoked")).one()
    assert ended.data["device"] == lost_id, "its open line is closed by this"


def test_a_colleague_cannot_sign_her_out(app: Flask, house: House) -> None:
    sanne = Phone(app, house.sanne)
    device = id_of(sanne)
    refused = [Phone(app, other).client.delete(f"/api/v1/devices/{device}").status_code
               for other in (house.eva, elsewhere().dora)]  # fmt: skip
    assert refused == [403, 404], "Eva sees that she works here, Dora does not"
    fresh()
    assert sanne.client.get("/api/v1/me").status_code == 200


@pytest.mark.parametrize(("query", "out", "status"), [("", 3, 401), ("?keep=current", 2, 200)])
def test_out_everywhere_ends_all_her_sessions_and_nobody_elses(
    app: Flask, house: House, query: str, out: int, status: int
) -> None:
    first, second, this, eva = *(Phone(app, house.sanne) for _ in range(3)), Phone(app, house.eva)
    fresh()
    answer = this.client.delete(f"/api/v1/sessions{query}")
    assert answer.status_code == 200 and answer.json == {"signed_out": out}
    gone = "firstcall=;" in answer.headers.get("Set-Cookie", "")
    assert gone is (query == ""), "the browser forgets a session that ended"
    fresh()
    assert [phone.client.get("/api/v1/me").status_code for phone in (first, second, this, eva)] == [
        401, 401, status, 200,
    ]  # fmt: skip
    revoked = db.session.scalars(select(Event.data).where(Event.type == "device_revoked")).all()
    assert len({data["device"] for data in revoked}) == out


def test_what_to_keep_is_this_device_or_none(app: Flask, house: House) -> None:
    sanne = Phone(app, house.sanne)
    assert sanne.client.delete("/api/v1/sessions?keep=everything").status_code == 422
    assert sanne.client.get("/api/v1/me").status_code == 200
