"""Lead forms of Google Ads: columns by their id or their name, test leads marked, the key compared safely."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.intake.parsed import Parsed, ParsedLead
from app.intake.sources import google, parse


def column(column_id: str = "", name: str = "", value: Any = "") -> dict[str, Any]:
    return {"column_id": column_id, "column_name": name, "string_value": value}


LOTTE = (
    column("FULL_NAME", "Full Name", "Lotte de Boer"),
    column("PHONE_NUMBER", "User Phone", "+31612345678"),
    column("EMAIL", "User Email", "lotte@example.nl"),
)


def read(*columns: dict[str, Any], **more: Any) -> Parsed:
    body = {"lead_id": "L-1", "google_key": "sleutel", "user_column_data": list(columns or LOTTE), **more}
    return parse("google", json.dumps(body).encode(), "application/json", "NL")


def lead(*columns: dict[str, Any], **more: Any) -> ParsedLead:
    (only,) = read(*columns, **more).leads
    return only


@pytest.mark.parametrize("without", ["column_id", "column_name", None])
def test_a_column_is_known_by_its_id_or_by_its_name(without: str | None) -> None:
    lotte = lead(*({key: value for key, value in one.items() if key != without} for one in LOTTE))
    assert (lotte.display_name, lotte.email, lotte.numbers) == (
        "Lotte de Boer",
        "lotte@example.nl",
        ("+31612345678",),
    )
    assert (lotte.outcome, lotte.provider_name) == ("lead", "Google")


def test_questions_cars_and_addresses_go_where_they_belong() -> None:
    lotte = lead(
        *LOTTE,
        column("VEHICLE_MODEL", "Model", "Volvo XC40"),
        column("PREFERRED_DEALERSHIP", "", "Doesburg"),
        column("POSTAL_CODE", "", "6980 AA"),
        column("VEHICLE_PURCHASE_TIMELINE", "When do you want to buy?", "Within a month"),
    )
    assert lotte.vehicles_of_interest[0].label == "Volvo XC40"
    assert lotte.comments == "When do you want to buy?: Within a month"
    assert (lotte.extra["dealer_code"], lotte.extra["postal_code"]) == ("Doesburg", "6980 AA")


def test_the_lead_id_is_the_same_delivery_again_and_stays_a_text() -> None:
    parsed = read(lead_id=12345678901234567890)
    assert parsed.delivery_key == "google:12345678901234567890"
    assert [(one.source, one.value) for one in parsed.leads[0].external_ids] == [
        ("google", "12345678901234567890")
    ]


@pytest.mark.parametrize("flag", [True, "true"])
def test_a_test_lead_is_marked_and_may_come_again(flag: Any) -> None:
    parsed = read(is_test=flag)
    assert (parsed.leads[0].is_test, parsed.delivery_key) == (True, None)
    assert not read(is_test=False).leads[0].is_test


def test_when_it_was_sent_is_read() -> None:
    assert str(lead(lead_submit_time="2026-07-21T10:00:00Z").request_date_utc) == "2026-07-21 10:00:00+00:00"


@pytest.mark.parametrize("body", [b"", b"[]", b'{"google_key": "x"}', b'{"user_column_data": {}}'])
def test_what_is_no_lead_form_needs_a_look(body: bytes) -> None:
    assert parse("google", body, "", "NL").outcome == "quarantine"


def test_the_key_must_be_this_sources_key() -> None:
    body = json.dumps({"google_key": "sleutel"}).encode()
    assert google.verify_key("sleutel", body)
    for key, sent in [
        ("anders", body),
        ("", body),
        ("sleutel", b"{}"),
        ("sleutel", b"nothing"),
        ("", b'{"google_key": ""}'),
    ]:
        assert not google.verify_key(key, sent)
