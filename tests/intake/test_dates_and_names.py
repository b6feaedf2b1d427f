"""Dates, names and addresses as senders write them."""

import pytest

from app.intake.names import display_name, read_email
from app.intake.sources.reading.dates import MISSING, NAIVE, OK, UNPARSEABLE, read_date


@pytest.mark.parametrize(
    ("raw", "utc"),
    [
        ("2026-11-20T14:03:12+01:00", "2026-11-20 13:03:12+00:00"),
        ("2026-11-20T13:03:12.1234567Z", "2026-11-20 13:03:12+00:00"),
        ("2026-11-20 14:03 +0100", "2026-11-20 13:03:00+00:00"),
        ("20261120T130312Z", "2026-11-20 13:03:12+00:00"),
        ("Fri, 20 Nov 2026 14:03:12 +0100", "2026-11-20 13:03:12+00:00"),
        ("1795179792", "2026-11-20 13:03:12+00:00"),
        ("1795179792000", "2026-11-20 13:03:12+00:00"),
    ],
)
def test_a_date_with_its_zone_is_utc(raw: str, utc: str) -> None:
    when, status = read_date(raw)
    assert (str(when), status) == (utc, OK)


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        ("", MISSING),
        (" \n", MISSING),
        ("2026-11-20", NAIVE),
        ("2026-11-20T14:03:12", NAIVE),
        ("11/20/2026 2:03 PM", NAIVE),
        ("20-11-2026 14:03", NAIVE),
        ("2026-11-20T14:03:12-08:0", UNPARSEABLE),
        ("2026-13-40T00:00:00Z", UNPARSEABLE),
        ("0001-01-01T00:00:00+14:00", UNPARSEABLE),
        ("40/40/2026", UNPARSEABLE),
        ("tomorrow", UNPARSEABLE),
        ("9" * 500, UNPARSEABLE),
    ],
)
def test_a_date_that_is_no_moment_says_why(raw: str, status: str) -> None:
    assert read_date(raw) == (None, status)


@pytest.mark.parametrize(
    ("parts", "shown"),
    [
        ({"first": "Jan", "infix": "van der", "last": "Berg"}, "Jan van der Berg"),
        ({"first": "Anna", "middle": "M.", "surname": "Smit"}, "Anna M. Smit"),
        ({"full": "Jan Jansen"}, "Jan Jansen"),
        ({"first": "Jan Jansen", "last": "Jansen"}, "Jan Jansen"),
        ({"full": "Jan", "first": "Jan", "last": "Jansen"}, "Jan Jansen"),
        ({"full": "Dr. J. Jansen", "last": "Jansen"}, "Dr. J. Jansen"),
        ({}, None),
    ],
)
def test_the_name_to_show_is_the_fullest_that_was_given(parts: dict[str, str], shown: str | None) -> None:
    assert display_name(parts) == shown


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("jan@EXAMPLE.nl ", "jan@EXAMPLE.nl"),
        ("mailto:jan+as24@example.nl", "jan+as24@example.nl"),
        ("Jan Jansen <jan@example.nl>", "jan@example.nl"),
        ("geen; eva@example.nl", "eva@example.nl"),
        ("zoë@bücher.example", "zoë@bücher.example"),
    ],
)
def test_a_usable_address_is_found(typed: str, address: str) -> None:
    assert read_email(typed) == address


@pytest.mark.parametrize(
    "typed",
    ["", "geen", "@example.nl", "jan@", "jan@-example.nl", "jan@example", "jan..j@example.nl",
     "jan @example.nl",
     '"jan"x@example.nl', "jan@[127.0.0.1]", "jan@127.0.0.1", "a" * 65 + "@example.nl", "@" * 20_000],
)  # fmt: skip
def test_what_is_no_address_is_none(typed: str) -> None:
    assert read_email(typed) is None
