"""Take in a browser's subscription: check it, keep it, and have it prove itself with a test push.

A subscription counts only after the phone has returned the token of a pushed test (``receipts.received``).
"""

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select, update

from app.access import digest
from app.db import db, new_id
from app.errors import Unreadable
from app.models import NOT_LEFT, Delivery, DeliveryState, Device, PushState, Subscription

EXACT_HOSTS = frozenset(
    {
        "fcm.googleapis.com",
        "android.googleapis.com",
        "updates.push.services.mozilla.com",
        "web.push.apple.com",
    }
)
PLAIN = re.compile(r"[!-\[\]-~]+")
"""Printable ASCII without the backslash: what every parser of addresses reads alike."""
HOST = re.compile(r"[a-z0-9.-]+")
SUFFIXES = (".push.apple.com", ".notify.windows.com", ".push.services.mozilla.com")


@dataclass(frozen=True)
class Offer:
    """What the browser handed over, checked: endpoint, key and secret as base64url without padding."""

    endpoint: str
    p256dh: str
    auth: str


def check(endpoint: str, p256dh: str, auth: str, extra_hosts: tuple[str, ...]) -> Offer:
    """Refuse what could make us call a stranger's address or crash the encryption. Raises Unreadable."""
    if not allowed(endpoint, extra_hosts):
        raise Unreadable(
            "This push service is not known here.", code="push_host", fields={"endpoint": "host"}
        )
    point, secret = _bytes(p256dh), _bytes(auth)
    if len(secret) != 16:
        raise Unreadable("The subscription's secret must be 16 bytes.", fields={"auth": "16 bytes"})
    try:
        if len(point) != 65:
            raise ValueError
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError as error:
        raise Unreadable("The subscription's key is not on the curve.", fields={"p256dh": "P-256"}) from error
    return Offer(endpoint, p256dh.rstrip("="), auth.rstrip("="))


@lru_cache(4096)
def allowed(endpoint: str, extra_hosts: tuple[str, ...]) -> bool:
    """Known push services only, by parsed host: https on port 443, no credentials. ``extra_hosts``: "host:port"."""
    if len(endpoint) > 2048 or not PLAIN.fullmatch(endpoint):
        return False
    try:
        parts = urlsplit(endpoint)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return False
    if parts.username is not None or parts.password is not None or not HOST.fullmatch(host):
        return False
    if f"{host}:{port}" in extra_hosts and parts.scheme in ("http", "https"):
        return True
    known = host in EXACT_HOSTS or host.endswith(SUFFIXES)
    return parts.scheme == "https" and port in (None, 443) and known


def keep(device: Device, offer: Offer, key_id: str, now: datetime) -> tuple[Subscription, bool]:
    """Store or revive it; returns the row and whether it must prove itself (again). Inside a write."""
    query = select(Subscription).where(Subscription.endpoint_hash == digest(offer.endpoint))
    found = db.session.scalar(query.with_for_update(of=Subscription))
    if found is not None and found.group_id != device.group_id:
        _forget(found)
        found = None
    if found is None:
        found = Subscription(
            id=new_id(),
            group_id=device.group_id,
            endpoint=offer.endpoint,
            endpoint_hash=digest(offer.endpoint),
            state=PushState.PENDING,
            created_at=now,
        )
        db.session.add(found)
    same = (found.p256dh, found.auth, found.key_id, found.device_id) == (
        offer.p256dh,
        offer.auth,
        key_id,
        device.id,
    )
    found.device_id, found.person_id = device.id, device.person_id
    found.p256dh, found.auth, found.key_id, found.synced_at = offer.p256dh, offer.auth, key_id, now
    if same and found.state is PushState.CONFIRMED:
        return found, False
    found.state, found.failed_reason = PushState.PENDING, None
    _retire_others(device, found)
    db.session.flush()
    return found, True


def _forget(found: Subscription) -> None:
    """The browser changed hands: whoever holds it now owns the endpoint, and must not get the others' messages."""
    theirs = update(Delivery).where(Delivery.subscription_id == found.id)
    waiting = theirs.where(Delivery.state.in_(NOT_LEFT))
    cancelled = {"state": DeliveryState.CANCELLED, "lease_until": None, "claimed_by": None}
    db.session.execute(waiting.values(**cancelled, reason="the browser changed hands"))
    db.session.execute(theirs.values(subscription_id=None))
    db.session.delete(found)
    db.session.flush()


def _retire_others(device: Device, kept: Subscription) -> None:
    """A browser has one subscription; an older endpoint of the same device only doubles every notification."""
    others = select(Subscription).where(Subscription.device_id == device.id, Subscription.id != kept.id)
    for other in db.session.scalars(others):
        other.state, other.failed_reason = PushState.GONE, "replaced by a newer subscription of this device"


def _bytes(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""
