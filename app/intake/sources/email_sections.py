"""Headings and labels of lead mails, read for whom or what they are about.

In: a line or a label. Out: the section that a heading begins ("customer", "vendor", "vehicle", "tradein"), or
the label without the words around it. Called by `email_labels`.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.intake.sources.email_label_names import AROUND, CAR_LABELS, HEADINGS, WISHED
from app.intake.sources.form_fields import key_of

_NUMBERS = ("nr", "no", "number", "nummer")
_ARTICLES = ("de", "het", "uw", "jouw", "die", "das", "ihre", "ihr", "le", "la", "votre", "the", "your", "of")

# The trade-in's words first: "tradeinvehiclemake" is no wanted car's.
_CARS = (
    (
        "tradein",
        (
            "inruilauto",
            "inruil",
            "tradeinvehicle",
            "tradein",
            "trade",
            "partexchange",
            "reprise",
            "inzahlung",
        ),
    ),
    ("vehicle", ("vehicle", "voertuig", "fahrzeug", "vehicule", "auto", "car")),
)


def section_of(line: str) -> str | None:
    """The section that a short line of its own begins; None if it is no heading."""
    words = line.strip(" \t:*#=-\u2013|[]")
    if not words or len(words) > 40 or len(words.split()) > 4 or words[-1] in ".?!,":
        return None
    key, about = key_of(words), _about(key_of(words))
    for section, names in HEADINGS:
        keys = (key, about, _which_car(about)) if section in ("tradein", "vehicle") else (key, about)
        if any(one in (name, f"{name}s", f"{name}en") for one in keys for name in names):
            return section
    return None


def part_of_car(key: str) -> tuple[str, str] | None:
    """ "inruilmerk", "kenteken inruil", "trade-in make", "vehicle model": (section, the car's field)."""
    for section, names in _CARS:
        for name in names:
            rest = key.removeprefix(name)
            rest = key.removesuffix(name) if rest == key else rest
            if rest != key and rest in CAR_LABELS:
                return section, CAR_LABELS[rest]
    return None


def is_vendors(key: str, labels: Mapping[str, str]) -> bool:
    """ "Dealer phone", "Telefon Verkäufer": a known label of the one who sells."""
    sellers = next(names for section, names in HEADINGS if section == "vendor")
    rests = [key.removeprefix(name) for name in sellers] + [key.removesuffix(name) for name in sellers]
    return key not in labels and any(rest != key and rest in labels for rest in rests)


def _which_car(key: str) -> str:
    """ "inruilauto", "partexchangevehicle" → the trade-in; "gewensteauto", "vehicleofinterest" → the car."""
    cars = next(names for section, names in HEADINGS if section == "vehicle")
    for car in cars:
        rest = key.removeprefix(car).removesuffix(car)
        if rest == key:
            continue
        if rest in WISHED:
            return car
        return rest.removeprefix("de").removeprefix("en") or key
    return key


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
    for article in _ARTICLES:
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
        if key.endswith(_NUMBERS):  # "customer no" is no customer's name
            cut = [one for one in cut if labels.get(one) != "name"]
        key = next((one for one in cut if one in labels), min(cut, key=len, default=key))
    return key
