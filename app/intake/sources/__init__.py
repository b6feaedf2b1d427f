"""The registry: one parser a source kind.

In: a submission's kind, body, content type and the showroom's country. Out: `Parsed`. A parser is pure,
never raises for content, and is added here with one line. Called by `receive.py`, the worker and the
command `intake parse`.
"""

from __future__ import annotations

from collections.abc import Callable

from app.intake.parsed import Parsed
from app.intake.sources import adf, email, form, generic, google, meta, twilio, whatsapp

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


OPEN = ("adf", "email", "form", "generic")
"""Kinds whose proof of origin is the secret address alone; only these can be added as a source. The others can be read
(`intake parse`), but what comes in is signed by its sender, and the check of that signature is not built yet."""


def parse(kind: str, body: bytes, content_type: str, region: str) -> Parsed:
    """Read `body` with the parser of `kind`.

    Args: the source's kind; the raw body; the Content-Type header or ""; ISO 3166 alpha-2 of the showroom
    or "".
    Raises KeyError for a kind that is not in `KINDS` (a mistake of ours, never of the sender).
    """
    return KINDS[kind](body, content_type, region)
