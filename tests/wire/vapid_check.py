"""What a push service checks in an Authorization header (RFC 8292).

In: the header and the service's own origin. Out: the verified `Sender`, or a `Refusal`. Called by
push_server.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import time
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256

DAY = 24 * 60 * 60
_SCHEME = re.compile(r"vapid\s+(.+)", re.IGNORECASE | re.DOTALL)
# Apple answers 403 BadJwtToken to `mailto:ops@localhost` and to a blank after `mailto:`.
_SUBJECT = re.compile(r"mailto:[^\s@:]+@[^\s@]+\.[A-Za-z0-9-]{2,}|https://[^\s/]+(/\S*)?")


class Refusal(Exception):
    """An answer that is not 2xx: HTTP status, Mozilla's errno and a sentence for the test that reads it."""

    def __init__(self, status: int, errno: int, message: str) -> None:
        super().__init__(message)
        self.status, self.errno, self.message = status, errno, message


@dataclass(frozen=True)
class Sender:
    """Who signed: `key` as in the header's `k` (base64url, no padding), `expires` in epoch seconds."""

    key: str
    expires: float


def unpad64(text: str) -> bytes:
    """Base64url without padding → bytes; ValueError for anything else."""
    if not re.fullmatch(r"[A-Za-z0-9_-]+", text):
        raise ValueError("not base64url without padding")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class VapidCheck:
    """Verifies headers for one origin; remembers its verdict on each, since a sender may reuse a token."""

    REMEMBERED = 10_000

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self._verdicts: dict[str, Sender | Refusal] = {}

    def sender(self, header: str | None) -> Sender:
        """The verified sender of `header`; raises Refusal (401 for the token, 403 for the subject)."""
        if header is None:
            raise Refusal(401, 109, "no Authorization header")
        verdict = self._verdicts.get(header)
        if verdict is None:
            if len(self._verdicts) >= self.REMEMBERED:
                self._verdicts.clear()
            verdict = self._verdicts[header] = self._examine(header)
        if isinstance(verdict, Refusal):
            raise Refusal(verdict.status, verdict.errno, verdict.message)
        if verdict.expires <= time.time():
            raise Refusal(401, 109, "exp is in the past")
        return verdict

    def _examine(self, header: str) -> Sender | Refusal:
        try:
            token, key = _parts(header)
            claims = _verified_claims(token, key)
            self._check_claims(claims)
        except Refusal as refusal:
            return refusal
        return Sender(key=key.rstrip("="), expires=float(claims["exp"]))

    def _check_claims(self, claims: dict[str, Any]) -> None:
        if claims.get("aud") != self.origin:
            raise Refusal(401, 109, f"aud is {claims.get('aud')!r}, this is {self.origin}")
        expires = claims.get("exp")
        if isinstance(expires, bool) or not isinstance(expires, int | float):
            raise Refusal(401, 109, "exp is not a number")
        if expires > time.time() + DAY:
            raise Refusal(401, 109, "exp is more than 24 hours ahead")
        if not _SUBJECT.fullmatch(str(claims.get("sub", ""))):
            raise Refusal(
                403, 109, f"sub {claims.get('sub')!r} is neither mailto:someone@host.tld nor https://host"
            )


def _parts(header: str) -> tuple[str, str]:
    scheme = _SCHEME.fullmatch(header.strip())
    if scheme is None:
        raise Refusal(401, 109, "the scheme is not vapid")
    given = dict(part.strip().partition("=")[::2] for part in scheme[1].split(","))
    if not given.get("t") or not given.get("k"):
        raise Refusal(401, 109, "t or k is missing")
    return given["t"], given["k"]


def _verified_claims(token: str, key: str) -> dict[str, Any]:
    try:
        head, body, signature = token.split(".")
        raw = unpad64(signature)
        if json.loads(unpad64(head)).get("alg") != "ES256" or len(raw) != 64:
            raise Refusal(401, 109, "the token is not signed with ES256")
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unpad64(key))
        # RFC 7518 section 3.4: the signature is r and s side by side, not DER.
        der = utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        point.verify(der, f"{head}.{body}".encode(), ec.ECDSA(SHA256()))
        claims = json.loads(unpad64(body))
    except InvalidSignature:
        raise Refusal(401, 109, "the signature does not belong to k") from None
    except (ValueError, binascii.Error, AttributeError) as broken:
        raise Refusal(401, 109, f"unreadable token or key: {broken}") from None
    if not isinstance(claims, dict):
        raise Refusal(401, 109, "the claims are not an object")
    return claims
