"""Typed settings from the environment.

In: environment variables (or a mapping, in tests). Out: one frozen ``Settings``. Called once by ``create_app``.
A wrong value stops the boot with a sentence that names the setting, what is wrong and what to do. What a group of
settings may be is checked in ``site``, ``mail`` and ``providers``.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import urlsplit

from app.config import mail, providers, site
from app.config.site import ROOT
from app.config.values import WrongSetting, flag, is_loopback, number, one_of

__all__ = ["ROOT", "Settings", "WrongSetting", "is_loopback", "load", "names"]


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
        "database_url": site.database_url(env, var_dir),
        "var_dir": var_dir,
        "secret_key": site.secret_key(env, var_dir),
        "public_url": site.public_url(env),
        "demo": _demo(env),
        "demo_speed": number(env, "DEMO_SPEED", 60.0, 1.0, 3600.0),
        "async_mode": one_of(env, "ASYNC_MODE", ("gevent", "eventlet", "threading")),
        "vapid_subject": site.vapid_subject(env),
        "push_extra_hosts": tuple(h for h in env.get("PUSH_EXTRA_HOSTS", "").replace(",", " ").split() if h),
        "push_detail": one_of(env, "PUSH_DETAIL", ("full", "name", "none")),
        "push_ca_file": site.push_ca_file(env),
        "smtp_url": mail.smtp_url(env),
        "mail_from": env.get("MAIL_FROM", ""),
        "mail_reply_to": mail.mail_reply_to(env),
        **mail.mail_in(env),
        "forward_extra_hosts": tuple(env.get("FORWARD_EXTRA_HOSTS", "").replace(",", " ").lower().split()),
        "redis_url": env.get("REDIS_URL", ""),
        "log_level": one_of(env, "LOG_LEVEL", ("INFO", "DEBUG", "WARNING", "ERROR")),
        "wake_poll_ms": int(number(env, "WAKE_POLL_MS", 2, 1, 1000)),
        "lease_seconds": int(number(env, "LEASE_SECONDS", 30, 1, 3600)),
        "submission_grace": int(number(env, "SUBMISSION_GRACE", 10, 1, 600)),
        "raw_days": int(number(env, "RAW_DAYS", 90, 1, 3650)),
        "escalation_rungs": _rungs(env),
        "proxies": int(number(env, "TRUSTED_PROXIES", 0, 0, 5)),
        **providers.twilio(env),
        "graph_api_base": providers.graph(env),
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
    return flag(env, "FIRSTCALL_DEMO") if env.get("FIRSTCALL_DEMO") else True
