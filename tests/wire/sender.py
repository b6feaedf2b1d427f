"""A sender of pushes that is not the product, so that the push service can be tested by itself.

In: a subscription and what to say, wrong or right. Out: the service's answer. Called by tests.
"""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization
from py_vapid import Vapid02
from pywebpush import WebPusher

from tests.wire.phone_keys import FakeSubscription, pad_free
from tests.wire.push_service import PushService


def new_keys() -> Vapid02:
    """A fresh VAPID key pair."""
    keys = Vapid02()
    keys.generate_keys()
    return keys


KEYS = new_keys()


def public_key(keys: Vapid02) -> str:
    """The key as subscriptions and the header's `k` carry it: base64url of the 65-byte point."""
    point = (serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return pad_free(keys.public_key.public_bytes(*point))


def claims(push: PushService, **changed: Any) -> dict[str, Any]:
    """Claims this push service accepts, but for what is `changed`."""
    return {"aud": push.base_url, "sub": "mailto:ops@example.com", "exp": int(time.time()) + 3600, **changed}


@dataclass
class Answer:
    """What the push service said."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def error(self) -> dict[str, Any]:
        """The refusal's JSON: code, errno, message."""
        return dict(json.loads(self.body))


def post(url: str, body: bytes, headers: dict[str, str]) -> Answer:
    """One POST on a connection of its own, closed whatever happens; gives up after 2 s (TimeoutError)."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=2)
    try:
        connection.request("POST", parts.path, body, headers)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def send(
    push: PushService,
    to: FakeSubscription,
    said: object,
    *,
    keys: Vapid02 = KEYS,
    signed: Any = None,
    **headers: Any,
) -> Answer:
    """One push as a sender makes it; a header given as None is left out."""
    body = WebPusher(to.json()).encode(json.dumps(said).encode(), content_encoding="aes128gcm")["body"]
    given: dict[str, Any] = {
        "TTL": "60",
        "Content-Encoding": "aes128gcm",
        **keys.sign(signed or claims(push)),
    }
    given.update({name.replace("_", "-"): value for name, value in headers.items()})
    return post(to.endpoint, body, {name: value for name, value in given.items() if value is not None})
