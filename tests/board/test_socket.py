"""Live over Socket.IO: only who is signed in, each in the rooms that concern them, and resuming without a gap."""

from functools import partial
from typing import Any

import pytest
from flask import Flask
from flask_socketio import SocketIOTestClient

from app import clock
from app.board import cursor, feed
from app.board.socket import send
from app.db import db, write
from app.models import Device, Person
from tests.api.phone import Phone, follow_up_of, fresh
from tests.people import House, doesburg, elsewhere, jansen, send_lead


@pytest.fixture
def house(app: Flask) -> House:
    house = doesburg()
    with write():
        db.session.get_one(Person, house.eva.id).last_assigned_at = clock.now()
    return house


def connect(app: Flask, phone: Phone | None) -> SocketIOTestClient:
    fresh()
    client = phone.client if phone else app.test_client()
    socket: SocketIOTestClient = app.extensions["live"].test_client(app, flask_test_client=client)
    return socket


def tell(app: Flask, place: cursor.Cursor) -> cursor.Cursor:
    """What the web process does after a commit."""

    def emit(name: str, message: dict[str, Any], room: Any) -> None:
        app.extensions["live"].emit(name, message, to=room)

    fresh()
    return feed.read_on(place, emit)


def heard(socket: SocketIOTestClient, name: str) -> list[dict[str, Any]]:
    return [m["args"][0] for m in socket.get_received() if m["name"] == name]


def newest() -> cursor.Cursor:
    fresh()
    return cursor.newest()


def test_without_a_session_the_door_stays_shut(app: Flask, house: House) -> None:
    assert not connect(app, None).is_connected()
    sanne = Phone(app, house.sanne)
    assert connect(app, sanne).is_connected()
    sanne.client.delete("/api/v1/sessions/current")
    assert not connect(app, sanne).is_connected()


def test_the_board_moves_without_asking_and_only_ours(app: Flask, house: House) -> None:
    theirs = elsewhere()
    bram, dora = connect(app, Phone(app, house.bram)), connect(app, Phone(app, theirs.dora))
    sanne, eva = connect(app, Phone(app, house.sanne)), connect(app, Phone(app, house.eva))
    place = newest()
    follow_up = follow_up_of(send_lead(app, house.sources["form"]))
    tell(app, place)
    (message,) = heard(bram, "feed")
    assert [r["id"] for r in message["rows"]] == [str(follow_up.id)]
    assert "assigned" in [i["type"] for i in message["items"]] and message["cursor"]
    (inbox,) = heard(sanne, "inbox")
    assert inbox["follow_up_ids"] == [str(follow_up.id)]
    assert heard(sanne, "feed") == [] and eva.get_received() == [] and dora.get_received() == []


def test_after_a_tunnel_the_board_has_everything_once(app: Flask, house: House) -> None:
    phone = Phone(app, house.bram)
    send_lead(app, house.sources["form"])
    snapshot = phone.get("board")
    follow_up = follow_up_of(send_lead(app, house.sources["form"], {"name": "Mies", "phone": "0687654321"}))
    bram = connect(app, phone)
    assert bram.emit("resume", {"cursor": snapshot["cursor"]}, callback=True) == {"ok": True}
    (missed,) = heard(bram, "feed")
    assert [r["id"] for r in missed["rows"]] == [str(follow_up.id)]
    assert not {i["id"] for i in missed["items"]} & {i["id"] for i in snapshot["feed"]}
    assert bram.emit("resume", {"cursor": missed["cursor"]}, callback=True) == {"ok": True}
    assert all(m["items"] == [] for m in heard(bram, "feed"))


def test_an_unknown_place_means_a_new_snapshot(app: Flask, house: House) -> None:
    bram = connect(app, Phone(app, house.bram))
    for said in ({"cursor": "999999999999-999999999"}, {"cursor": "x"}, {}, None, "x", []):
        fresh()
        answer = bram.emit("resume", said, callback=True)
        assert answer == {"ok": False, "reason": "unknown_cursor"}, said
        assert heard(bram, "feed") == []


def test_after_a_tunnel_a_phone_asks_only_for_what_changed(app: Flask, house: House) -> None:
    phone = Phone(app, house.sanne)
    send_lead(app, house.sources["form"])
    before = phone.get("inbox")["cursor"]
    sanne = connect(app, phone)
    asked = {"cursor": before, "of": "inbox"}
    assert sanne.emit("resume", asked, callback=True) == {"ok": True, "changed": []}
    sannes = follow_up_of(send_lead(app, house.sources["form"], jansen(message="En de Polo?")))
    evas = follow_up_of(send_lead(app, house.sources["form"], {"name": "Mies", "phone": "0687654321"}))
    assert evas.owner_id == house.eva.id
    fresh()
    assert sanne.emit("resume", asked, callback=True) == {"ok": True, "changed": [str(sannes.id)]}
    nowhere = {"cursor": "999999999999-999999999", "of": "inbox"}
    assert sanne.emit("resume", nowhere, callback=True) == {"ok": False, "reason": "unknown_cursor"}


def test_a_revoked_device_hears_nothing_more_when_it_asks(app: Flask, house: House) -> None:
    bram = connect(app, Phone(app, house.bram))
    with write():
        for device in db.session.query(Device):
            device.revoked_at = clock.now()
    fresh()
    answer = bram.emit("resume", {"cursor": "0-0"}, callback=True)
    assert answer == {"ok": False, "reason": "not_signed_in"}
    assert not bram.is_connected()


def test_a_revoked_devices_connection_ends_at_once_and_only_that_one(app: Flask, house: House) -> None:
    lost, other = Phone(app, house.sanne), Phone(app, house.sanne)
    id_ = lost.get("me")["device"]["id"]
    gone, kept, bram = connect(app, lost), connect(app, other), connect(app, Phone(app, house.bram))
    place = newest()
    fresh()
    assert other.client.delete(f"/api/v1/devices/{id_}").status_code == 200
    fresh()
    feed.read_on(place, partial(send, app.extensions["live"]))
    assert not gone.is_connected()
    assert kept.is_connected() and bram.is_connected() and heard(kept, "signed_out") == []
