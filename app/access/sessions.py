"""Who is asking: a session is a device, and revoking the device ends it.

The cookie holds a random token, ``device.session_hash`` its SHA-256. In: a person who proved who they are, or a
request. Out: the device and ``me()``. Called by every handler.
"""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import Response, g, request
from sqlalchemy import select, update

from app import clock
from app.access.hashes import digest, settings
from app.db import db, new_id
from app.errors import NotAllowed, NotSignedIn
from app.models import NOT_LEFT, Delivery, DeliveryState, Device, Person, Subscription, append

SESSION_LIFE = timedelta(days=180)
SEEN_EVERY = timedelta(minutes=1)
P = ParamSpec("P")
R = TypeVar("R")


def open_session(person: Person, name: str, platform: str, now: datetime) -> tuple[Device, str]:
    """A new device for this person; returns it with the cookie's secret. Inside a write."""
    secret = secrets.token_urlsafe(32)
    device = Device(
        id=new_id(),
        group_id=person.group_id,
        person_id=person.id,
        name=name[:80],
        platform=platform[:20],
        session_hash=digest(secret),
        created_at=now,
        last_seen_at=now,
    )
    db.session.add(device)
    db.session.flush()
    return device, secret


def revoke(device: Device, now: datetime) -> None:
    """End a device's session; what waits to be pushed to it is not. Inside a write.

    Its open sockets end when the feed of their web process reads the event.
    """
    device.revoked_at = now
    own = select(Subscription.id).where(Subscription.device_id == device.id)
    waiting = update(Delivery).where(Delivery.subscription_id.in_(own), Delivery.state.in_(NOT_LEFT))
    no_more = {"state": DeliveryState.CANCELLED, "lease_until": None, "claimed_by": None}
    db.session.execute(waiting.values(**no_more, reason="the device was signed out"))
    append("device_revoked", now, group_id=device.group_id, person_id=device.person_id, device=str(device.id))


def revoke_all(person: Person, now: datetime, *, keep: Device | None = None) -> int:
    """End all sessions of a person but that of ``keep``; returns how many. Inside a write."""
    open_ = select(Device).where(Device.person_id == person.id, Device.revoked_at.is_(None))
    ending = [device for device in db.session.scalars(open_) if keep is None or device.id != keep.id]
    for device in ending:
        revoke(device, now)
    return len(ending)


def cookie_name() -> str:
    """``__Host-`` binds the cookie to this host and to HTTPS; plain http on localhost cannot have it."""
    return "__Host-firstcall" if settings().secure else "firstcall"


def set_cookie(response: Response, secret: str) -> Response:
    """Hand the session to the browser: HttpOnly, SameSite=Lax, Secure when we are on HTTPS."""
    response.set_cookie(
        cookie_name(),
        secret,
        max_age=int(SESSION_LIFE.total_seconds()),
        secure=settings().secure,
        httponly=True,
        samesite="Lax",
        path="/",
    )
    return response


def drop_cookie(response: Response) -> Response:
    """Take the session back from the browser."""
    response.delete_cookie(cookie_name(), path="/", secure=settings().secure, httponly=True, samesite="Lax")
    return response


def current_device() -> Device | None:
    """The device whose cookie came with this request, or None."""
    secret = request.cookies.get(cookie_name())
    if not secret:
        return None
    device = db.session.scalar(
        select(Device).where(Device.session_hash == digest(secret), Device.revoked_at.is_(None))
    )
    if device is None or device.person.left_at:
        return None
    return device


def signed_in(handler: Callable[P, R]) -> Callable[P, R]:
    """Decorator: the request needs a session; ``g.device`` and ``me()`` are set. Raises NotSignedIn."""

    @wraps(handler)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        device = current_device()
        if device is None:
            raise NotSignedIn("Your session ended. Sign in with your passkey, or with a new link or code.")
        g.device = device
        g.person = device.person
        return handler(*args, **kwargs)

    return wrapper


def managers_only(handler: Callable[P, R]) -> Callable[P, R]:
    """Decorator, below ``signed_in``: managers and admins. Raises NotAllowed."""

    @wraps(handler)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        if not me().manages:
            raise NotAllowed("Only a manager can see this.")
        return handler(*args, **kwargs)

    return wrapper


def me() -> Person:
    """The signed-in person."""
    person: Person = g.person
    return person


def my_device() -> Device:
    """The signed-in device."""
    device: Device = g.device
    return device


def seen(device: Device, now: datetime) -> bool:
    """Whether it is time to write down that this device showed itself (once a minute is enough)."""
    return device.last_seen_at is None or now - device.last_seen_at > SEEN_EVERY


def touch(device: Device) -> None:
    """Remember that the device showed itself. Inside a write."""
    device.last_seen_at = clock.now()
