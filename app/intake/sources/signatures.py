"""Proof that a request is its vendor's: signatures over the raw body, keys compared in constant time.

In: a secret and what came in. Out: True or False; a missing header or secret is False. Nothing here raises
for what a stranger sends. Used by `meta`, `google`, `whatsapp`, `twilio` and `generic`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable


def same(known: str, sent: str | None) -> bool:
    """True if both are the same text, in time that does not tell where they differ."""
    if not known or not sent:
        return False
    return hmac.compare_digest(known.encode("utf-8", "replace"), sent.encode("utf-8", "replace"))


def same_as_any(known: Iterable[str], sent: str | None) -> bool:
    """True if `sent` is one of `known`; all are compared, whichever fits."""
    return any([same(one, sent) for one in known])


def hex_sha256(secret: str, body: bytes) -> str:
    """HMAC-SHA256 as lower-case hex."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def base64_sha256(secret: str, body: bytes) -> str:
    """HMAC-SHA256 as base64."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def base64_sha1(secret: str, body: bytes) -> str:
    """HMAC-SHA1 as base64, the scheme of Twilio and CallRail."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha1).digest()).decode()
