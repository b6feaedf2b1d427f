"""How a telephone number is shown and dialled. In: a number as typed and a country. Out: ``Number`` or None.
Pure.
"""

from dataclasses import dataclass

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


@dataclass(frozen=True)
class Number:
    """``shown`` is spaced for reading, ``e164`` for ``tel:`` links; ``mobile``: WhatsApp may reach it."""

    shown: str
    e164: str
    mobile: bool


def number(raw: str | None, country: str) -> Number | None:
    """A number as typed, read in its country (ISO 3166, alpha-2). None when it cannot be dialled."""
    if not raw:
        return None
    try:
        parsed = phonenumbers.parse(raw, country.upper())
    except NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return Number(
        shown=phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL),
        e164=phonenumbers.format_number(parsed, PhoneNumberFormat.E164),
        mobile=phonenumbers.number_type(parsed) in MOBILE,
    )
