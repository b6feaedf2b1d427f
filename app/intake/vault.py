"""Secrets of sources, sealed at rest: a copy of the database alone opens nothing at a vendor.

In: a source, or names and values. Out: values, or the bytes that ``Source.secrets`` keeps: JSON, encrypted with Fernet
under a key derived from SECRET_KEY. Called by intake, its commands and the admin's API. ADR 0013.
"""

import base64
import json
import logging
from collections.abc import Mapping
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.access import settings
from app.models import Source

PURPOSE = b"firstcall source secrets 1"
log = logging.getLogger(__name__)


def seal(secrets: Mapping[str, str]) -> bytes | None:
    """What to keep in ``Source.secrets``; None for nothing."""
    if not secrets:
        return None
    return _fernet(settings().secret_key).encrypt(json.dumps(dict(secrets)).encode())


def of(source: Source) -> dict[str, str]:
    """A source's secrets by name; {} when it has none, or when SECRET_KEY is no longer the one they were sealed with:
    then they read as missing, and an admin must enter them again."""
    if source.secrets is None:
        return {}
    try:
        opened: dict[str, str] = json.loads(_fernet(settings().secret_key).decrypt(source.secrets))
    except InvalidToken:
        log.error(
            "a source's secrets cannot be opened with this SECRET_KEY", extra={"source": str(source.id)}
        )
        return {}
    return opened


@lru_cache(maxsize=4)
def _fernet(secret_key: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(secret_key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
