"""Who is asking, what they may do, and loading rows through ownership: a stranger gets 404.

Sessions: the cookie holds a random token, ``device.session_hash`` its SHA-256; revoking the device ends it.
Customer pages: a signed token with the customer's id and page key; no login, no cookie.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import ParamSpec, TypeVar
from uuid import UUID

from flask import Response, current_app, g, request
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import or_, select, update

from app import clock
from app.config import Settings
from app.db import db, new_id
from app.errors import Gone, NotAllowed, NotFound, NotSignedIn
from app.models import (
    NOT_LEFT,
    Customer,
    Delivery,
    DeliveryState,
    Device,
    DeviceLink,
    FollowUp,
    Group,
    Person,
    Showroom,
    Subscription,
    append,
)

LINK_LIFE = timedelta(minutes=30)
SESSION_LIFE = timedelta(days=180)
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no 0/O, 1/I: typed from one screen into another
SEEN_EVERY = timedelta(minutes=1)
P = ParamSpec("P")
R = TypeVar("R")


def settings() -> Settings:
    """The running app's settings."""
    loaded: Settings = current_app.extensions["settings"]
    return loaded


def digest(secret: str) -> str:
    """SHA-256 of a random secret: enough for 128-bit tokens; codes are keyed (``_code``)."""
    return hashlib.sha256(secret.encode()).hexdigest()


def keyed(text: str) -> str:
    """HMAC with our secret key: for values that could be guessed (codes, phone numbers in the stop list)."""
    return hmac.new(settings().secret_key.encode(), text.encode(), hashlib.sha256).hexdigest()


def _code(token: str) -> str:
    """The 8 characters that stand for a link's token, to be typed into the installed app."""
    number = int(keyed("device code " + token), 16)
    letters = []
    for _ in range(8):
        number, rest = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[rest])
    return "".join(letters)


def make_link(person: Person, now: datetime) -> str:
    """A new one-time device link for a person; returns its token. Inside a write."""
    token = secrets.token_urlsafe(24)
    link = DeviceLink(
        id=new_id(),
        group_id=person.group_id,
        person_id=person.id,
        token_hash=digest(token),
        code_hash=keyed(_code(token)),
        created_at=now,
        expires_at=now + LINK_LIFE,
    )
    db.session.add(link)
    return token


def link_url(token: str, base: str | None = None) -> str:
    """The address to open or scan; the token is in the fragment, so no scanner or log ever redeems it."""
    return f"{base or settings().public_url}/sign-in#t={token}"


def look_at_link(token: str, now: datetime) -> tuple[Person, str, datetime]:
    """Whose link, its code and when it expires, without using it. Raises NotFound or Gone."""
    link = _valid(db.session.scalar(select(DeviceLink).where(DeviceLink.token_hash == digest(token))), now)
    person = db.session.get_one(Person, link.person_id)
    return person, _code(token), link.expires_at


def redeem(token: str | None, code: str | None, now: datetime) -> Person:
    """Use a link or its code, once. Inside a write. Raises NotFound or Gone."""
    if token:
        wanted = DeviceLink.token_hash == digest(token)
    else:
        cleaned = "".join(c for c in (code or "").upper() if c in ALPHABET)
        wanted = DeviceLink.code_hash == keyed(cleaned)
    newest = select(DeviceLink).where(wanted).order_by(DeviceLink.created_at.desc()).limit(1)
    link = _valid(db.session.scalar(newest), now)
    used = (
        update(DeviceLink).where(DeviceLink.id == link.id, DeviceLink.used_at.is_(None)).values(used_at=now)
    )
    if db.session.execute(used).rowcount != 1:  # type: ignore[attr-defined]
        raise Gone("This link was used already. Ask your manager for a new one.", code="link_used")
    person = db.session.get_one(Person, link.person_id)
    if person.left_at:
        raise NotFound("This person no longer works here.", code="unknown_code")
    return person


def _valid(link: DeviceLink | None, now: datetime) -> DeviceLink:
    if link is None:
        raise NotFound(
            "We do not know this link or code. Check it, or ask your manager.", code="unknown_code"
        )
    if link.used_at:
        raise Gone("This link was used already. Ask your manager for a new one.", code="link_used")
    if link.expires_at <= now:
        raise Gone("This link is older than 30 minutes. Ask your manager for a new one.", code="link_expired")
    return link


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
            raise NotSignedIn("Your session ended. Sign in with a new link or code.")
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


def follow_up(id_: UUID, person: Person | None = None) -> FollowUp:
    """A follow-up of my group: a salesperson sees their showroom's, so that colleagues can cover. Raises NotFound."""
    person = person or me()
    query = select(FollowUp).where(FollowUp.id == id_, FollowUp.group_id == person.group_id)
    if person.role != "admin":
        query = query.where(or_(FollowUp.showroom_id == person.showroom_id, FollowUp.owner_id == person.id))
    found = db.session.scalar(query)
    if found is None:
        raise NotFound("We cannot find this follow-up.")
    return found


def lock_follow_up(id_: UUID) -> FollowUp:
    """A follow-up for changing: no other writer touches it until we commit. Inside a write. Raises NotFound."""
    query = select(FollowUp).where(FollowUp.id == id_).with_for_update(of=FollowUp)
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound("We cannot find this follow-up.")
    return found


def customer_token(customer: Customer) -> str:
    """The signed part of a customer's page address."""
    return _signer().dumps([customer.id.hex, customer.page_key])


def customer_by_token(token: str) -> Customer:
    """The customer whose page this is. Raises NotFound for anything forged, old or unknown."""
    try:
        id_, page_key = _signer().loads(token)
        customer = db.session.get(Customer, UUID(id_))
    except (BadSignature, ValueError, TypeError):
        customer = None
        page_key = ""
    if customer is None or not hmac.compare_digest(customer.page_key, str(page_key)):
        raise NotFound("This page does not exist (any more).")
    return customer


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(settings().secret_key, salt="customer page")


def showroom_of(slug: str) -> Showroom:
    """A showroom by its slug, for the command line. Raises NotFound."""
    found = db.session.scalar(select(Showroom).where(Showroom.slug == slug))
    if found is None:
        raise NotFound(f"There is no showroom {slug!r}. See: flask --app wsgi showroom list")
    return found


def group_named(name: str) -> Group | None:
    """A group by name, for the command line."""
    return db.session.scalar(select(Group).where(Group.name == name))


def touch(device: Device) -> None:
    """Remember that the device showed itself. Inside a write."""
    device.last_seen_at = clock.now()
