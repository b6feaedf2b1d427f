"""VAPID keys: made once, kept for ever, never silently replaced: a new key would strand every subscription.

A key is a PEM file ``var/vapid/<key id>.pem`` (0600). The newest is offered to browsers; each subscription is signed
with the key it was made with. A rotation makes a new key for new subscriptions; each phone compares keys when its app
starts and subscribes anew, and until then the old key still reaches it.
"""

import base64
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid

from app.config import WrongSetting


@dataclass(frozen=True)
class Key:
    """One VAPID key pair. ``public`` is the uncompressed point in base64url, as browsers want it."""

    id: str
    public: str
    vapid: Vapid


def folder(var_dir: Path) -> Path:
    return var_dir / "vapid"


def load(var_dir: Path) -> dict[str, Key]:
    """All keys by id, oldest first; empty when none was made yet."""
    files = sorted(folder(var_dir).glob("*.pem"), key=lambda path: (path.stat().st_mtime_ns, path.name))
    return {key.id: key for key in map(_read, files)}


class Ring(dict[str, Key]):
    """All keys, read anew when the folder has changed: a rotation needs no restart. One for each process."""

    def __init__(self, var_dir: Path) -> None:
        super().__init__(load(var_dir))
        self._folder, self._seen = folder(var_dir), _changed_at(folder(var_dir))

    def fresh(self) -> Self:
        """Itself, up to date. One look at the folder, 2 µs."""
        changed = _changed_at(self._folder)
        if changed != self._seen:
            self.update(load(self._folder.parent))
            self._seen = changed
        return self


def create(var_dir: Path) -> Key:
    """Make a key pair and write it, mode 0600. Only ``bin/run``'s first start and ``vapid new`` call this."""
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    key_id = _key_id(private.public_key())
    folder(var_dir).mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder(var_dir) / f"{key_id}.pem"
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    return _read(path)


def check(keys: dict[str, Key], used_ids: set[str]) -> None:
    """Stop the boot when subscriptions exist whose key is missing. Raises ``WrongSetting``."""
    missing = used_ids - set(keys)
    if missing:
        raise WrongSetting(
            f"VAPID key {', '.join(sorted(missing))} is missing from VAR_DIR/vapid, but phones are subscribed with it. "
            "Restore the file from your backup; a new key cannot reach those phones."
        )


def newest(keys: dict[str, Key]) -> Key:
    """The key that new subscriptions are made with. Raises ``WrongSetting`` when there is none."""
    if not keys:
        raise WrongSetting("There is no VAPID key yet. Make one: flask --app wsgi vapid new")
    return list(keys.values())[-1]


def _changed_at(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0


def _read(path: Path) -> Key:
    vapid = Vapid.from_pem(path.read_bytes())
    key_id = _key_id(vapid.public_key)
    if key_id != path.stem:
        raise WrongSetting(f"{path} does not hold the key its name says. Restore it from your backup.")
    return Key(key_id, base64url(_point(vapid.public_key)), vapid)


def _key_id(public: ec.EllipticCurvePublicKey) -> str:
    return hashlib.sha256(_point(public)).hexdigest()[:16]


def _point(public: ec.EllipticCurvePublicKey) -> bytes:
    return public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def base64url(raw: bytes) -> str:
    """Without padding, as browsers and VAPID write keys."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
