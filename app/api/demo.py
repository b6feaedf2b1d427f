"""The first five minutes (``/demo``): only in demo mode, only the demo group's rows. Everything it shows is real.

The worker may be killed here on a loopback address only: on a public demo a stranger must not stop the house.
"""

import os
import signal
from datetime import timedelta
from typing import Any

from apiflask import APIBlueprint
from flask import Response, jsonify
from sqlalchemy import func, select

from app import access, clock
from app.access import settings
from app.api.app_shell import page
from app.api.bodies import DemoLinkIn
from app.api.edge import limiter
from app.board.rows import board_rows
from app.board.snapshot import open_follow_ups
from app.config import is_loopback
from app.db import db, write
from app.errors import NotAllowed, NotFound
from app.models import (
    Delivery,
    DeliveryChannel,
    DeliveryState,
    Group,
    Heartbeat,
    Person,
    Role,
    Source,
    Subscription,
)
from app.push.notify import iso

bp = APIBlueprint("demo", __name__, url_prefix="/demo")
ALIVE = timedelta(seconds=3)
HOLD = "worker.hold"
"""While this file stands in VAR_DIR, bin/run does not start another worker."""


@bp.get("")
def show() -> Response:
    """The guided page (part of the app)."""
    return page()


@bp.get("/state")
def state() -> Response:
    """What the page shows, asked once a second."""
    now, manager = clock.now(), _one(Role.MANAGER)
    rows = board_rows(open_follow_ups(manager), now)
    return jsonify(
        server_time=iso(now),
        public_url=settings().public_url,
        showroom={"name": manager.showroom.name},
        speed=settings().demo_speed,
        sources=_sources(manager),
        worker=_worker(),
        push=_push(),
        mailbox=_mailbox(manager),
        follow_ups=rows,
        deliveries=_counts(manager),
        can_kill=_local(),
    )


@bp.post("/links")
@limiter.limit("30/minute")
@bp.input(DemoLinkIn, arg_name="said")
def link(said: DemoLinkIn) -> Response:
    """A one-time sign-in link; the phone gets the other loopback name, so that two sessions live side by side."""
    person = _one(Role.SALESPERSON if said.who == "phone" else Role.MANAGER)
    with write():
        token = access.make_link(db.session.get_one(Person, person.id), clock.now())
    base = settings().public_url
    if said.who == "phone" and "//localhost" in base:
        base = base.replace("//localhost", "//127.0.0.1", 1)
    return jsonify(url=access.link_url(token, base))


@bp.post("/worker/kill")
@limiter.limit("10/minute")
def kill_worker() -> Response:
    """A real ``kill -9``, held down until it is started again."""
    worker = _heartbeat()
    if not _local() or worker is None:
        raise NotAllowed(
            "The worker can be killed only on this machine, and only while it runs.", code="cannot_kill"
        )
    (settings().var_dir / HOLD).touch(mode=0o600)
    os.kill(worker.pid, signal.SIGKILL)
    return jsonify(killed=worker.pid)


@bp.post("/worker/start")
def start_worker() -> Response:
    """Let bin/run start it again."""
    (settings().var_dir / HOLD).unlink(missing_ok=True)
    return jsonify(started=True)


def _one(role: Role) -> Person:
    query = (
        select(Person)
        .join(Group, Group.id == Person.group_id)
        .where(Group.demo, Person.role == role, Person.left_at.is_(None))
        .order_by(Person.id)
    )
    person = db.session.scalar(query.limit(1))
    if person is None:
        raise NotFound("There is no demo showroom. Make it: flask --app wsgi seed", code="no_demo")
    return person


def _local() -> bool:
    return is_loopback(settings().public_host)


def _sources(manager: Person) -> dict[str, str]:
    names = {
        "web": "Website",
        "marktplaats": "Marktplaats",
        "autoscout24": "AutoScout24",
        "mobile_de": "mobile.de",
    }
    query = select(Source.name, Source.key).where(
        Source.group_id == manager.group_id, Source.closed_at.is_(None)
    )
    keys = {name: key for name, key in db.session.execute(query)}
    return {short: f"/in/{keys[name]}" for short, name in names.items() if name in keys}


def _heartbeat() -> Heartbeat | None:
    query = (
        select(Heartbeat).where(Heartbeat.beat_at > clock.now() - ALIVE).order_by(Heartbeat.beat_at.desc())
    )
    return db.session.scalar(query.limit(1))


def _worker() -> dict[str, Any]:
    beat = _heartbeat()
    held = (settings().var_dir / HOLD).exists()
    return {
        "alive": beat is not None and not held,
        "pid": beat.pid if beat and not held else None,
        "held": held,
    }


def _push() -> dict[str, Any]:
    """Whether the browser vendor's push service answered the last time we tried; None before the first try."""
    query = (
        select(Delivery)
        .where(Delivery.channel == DeliveryChannel.PUSH, Delivery.tries > 0)
        .order_by(Delivery.created_at.desc())
    )
    last = db.session.scalar(query.limit(1))
    if last is None:
        subscribed = db.session.scalar(select(func.count()).select_from(Subscription))
        return {"reachable": None, "reason": None if subscribed else "no_subscription"}
    silent = (last.reason or "").startswith("no answer")
    reached = last.sent_at is not None or last.received_at is not None or not silent
    return {"reachable": reached, "reason": None if reached else last.reason}


def _mailbox(manager: Person) -> list[dict[str, Any]]:
    query = (
        select(Delivery)
        .where(Delivery.group_id == manager.group_id, Delivery.channel == DeliveryChannel.EMAIL)
        .order_by(Delivery.created_at.desc())
        .limit(20)
    )
    return [
        {
            "id": str(mail.id),
            "to": mail.address,
            "subject": mail.payload.get("subject"),
            "body_text": mail.payload.get("text"),
            "at": iso(mail.created_at),
            "state": mail.state.value,
            "reason": mail.reason,
            "link": mail.payload.get("link"),
        }
        for mail in db.session.scalars(query)
    ]


def _counts(manager: Person) -> dict[str, int]:
    query = (
        select(Delivery.state, func.count())
        .where(Delivery.group_id == manager.group_id, Delivery.channel == DeliveryChannel.PUSH)
        .group_by(Delivery.state)
    )
    counts = {state.value: int(count) for state, count in db.session.execute(query)}
    gone = (DeliveryState.SENT.value, DeliveryState.RECEIVED.value)
    return {
        "queued": counts.get("queued", 0) + counts.get("sending", 0),
        "sent": sum(counts.get(s, 0) for s in gone),
    }
