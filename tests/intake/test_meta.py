"""Lead forms on Facebook and Instagram: ids first, content from Graph; only Meta itself may post."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest

from app.intake.parsed import ParsedLead
from app.intake.sources import meta, parse
from app.intake.sources.questions import read_answers

LEAD = 900000000000000001  # longer than a JavaScript number can tell


def webhook(*lead_ids: int | str, field: str = "leadgen") -> bytes:
    changes = [
        {
            "field": field,
            "value": {"leadgen_id": one, "page_id": 11, "form_id": "22", "created_time": 1795179792},
        }
        for one in lead_ids
    ]
    return json.dumps({"object": "page", "entry": [{"id": 11, "time": 1, "changes": changes}]}).encode()


def graph(*answers: tuple[str, str], **more: Any) -> ParsedLead:
    data = [{"name": name, "values": [value]} for name, value in answers]
    (lead,) = meta.graph_lead(json.dumps({"id": str(LEAD), "field_data": data, **more}).encode(), "NL").leads
    return lead


def test_each_lead_of_a_webhook_is_to_be_fetched_once() -> None:
    parsed = parse("meta", webhook(LEAD, "7", LEAD), "application/json", "NL")
    assert [(one.source, one.id, one.page_id, one.form_id) for one in parsed.fetch] == [
        ("meta", str(LEAD), "11", "22"),
        ("meta", "7", "11", "22"),
    ]
    assert str(parsed.fetch[0].created) == "2026-11-20 13:03:12+00:00"


def test_a_lead_that_graph_never_gives_is_there_as_its_id() -> None:
    parsed = parse("meta", webhook(LEAD), "application/json", "NL")
    (lead,) = parsed.leads
    assert (parsed.outcome, lead.outcome) == ("quarantine", "quarantine")
    assert [(one.source, one.value) for one in lead.external_ids] == [("leadgen_id", str(LEAD))]
    assert lead.delivery_key == parsed.delivery_key == f"meta:{LEAD}"


@pytest.mark.parametrize("body", [webhook(LEAD, field="feed"), webhook(), b'{"object":"page","entry":[]}'])
def test_a_webhook_about_something_else_is_no_lead(body: bytes) -> None:
    assert parse("meta", body, "", "NL").outcome == "ignore"


def test_what_is_no_webhook_needs_a_look() -> None:
    parsed = parse("meta", b"hello", "", "NL")
    assert (parsed.outcome, parsed.leads[0].comments) == ("quarantine", "hello")


@pytest.mark.parametrize(
    "answers",
    [
        [("full_name", "Lotte de Boer"), ("email", "lotte@example.nl"), ("phone_number", "+31612345678")],
        [
            ("volledige_naam", "Lotte de Boer"),
            ("e-mailadres", "lotte@example.nl"),
            ("telefoonnummer", "0612345678"),
        ],
        [
            ("vorname", "Lotte"),
            ("nachname", "de Boer"),
            ("e-mail", "lotte@example.nl"),
            ("telefonnummer", "p:+31612345678"),
        ],
        [
            ("prénom", "Lotte"),
            ("nom", "de Boer"),
            ("adresse_e-mail", "lotte@example.nl"),
            ("numéro_de_téléphone", "+31 6 12345678"),
        ],
        [
            ("first_name", "Lotte"),
            ("last_name", "de Boer"),
            ("work_email", "lotte@example.nl"),
            ("work_phone_number", "+31612345678"),
        ],
    ],
)
def test_lotte_is_understood_in_four_languages(answers: list[tuple[str, str]]) -> None:
    lotte = graph(*answers)
    assert (lotte.display_name, lotte.email, lotte.numbers) == (
        "Lotte de Boer",
        "lotte@example.nl",
        ("+31612345678",),
    )
    assert lotte.outcome == "lead"


def test_the_dealers_own_questions_become_the_customers_text() -> None:
    lotte = graph(
        ("full_name", "Lotte"),
        ("phone_number", "+31612345678"),
        ("wanneer_wilt_u_rijden?", "binnen_een_maand"),
        ("Heeft u nog vragen?", "Kan het zaterdag?"),
    )
    assert (
        lotte.comments == "wanneer wilt u rijden?: binnen een maand\nHeeft u nog vragen?: Kan het zaterdag?"
    )


def test_car_dealer_code_and_origin_are_kept() -> None:
    lotte = graph(
        ("car_make", "Volvo"),
        ("vehicle_model", "XC40"),
        ("selected_dealer", "0042"),
        ("email", "l@example.nl"),
        platform="ig",
        form_id=22,
        created_time="2026-11-20T13:03:12+0000",
    )
    assert lotte.vehicles_of_interest[0].label == "Volvo XC40"
    assert (lotte.extra["dealer_code"], lotte.extra["form_id"], lotte.provider_name) == (
        "0042",
        "22",
        "Instagram",
    )
    assert str(lotte.request_date_utc) == "2026-11-20 13:03:12+00:00"


def test_a_birthday_and_an_address_do_not_reach_the_text() -> None:
    lotte = graph(("email", "l@example.nl"), ("date_of_birth", "01/02/1980"), ("street_address", "Dorp 1"))
    assert lotte.comments is None
    assert (lotte.extra["date_of_birth"], lotte.extra["street_address"]) == ("01/02/1980", "Dorp 1")


def test_metas_own_test_lead_is_a_test() -> None:
    lotte = graph(("full_name", "<test lead: dummy data for full_name>"), ("email", "test@meta.example"))
    assert lotte.is_test
    assert not graph(("full_name", "Lotte"), ("email", "l@example.nl")).is_test


def test_ticked_boxes_are_kept_as_consent() -> None:
    boxes = [{"checkbox_key": "mail_mij", "is_checked": True}, {"checkbox_key": "bel_mij", "is_checked": ""}]
    assert graph(("email", "l@example.nl"), custom_disclaimer_responses=boxes).consent == {
        "mail_mij": True,
        "bel_mij": "",
    }


def test_a_page_of_a_form_is_as_many_leads() -> None:
    one = {"id": "1", "field_data": [{"name": "email", "values": ["a@example.nl"]}]}
    parsed = parse("meta", json.dumps({"data": [one, {**one, "id": "2"}], "paging": {}}).encode(), "", "NL")
    assert [lead.delivery_key for lead in parsed.leads] == ["meta:1", "meta:2"]


@pytest.mark.parametrize(
    "body", [b'{"error": {"code": 190}}', b"", b"[]", b'{"field_data": 1}', b'{"data": [1]}']
)
def test_an_answer_without_a_lead_needs_a_look(body: bytes) -> None:
    assert meta.graph_lead(body, "NL").outcome == "quarantine"


def test_only_what_meta_signed_over_these_very_bytes_is_metas() -> None:
    body = b'{"a":1,"b":2}'
    good = "sha256=" + hmac.new(b"geheim", body, hashlib.sha256).hexdigest()
    assert meta.verify_signature("geheim", body, good)
    for secret, sent, header in [
        ("geheim", b'{"b":2,"a":1}', good),
        ("anders", body, good),
        ("geheim", body, None),
        ("geheim", body, ""),
        ("geheim", body, good.removeprefix("sha256=")),
        ("geheim", body, good[:-1]),
        ("geheim", body, "sha256=\u0416"),
        ("", body, "sha256=" + hmac.new(b"", body, hashlib.sha256).hexdigest()),
    ]:
        assert not meta.verify_signature(secret, sent, header)


def test_the_handshake_is_answered_only_with_our_token() -> None:
    asked = {"hub.mode": "subscribe", "hub.verify_token": "ons", "hub.challenge": "12345"}
    assert meta.challenge(asked, "ons") == "12345"
    assert meta.challenge(asked, "ander") is None
    assert meta.challenge({**asked, "hub.mode": "unsubscribe"}, "ons") is None
    assert meta.challenge({**asked, "hub.verify_token": ""}, "") is None


def test_a_choices_key_is_shown_as_people_read_it() -> None:
    answers = [
        ("full_name", "Jan"),
        ("phone_number", "p:+31612345678"),
        ("In welke auto heeft u interesse?", "kia_niro"),
    ]
    jan = read_answers(answers, "NL", {})
    assert (jan.display_name, jan.numbers) == ("Jan", ("+31612345678",))
    assert [car.label for car in jan.vehicles_of_interest] == ["kia niro"]
