"""The question a passkey answers ("challenge"), kept nowhere: it carries when it was asked, and our seal.

In: what it is for, and the time. Out: 56 bytes, or when they were asked. Good for five minutes and one purpose; that it
is answered once is seen to by ``passkeys``, the only caller.
"""

import hmac
import secrets
from datetime import UTC, datetime, timedelta

from app.access.hashes import keyed
from app.errors import Gone, NotAllowed

LIFE = timedelta(minutes=5)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
STAMP, NONCE = 8, 16
"""Bytes before the seal: microseconds since 1970, and chance (W3C WebAuthn 13.4.3 asks for 16 at least)."""


def ask(purpose: str, now: datetime) -> bytes:
    """A question that only we can have asked."""
    body = ((now - EPOCH) // MICROSECOND).to_bytes(STAMP, "big") + secrets.token_bytes(NONCE)
    return body + _seal(body, purpose)


def check(challenge: bytes, purpose: str, now: datetime) -> datetime:
    """When we asked this. Raises NotAllowed (never, or for something else) or Gone (too long ago)."""
    body, seal = challenge[: STAMP + NONCE], challenge[STAMP + NONCE :]
    if not hmac.compare_digest(seal, _seal(body, purpose)):
        raise refused()
    asked = EPOCH + int.from_bytes(body[:STAMP], "big") * MICROSECOND
    if now - asked > LIFE:
        raise Gone("That took longer than five minutes. Please try once more.", code="ask_again")
    return asked


def refused() -> NotAllowed:
    """One answer to everything that does not add up: it tells nobody what was wrong."""
    return NotAllowed(
        "This passkey could not be checked. Try again, or sign in with a link or code.",
        code="passkey_refused",
    )


def _seal(body: bytes, purpose: str) -> bytes:
    return bytes.fromhex(keyed(f"passkey challenge {body.hex()} {purpose}"))
