"""Encryption and signature of one push. No sockets: ``send`` has those.

Encryption is pywebpush's (RFC 8291, aes128gcm); the VAPID header (RFC 8292) is cached per audience and key.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from pywebpush import WebPusher

from app import clock
from app.push.keys import Key

TOKEN_LIFE = 12 * 3600
"""Seconds a VAPID token is good for (24 h is the most a push service accepts)."""
RENEW_BEFORE = 3600


@dataclass(frozen=True)
class Letter:
    """One encrypted push, ready for the wire."""

    url: str
    headers: tuple[str, ...]
    body: bytes


class Signer:
    """VAPID Authorization headers, one per (key, push service), renewed in time. Safe to share between threads."""

    def __init__(self, subject: str) -> None:
        self.subject = subject
        self._cache: dict[tuple[str, str], tuple[str, float]] = {}

    def header(self, key: Key, endpoint: str) -> str:
        """The Authorization value for this endpoint's service."""
        parts = urlsplit(endpoint)
        audience = f"{parts.scheme}://{parts.netloc}"
        value, good_until = self._cache.get((key.id, audience), ("", 0.0))
        now = clock.now().timestamp()
        if now > good_until - RENEW_BEFORE:
            good_until = now + TOKEN_LIFE
            # a fresh dict each time: py_vapid writes into it
            claims = {"sub": self.subject, "aud": audience, "exp": int(good_until)}
            value = key.vapid.sign(claims)["Authorization"]
            self._cache[key.id, audience] = (value, good_until)
        return value


def seal(
    endpoint: str, p256dh: str, auth: str, body: bytes, *, authorization: str, ttl: int, topic: str | None
) -> Letter:
    """Encrypt and address one message. ``topic``: ≤ 32 letters and digits; a newer one replaces a waiting older one."""
    encrypted = WebPusher({"endpoint": endpoint, "keys": {"p256dh": p256dh, "auth": auth}}).encode(body)
    headers = [
        f"Authorization: {authorization}",
        "Content-Encoding: aes128gcm",
        "Content-Type: application/octet-stream",
        f"TTL: {max(ttl, 1)}",  # 0 would be dropped when the phone sleeps
        "Urgency: high",  # normal waits for minutes in Android's doze
    ]
    if topic:
        headers.append(f"Topic: {topic[:32]}")
    if (urlsplit(endpoint).hostname or "").endswith(".notify.windows.com"):
        headers.append("X-WNS-Cache-Policy: cache")  # else WNS refuses a TTL
    return Letter(endpoint, tuple(headers), bytes(encrypted["body"]))
