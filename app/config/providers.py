"""Providers with an interface of their own: Twilio (SMS, calls) and Meta's Graph."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from app.config.site import public_url
from app.config.values import WrongSetting, is_loopback

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


def twilio(env: Mapping[str, str]) -> dict[str, str]:
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
    if not local and is_loopback(urlsplit(public_url(env)).hostname or ""):
        raise WrongSetting("PUBLIC_URL is missing: Twilio must reach this server to bridge a call.")
    return {**values, "twilio_api_base": base}


def graph(env: Mapping[str, str]) -> str:
    base = (env.get("GRAPH_API_BASE") or GRAPH).rstrip("/")
    parts = urlsplit(base)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        raise WrongSetting(f"GRAPH_API_BASE must look like {GRAPH}, not {base!r}.")
    return base
