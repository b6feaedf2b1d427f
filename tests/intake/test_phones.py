"""Numbers as customers type them, for a Dutch showroom unless a test says otherwise."""

import pytest

from app.intake.phones import is_dialable, read_phones


def numbers(text: str, region: str = "NL") -> list[str | None]:
    return [phone.e164 for phone in read_phones(text, region)]


@pytest.mark.parametrize(
    "typed",
    [
        "06-12345678",
        "06 1234 5678",
        "+31 (0)6 12345678",
        "0031 6 12345678",
        "+31 06 12345678",
        "31612345678",
        "\uff10\uff16\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18",
        "\u202a06 12345678\u202c",
        "06\u00a01234\u00a05678\u200b",
        "tel:+31-6-12345678",
        "whatsapp:+31612345678",
        "06\t12345678",
        "06\n12345678",
        "bel na 18u: 0612345678",
        "0612345678 (na 18u)",
        "0612345678na18u",
        "0612345678 (18:00)",
        "06-12345678 of whatsapp",
    ],
)
def test_one_mobile_however_it_is_typed(typed: str) -> None:
    assert numbers(typed) == ["+31612345678"]


@pytest.mark.parametrize(
    "typed",
    [
        "06-12345678 / 010-1234567",
        "06-12345678/010-1234567",
        "0612345678 of 0101234567",
        "06 12345678 (werk 010-1234567)",
    ],
)
def test_two_numbers_in_one_field_are_two_phones(typed: str) -> None:
    assert numbers(typed) == ["+31612345678", "+31101234567"]


def test_the_first_of_several_phones_keeps_the_whole_field_as_typed() -> None:
    first, second = read_phones("06-12345678 / 010-1234567", "NL")
    assert (first.raw, second.raw) == ("06-12345678 / 010-1234567", "010-1234567")


def test_the_same_number_twice_in_one_field_is_one_phone() -> None:
    assert numbers("06-12345678, 0031612345678") == ["+31612345678"]


def test_a_slash_inside_a_belgian_number_is_not_a_second_number() -> None:
    assert numbers("0475/12.34.56", "BE") == ["+32475123456"]


@pytest.mark.parametrize(
    "junk", ["0000000000", "geen", "n.v.t.", "+", "+31", "1234", "10/12/82", "612345678.0"]
)
def test_what_cannot_be_dialled_is_kept_as_typed(junk: str) -> None:
    (phone,) = read_phones(junk, "NL")
    assert (phone.raw, phone.e164, phone.valid) == (junk, None, False)


def test_a_number_that_only_looks_made_up_is_dialled() -> None:
    assert numbers("0666666666") == ["+31666666666"]
    assert is_dialable("+31666666666")


@pytest.mark.parametrize("e164", [None, "", "0612345678", "+31000000000", "+31123456789", "+3161234"])
def test_only_what_the_library_calls_valid_is_dialable(e164: str | None) -> None:
    assert not is_dialable(e164)


def test_a_belgian_mobile_typed_at_a_dutch_showroom_keeps_both_readings() -> None:
    (phone,) = read_phones("0475123456", "NL")
    assert phone.e164 == "+31475123456"
    assert phone.readings == ("+31475123456", "+32475123456")


def test_a_dutch_mobile_typed_at_a_belgian_showroom_is_offered_but_not_chosen() -> None:
    (phone,) = read_phones("0612345678", "BE")
    assert phone.e164 is None
    assert "+31612345678" in phone.readings


def test_a_dutch_mobile_at_a_dutch_showroom_leaves_no_doubt() -> None:
    assert read_phones("0612345678", "NL")[0].readings == ()


def test_an_extension_is_kept_apart() -> None:
    (phone,) = read_phones("+44 2034567890 x456", "NL")
    assert (phone.e164, phone.extension) == ("+442034567890", "456")


def test_a_number_of_an_unknown_country_needs_its_plus() -> None:
    assert numbers("+31612345678", "") == ["+31612345678"]
    assert numbers("0612345678", "") == [None]


def test_an_empty_field_is_no_phone() -> None:
    assert read_phones("  \n", "NL") == []
