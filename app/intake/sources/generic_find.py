"""Find a customer in fields that nobody described.

In: names and values of any JSON. Out: a record with the field names of a form, and the rest. First by name, the
nearest name that says something ("customer.phone_number", "q3_email", "your-tel"); then by how a value looks.
What stands below a seller, a tracking number or an owner is never the customer's. Called by `generic`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from app.intake.names import read_email
from app.intake.phones import read_phones
from app.intake.sources.asked import asked_for
from app.intake.sources.form_fields import as_text, key_of
from app.intake.sources.form_names import CAR_FIELD, FIELD
from app.intake.sources.generic_names import (
    ALSO,
    CUSTOMER,
    FIELD_NAMES,
    NOT_THEIRS,
    NOT_THEIRS_EITHER,
    PREFIXES,
)
from app.intake.sources.reading.paths import leaves
from app.intake.sources.reading.text import is_blank

_STEP = re.compile(r"[.\[\]]+")
_NUMBERED = re.compile(r"q\d+[_-]|(?:field|input|form|item|answer|question|veld)s?[_-]?", re.IGNORECASE)
_PHONE_LIKE = re.compile(r"\+?[\d ().\-/]{7,24}")
_NAME_LIKE = re.compile(
    r"[^\W\d_][^\W\d_'\u2019.\-]*(?: [^\W\d_'\u2019][^\W\d_'\u2019.\-]*(?:['\u2019 \-][^\W\d_]+)*){1,4}"
)
_UNLABELLED = re.compile(r"(?:field|input|item|answer|question|q|f|col|column|value|veld)?\d+|value|text")
_MOST_SEARCHED = 300
_SAYS_NOTHING = frozenset({"full", "value", "raw", "e164", "formatted", "international", "text", "answer"})
_SEVERAL = frozenset({"phone", "mobile", "whatsapp", "message", "vehicle", "lead_id", "consent"})


@dataclass
class Found:
    """`record`: by a form's field names; `rest`: everything else, by path."""

    record: dict[str, Any] = field(default_factory=dict)
    rest: dict[str, Any] = field(default_factory=dict)


def discover(item: Mapping[str, Any], region: str) -> Found:
    """Sort the values of one object."""
    found = Found()
    foreign: set[str] = set()
    names = frozenset(key_of(str(key)) for key in item)
    for path, value in leaves(item):
        text = as_text(value)
        if text is None or is_blank(text):
            continue
        steps = [step for step in _STEP.split(path) if step and not step.isdigit()] or [path]
        theirs = not _not_theirs(steps, names)
        name = _meaning(steps) if theirs else None
        if name:
            _put(found, name, value if isinstance(value, bool) else text)
        else:
            found.rest[path] = value
            if not theirs:
                foreign.add(path)
    _by_look(found, foreign, region)
    return found


def _not_theirs(steps: list[str], names: frozenset[str]) -> bool:
    """Of somebody else: inside their object, or named after them."""
    *above, last = map(key_of, steps)
    if any(key in NOT_THEIRS for key in above):
        return True
    if last in ("company", "companyname"):
        return "companyid" in names  # the sender's own account, as call trackers say it
    return last not in FIELD and last not in ALSO and last.startswith(NOT_THEIRS_EITHER)


def _meaning(steps: list[str]) -> str | None:
    """The record's field for a path: its last step, with what the steps before say about whose it is."""
    last, above = steps[-1], [key_of(step) for step in steps[:-1]]
    in_trade = any(FIELD.get(key) == "tradein" for key in above)
    if in_trade or any(FIELD.get(key) == "car" for key in above):
        part = CAR_FIELD.get(key_of(last))
        group = "trade_in" if in_trade else "vehicle"
        return f"{group}.{part}" if part else None
    if key_of(last) in _SAYS_NOTHING and len(steps) > 1:
        return _meaning(steps[:-1])
    for key in _keys(last):
        if key in ALSO:
            return ALSO[key] or None
        if key in FIELD:
            return _named(FIELD[key], above)
    return None


def _named(ours: str, above: list[str]) -> str | None:
    """The record's name. A bare "name" inside something that is no person is that thing's."""
    person = not above or any(key in CUSTOMER for key in above)
    if ours == "name" and not person:
        return None
    group, _, part = ours.partition(".")
    if part:
        return f"{'vehicle' if group == 'car' else 'trade_in'}.{part}"
    return FIELD_NAMES.get(ours)


def _keys(step: str) -> list[str]:
    """The name to compare, and without what form builders put before it ("your-name", "q3_email")."""
    bare = _NUMBERED.sub("", step, count=1) if _NUMBERED.match(step) else step
    keys = [key_of(step), key_of(bare)]
    keys += [key.removeprefix(prefix) for key in keys for prefix in PREFIXES if key.startswith(prefix)]
    keys.append(asked_for(step))
    return [key for key in dict.fromkeys(keys) if key]


def _put(found: Found, name: str, value: Any) -> None:
    """Some fields may come twice; of the others, such as a name, the first one counts."""
    group, _, part = name.partition(".")
    if part and group in ("vehicle", "trade_in"):
        car = found.record.setdefault(group, {})
        if isinstance(car, dict):
            car.setdefault(part, value)
        return
    before = found.record.get(name)
    if before is None:
        found.record[name] = value
    elif isinstance(before, dict):
        before.setdefault("model", value)
    elif before != value and name in _SEVERAL:
        found.record[name] = [*(before if isinstance(before, list) else [before]), value]


def _by_look(found: Found, foreign: set[str], region: str) -> None:
    """What the names did not tell: an address looks like one; a number under a word that says so, or with +."""
    known = set(found.record)
    texts = {path: text for path, one in found.rest.items() if path not in foreign and (text := _text(one))}
    if "email" not in known:
        _take(found, texts, "email", lambda path, text: read_email(text) == text)
    if not known & {"phone", "mobile", "whatsapp"}:
        _take(found, texts, "phone", lambda path, text: _is_phone(path, text, region))
    unlabelled = {path: text for path, text in texts.items() if path in found.rest and _has_no_label(path)}
    if not known & {"name", "first_name", "last_name"}:
        _take(
            found, unlabelled, "name", lambda path, text: len(text) <= 60 and bool(_NAME_LIKE.fullmatch(text))
        )
    if "message" not in known:
        words = {
            path: text for path, text in unlabelled.items() if path in found.rest and len(text.split()) >= 4
        }
        longest = max(words, key=lambda path: len(words[path]), default=None)
        if longest is not None:
            found.record["message"] = words[longest]
            del found.rest[longest]


def _take(found: Found, texts: Mapping[str, str], name: str, fits: Any) -> None:
    searched = islice(((path, text) for path, text in texts.items() if path in found.rest), _MOST_SEARCHED)
    path = next((path for path, text in searched if fits(path, text)), None)
    if path is not None:
        found.record[name] = texts[path]
        del found.rest[path]


def _text(value: Any) -> str | None:
    return as_text(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else None


def _is_phone(path: str, text: str, region: str) -> bool:
    """Under a name that speaks of telephones anything typed; else only what is valid and begins like one."""
    last = next((step for step in reversed(_STEP.split(path)) if step and not step.isdigit()), "")
    if re.search(r"phone|tel|mobi|gsm|handy|whatsapp|rufnummer", key_of(last)) and any(
        map(str.isdigit, text)
    ):
        return len(text) <= 200
    if not _PHONE_LIKE.fullmatch(text):
        return False
    begins = text.startswith(("+", "00")) or (text.startswith("0") and _has_no_label(path))
    return begins and any(phone.valid for phone in read_phones(text, region))


def _has_no_label(path: str) -> bool:
    """ "field_3", "1.3", "input_5": a name that says nothing."""
    last = next((step for step in reversed(_STEP.split(path)) if step), "")
    return _UNLABELLED.fullmatch(key_of(last)) is not None
