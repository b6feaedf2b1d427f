"""How a secret is kept: as a hash, keyed with our own secret when it could be guessed. Called all over the house."""

import hashlib
import hmac

from flask import current_app

from app.config import Settings


def settings() -> Settings:
    """The running app's settings."""
    loaded: Settings = current_app.extensions["settings"]
    return loaded


def digest(secret: str) -> str:
    """SHA-256 of a random secret: enough for 128-bit tokens; codes are keyed (``_code``)."""
    return hashlib.sha256(secret.encode()).hexdigest()


def keyed(text: str) -> str:
    """HMAC with our secret key: for values that could be guessed (codes, phone numbers in the stop list)."""
    return hmac.new(settings().secret_key.encode(), text.encode(), hashlib.sha256).hexdigest()
