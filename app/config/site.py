"""Where the house stands: its database, its key, the address people reach it at, how it speaks to push services."""

import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from app.config.values import WrongSetting, is_loopback

ROOT = Path(__file__).resolve().parents[2]
SUBJECT = re.compile(
    r"^(mailto:[^\s@]+@[^\s@.]+(\.[^\s@.]+)+|https://[a-z0-9.-]+\.[a-z]{2,})$", re.IGNORECASE
)


def database_url(env: Mapping[str, str], var_dir: Path) -> str:
    url = env.get("DATABASE_URL") or f"sqlite:///{var_dir / 'firstcall.db'}"
    if url.startswith(("postgres://", "postgresql://")):
        url = "postgresql+psycopg://" + url.split("://", 1)[1]
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise WrongSetting("DATABASE_URL must begin with sqlite:/// or postgresql://.")
    if url == "sqlite:///:memory:":
        raise WrongSetting("DATABASE_URL must name a file: web and worker are two processes and share it.")
    if url.startswith("sqlite:///") and not url.startswith("sqlite:////"):
        url = f"sqlite:///{ROOT / url.removeprefix('sqlite:///')}"  # the same file, wherever a command is started
    return url


def secret_key(env: Mapping[str, str], var_dir: Path) -> str:
    """From SECRET_KEY, or a file made once (0600). Changing it ends customers' links and empties the stop list."""
    if key := env.get("SECRET_KEY"):
        if len(key) < 32:
            raise WrongSetting("SECRET_KEY is too short: use at least 32 random characters.")
        return key
    path = Path(env.get("SECRET_KEY_FILE") or var_dir / "secret.key")
    var_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        pass
    else:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
    key = path.read_text().strip()
    if len(key) < 32:
        raise WrongSetting(f"SECRET_KEY_FILE {path} is empty or too short: delete it to have a new one made.")
    return key


def public_url(env: Mapping[str, str]) -> str:
    port = env.get("PORT") or "8000"
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise WrongSetting(f"PORT must be a number from 1 to 65535, not {port!r}.")
    url = (env.get("PUBLIC_URL") or f"http://localhost:{port}").rstrip("/")
    try:
        parts = urlsplit(url)
        plain = parts.port != 0 and not (parts.path or parts.query or parts.fragment or parts.username)
    except ValueError:  # brackets that do not match, a port that is none
        parts, plain = urlsplit(""), False
    if parts.scheme not in ("http", "https") or not parts.hostname or not plain:
        raise WrongSetting(f"PUBLIC_URL must look like https://firstcall.example.com, not {url!r}.")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise WrongSetting(
            f"PUBLIC_URL is {url}: phones allow notifications and secure cookies over HTTPS only. "
            "Put a proxy with a certificate in front (deploy/Caddyfile does) and set PUBLIC_URL=https://…"
        )
    return url


def vapid_subject(env: Mapping[str, str]) -> str:
    """Contact address in every push. Apple refuses localhost and spaces (403 BadJwtToken), so we check at boot."""
    subject = env.get("VAPID_SUBJECT") or "mailto:push@firstcall.example"
    if not SUBJECT.match(subject) or "localhost" in subject:
        raise WrongSetting("VAPID_SUBJECT must be mailto:name@your-domain.tld or https://your-domain.tld.")
    return subject


def push_ca_file(env: Mapping[str, str]) -> str:
    """Certificates trusted for push services instead of the well-known ones: only for a push service of one's own."""
    path = env.get("PUSH_CA_FILE", "")
    if path and not Path(path).is_file():
        raise WrongSetting(
            f"PUSH_CA_FILE is {path}, and there is no such file. Leave it unset for real push services."
        )
    return path
