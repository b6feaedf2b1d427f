"""When the customer asked: the date formats that senders really use.

In: the text of a date field. Out: aware UTC and a status. A date without a zone stays text here: only the
showroom's zone gives it a meaning, and no parser knows the showroom.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

OK = "ok"
MISSING = "missing"
NAIVE = "naive: interpret in dealer time zone"
UNPARSEABLE = "unparseable: use receipt time"

_ISO = re.compile(
    r"(\d{4})-?(\d{2})-?(\d{2})"
    r"(?:[T ]\s*(\d{1,2}):?(\d{2})(?::?(\d{2})(?:[.,]\d{1,12})?)?"
    r"\s*(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?",
    re.IGNORECASE,
)
_MAIL = re.compile(r"(?:[A-Z][a-z]{2},?\s+)?\d{1,2}\s+[A-Z][a-z]{2}\s+\d{4}\s+\d{1,2}:\d{2}.{0,40}")
_LOCAL = re.compile(
    r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:,?\s+(\d{1,2}):(\d{2})(?::\d{2})?\s*(?:[AP]\.?M\.?)?)?", re.I
)
_EPOCH = re.compile(r"\d{10}(?:\d{3})?")


def read_date(raw: str) -> tuple[datetime | None, str]:
    """Read one date text; returns (aware UTC to the second or None, status)."""
    text = " ".join(raw.split())
    if not text:
        return None, MISSING
    if len(text) > 80:
        return None, UNPARSEABLE
    if _EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(text[:10]), UTC), OK
    if iso := _ISO.fullmatch(text):
        return _from_iso(iso)
    if _MAIL.fullmatch(text):
        return _from_mail(text)
    if local := _LOCAL.fullmatch(text):
        return None, NAIVE if _is_a_day(local) else UNPARSEABLE
    return None, UNPARSEABLE


def _from_iso(found: re.Match[str]) -> tuple[datetime | None, str]:
    year, month, day, hour, minute, second, zone = found.groups()
    try:
        local = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))
        if zone is None:
            return None, NAIVE
        return local.replace(tzinfo=_offset(zone)).astimezone(UTC), OK
    except (ValueError, OverflowError):
        return None, UNPARSEABLE


def _offset(zone: str) -> timezone:
    if zone[0] not in "+-":
        return UTC
    digits = zone[1:].replace(":", "")
    size = timedelta(hours=int(digits[:2]), minutes=int(digits[2:] or 0))
    return timezone(-size if zone[0] == "-" else size)


def _from_mail(text: str) -> tuple[datetime | None, str]:
    """RFC 5322 dates. "-0000" means that the zone is not known (§3.3)."""
    try:
        when = parsedate_to_datetime(text)
        return (when.astimezone(UTC).replace(microsecond=0), OK) if when.tzinfo else (None, NAIVE)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None, UNPARSEABLE


def _is_a_day(found: re.Match[str]) -> bool:
    """True if day/month or month/day exists; which of the two was meant is the showroom's to know."""
    first, second, year = (int(part) for part in found.group(1, 2, 3))
    for month, day in ((second, first), (first, second)):
        try:
            date(year, month, day)
        except ValueError:
            continue
        return True
    return False
