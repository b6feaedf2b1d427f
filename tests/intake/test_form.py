"""Forms of websites that we never saw: whatever they call their fields, the question reaches Sanne."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.intake.parsed import Parsed, ParsedLead
from app.intake.sources import parse

FIXTURES = Path(__file__).parents[1] / "fixtures" / "intake"


def read(body: Any, content_type: str = "application/json") -> Parsed:
    raw = (
        body
        if isinstance(body, bytes)
        else body.encode()
        if isinstance(body, str)
        else json.dumps(body).encode()
    )
    return parse("form", raw, content_type, "NL")


def lead(body: Any, content_type: str = "application/json") -> ParsedLead:
    parsed = read(body, content_type)
    (only,) = parsed.leads
    return only


def test_a_nested_json_form_is_read_whole() -> None:
    lotte = lead((FIXTURES / "form_nested.json").read_bytes())
    assert (lotte.display_name, lotte.email) == ("Lotte van der Berg", "lotte@example.nl")
    assert (lotte.numbers, lotte.language, lotte.preferred_channel) == (("+31612345678",), "nl", "whatsapp")
    assert (lotte.vehicles_of_interest[0].stock, lotte.vehicles_of_interest[0].label) == (
        "OCC-1043",
        "Volvo XC40",
    )
    assert (lotte.trade_ins[0].plate, lotte.trade_ins[0].odometer) == ("XX-000-X", "98000")
    assert lotte.comments == "Zaterdag proefrit?"
    assert str(lotte.request_date_utc) == "2026-11-20 13:03:12+00:00"


def test_consent_is_kept_as_it_was_given() -> None:
    lotte = lead((FIXTURES / "form_nested.json").read_bytes())
    assert lotte.consent == {"call_about_request": True, "marketing_email": False}


def test_a_field_that_nobody_knows_is_kept() -> None:
    extra = lead((FIXTURES / "form_nested.json").read_bytes()).extra
    assert (extra["favourite_colour"], extra["source_ref"]) == ("blue", "form-proefrit-81")


@pytest.mark.parametrize(
    "body",
    [
        {"Name": "Jan Jansen", "Phone": "06-12345678", "Message": "Nog te koop?"},
        {"naam": "Jan Jansen", "telefoonnummer": "06-12345678", "vraag": "Nog te koop?"},
        {"Vorname": "Jan", "Nachname": "Jansen", "Handy": "0031612345678", "Nachricht": "Nog te koop?"},
        {"Prénom": "Jan", "Nom": "Jansen", "Téléphone": "+31612345678", "Commentaire": "Nog te koop?"},
        {"first_name": "Jan", "last-name": "Jansen", "Phone Number": 31612345678, "comments": "Nog te koop?"},
        {"data": {"fields": [{"name": "name", "value": "Jan Jansen"}, {"label": "Tel", "value": "0612345678"},
                             {"question": "Vraag", "answer": "Nog te koop?"}]}},
        {"customer[name]": "Jan Jansen", "customer.tel": "0612345678", "customer[question]": "Nog te koop?"},
        [{"fullName": "Jan Jansen", "mobile": "0612345678", "opmerking": ["Nog te koop?"]}],
    ],
)  # fmt: skip
def test_jan_is_understood_whatever_the_fields_are_called(body: Any) -> None:
    jan = lead(body)
    assert (jan.display_name, jan.numbers, jan.comments) == ("Jan Jansen", ("+31612345678",), "Nog te koop?")
    assert jan.outcome == "lead"


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "application/json", "", "text/plain"]
)
def test_a_form_encoded_body_is_read_whatever_the_content_type_says(content_type: str) -> None:
    kyle = lead(
        "name=Kyle+Reese&e-mail=kyle%40example.net&phone=%2B31612345678&notes=Call%20soon", content_type
    )
    assert (kyle.display_name, kyle.email, kyle.comments) == ("Kyle Reese", "kyle@example.net", "Call soon")
    assert kyle.numbers == ("+31612345678",)


def test_json_is_read_whatever_the_content_type_says() -> None:
    assert (
        lead('{"name": "Jan", "phone": "0612345678"}', "application/x-www-form-urlencoded").display_name
        == "Jan"
    )


def test_a_multipart_form_is_read_without_its_files() -> None:
    body = (
        '--b\r\nContent-Disposition: form-data; name="naam"\r\n\r\nZoë\r\n'
        '--b\r\nContent-Disposition: form-data; name="tel"\r\n\r\n0612345678\r\n'
        '--b\r\nContent-Disposition: form-data; name="vraag"; filename="id.pdf"\r\n\r\n%PDF\r\n--b--\r\n'
    )
    zoe = lead(body, "multipart/form-data; boundary=b")
    assert (zoe.display_name, zoe.numbers, zoe.comments) == ("Zoë", ("+31612345678",), None)


def test_form_encoding_in_latin_1_keeps_its_accents() -> None:
    assert lead("naam=Mari%EBlle&tel=0612345678").display_name == "Mariëlle"


def test_a_car_in_one_line_is_a_car() -> None:
    asked = lead(
        {"email": "a@b.nl", "vehicle": "Peugeot e-208", "inruil": "VW Polo 2013", "kenteken": "XX-000-X"}
    )
    assert [car.label for car in asked.vehicles_of_interest] == ["Peugeot e-208"]
    assert [(car.label, car.plate) for car in asked.trade_ins] == [("VW Polo 2013", "XX-000-X")]


def test_the_parts_of_a_car_in_a_flat_form_are_one_car() -> None:
    car = lead(
        {"email": "a@b.nl", "merk": "Kia", "model": "Niro", "stock": 12, "url": "https://x.example/12"}
    )
    assert [(c.label, c.stock, c.url) for c in car.vehicles_of_interest] == [
        ("Kia Niro", "12", "https://x.example/12")
    ]


@pytest.mark.parametrize("nothing", [None, "null", "", "undefined", "N/A"])
def test_what_a_template_prints_for_nothing_is_nothing(nothing: str | None) -> None:
    jan = lead(
        {"name": "Jan", "email": "jan@example.nl", "phone": nothing, "company": nothing, "car": nothing}
    )
    assert (jan.phones, jan.company, jan.vehicles_of_interest) == ((), None, ())


def test_a_number_that_a_spreadsheet_made_a_float_is_a_number() -> None:
    assert lead({"name": "Jan", "phone": 612345678.0}).numbers == ("+31612345678",)


def test_an_order_number_is_not_taken_for_a_phone_number() -> None:
    parsed = read({"name": "Jan", "App ID": "1014003463", "order": "0612345678"})
    assert (parsed.leads[0].phones, parsed.outcome) == ((), "quarantine")


def test_unnamed_fields_give_a_whole_address_and_an_international_number() -> None:
    john = lead({"field_1": "John", "field_2": "john@example.net", "field_3": "+31 6 12345678"})
    assert (john.email, john.numbers) == ("john@example.net", ("+31612345678",))


def test_the_name_of_the_form_is_not_the_name_of_the_customer() -> None:
    body = {
        "payload": {
            "name": "Contact us",
            "data": {"First Name": "Eva", "Last Name": "Smit", "email": "e@x.nl"},
        }
    }
    assert lead(body).display_name == "Eva Smit"


def test_a_machine_that_fills_the_hidden_field_is_ignored() -> None:
    assert (
        read({"name": "Bot", "phone": "0612345678", "website_url_confirm": "http://spam"}).outcome == "ignore"
    )


def test_an_empty_hidden_field_is_a_person() -> None:
    assert read({"name": "Jan", "phone": "0612345678", "website_url_confirm": ""}).outcome == "lead"


@pytest.mark.parametrize("yes", [True, "true", 1, "1", "ja"])
def test_a_test_lead_is_marked(yes: Any) -> None:
    assert lead({"name": "Jan", "phone": "0612345678", "test": yes}).is_test


def test_a_customer_called_test_is_no_test() -> None:
    assert not lead({"name": "Test Tester", "phone": "0612345678", "test": "false"}).is_test


@pytest.mark.parametrize(
    "body", ['{"name": "Jan", "phone":', "Hallo, bel mij", "[1, 2]", '{"a": 1}', "<html>x</html>"]
)
def test_what_cannot_be_read_is_a_question_that_a_person_must_read(body: str) -> None:
    parsed = read(body)
    assert (parsed.outcome, parsed.leads[0].comments) == ("quarantine", body)


def test_bytes_of_no_encoding_are_still_a_question() -> None:
    assert read(b"\xe9\x81\xff hallo").leads[0].comments == "é\x81ÿ hallo".replace("\x81", "")


def test_nothing_at_all_needs_a_look_too() -> None:
    parsed = read(b"")
    assert (parsed.outcome, len(parsed.leads)) == ("quarantine", 1)


def test_a_question_without_an_address_needs_a_look() -> None:
    parsed = read({"name": "Jan", "message": "Bel mij"})
    assert (parsed.outcome, parsed.leads[0].comments) == ("quarantine", "Bel mij")


def test_an_address_that_is_none_is_kept_as_text() -> None:
    jan = lead({"name": "Jan", "phone": "0612345678", "email": "geen"})
    assert (jan.email, jan.extra["email"]) == (None, "geen")


@pytest.mark.parametrize(
    "name", ["{{7*7}}", '<script>alert("x")</script>', "=1+1", "👨‍👩‍👧", "محمد", "D'Hondt", "X"]
)
def test_a_name_is_shown_as_it_was_written(name: str) -> None:
    assert lead({"name": name, "email": "a@b.nl"}).display_name == name


def test_a_database_can_store_everything_that_was_sent() -> None:
    strange = '{"name": "J\\u0000an\\ud800", "email": "a@b.nl", "x": {"y\\u0000": ["\\udfff", 1e999, NaN]}}'
    jan = lead(strange)
    assert jan.display_name == "Jan"
    stored = json.dumps({"extra": jan.extra}, allow_nan=False, ensure_ascii=False).encode("utf-8")
    assert b"u0000" not in stored


def test_an_array_of_forms_is_as_many_leads() -> None:
    parsed = read([{"name": "Jan", "phone": "0612345678"}, {"name": "Eva", "email": "eva@example.nl"}])
    assert [one.display_name for one in parsed.leads] == ["Jan", "Eva"]


def test_nesting_beyond_all_measure_is_a_question() -> None:
    for body in ("[" * 50_000, '{"a":' * 900 + "1" + "}" * 900, '{"phone":' + "[" * 900 + "]" * 900 + "}"):
        assert read(body).outcome == "quarantine"


def test_the_senders_own_id_makes_the_delivery_key() -> None:
    body = {"submission_id": "s-1", "phone": "0612345678"}
    assert read(body).delivery_key == read(dict(reversed(body.items()))).delivery_key
    assert read(body).delivery_key != read({**body, "submission_id": "s-2"}).delivery_key


def test_without_an_id_two_equal_forms_are_two_requests() -> None:
    assert read({"phone": "0612345678"}).delivery_key is None
