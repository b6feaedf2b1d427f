"""Socket.IO: a signed-in device joins the rooms it may hear, and can ask for what it missed."""

from functools import partial
from typing import Any

from flask import Flask
from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import SocketIO, disconnect, emit, join_room

from app.access import current_device
from app.board import cursor, feed
from app.config import Settings
from app.db import db
from app.models import Person, Role


def init_app(app: Flask, settings: Settings) -> SocketIO:
    """The Socket.IO server. ``async_mode`` is always given: Flask-SocketIO would pick eventlet when it is installed."""
    socketio = SocketIO(app, async_mode=settings.async_mode, logger=False, engineio_logger=False)
    socketio.on_event("connect", _connect)
    socketio.on_event("resume", _resume)
    app.extensions["live"] = socketio
    return socketio


def start_feed(app: Flask) -> None:
    """Begin tailing events in this process; called by ``wsgi.serve`` alone."""
    socketio: SocketIO = app.extensions["live"]

    def listening(room: str | None) -> bool:
        return any(True for _ in socketio.server.manager.get_participants("/", room))

    socketio.start_background_task(feed.tail, app, partial(send, socketio), listening=listening)


def send(socketio: SocketIO, name: str, message: dict[str, Any], room: str) -> None:
    """Emit to a room of this process; a device that was signed out hears so, and its connections end."""
    socketio.emit(name, message, to=room)
    if name == feed.SIGNED_OUT:
        for sid, *_ in list(socketio.server.manager.get_participants("/", room)):
            socketio.server.disconnect(sid)


def _connect(_auth: object = None) -> None:
    device = current_device()
    if device is None:
        raise Refused("not signed in")
    person = device.person
    join_room(feed.room_of_device(device.id))
    join_room(feed.room_of_person(person.id))
    if person.role is Role.ADMIN:
        join_room(feed.room_of_group(person.group_id))
    elif person.manages:
        join_room(feed.room_of_showroom(person.showroom_id))
    db.session.rollback()


def _resume(message: object) -> dict[str, Any]:
    """The client says where it stopped reading: a board hears what it missed, an inbox which follow-ups changed.

    ``ok`` false: it takes a fresh snapshot.
    """
    device = current_device()
    if device is None:  # signed out since the connection was made
        disconnect()
        return {"ok": False, "reason": "not_signed_in"}
    said = message if isinstance(message, dict) else {}
    place, inbox = cursor.parse(said.get("cursor")), said.get("of") == "inbox"
    answer = (_inbox if inbox else _board)(device.person, place) if place else None
    db.session.rollback()
    return answer or {"ok": False, "reason": "unknown_cursor"}


def _inbox(person: Person, place: cursor.Cursor) -> dict[str, Any] | None:
    changed = feed.concerning(person, place)
    return None if changed is None else {"ok": True, "changed": changed}


def _board(person: Person, place: cursor.Cursor) -> dict[str, Any] | None:
    """What a manager missed. Apps of before said nothing of an inbox, and fetched it themselves."""
    if not person.manages:
        return {"ok": True}
    missed = feed.backlog(person, place)
    if missed is not None:
        emit("feed", missed)
    return None if missed is None else {"ok": True}
