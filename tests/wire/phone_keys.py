"""A subscription as a browser makes it, with the private half kept, so that a test can read what was pushed.

In: an endpoint. Out: the subscription's JSON and the decrypted payloads (RFC 8291). Called by tests.
"""

from __future__ import annotations

import base64
import json
import os
from typing import Any

import http_ece
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec


def pad_free(raw: bytes) -> str:
    """Base64url without padding, as browsers and VAPID write keys."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class FakeSubscription:
    """One browser's subscription at `endpoint`, with keys of its own."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.auth = os.urandom(16)
        self.private_key = ec.generate_private_key(ec.SECP256R1())
        self.public_point = self.private_key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )

    def json(self) -> dict[str, Any]:
        """What `PushSubscription.toJSON()` gives: endpoint, expirationTime, keys {p256dh, auth}."""
        keys = {"p256dh": pad_free(self.public_point), "auth": pad_free(self.auth)}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys}

    def decrypt_bytes(self, body: bytes) -> bytes:
        """The plaintext of a posted aes128gcm body; http_ece.ECEException when made for other keys."""
        plain: bytes = http_ece.decrypt(
            body, private_key=self.private_key, auth_secret=self.auth, version="aes128gcm"
        )
        return plain

    def decrypt(self, body: bytes) -> dict[str, Any]:
        """The JSON object inside a posted body."""
        payload = json.loads(self.decrypt_bytes(body))
        assert isinstance(payload, dict), payload
        return payload
