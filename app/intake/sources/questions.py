"""Lead forms of advertisements: a list of questions and answers to one lead.

In: (question, answer) pairs. Out: a `ParsedLead`, read by the rules of `form`; a question of the dealer's own
becomes a line "question: answer" of the customer's text. Addresses and birthdays are kept, not shown there.
Used by `meta_graph` and `google`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from app.intake.parsed import ParsedLead
from app.intake.sources import form
from app.intake.sources.asked import asked_for
from app.intake.sources.form_fields import key_of
from app.intake.sources.form_names import FIELD

# Vendors' standard questions that forms of websites do not have.
_ALSO = {
    "workemail": "email", "workphone": "phone", "workphonenumber": "phone", "userphone": "phone",
    "useremail": "email", "username": "name", "fullname": "name", "givenname": "first_name",
    "vehiclemodel": "vehicle.model", "whichmodel": "vehicle.model", "welkmodel": "vehicle.model",
    "welkeauto": "vehicle.model", "welkeautowiltu": "vehicle.model", "quelmodele": "vehicle.model",
    "welchesmodell": "vehicle.model", "modelofinterest": "vehicle.model", "vehicleofinterest": "vehicle.model",
    "carmake": "vehicle.make", "merk": "vehicle.make", "vehiclecondition": "vehicle.status",
    "inruilauto": "trade_in", "heeftueeninruilauto": "trade_in", "vehicleownership": "trade_in_question",
}  # fmt: skip
# About the person, not about the request: kept apart, out of what a notification shows.
_PERSONAL_WORDS = """
    streetaddress street address city town state province region country postcode postalcode zip zipcode
    dateofbirth birthday birthdate geboortedatum geburtsdatum datedenaissance gender maritalstatus
    relationshipstatus militarystatus jobtitle nationalid plaats woonplaats straat postleitzahl ort ville
    codepostal adres adresse
    """
_PERSONAL = frozenset(_PERSONAL_WORDS.split())
_DEALER_WORDS = "selecteddealer preferreddealership dealer dealercode dealership vestiging filiale"
_DEALER = frozenset(_DEALER_WORDS.split())
_KEY = re.compile(r"[^\W_]+(?:_[^\W_]+)+")
_TEST = re.compile(r"<test lead: dummy data", re.IGNORECASE)
_MOST_QUESTIONS = 100


def read_answers(pairs: Iterable[tuple[str, str]], region: str, more: Mapping[str, Any]) -> ParsedLead:
    """One lead from its answers. `more`: what the vendor says besides, by the names of `form`."""
    record: dict[str, Any] = dict(more)
    asked: list[str] = []
    apart: dict[str, str] = {}
    is_test = False
    for question, answer in list(pairs)[:_MOST_QUESTIONS]:
        is_test = is_test or _TEST.search(answer) is not None
        key = key_of(question)
        name = _field(question)
        if key in _PERSONAL:
            apart[question] = answer
        elif key in _DEALER:
            apart["dealer_code"] = answer
        elif name and name != "trade_in_question":
            _put(record, name, _answered(name, answer))
        else:
            asked.append(f"{_said(question)}: {_said(answer)}")
    if asked:
        record["message"] = "\n".join([*_listed(record.pop("message", None)), *asked])
    (lead,) = form.parse(json.dumps(record).encode(), "application/json", region).leads
    return replace(lead, extra={**lead.extra, **apart}, is_test=lead.is_test or is_test)


def _answered(name: str, answer: str) -> str:
    """A car may be a choice's key ("kia_niro"); Meta's test tool puts "p:" before a number."""
    kind = FIELD.get(key_of(name), "").partition(".")[0]
    if kind in ("car", "tradein"):
        return _said(answer)
    return answer.removeprefix("p:") if kind == "phone" else answer


def _field(question: str) -> str | None:
    """The field that a question asks for, by its name or as a sentence; None for the dealer's own."""
    for key in (key_of(question), asked_for(question)):
        if key in _ALSO or key in FIELD:
            return _ALSO.get(key) or key
    return None


def _put(record: dict[str, Any], name: str, answer: str) -> None:
    """Several answers to one question stay several; a car's parts belong to the one wanted car."""
    group, _, part = name.partition(".")
    if part:
        car = record.setdefault(group, {})
        if isinstance(car, dict):
            car.setdefault(part, answer)
        return
    record[name] = [*_listed(record.get(name)), answer] if name in record else answer


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value] if isinstance(value, str) else []


def _said(text: str) -> str:
    """ "binnen_een_maand" is the key of a choice; a person reads "binnen een maand"."""
    return text.replace("_", " ") if _KEY.fullmatch(text.strip("? ")) or text.endswith("_?") else text
