"""A phone's authenticator and its browser, at the wire: real keys, real signatures, the bytes of W3C WebAuthn level 3.

In: the options our server hands to ``navigator.credentials``. Out: the JSON that a browser sends back. Called by the tests
of passkeys, which bend single fields of it.
"""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, KEY_INSIDE = 0x01, 0x04, 0x40
"""Flags of the authenticator's data: somebody was there, it was its owner, a new key follows."""


def b64(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Authenticator:
    """One passkey on one phone. ``counts`` False: a key shared by several phones, whose counter stays 0."""

    origin: str = "http://localhost:8000"
    rp_id: str = "localhost"
    counts: bool = True
    flags: int = PRESENT | VERIFIED
    counter: int = 0
    handle: str = ""
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """``RegistrationResponseJSON``: a new key, which says nothing about who made it (attestation "none")."""
        self.handle = options["user"]["id"]
        inside = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(self._public())
        data = self._data(self.flags | KEY_INSIDE) + inside
        statement = {"fmt": "none", "attStmt": {}, "authData": data}
        said = self._client_data("webauthn.create", options["challenge"])
        answer = {"clientDataJSON": b64(said), "attestationObject": b64(cbor2.dumps(statement))}
        return self._answer({**answer, "transports": ["internal", "hybrid"]})

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        """``AuthenticationResponseJSON``: the question, signed."""
        self.counter += self.counts
        data = self._data(self.flags)
        said = self._client_data("webauthn.get", options["challenge"])
        signature = self.key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        answer = {"clientDataJSON": b64(said), "authenticatorData": b64(data), "signature": b64(signature)}
        return self._answer({**answer, "userHandle": self.handle})

    def _data(self, flags: int) -> bytes:
        where = hashlib.sha256(self.rp_id.encode()).digest()
        return where + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _client_data(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _public(self) -> dict[int, Any]:
        """COSE: EC2, ES256, P-256."""
        point = self.key.public_key().public_numbers()
        return {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}

    def _answer(self, response: dict[str, Any]) -> dict[str, Any]:
        return {"id": b64(self.id), "rawId": b64(self.id), "type": "public-key", "response": response}
