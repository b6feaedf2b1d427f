"""Lead mails with labelled lines: "Naam: Jan", "Telefon<tab>0171…", "Message:" and the text below it.

In: a mail's text. Out: a record with the field names of a form. Lines about the vendor are left out, and
nothing below the mail's closing words counts: phone numbers there are the portal's. Called by `email`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.intake.sources.email_label_names import CAR_LABELS, LABELS
from app.intake.sources.email_sections import bare_label, section_of
from app.intake.sources.form_fields import key_of
from app.intake.sources.reading.text import is_blank

_MOST_LINES = 1_500
_MOST_UNKNOWN = 30
_CONTACT = ("phone", "mobile", "whatsapp", "email")
_LINE = re.compile(
    r"[\s*•·>|\-\u2013]{0,6}([^\W\d_][^:\t=\n]{0,48}?)\s?\*{0,2}\s?(?::|\t|\uff1a|\s[=|]\s|\s{2,9}(?=\S))\s?\*{0,2}(.*)"
)
_RULE = re.compile(r"\s*(?:[-_=*~#]\s?){4,}\s*")
_SIGN_OFF = re.compile(
    r"\s*(?:met (?:vriendelijke|hartelijke) groet|vriendelijke groet|mvg\b|groet(?:en|jes)?\b|hoogachtend"
    r"|(?:kind|best|warm) regards|regards\b|sincerely|cheers\b|mit (?:freundlichen|besten|lieben) gr|viele gr[üu]"
    r"|freundliche gr|cordialement|bien (?:cordialement|à vous)|salutations|sincères salutations)",
    re.IGNORECASE,
)
FOOTER = re.compile(
    r"\s*(?:--\s*$|disclaimer|©|\(c\) ?\d{4}|copyright|unsubscribe|afmelden|uitschrijven|abmelden|se désabonner"
    r"|(?:dit|deze) (?:e-?mail|bericht|mail|aanvraag) (?:is|werd|wordt|en |kan )|let op\s*[:!]|privacy"
    r"|(?:beantwoord|reageer op) (?:dit|deze)|je kunt (?:dit|deze)|u kunt (?:dit|deze)"
    r"|this (?:e-?mail|message|communication|lead|enquiry) (?:is|was|may|has|and)|the information contained"
    r"|please do not reply|diese (?:e-?mail|nachricht|anfrage) (?:ist|wurde|enth|kann)"
    r"|ce(?:t|tte)? (?:e-?mail|message|courriel|demande) (?:est|a été|peut|et)"
    r"|ontvangt u deze|u ontvangt dit|you (?:are receiving|received) this|sie erhalten diese|vous recevez ce)",
    re.IGNORECASE,
)


@dataclass
class _State:
    record: dict[str, Any] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)
    section: str = "customer"
    waiting: tuple[str, str] | None = None  # (section, field) of a label whose value is on the next line
    message: list[str] | None = None
    told: int = 0
    signed: bool = (
        False  # somebody's closing words stood in the message; below may be the customer or the portal
    )


@dataclass(frozen=True, slots=True)
class Labelled:
    """`record`: by a form's field names; `unknown`: other labelled lines; `told`: how many lines were known."""

    record: Mapping[str, Any]
    unknown: Mapping[str, str]
    told: int


def read_labels(text: str, more: Iterable[tuple[str, str]] = ()) -> Labelled:
    """Read labelled lines. `more`: a template's own labels, compared name to field; they win."""
    labels = {**LABELS, **dict(more)}
    state = _State()
    for line in text.split("\n")[:_MOST_LINES]:
        if not _step(state, line, labels):
            break
    _end_message(state)
    return Labelled(state.record, state.unknown, state.told)


def _step(state: _State, line: str, labels: Mapping[str, str]) -> bool:
    """One line; False when the mail's own part is over."""
    if FOOTER.match(line) or (state.message is None and state.told and _SIGN_OFF.match(line)):
        return False
    if _RULE.fullmatch(line):
        _end_message(state)
    elif line.strip():
        _words(state, line, labels)
    elif state.message is not None:
        state.message.append("")
    return True


def _words(state: _State, line: str, labels: Mapping[str, str]) -> None:
    found = _LINE.fullmatch(line)
    label, value = (found.group(1), found.group(2).strip(" |")) if found else (line.strip(" |*"), "")
    target = _target(state, label, labels) if found or state.message is None else None
    if not value and _heading(state, label):
        # "Klant:" begins a section, and may be the label of the name below it
        _end_message(state)
        again = _target(state, label, labels)
        state.waiting = again if again and again[1] != "message" else None
    elif target is not None:
        _end_message(state)
        _labelled(state, target, value)
    elif state.message is not None:
        state.signed = state.signed or _SIGN_OFF.match(line) is not None
        state.message.append(line)
    elif state.waiting is not None and not value:
        _put(state, *state.waiting, line.strip())
        state.waiting = None
    elif found and value and len(state.unknown) < _MOST_UNKNOWN:
        _unknown(state, label.strip(), value)


def _unknown(state: _State, label: str, value: str) -> None:
    """Kept, unless the vendor's. "Dealer: Auto X" below the customer's lines begins the vendor's own."""
    if state.told and section_of(label) == "vendor":
        state.section = "vendor"
    elif state.section != "vendor":
        state.unknown.setdefault(label, value)


def _target(state: _State, label: str, labels: Mapping[str, str]) -> tuple[str, str] | None:
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
    for start in ("inruil", "tradein", "reprise", "inzahlung"):
        rest = key.removeprefix(start)
        if rest != key and rest in CAR_LABELS:
            return "tradein", CAR_LABELS[rest]
    return None


def _heading(state: _State, line: str) -> bool:
    """A short line that names whom or what the next lines are about."""
    section = section_of(line)
    if section is None:
        return False
    state.section, state.signed, state.waiting = section, False, None
    return True


def _labelled(state: _State, target: tuple[str, str], value: str) -> None:
    state.waiting = None
    if target[1] == "message" and target[0] == "customer":
        state.message = [value] if value else []
        state.told += 1
    elif value:
        _put(state, *target, value)
    else:
        state.waiting = target


def _put(state: _State, section: str, name: str, value: str) -> None:
    """The first value of a field is the customer's; what is repeated further down is somebody else's."""
    reachable = any(one in state.record for one in _CONTACT)
    if state.signed and reachable and section == "customer" and name in _CONTACT:
        return
    if section == "vendor" or is_blank(value) or value in ("-", "\u2013", "n.v.t.", "nvt", "k.A."):
        return
    state.told += 1
    if section in ("vehicle", "tradein"):
        _put_car(state.record, "vehicle" if section == "vehicle" else "trade_in", name, value)
    elif name in ("vehicle", "trade_in"):
        _put_car(state.record, name, "model", value)
    else:
        state.record.setdefault(name, value)


def _put_car(record: dict[str, Any], car: str, name: str, value: str) -> None:
    record.setdefault(car, {}).setdefault(name, value)


def _end_message(state: _State) -> None:
    if state.message is not None:
        words = "\n".join(state.message).strip()
        if words:
            state.record.setdefault("message", words)
        state.message = None
