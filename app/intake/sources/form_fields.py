"""What the fields of a website form are called, and how their values become text.

In: decoded JSON or form pairs. Out: `Fields`: values by our own names, cars as small dicts, the rest as
`extra`. Names are compared without case, accents, blanks and punctuation ("Téléphone", "phone_number",
"Phone Number"). Called by `form.py` only.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from app.intake.sources.form_names import CAR_FIELD, FIELD, WRAPPERS
from app.intake.sources.reading.answers import behind_yes, yes_or_no
from app.intake.sources.reading.text import is_blank, visible

_LABELS = ("name", "label", "field", "key", "question", "title", "columnname", "columnid")
_VALUES = ("value", "answer", "values", "stringvalue", "text", "rawvalue")
_PATH = re.compile(r"[\[\].]+")
_MOST_VALUES = 5_000
_DEEPEST = 8


@dataclass
class Fields:
    """`values`: texts by our name, in order; `cars`, `trades`: by `Car` attribute; `extra`: the rest."""

    values: dict[str, list[str]] = field(default_factory=dict)
    cars: list[dict[str, str]] = field(default_factory=list)
    trades: list[dict[str, str]] = field(default_factory=list)
    consent: dict[str, Any] | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    def first(self, name: str) -> str | None:
        return next(iter(self.values.get(name, ())), None)


def read_fields(data: dict[str, Any]) -> Fields:
    """Sort everything that was sent; unknown keys keep their name and value in `extra`."""
    fields = Fields()
    for path, value in _flat(data):
        _take(fields, path, value)
    return fields


def key_of(name: str) -> str:
    """The name to compare by: "Téléphone (mobile)" → "telephonemobile"."""
    plain = unicodedata.normalize("NFKD", name[:200]).lower()
    return "".join(char for char in plain if char.isalnum() and char.isascii())


def as_text(value: Any, depth: int = 0) -> str | None:
    """A JSON value as the text a person would have typed; None for nothing ("null" included)."""
    if isinstance(value, (dict, list)):
        return _joined_text(value, depth) if depth < _DEEPEST else None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e16:
        value = int(value)
    text = visible(str(value)).strip() if value is not None else ""
    return None if text == "null" or not text else text


def _joined_text(value: dict[str, Any] | list[Any], depth: int) -> str | None:
    if isinstance(value, list):
        return ", ".join(text for item in value if (text := as_text(item, depth + 1))) or None
    pairs = ((visible(key), as_text(item, depth + 1)) for key, item in value.items())
    return ", ".join(f"{key}: {text}" for key, text in pairs if text) or None


def as_json(value: Any, depth: int = 0) -> Any:
    """The value as every database's JSON takes it: no NUL, no lone surrogate, no infinity, not too deep."""
    if isinstance(value, (dict, list)) and depth >= _DEEPEST:
        return "…"
    if isinstance(value, dict):
        return {visible(str(key)): as_json(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [as_json(item, depth + 1) for item in value]
    if isinstance(value, str):
        return visible(value)
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _flat(data: dict[str, Any]) -> Iterator[tuple[list[str], Any]]:
    """(path, value) of every field: wrappers opened, lists of name-value pairs read as fields, order kept."""
    waiting: list[tuple[list[str], Any]] = [([str(key)], value) for key, value in reversed(data.items())]
    seen = 0
    while waiting and seen < _MOST_VALUES:
        seen += 1
        path, value = waiting.pop()
        groups = key_of(path[-1]) in WRAPPERS
        if isinstance(value, dict) and groups:
            waiting.extend(([*path[-3:], str(key)], inner) for key, inner in reversed(value.items()))
        elif isinstance(value, list) and (pairs := _pairs(value)):
            waiting.extend(([*path[-3:], name], inner) for name, inner in reversed(pairs))
        else:
            yield path, value


def _pairs(items: list[Any]) -> list[tuple[str, Any]]:
    """[{"name": "email", "values": ["a@b.nl"]}, …] as pairs; [] if any item is something else."""
    pairs: list[tuple[str, Any]] = []
    for item in items:
        plain = {key_of(str(key)): value for key, value in item.items()} if isinstance(item, dict) else {}
        label = next((plain[key] for key in _LABELS if isinstance(plain.get(key), str)), None)
        value = next((key for key in _VALUES if key in plain), None)
        if label is None or value is None:
            return []
        pairs.append((label, plain[value]))
    return pairs


def _take(fields: Fields, path: list[str], value: Any) -> None:
    """Put one value where it belongs: the path's last known name decides, "customer[phone]" is a phone."""
    steps = [key_of(step) for step in _PATH.split(path[-1]) if key_of(step)]
    ours = FIELD.get(key_of(path[-1])) or (FIELD.get(steps[-1]) if steps else None)
    if len(steps) > 1 and FIELD.get(steps[0]) in ("car", "tradein", "consent"):
        ours, value = FIELD[steps[0]], {steps[-1]: value}
    if ours == "consent":
        given = value if isinstance(value, dict) else {path[-1]: value}
        fields.consent = {**(fields.consent or {}), **as_json(given)}
    elif ours in ("car", "tradein") and isinstance(value, (str, bool)) and yes_or_no(str(value)) is not None:
        fields.extra[visible(".".join(path))] = value  # "trade_in": "ja" says that there is one, not which
    elif ours in ("car", "tradein"):
        _take_cars(fields.cars if ours == "car" else fields.trades, value)
    elif ours and not isinstance(value, dict):
        _take_value(fields, ours, as_text(value))
    elif value is not None:
        fields.extra[visible(".".join(path))] = as_json(value)


def _take_value(fields: Fields, ours: str, text: str | None) -> None:
    kind, _, part = ours.partition(".")
    if text is None or (kind not in ("name", "first", "last", "message") and is_blank(text)):
        return
    if part:
        _merge(fields.cars if kind == "car" else fields.trades, {part: text})
    else:
        fields.values.setdefault(ours, []).append(text)


def _take_cars(cars: list[dict[str, str]], value: Any) -> None:
    """A car as text is its model; as an object its fields; a list is several cars."""
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for item in value:
            cars.append(_car_fields(item) if isinstance(item, dict) else {"model": as_text(item) or ""})
    elif isinstance(value, dict):
        _merge(cars, _car_fields(value))
    elif (text := as_text(value)) and not is_blank(text):
        _merge(cars, {"model": behind_yes(text)})


def _merge(cars: list[dict[str, str]], values: dict[str, str]) -> None:
    """Parts that arrive one by one describe the first car; what is there already is not overwritten."""
    if not cars:
        cars.append({})
    cars[0] = {**values, **cars[0]}


def _car_fields(value: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, inner in value.items():
        ours, text = CAR_FIELD.get(key_of(str(key))), as_text(inner)
        if ours and text and not is_blank(text):
            found.setdefault(ours, text)
            if key_of(str(key)) in ("km", "kilometerstand"):
                found.setdefault("odometer_units", "km")
    return found
