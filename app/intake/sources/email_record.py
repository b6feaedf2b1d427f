"""What was read so far of a lead mail's lines: the record, and where in the mail we are.

In: values with the field that they belong to. Out: a `State` whose `record` has the field names of a form. Used by
`email_labels` only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from app.intake.sources.form_names import FIELD
from app.intake.sources.reading.answers import behind_yes, yes_or_no
from app.intake.sources.reading.text import is_blank

_CONTACT = ("phone", "mobile", "whatsapp", "email")


@dataclass
class State:
    """`record`: by a form's field names; `unknown`: other labelled lines; `told`: how many lines were known."""

    record: dict[str, Any] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)
    section: str = "customer"
    waiting: tuple[str, str] | None = None  # (section, field) of a label whose value is on the next line
    message: list[str] | None = None
    told: int = 0
    bulleted: bool = False  # the form's own lines are a list
    label: str = ""  # the last one, compared as a field's name is
    # somebody's closing words stood in the message; below may be the customer or the portal
    signed: bool = False


def stand_in(state: State, said: str, name: str) -> None:
    """Initials for a first name, a contact person for a name: only where there is none."""
    value = state.record.pop(said, None)
    if value and not {"name", name, "last_name" if name == "name" else name} & state.record.keys():
        state.record[name] = value
    elif value:
        state.unknown.setdefault(said, value)


def put(state: State, section: str, name: str, value: str) -> None:
    """The first value of a field is the customer's; what is repeated further down is somebody else's."""
    reachable = any(one in state.record for one in _CONTACT)
    if state.signed and reachable and section == "customer" and name in _CONTACT:
        return
    if section == "vendor" or is_blank(value) or value in ("-", "\u2013", "n.v.t.", "nvt", "k.A."):
        return
    state.told += 1
    if section in ("vehicle", "tradein"):
        _put_car(state.record, "vehicle" if section == "vehicle" else "trade_in", name, value)
    elif name in ("vehicle", "trade_in") and yes_or_no(value) is not None:
        state.unknown.setdefault(name, value)
    elif name in ("vehicle", "trade_in"):
        _put_car(state.record, name, "model", behind_yes(value))
    elif name in ("phone", "mobile") and name in state.record and state.label not in FIELD:
        state.record.setdefault(f"{state.label}.{name}", value)  # "Telefoon werk" beside "Telefoon privé"
    else:
        state.record.setdefault(name, value)


def _put_car(record: dict[str, Any], car: str, name: str, value: str) -> None:
    record.setdefault(car, {}).setdefault(name, value)


def end_message(state: State) -> None:
    """The customer's words are over; the first ones that there are become the question."""
    if state.message is not None:
        words = "\n".join(state.message).strip()
        if words:
            state.record.setdefault("message", words)
        state.message = None
