"""Public holidays of a country or a part of it.

In:  a code such as "NL" or "DE-BY" (ISO 3166, as the package `holidays` knows it) and a year. Out: local dates.
Called by: `Hours`.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

ANY_YEAR = 2026  # a code is known or unknown in every year alike


@lru_cache(maxsize=256)
def public_days(code: str, year: int) -> frozenset[date]:
    """The public holidays of one year. Raises ValueError with a sentence for a code nobody knows."""
    import holidays  # 300 modules, 0.2 s: only a showroom that closes on public holidays pays for them

    country, _, part = code.partition("-")
    try:
        return frozenset(holidays.country_holidays(country, subdiv=part or None, years=year))
    except NotImplementedError as unknown:
        raise ValueError(
            f"opening hours: there are no public holidays under {code!r}; "
            'write a country, or a part of one, such as "NL", "BE" or "DE-BY"'
        ) from unknown


def check(code: str) -> None:
    """Raises ValueError unless ``public_days`` knows this code."""
    public_days(code, ANY_YEAR)
