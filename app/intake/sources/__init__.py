"""The registry: one parser a source kind.

In: a submission's kind, body, content type and the showroom's country. Out: `Parsed`. A parser is pure,
never raises for content, and is added here with one line. Called by `receive.py`, the worker and the
command `intake parse`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.intake.parsed import Parsed
from app.intake.sources import adf, by_hand, email, form, generic, google, meta, twilio, whatsapp

Parser = Callable[[bytes, str, str], Parsed]

KINDS: dict[str, Parser] = {
    "adf": adf.parse,
    "email": email.parse,
    "form": form.parse,
    "generic": generic.parse,
    "google": google.parse,
    "meta": meta.parse,
    "twilio": twilio.parse,
    "whatsapp": whatsapp.parse,
}


BY_HAND: dict[str, Parser] = dict.fromkeys(("manual", "qr", "walk_in"), by_hand.parse)
"""What is typed into fields of ours; nobody can add a source of these."""
SETTABLE: dict[str, Callable[[bytes, str, str, Mapping[str, Any]], Parsed]] = {
    "email": email.parse,
    "generic": generic.parse,
}
"""Parsers that read a source's settings too: a field map, the house's own mail templates."""


def parse(
    kind: str, body: bytes, content_type: str, region: str, settings: Mapping[str, Any] | None = None
) -> Parsed:
    """Read `body` with the parser of `kind`.

    Args: the source's kind; the raw body; the Content-Type header or ""; ISO 3166 alpha-2 of the showroom
    or ""; the source's settings, if it has any.
    Raises KeyError for a kind that is not in `KINDS` (a mistake of ours, never of the sender).
    """
    if settings and kind in SETTABLE:
        return SETTABLE[kind](body, content_type, region, settings)
    return (KINDS.get(kind) or BY_HAND[kind])(body, content_type, region)


OPEN = ("adf", "email", "form", "generic")
