"""The barest way to send a push: http_ece for the encryption, pycurl for the wire, no database.

In: letters. Out: requests. Called by the floor (one warm request at a time) and by the drain (many in flight).
"""

import base64
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import http_ece
import pycurl
from cryptography.hazmat.primitives.asymmetric import ec

IN_FLIGHT = 200
GIVE_UP = 60.0


@dataclass(frozen=True)
class Letter:
    """One encrypted push and its address; ``signed`` is the VAPID header's value."""

    url: str
    signed: str
    topic: str
    body: bytes


class Warm:
    """One kept connection a thread; ``post`` waits for the answer."""

    def __init__(self) -> None:
        self._own = threading.local()

    def post(self, letter: Letter) -> None:
        """Raises pycurl.error when there is no answer within 10 s."""
        if not hasattr(self._own, "handle"):
            self._own.handle = pycurl.Curl()
        _dress(self._own.handle, letter)
        self._own.handle.perform()


def encrypt(plain: bytes, p256dh: str, auth: str) -> bytes:
    """RFC 8291, aes128gcm; the keys as subscriptions carry them."""
    sealed: bytes = http_ece.encrypt(
        plain,
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=_bytes(p256dh),
        auth_secret=_bytes(auth),
        version="aes128gcm",
    )
    return sealed


def send_all(count: int, make: Any, ca_file: str) -> None:
    """``make(number)`` encrypts a letter; ``IN_FLIGHT`` of them are under way at once. Gives up after 60 s.

    ``ca_file``: whom to trust.
    """
    multi, idle, flying, made = pycurl.CurlMulti(), [pycurl.Curl() for _ in range(IN_FLIGHT)], 0, 0
    for handle in idle:
        handle.setopt(pycurl.CAINFO, ca_file)
    end = time.monotonic() + GIVE_UP
    while (made < count or flying) and time.monotonic() < end:
        while idle and made < count:
            handle = idle.pop()
            _dress(handle, make(made))
            multi.add_handle(handle)
            made, flying = made + 1, flying + 1
        multi.perform()
        _, done, failed = multi.info_read()
        assert not failed, failed
        for handle in done:
            multi.remove_handle(handle)
            idle.append(handle)
            flying -= 1
        if not done:
            multi.select(0.01)
    multi.close()


def _dress(handle: Any, letter: Letter) -> None:
    said: Sequence[str] = (
        f"Authorization: {letter.signed}",
        "Content-Encoding: aes128gcm",
        "TTL: 3600",
        "Urgency: high",
        f"Topic: {letter.topic}",
        "Expect:",
    )
    handle.setopt(pycurl.URL, letter.url)
    handle.setopt(pycurl.NOSIGNAL, 1)
    handle.setopt(pycurl.TIMEOUT_MS, 10_000)
    handle.setopt(pycurl.HTTPHEADER, list(said))
    handle.setopt(pycurl.POST, 1)
    handle.setopt(pycurl.POSTFIELDS, letter.body)
    handle.setopt(pycurl.WRITEFUNCTION, len)


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
