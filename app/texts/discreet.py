"""Take prices and birthdays out of a text before it shows on a locked screen.

In: the customer's own words. Out: the same words with "…" in their place. Pure; called by ``staff`` and by
whoever builds a push payload. The words are kept whole in the database; a notification is read by whoever
sits beside.
"""

import re

LONGEST = 1000
GONE = "…"

_GROUPED = r"\d{1,3}(?:[.,'\u00a0\u202f ]\d{3})+(?:[.,]\d{1,2})?"
_AMOUNT = rf"(?<![\d.,])(?:{_GROUPED}|\d+(?:[.,]\d{{1,2}})?)(?:,-+)?(?:\s?k\b)?(?!\d)"
_CURRENCY = r"(?:€|\$|£|\b(?:EUR|USD|GBP|CHF|euro'?s?)\b)"
_PRICE_WORD = r"\b(?:prijs|vraagprijs|bod|bied|budget|price|offer|preis|angebot|prix|offre)\b"
_MONTH = r"[^\W\d_]{3,10}\.?"
# A year in which a driver may have been born. A first registration looks the same: it goes too.
_BORN_IN = r"(?:19\d\d|200\d)"
_BIRTH_WORD = (
    r"\b(?:geboren|geboortedatum|geb\.?|verjaardag|jarig|born|birthday|birth\s?date|date\s+of\s+birth|dob|"
    r"geburtsdatum|geburtstag|n[ée]e?\s+le|date\s+de\s+naissance|anniversaire)"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
# "2022 € 18.950": which of the two is the price? The one that is not a year.
_AROUND = re.compile(rf"(?P<before>{_AMOUNT})\s?{_CURRENCY}\s?(?P<after>{_AMOUNT})", re.IGNORECASE)
_PRICE_NAMED = re.compile(rf"({_PRICE_WORD}[\s:]{{0,3}}(?:(?:is|van|of|von|de)\s)?){_AMOUNT}", re.IGNORECASE)
_BIRTH_NAMED = re.compile(
    rf"({_BIRTH_WORD}\W{{0,3}}(?:(?:is|op|on|am|le|in)\s)?)"
    rf"\d{{1,4}}(?:[-/. ]{{1,2}}(?:\d{{1,4}}|{_MONTH})){{0,2}}",
    re.IGNORECASE,
)
_PRIVATE = re.compile(
    rf"{_CURRENCY}\s?{_AMOUNT}"
    rf"|{_AMOUNT}\s?{_CURRENCY}"
    r"|(?<!\d)\d[\d.]*,-+"
    rf"|\b\d{{1,2}}[-/. ]{{1,2}}\d{{1,2}}[-/. ]{{1,2}}{_BORN_IN}\b"
    rf"|\b{_BORN_IN}[-/.]\d{{1,2}}[-/.]\d{{1,2}}\b"
    rf"|\b\d{{1,2}}\.?\s{_MONTH}\s{_BORN_IN}\b",
    re.IGNORECASE,
)


def discreet(text: str | None) -> str:
    """``text`` without prices and birthdays, at most 1,000 characters, on one line. "" for None."""
    line = " ".join((text or "")[:LONGEST].split())
    line = _BIRTH_NAMED.sub(rf"\1{GONE}", line)
    line = _PRICE_NAMED.sub(rf"\1{GONE}", line)
    line = _AROUND.sub(_keep_year, line)
    return _PRIVATE.sub(GONE, line)


def _keep_year(found: re.Match[str]) -> str:
    before, after = found["before"], found["after"]
    if _YEAR.fullmatch(before) and not _YEAR.fullmatch(after):
        return f"{before} {GONE}"
    return f"{GONE} {after}" if _YEAR.fullmatch(after) and not _YEAR.fullmatch(before) else GONE
