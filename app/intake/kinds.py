"""What a source of each kind needs to know before it can take in leads, and what somebody pastes at the vendor.

Pure values. Called by the commands and the API that add and change sources, and by ``origin``. A kind without an entry
here needs nothing: its secret address is the proof of origin.
"""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.errors import Unreadable
from app.intake.sources.generic import MAPPABLE

LONGEST = 2000
_ID = re.compile(r"[\w.-]{1,60}")
_E164 = re.compile(r"\+[1-9]\d{6,14}")


@dataclass(frozen=True)
class Word:
    """One thing to know. ``proves``: without it nothing is taken in; ``made``: we make it up when nobody gives it;
    ``pasted``: it is entered at the vendor."""

    name: str
    needed: bool = False
    proves: bool = False
    made: bool = False
    pasted: bool = False


@dataclass(frozen=True)
class Kind:
    """``settings`` anybody may see; ``secrets`` are written and never read back."""

    settings: tuple[Word, ...] = ()
    secrets: tuple[Word, ...] = ()
    address_label: str = "address"

    @property
    def proofs(self) -> tuple[str, ...]:
        return tuple(word.name for word in self.secrets if word.proves)


PLAIN = Kind()
KINDS: dict[str, Kind] = {
    "generic": Kind(settings=(Word("map"),), secrets=(Word("signing_key", pasted=True),)),
    "google": Kind(
        secrets=(Word("google_key", needed=True, proves=True, made=True, pasted=True),),
        address_label="webhook_url",
    ),
    "meta": Kind(
        settings=(Word("page_id"),),
        secrets=(
            Word("app_secret", needed=True, proves=True),
            Word("verify_token", needed=True, made=True, pasted=True),
            Word("access_token", needed=True),
        ),
        address_label="callback_url",
    ),
    "whatsapp": Kind(
        settings=(Word("phone_number_id"),),
        secrets=(
            Word("app_secret", needed=True, proves=True),
            Word("verify_token", needed=True, made=True, pasted=True),
        ),
        address_label="callback_url",
    ),
    "twilio": Kind(
        settings=(Word("ring"),),
        secrets=(Word("auth_token", needed=True, proves=True),),
        address_label="webhook_url",
    ),
}


def of(kind: str) -> Kind:
    """What this kind needs."""
    return KINDS.get(kind, PLAIN)


def made(kind: str, given: Mapping[str, str]) -> dict[str, str]:
    """The secrets that we make up because nobody gave them; 128 bits each."""
    wanted = (word.name for word in of(kind).secrets if word.made and not given.get(word.name))
    return {name: secrets.token_urlsafe(16) for name in wanted}


def missing(kind: str, known: Mapping[str, str]) -> list[str]:
    """Names of the secrets without which this source cannot work yet."""
    return [word.name for word in of(kind).secrets if word.needed and not known.get(word.name)]


def checked(kind: str, settings: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    """Raise Unreadable with a sentence for each setting or secret that cannot be right."""
    wrong: dict[str, str] = {}
    for part, words, said in (
        ("settings", of(kind).settings, settings),
        ("secrets", of(kind).secrets, given),
    ):
        known = {word.name for word in words}
        for name, value in said.items():
            if name not in known:
                wrong[f"{part}.{name}"] = f"A source of kind {kind} has no {name}."
            elif value is not None and (sentence := CHECKS.get(name, _text)(value)):
                wrong[f"{part}.{name}"] = sentence
    if wrong:
        raise Unreadable("Please check what is marked.", fields=wrong)


def _text(value: Any) -> str | None:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        return "Enter it as the vendor shows it."
    return f"At most {LONGEST} characters." if len(value) > LONGEST else None


def _id(value: Any) -> str | None:
    return None if isinstance(value, str) and _ID.fullmatch(value) else "An id is letters and digits."


def _number(value: Any) -> str | None:
    good = isinstance(value, str) and _E164.fullmatch(value)
    return None if good else "A number with its country, such as +31313123456."


def _map(value: Any) -> str | None:
    """A field map: {"phone": "answers[2].text", …}."""
    if not isinstance(value, dict) or len(value) > len(MAPPABLE):
        return 'An object such as {"phone": "answers[2].text"}.'
    if unknown := sorted(set(value) - MAPPABLE):
        return f"There is no field {unknown[0]}."
    paths = value.values()
    return (
        None if all(isinstance(p, str) and 0 < len(p) <= 300 for p in paths) else "Every field needs a path."
    )


CHECKS: dict[str, Callable[[Any], str | None]] = {
    "map": _map,
    "page_id": _id,
    "phone_number_id": _id,
    "ring": _number,
}
