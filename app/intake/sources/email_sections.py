"""Headings and labels of lead mails, read for whom or what they are about.

In: a line or a label. Out: the section that a heading begins ("customer", "vendor", "vehicle", "tradein"), or
the label without the words around it. Called by `email_labels`.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.intake.sources.email_label_names import AROUND, HEADINGS
from app.intake.sources.form_fields import key_of


def section_of(line: str) -> str | None:
    """The section that a short line of its own begins; None if it is no heading."""
    words = line.strip(" \t:*#=-\u2013|[]")
    if not words or len(words) > 40 or len(words.split()) > 4 or words[-1] in ".?!,":
        return None
    key, about = key_of(words), _about(key_of(words))
    for section, names in HEADINGS:
        if any(key in (name, f"{name}s", f"{name}en") or about == name for name in names):
            return section
    return None


def _about(key: str) -> str:
    """ "gegevensvandeklant", "kundendaten", "customerdetails": the word that the heading is about."""
    for before in (
        "gegevensvan",
        "gegevens",
        "donneesdu",
        "coordonneesdu",
        "informationssur",
        "datendes",
        "details",
    ):
        key = key.removeprefix(before)
    for article in ("de", "het", "uw", "die", "das", "le", "la", "the", "of"):
        key = key.removeprefix(article) if len(key) > len(article) + 3 else key
    for after in (
        "gegevens",
        "informatie",
        "info",
        "daten",
        "details",
        "information",
        "informations",
        "data",
    ):
        key = key.removesuffix(after)
    return key.removesuffix("n") if key in ("kunden", "interessenten") else key


def bare_label(key: str, labels: Mapping[str, str]) -> str:
    """The label without the words around it; at most two are taken off."""
    for _ in range(2):
        if key in labels:
            break
        cut = [key.removeprefix(word) for word in AROUND if key.startswith(word)]
        cut += [key.removesuffix(word) for word in AROUND if key.endswith(word)]
        key = next((one for one in cut if one in labels), min(cut, key=len, default=key))
    return key
