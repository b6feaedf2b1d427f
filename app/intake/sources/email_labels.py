"""Lead mails with labelled lines: "Naam: Jan", "Telefon<tab>0171…", "Message:" and the text below it.

In: a mail's text. Out: a record with the field names of a form. Lines about the vendor are left out, and
nothing below the mail's closing words counts: phone numbers there are the portal's. Called by `email`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.intake.sources.email_endings import FOOTER, SIGN_OFF
from app.intake.sources.email_label_names import CAR_LABELS, LABELS
from app.intake.sources.email_lines import lines_of
from app.intake.sources.email_record import State, end_message, put, stand_in
from app.intake.sources.email_sections import bare_label, is_vendors, part_of_car, section_of
from app.intake.sources.form_fields import key_of

_MOST_UNKNOWN = 30
_LINE = re.compile(
    r"[\s*•·>|\[(\-\u2013]{0,6}(?:\d{1,2}[.)]\s)?([^\W\d_][^:\t=\n]{0,48}?)\s?\*{0,2}\s?(?::|\t|\uff1a|\s[=|]\s|\s{2,9}(?=\S))\s?\*{0,2}(.*)"
)
_RULE = re.compile(r"\s*(?:[-_=*~#]\s?){3,}\s*")
_BULLET = re.compile(r"\s*[*•·>\-\u2013]\s")


@dataclass(frozen=True, slots=True)
class Labelled:
    """`record`: by a form's field names; `unknown`: other labelled lines; `told`: how many lines were known."""

    record: Mapping[str, Any]
    unknown: Mapping[str, str]
    told: int


def read_labels(text: str, more: Iterable[tuple[str, str]] = ()) -> Labelled:
    """Read labelled lines. `more`: a template's own labels, compared name to field; they win."""
    labels = {**LABELS, **dict(more)}
    state = State()
    for line in lines_of(text, lambda label: _is_known(label, labels)):
        if not _step(state, line, labels):
            break
    end_message(state)
    stand_in(state, "initials", "first_name")
    stand_in(state, "contact_person", "name")
    return Labelled(state.record, state.unknown, state.told)


def _is_known(label: str, labels: Mapping[str, str]) -> bool:
    key = key_of(label)
    return key in labels or key in CAR_LABELS or bare_label(key, labels) in labels


def _step(state: State, line: str, labels: Mapping[str, str]) -> bool:
    """One line; False when the mail's own part is over."""
    if FOOTER.match(line) or (state.message is None and state.told and SIGN_OFF.match(line)):
        return False
    if _RULE.fullmatch(line):
        end_message(state)
    elif line.strip():
        _words(state, line, labels)
    elif state.message is not None:
        state.message.append("")
    return True


def _words(state: State, line: str, labels: Mapping[str, str]) -> None:
    found = _LINE.fullmatch(line)
    label, value = (found.group(1), found.group(2).strip(" |")) if found else (line.strip(" |*"), "")
    target = _target(state, label, labels) if found or state.message is None else None
    if target and state.message is not None and _is_words(state, line, target[1], value):
        target = None
    if value and _is_vendors(state, label, labels):
        end_message(state)
    elif not value and _heading(state, label):
        # "Klant:" begins a section, and may be the label of the name below it
        end_message(state)
        again = _target(state, label, labels)
        state.waiting = again if again and again[1] != "message" else None
    elif target is not None:
        end_message(state)
        state.label = key_of(label)
        state.bulleted = state.bulleted or _BULLET.match(line) is not None
        _labelled(state, target, value)
    elif state.message is not None:
        state.signed = state.signed or SIGN_OFF.match(line) is not None
        state.message.append(line)
    elif state.waiting is not None and not value:
        put(state, *state.waiting, line.strip())
        state.waiting = None
    elif found and value and len(state.unknown) < _MOST_UNKNOWN:
        _unknown(state, label.strip(), value)


def _is_vendors(state: State, label: str, labels: Mapping[str, str]) -> bool:
    """ "Dealer phone: …" anywhere, and below the customer's words "Dealer: Auto X, tel. …"."""
    if state.message is not None and section_of(label) == "vendor":
        state.section = "vendor"
        return True
    return is_vendors(key_of(label), labels)


def _is_words(state: State, line: str, name: str, value: str) -> bool:
    """Inside the customer's words: "- prijs: laagste", "Tel: liefst mobiel" are theirs, and no lines of the form."""
    if _BULLET.match(line) and not state.bulleted:
        return True
    if name in ("phone", "mobile"):
        return bool(value) and not any(char.isdigit() for char in value)
    return name == "email" and bool(value) and "@" not in value


def _unknown(state: State, label: str, value: str) -> None:
    """Kept, unless the vendor's. "Dealer: Auto X" below the customer's lines begins the vendor's own."""
    if state.told and section_of(label) == "vendor":
        state.section = "vendor"
    elif state.section != "vendor":
        state.unknown.setdefault(label, value)


def _target(state: State, label: str, labels: Mapping[str, str]) -> tuple[str, str] | None:
    """(section, field) that a label means here. Below a car's heading the car's own words come first."""
    key = key_of(label)
    in_car = state.section in ("vehicle", "tradein")
    if in_car and key in CAR_LABELS:
        return state.section, CAR_LABELS[key]
    if key in labels:
        return ("vendor" if state.section == "vendor" else "customer"), labels[key]
    if key in CAR_LABELS and state.section != "vendor":
        return "vehicle", CAR_LABELS[key]
    bare = bare_label(key, labels)
    if bare in labels and state.section != "vendor":
        return "customer", labels[bare]
    return part_of_car(key)


def _heading(state: State, line: str) -> bool:
    """A short line that names whom or what the next lines are about."""
    section = section_of(line)
    if section is None:
        return False
    state.section, state.signed, state.waiting = section, False, None
    return True


def _labelled(state: State, target: tuple[str, str], value: str) -> None:
    state.waiting = None
    if target[1] == "message" and target[0] == "customer":
        state.message = [value] if value else []
        state.told += 1
    elif value:
        put(state, *target, value)
    else:
        state.waiting = target
