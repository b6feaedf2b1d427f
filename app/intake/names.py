"""Names and e-mail addresses as people type them.

In: name parts and text from a parser. Out: the name to show and a usable address, or None. Nothing is
corrected: a name is shown as it was written (van der, D'Hondt, one letter, emoji).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_ADDRESS = re.compile(rf"[^\s@<>()\[\]\\,;:\"]{{1,64}}@(?:{_LABEL}\.)+{_LABEL}")
_BETWEEN = re.compile(r"[\s,;<>]+")

# Longest address that SMTP can carry (RFC 5321 §4.5.3.1.3, less the angle brackets).
_LONGEST_ADDRESS = 254


def display_name(parts: Mapping[str, str]) -> str | None:
    """The name to show: the full name if it says more than the parts, else the parts in order."""
    last = parts.get("last") or parts.get("surname")
    first = parts.get("first")
    if first and last and first.lower().endswith(" " + last.lower()):
        last = None  # some senders put the whole name into the first name
    pieces = (first, parts.get("middle"), parts.get("infix"), last)
    composed = " ".join(piece for piece in pieces if piece)
    full = parts.get("full", "")
    if set(full.lower().split()) < set(composed.lower().split()):
        return composed
    return full or composed or None


def read_email(text: str) -> str | None:
    """The first usable address in a field ("mailto:", "Jan <jan@…>" and several are fine), case kept.

    A looser test than RFC 5322 on purpose, and a stricter one where SMTP would refuse: no comments, no
    quoted local parts, no address without a dot in its domain.
    """
    if "@" not in text or len(text) > 10_000:
        return None
    for piece in _BETWEEN.split(text.strip()):
        address = piece.removeprefix("mailto:").removeprefix("MAILTO:").rstrip(".")
        if _is_address(address) and _stands_alone(text, piece):
            return address
    return None


def _stands_alone(text: str, piece: str) -> bool:
    """False for "test @iana.org" and the like: cutting such text apart would invent an address."""
    return not any(f"{gap}@" in text or f"@{gap}" in text for gap in " \t\n") and bool(piece)


def _is_address(text: str) -> bool:
    if len(text) > _LONGEST_ADDRESS or not _ADDRESS.fullmatch(text):
        return False
    local, _, domain = text.rpartition("@")
    if local.startswith(".") or local.endswith(".") or ".." in local:
        return False
    return not domain.rsplit(".", 1)[-1].isdigit()
