"""Phone numbers as people type them.

In: the text of one phone field and the showroom's country. Out: one `Phone` a number found, or one that
keeps the text as typed. Validity is the phonenumbers library's verdict and nobody else's; a number that
cannot be dialled is kept and never judged. Called by the parsers of `sources/` and by the command `intake
phone`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

import phonenumbers
from phonenumbers import (
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberMatcher,
    PhoneNumberType,
)

from app.intake.parsed import Phone

# Where a customer who types a national number may come from instead.
_NEIGHBOURS = {
    "NL": ("BE", "DE"),
    "BE": ("NL", "FR", "LU", "DE"),
    "LU": ("BE", "FR", "DE"),
    "FR": ("BE", "LU", "DE", "CH"),
    "DE": ("NL", "BE", "FR", "LU", "AT", "CH"),
    "AT": ("DE", "CH"),
    "CH": ("DE", "FR", "AT", "IT"),
    "GB": ("IE",),
    "IE": ("GB",),
}
# What stands between two numbers in one field. A bare slash does not: 0475/12.34.56 is one Belgian number.
_BETWEEN = re.compile(r"[\n;|,&]|\s/\s|\s(?:of|or|en|and|et|ou|und|oder)\s", re.IGNORECASE)
_TEL_URI = re.compile(r"tel:[^\s;]+;\S*", re.IGNORECASE)
_REMARK = re.compile(r"[^\W\d_]|[:;,|]")
_RUN = re.compile(r"(?:\+|0)[\d ().\-/]{6,24}\d")
_LONGEST_FIELD = 500


def read_phones(text: str, region: str | None) -> list[Phone]:
    """Read every number in a phone field.

    Args: the field as typed; the showroom's country, ISO 3166 alpha-2 (None: only +… numbers can be read).
    Returns [] for an empty field. The first result's `raw` is the whole field, further ones carry their own
    part.
    """
    raw = text.strip()
    if not raw:
        return []
    clean = _clean(raw)[:_LONGEST_FIELD]
    country = (region or "").upper() or None
    found = [(piece, number) for piece, number in _numbers(clean, country)]
    if not found:
        return [Phone(raw, None, False, readings=_abroad(clean, country))]
    distinct = {_e164(number): (piece, number) for piece, number in reversed(found)}
    order = list(dict.fromkeys(_e164(number) for _, number in found))
    return [
        _phone(raw if position == 0 else distinct[key][0].strip(), *distinct[key], country)
        for position, key in enumerate(order)
    ]


def is_dialable(e164: str | None) -> bool:
    """True when the library calls the number valid; how its digits look is no reason to refuse it."""
    number = _parse(e164, None) if e164 and e164.startswith("+") else None
    return number is not None and phonenumbers.is_valid_number(number)


def _clean(raw: str) -> str:
    """Digits of any script stay; invisible marks go, every kind of blank becomes a plain one."""
    seen = (char for char in raw if unicodedata.category(char) != "Cf")
    text = "".join("\n" if char in "\r\n" else " " if char.isspace() else char for char in seen)
    return "".join(char for char in text if char == "\n" or unicodedata.category(char) != "Cc").strip()


def _numbers(clean: str, country: str | None) -> Iterator[tuple[str, PhoneNumber]]:
    parts = [(part, number) for part in _BETWEEN.split(clean) if (number := _valid(part, country))]
    if len(parts) > 1:
        yield from parts
        return
    line = clean.replace("\n", " ")
    whole = _valid(line, country)
    if whole:
        yield line, whole
        return
    # Only words or a colon make it a text with a number inside: digits alone that the library
    # refuses as a whole are not searched for a part that happens to be a number.
    if _TEL_URI.fullmatch(line) or not _REMARK.search(line):
        yield from _slashed(line, country)
        return
    matches = [(match.raw_string, match.number) for match in PhoneNumberMatcher(line, country)]
    yield from matches or parts or _runs(line, country)


def _slashed(line: str, country: str | None) -> Iterator[tuple[str, PhoneNumber]]:
    """ "06-12345678/010-1234567": two numbers only if each half is one."""
    halves = line.split("/")
    numbers = [_valid(half, country) for half in halves]
    if len(halves) > 1 and all(numbers):
        yield from ((half, number) for half, number in zip(halves, numbers, strict=True) if number)


def _runs(line: str, country: str | None) -> Iterator[tuple[str, PhoneNumber]]:
    """Numbers glued to words ("0612345678na18u"): only those that start like one, with + or 0."""
    for match in _RUN.finditer(line):
        number = _valid(match.group(), country)
        if number:
            yield match.group(), number


def _valid(text: str, country: str | None) -> PhoneNumber | None:
    number = _parse(text, country)
    if number is not None and phonenumbers.is_valid_number(number):
        return number
    # 00 is the international prefix of most countries, but not of all (US, CA, AU, JP).
    digits = text.strip()
    if digits.startswith("00") and (number := _parse("+" + digits[2:].lstrip(), None)):
        return number if phonenumbers.is_valid_number(number) else None
    return None


def _parse(text: str, country: str | None) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(text, country)
    except NumberParseException:
        return None


def _phone(raw: str, piece: str, number: PhoneNumber, country: str | None) -> Phone:
    e164 = _e164(number)
    own_mobile = phonenumbers.number_type(number) == PhoneNumberType.MOBILE
    others = () if own_mobile else tuple(other for other in _abroad(piece, country) if other != e164)
    return Phone(raw, e164, True, extension=number.extension, readings=(e164, *others) if others else ())


def _abroad(text: str, country: str | None) -> tuple[str, ...]:
    """The mobile numbers that the same digits are in a neighbouring country.

    A Belgian mobile typed nationally is a valid Dutch landline; a salesperson can tell, the digits cannot.
    """
    digits = re.sub(r"\D", "", text)
    if not digits.startswith("0") or digits.startswith("00"):
        return ()
    numbers = (_valid(text, neighbour) for neighbour in _NEIGHBOURS.get(country or "", ()))
    mobiles = (n for n in numbers if n and phonenumbers.number_type(n) == PhoneNumberType.MOBILE)
    return tuple(dict.fromkeys(_e164(number) for number in mobiles))


def _e164(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)
