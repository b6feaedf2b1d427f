"""Typed settings from the environment.

In: environment variables (or a mapping, in tests). Out: one frozen ``Settings``. Called once by ``create_app``.
A wrong value stops the boot with a sentence that names the setting, what is wrong and what to do.
"""

import ipaddress
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
SUBJECT = re.compile(
    r"^(mailto:[^\s@]+@[^\s@.]+(\.[^\s@.]+)+|https://[a-z0-9.-]+\.[a-z]{2,})$", re.IGNORECASE
)

TWILIO = "https://api.twilio.com"
GRAPH = "https://graph.facebook.com/v24.0"
TWILIO_FORMS = {
    "TWILIO_ACCOUNT_SID": (r"AC[0-9a-fA-F]{32}", "AC and 32 hexadecimal digits", True),
    "TWILIO_AUTH_TOKEN": (r"\S{16,100}", "the token that Twilio's console shows", True),
    "TWILIO_FROM": (r"\+[1-9]\d{6,14}", "+31851234567, a number of yours at Twilio", True),
    "TWILIO_MESSAGING_SERVICE_SID": (r"MG[0-9a-fA-F]{32}", "MG and 32 hexadecimal digits", False),
}
"""Name, form, what it looks like, and whether telephony needs it."""
_NEEDED = [name for name, (_, _, needed) in TWILIO_FORMS.items() if needed]


class WrongSetting(SystemExit):
    """A setting is missing or wrong; the message says which and what to do. Stops the boot."""


@dataclass(frozen=True)
class Settings:
    """All settings, typed. Durations are seconds unless the name says otherwise."""

    database_url: str
    var_dir: Path
    secret_key: str
    public_url: str
    demo: bool
    demo_speed: float
    async_mode: str
    vapid_subject: str
    push_extra_hosts: tuple[str, ...]
    push_detail: str
    push_ca_file: str
    smtp_url: str
    mail_from: str
    mail_reply_to: str
    mail_in_bind: str
    mail_in_host: str
    mail_in_cert: str
    mail_in_cert_key: str
    mail_in_aliases: dict[str, str]
    imap_mailboxes: tuple[str, ...]
    forward_extra_hosts: tuple[str, ...]
    redis_url: str
    log_level: str
    wake_poll_ms: int
    lease_seconds: int
    submission_grace: int
    raw_days: int
    escalation_rungs: tuple[int, ...]
    proxies: int
    twilio_account_sid: str
    twilio_auth_token: str
    twilio_from: str
    twilio_messaging_service_sid: str
    twilio_api_base: str
    graph_api_base: str

    @property
    def telephony(self) -> bool:
        """Whether a telephony provider is configured: text messages, automated and bridged calls."""
        return bool(self.twilio_account_sid)

    @property
    def secure(self) -> bool:
        """Whether people reach us over HTTPS (decides Secure cookies)."""
        return self.public_url.startswith("https://")

    @property
    def public_host(self) -> str:
        return urlsplit(self.public_url).hostname or "localhost"

    @property
    def sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Read, check and freeze the settings. Raises ``WrongSetting`` with a sentence."""
    env = dict(os.environ if environment is None else environment)
    var_dir = Path(env.get("VAR_DIR") or ROOT / "var")
    values = {
        "database_url": _database_url(env, var_dir),
        "var_dir": var_dir,
        "secret_key": _secret_key(env, var_dir),
        "public_url": _public_url(env),
        "demo": _demo(env),
        "demo_speed": _number(env, "DEMO_SPEED", 60.0, 1.0, 3600.0),
        "async_mode": _one_of(env, "ASYNC_MODE", ("gevent", "eventlet", "threading")),
        "vapid_subject": _vapid_subject(env),
        "push_extra_hosts": tuple(h for h in env.get("PUSH_EXTRA_HOSTS", "").replace(",", " ").split() if h),
        "push_detail": _one_of(env, "PUSH_DETAIL", ("full", "name", "none")),
        "push_ca_file": _push_ca_file(env),
        "smtp_url": _smtp_url(env),
        "mail_from": env.get("MAIL_FROM", ""),
        "mail_reply_to": _mail_reply_to(env),
        **_mail_in(env),
        "forward_extra_hosts": tuple(env.get("FORWARD_EXTRA_HOSTS", "").replace(",", " ").lower().split()),
        "redis_url": env.get("REDIS_URL", ""),
        "log_level": _one_of(env, "LOG_LEVEL", ("INFO", "DEBUG", "WARNING", "ERROR")),
        "wake_poll_ms": int(_number(env, "WAKE_POLL_MS", 2, 1, 1000)),
        "lease_seconds": int(_number(env, "LEASE_SECONDS", 30, 1, 3600)),
        "submission_grace": int(_number(env, "SUBMISSION_GRACE", 10, 1, 600)),
        "raw_days": int(_number(env, "RAW_DAYS", 90, 1, 3650)),
        "escalation_rungs": _rungs(env),
        "proxies": int(_number(env, "TRUSTED_PROXIES", 0, 0, 5)),
        **_twilio(env),
        "graph_api_base": _graph(env),
    }
    settings = Settings(**values)  # type: ignore[arg-type]
    if settings.smtp_url and not settings.mail_from:
        raise WrongSetting(
            "MAIL_FROM is missing: SMTP_URL is set, so say from which address customers get mail."
        )
    if settings.async_mode == "eventlet" and not settings.sqlite:
        raise WrongSetting(
            "ASYNC_MODE=eventlet works on SQLite only: the PostgreSQL driver would block eventlet's loop. "
            "Leave ASYNC_MODE unset (gevent)."
        )
    return settings


def names() -> tuple[str, ...]:
    """Names of all settings, for the documentation test."""
    return tuple(field.name for field in fields(Settings))


def _database_url(env: Mapping[str, str], var_dir: Path) -> str:
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


def _secret_key(env: Mapping[str, str], var_dir: Path) -> str:
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


def is_loopback(host: str) -> bool:
    """Whether a host name means this very machine (``localhost`` or 127.0.0.0/8 or ::1)."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _public_url(env: Mapping[str, str]) -> str:
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


def _vapid_subject(env: Mapping[str, str]) -> str:
    """Contact address in every push. Apple refuses localhost and spaces (403 BadJwtToken), so we check at boot."""
    subject = env.get("VAPID_SUBJECT") or "mailto:push@firstcall.example"
    if not SUBJECT.match(subject) or "localhost" in subject:
        raise WrongSetting("VAPID_SUBJECT must be mailto:name@your-domain.tld or https://your-domain.tld.")
    return subject


def _push_ca_file(env: Mapping[str, str]) -> str:
    """Certificates trusted for push services instead of the well-known ones: only for a push service of one's own."""
    path = env.get("PUSH_CA_FILE", "")
    if path and not Path(path).is_file():
        raise WrongSetting(
            f"PUSH_CA_FILE is {path}, and there is no such file. Leave it unset for real push services."
        )
    return path


def _mail_reply_to(env: Mapping[str, str]) -> str:
    """Where customers' answers by mail come in: an address of a source, or of a mailbox that ``mail-in`` reads."""
    address = env.get("MAIL_REPLY_TO", "")
    if address and not re.fullmatch(r"[^\s@<>,;]+@[^\s@<>,;]+", address):
        raise WrongSetting("MAIL_REPLY_TO must be one bare address, such as answers@in.example.com.")
    return address


def _smtp_url(env: Mapping[str, str]) -> str:
    url = env.get("SMTP_URL", "")
    if url and urlsplit(url).scheme not in ("smtp", "smtps", "smtp+starttls"):
        raise WrongSetting("SMTP_URL must look like smtp+starttls://name:password@mail.example.com:587.")
    return url


def _mail_in(env: Mapping[str, str]) -> dict[str, object]:
    """Mail that comes in by itself: our own SMTP listener, and mailboxes that are read (`flask mail-in`)."""
    bind = env.get("MAIL_IN_BIND") or "127.0.0.1:2525"
    host, _, port = bind.rpartition(":")
    if bind != "off" and not (host and port.isdigit() and 0 < int(port) < 65536):
        raise WrongSetting(f"MAIL_IN_BIND must look like 0.0.0.0:25, or be off, not {bind!r}.")
    cert, key = env.get("MAIL_IN_CERT", ""), env.get("MAIL_IN_CERT_KEY", "")
    for name, path in (("MAIL_IN_CERT", cert), ("MAIL_IN_CERT_KEY", key)):
        if path and not Path(path).is_file():
            raise WrongSetting(f"{name} is {path}, and there is no such file.")
    return {
        "mail_in_bind": "" if bind == "off" else bind,
        "mail_in_host": env.get("MAIL_IN_HOST") or urlsplit(_public_url(env)).hostname or "localhost",
        "mail_in_cert": cert,
        "mail_in_cert_key": key,
        "mail_in_aliases": _aliases(env),
        "imap_mailboxes": _mailboxes(env),
    }


def _aliases(env: Mapping[str, str]) -> dict[str, str]:
    """Addresses that people can type, and the keys of the sources they stand for."""
    aliases = {}
    for pair in env.get("MAIL_IN_ALIASES", "").replace(",", " ").split():
        address, equals, key = pair.partition("=")
        if not (equals and key and re.fullmatch(r"[^@\s]+@[^@\s]+", address)):
            raise WrongSetting(f"MAIL_IN_ALIASES must look like leads@example.com=KEY, not {pair!r}.")
        aliases[address.lower()] = key
    return aliases


def _mailboxes(env: Mapping[str, str]) -> tuple[str, ...]:
    """URLs of mailboxes; the part behind # is the key of the source that their mails belong to."""
    found = tuple(env.get("IMAP_MAILBOXES", "").split())
    for number, url in enumerate(found, 1):  # the sentence must not show the password
        parts = urlsplit(url)
        whole = parts.hostname and parts.username and parts.password and parts.fragment
        if parts.scheme not in ("imap", "imaps", "imap+starttls") or not whole:
            looks = "imaps://name:password@mail.example.com/INBOX#KEY"
            raise WrongSetting(
                f"IMAP_MAILBOXES: number {number} must look like {looks} (encode @ in a name as %40)."
            )
        if parts.scheme == "imap" and not is_loopback(parts.hostname or ""):
            raise WrongSetting(
                f"IMAP_MAILBOXES: number {number} would send its password in the clear. Use imaps://."
            )
    return found


def _twilio(env: Mapping[str, str]) -> dict[str, str]:
    """All of it or nothing: half an account would be noticed only when somebody should have been called."""
    values = {
        "twilio_account_sid": env.get("TWILIO_ACCOUNT_SID", ""),
        "twilio_auth_token": env.get("TWILIO_AUTH_TOKEN", ""),
        "twilio_from": env.get("TWILIO_FROM", ""),
        "twilio_messaging_service_sid": env.get("TWILIO_MESSAGING_SERVICE_SID", ""),
    }
    base = (env.get("TWILIO_API_BASE") or TWILIO).rstrip("/")
    if not any(values.values()):
        return {**values, "twilio_api_base": base}
    for name, (form, looks_like, needed) in TWILIO_FORMS.items():
        given = values[name.lower()]
        if not given and needed:
            raise WrongSetting(f"{name} is missing: telephony needs {', '.join(_NEEDED)}.")
        if given and not re.fullmatch(form, given):
            raise WrongSetting(f"{name} must look like {looks_like}.")
    parts = urlsplit(base)
    local = is_loopback(parts.hostname or "")
    if parts.scheme != "https" and not (parts.scheme == "http" and local):
        raise WrongSetting(f"TWILIO_API_BASE must begin with https://, not {base!r}.")
    if not local and is_loopback(urlsplit(_public_url(env)).hostname or ""):
        raise WrongSetting("PUBLIC_URL is missing: Twilio must reach this server to bridge a call.")
    return {**values, "twilio_api_base": base}


def _graph(env: Mapping[str, str]) -> str:
    base = (env.get("GRAPH_API_BASE") or GRAPH).rstrip("/")
    parts = urlsplit(base)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        raise WrongSetting(f"GRAPH_API_BASE must look like {GRAPH}, not {base!r}.")
    return base


def _rungs(env: Mapping[str, str]) -> tuple[int, ...]:
    """Seconds after assignment of the five rungs of the first attempt's escalation (product.md, Escalation)."""
    text = env.get("ESCALATION_RUNGS") or "10,30,60,120,300"
    try:
        rungs = tuple(int(part) for part in text.split(","))
    except ValueError:
        rungs = ()
    if len(rungs) != 5 or list(rungs) != sorted(rungs) or rungs[0] < 1:
        raise WrongSetting(
            "ESCALATION_RUNGS must be five rising numbers of seconds, such as 10,30,60,120,300."
        )
    return rungs


def _demo(env: Mapping[str, str]) -> bool:
    """On unless said otherwise. Without the demo showroom (``seed``) it opens nothing; deploy/ switches it off."""
    return _flag(env, "FIRSTCALL_DEMO") if env.get("FIRSTCALL_DEMO") else True


def _flag(env: Mapping[str, str], name: str) -> bool:
    value = env.get(name, "").lower()
    if value not in ("", "0", "1", "true", "false", "yes", "no"):
        raise WrongSetting(f"{name} must be 1 or 0, not {value!r}.")
    return value in ("1", "true", "yes")


def _one_of(env: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    value = env.get(name) or allowed[0]
    if value not in allowed:
        raise WrongSetting(f"{name} must be one of {', '.join(allowed)}, not {value!r}.")
    return value


def _number(env: Mapping[str, str], name: str, default: float, least: float, most: float) -> float:
    text = env.get(name)
    try:
        value = float(text) if text else default
    except ValueError:
        value = least - 1
    if not least <= value <= most:
        raise WrongSetting(f"{name} must be a number from {least:g} to {most:g}, not {text!r}.")
    return value
