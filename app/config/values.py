"""One setting: a number, a word of a few, yes or no. Raises ``WrongSetting``. Called by the other files here."""

import ipaddress
from collections.abc import Mapping


class WrongSetting(SystemExit):
    """A setting is missing or wrong; the message says which and what to do. Stops the boot."""


def flag(env: Mapping[str, str], name: str) -> bool:
    value = env.get(name, "").lower()
    if value not in ("", "0", "1", "true", "false", "yes", "no"):
        raise WrongSetting(f"{name} must be 1 or 0, not {value!r}.")
    return value in ("1", "true", "yes")


def one_of(env: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    value = env.get(name) or allowed[0]
    if value not in allowed:
        raise WrongSetting(f"{name} must be one of {', '.join(allowed)}, not {value!r}.")
    return value


def number(env: Mapping[str, str], name: str, default: float, least: float, most: float) -> float:
    text = env.get(name)
    try:
        value = float(text) if text else default
    except ValueError:
        value = least - 1
    if not least <= value <= most:
        raise WrongSetting(f"{name} must be a number from {least:g} to {most:g}, not {text!r}.")
    return value


def is_loopback(host: str) -> bool:
    """Whether a host name means this very machine (``localhost`` or 127.0.0.0/8 or ::1)."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
