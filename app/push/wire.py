"""Encryption and signature of one push. No sockets: ``send`` has those.

Encryption is pywebpush's (RFC 8291, aes128gcm), one ``WebPusher`` kept for each phone: making it anew for each message
is a quarter of the cost. The VAPID header (RFC 8292) is cached per audience and key.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from pywebpush import WebPusher

from app import clock
from app.push.keys import Key

TOKEN_LIFE = 12 * 3600
"""Seconds a VAPID token is good for (24 h is the most a push service accepts)."""
RENEW_BEFORE = 3600
PHONES_REMEMBERED = 4096
ONE_RECORD = 3993
"""Bytes of plaintext: one more and the encryption makes two records, which browsers refuse (4,096 bytes sealed)."""
NOT_IN_A_TOPIC = re.compile(r"[^A-Za-z0-9]")
"""Mozilla takes letters and digits only, less than RFC 8030 allows."""


@dataclass(slots=True)
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
        audience = origin(endpoint)
        value, good_until = self._cache.get((key.id, audience), ("", 0.0))
        now = clock.now().timestamp()
        if now > good_until - RENEW_BEFORE:
            good_until = now + TOKEN_LIFE
            # a fresh dict each time: py_vapid writes into it
            claims = {"sub": self.subject, "aud": audience, "exp": int(good_until)}
            value = key.vapid.sign(claims)["Authorization"]
            self._cache[key.id, audience] = (value, good_until)
        return value


@lru_cache(PHONES_REMEMBERED)
def origin(endpoint: str) -> str:
    """The push service an endpoint belongs to, as scheme and host: a VAPID token's audience (RFC 8292)."""
    parts = urlsplit(endpoint)
    return f"{parts.scheme}://{parts.netloc}"


def seal(
    endpoint: str, p256dh: str, auth: str, body: bytes, *, authorization: str, ttl: int, topic: str | None
) -> Letter:
    """Encrypt and address one message. ``topic``: ≤ 32 letters and digits; a newer one replaces a waiting older one.

    Raises ValueError for keys that are none and for more than one record of plaintext.
    """
    if len(body) > ONE_RECORD:
        raise ValueError(f"{len(body)} bytes, at most {ONE_RECORD}")
    encrypted = _pusher(p256dh, auth).encode(body)
    headers = [
        f"Authorization: {authorization}",
        "Content-Encoding: aes128gcm",
        "Content-Type: application/octet-stream",
        f"TTL: {max(ttl, 1)}",  # 0 would be dropped when the phone sleeps
        "Urgency: high",  # normal waits for minutes in Android's doze
        "Expect:",  # libcurl would ask for permission before a longer body
    ]
    if topic:
        headers.append(f"Topic: {NOT_IN_A_TOPIC.sub('', topic)[:32]}")
    if origin(endpoint).removesuffix(":443").endswith(".notify.windows.com"):
        headers.append("X-WNS-Cache-Policy: cache")  # else WNS refuses a TTL
    return Letter(endpoint, tuple(headers), bytes(encrypted["body"]))


@lru_cache(PHONES_REMEMBERED)
def _pusher(p256dh: str, auth: str) -> WebPusher:
    """What encrypts for one phone; it sends nothing, so it needs no endpoint. Raises ValueError for broken keys."""
    return WebPusher({"endpoint": "", "keys": {"p256dh": p256dh, "auth": auth}})
