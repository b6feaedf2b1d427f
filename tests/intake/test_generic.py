"""Systems that we never saw: whatever they call their fields, the customer is found and nobody else."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from app.intake.parsed import Parsed, ParsedLead
from app.intake.sources import generic, parse


def read(body: Any, kind: str = "application/json") -> Parsed:
    return parse("generic", body.encode() if isinstance(body, str) else json.dumps(body).encode(), kind, "NL")


def lead(body: Any, kind: str = "application/json") -> ParsedLead:
    (only,) = read(body, kind).leads
    return only


SYSTEMS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "fixtures" / "intake" / "systems.json").read_text()
)
TYPEFORM = SYSTEMS["Typeform"]


@pytest.mark.parametrize("body", SYSTEMS.values(), ids=SYSTEMS)
def test_lotte_is_found_in_every_systems_own_shape(body: Any) -> None:
    lotte = lead(body)
    assert (lotte.display_name, lotte.email) == ("Lotte de Boer", "lotte@example.nl")
    assert (lotte.numbers, lotte.outcome) == (("+31612345678",), "lead")
    assert (lotte.comments or "").startswith("Kan het zaterdag?")


def test_a_typeform_keeps_its_time_its_token_and_the_other_answers() -> None:
    lotte = lead(TYPEFORM)
    assert str(lotte.request_date_utc) == "2026-11-20 13:03:12+00:00"
    assert ([one.value for one in lotte.external_ids], lotte.extra["Welke dag?"]) == (["t1"], "Zaterdag")
    assert read(TYPEFORM).delivery_key == read(TYPEFORM).delivery_key is not None


def test_what_only_looks_like_an_address_or_a_number_is_found_when_no_name_tells() -> None:
    jan = lead(
        {
            "data": {
                "fields": {"field_1": "Jan Jansen", "field_2": "jan@example.nl", "field_3": "+31 6 12345678"}
            }
        }
    )
    assert (jan.display_name, jan.email, jan.numbers) == ("Jan Jansen", "jan@example.nl", ("+31612345678",))


@pytest.mark.parametrize(
    "body",
    [
        {"name": "Jan", "order_id": "0612345678", "email": "jan@example.nl"},
        {"name": "Jan", "App ID": 1014003463, "email": "jan@example.nl"},
        {"name": "Jan", "timestamp_ms": 31612345678, "email": "jan@example.nl"},
        {"name": "Jan", "dealer": {"phone": "+31881234567"}, "email": "jan@example.nl"},
        {"name": "Jan", "dealer_phone": "+31881234567", "email": "jan@example.nl"},
        {"name": "Jan", "trackingNumber": "+31881234567", "email": "jan@example.nl"},
    ],
)
def test_other_numbers_are_not_taken_for_the_customers(body: Any) -> None:
    assert lead(body).phones == ()


@pytest.mark.parametrize("key", ["dealer", "vendor", "owner", "assignee", "location", "account"])
def test_an_address_of_somebody_else_is_not_the_customers(key: str) -> None:
    body = {
        "customer": {"name": "Jan", "phone": "0612345678"},
        key: {"name": "Auto X", "email": "info@autox.example"},
    }
    assert (lead(body).email, lead(body).display_name) == (None, "Jan")


def test_cars_wanted_and_offered_stay_apart() -> None:
    jan = lead(
        {
            "name": "Jan",
            "email": "j@example.nl",
            "vehicle": {"make": "Volvo", "model": "XC40"},
            "trade_in": {"make": "Seat", "plate": "XX-000-X"},
        }
    )
    assert (jan.vehicles_of_interest[0].label, jan.trade_ins[0].label, jan.trade_ins[0].plate) == (
        "Volvo XC40",
        "Seat",
        "XX-000-X",
    )


CALLRAIL = {
    "id": 7,
    "call_type": "voicemail",
    "voicemail": True,
    "answered": False,
    "duration": "13",
    "customer_name": "Lotte de Boer",
    "customer_phone_number": "+31612345678",
    "tracking_phone_number": "+31881234567",
    "business_phone_number": "+31313123456",
    "company_id": 9,
    "company_name": "Auto X",
    "source_name": "Google Ads",
    "start_time": "2026-11-20T14:03:12+01:00",
}
TRACKER = {
    "id": "c7",
    "name": "Lotte de Boer",
    "caller_number": "+31612345678",
    "tracking_number": "+31881234567",
    "receiving_number": "+31313123456",
    "dial_status": "no-answer",
    "duration": 13,
    "source": "Google Ads",
}


@pytest.mark.parametrize("body", [CALLRAIL, TRACKER], ids=["CallRail", "another"])
def test_a_tracked_call_is_the_callers(body: Any) -> None:
    lotte = lead(body)
    assert (lotte.display_name, lotte.numbers, lotte.provider_name) == (
        "Lotte de Boer",
        ("+31612345678",),
        "Google Ads",
    )
    assert lotte.via is not None
    assert (lotte.via["channel"], lotte.via["answered"], lotte.via["duration_s"]) == ("call", False, 13)
    assert (lotte.company, lotte.external_ids[0].value) == (None, str(body["id"]))


def test_hubspots_bare_ids_are_to_be_fetched() -> None:
    event = {
        "eventId": 1,
        "subscriptionType": "contact.creation",
        "objectId": 106314056576,
        "occurredAt": 1795179792000,
    }
    parsed = read([event, {**event, "eventId": 2}])
    assert (parsed.outcome, [(one.source, one.id) for one in parsed.fetch]) == (
        "quarantine",
        [("hubspot", "106314056576")],
    )
    assert len(parsed.leads) == 1


def test_nothing_known_is_kept_whole_for_a_person() -> None:
    parsed = read({"weather": {"today": "rain"}})
    assert parsed.outcome == "quarantine"
    assert "rain" in (parsed.leads[0].comments or "")


@pytest.mark.parametrize(
    "field_map",
    [{"name": "a.b[1].wie", "phone": "a.nr", "message": "a.b[0]", "vehicle.make": "merk.van.auto"}],
)
def test_a_field_map_says_where_everything_is(field_map: dict[str, str]) -> None:
    body = {
        "a": {"b": ["Kan het zaterdag?", {"wie": "Lotte"}], "nr": 31612345678},
        "merk.van.auto": "Volvo",
        "x": {"y": 1},
    }
    (lotte,) = generic.parse_mapped(json.dumps(body).encode(), "application/json", "NL", field_map).leads
    assert (lotte.display_name, lotte.comments, lotte.numbers) == (
        "Lotte",
        "Kan het zaterdag?",
        ("+31612345678",),
    )
    assert (lotte.vehicles_of_interest[0].make, lotte.extra["x.y"]) == ("Volvo", 1)


def test_a_field_map_that_no_longer_fits_gives_way_to_searching() -> None:
    (lotte,) = generic.parse_mapped(
        b'{"naam": "Lotte", "tel": "0612345678"}', "", "NL", {"name": "old.name", "phone": "old.tel"}
    ).leads
    assert (lotte.display_name, lotte.numbers) == ("Lotte", ("+31612345678",))


def test_the_paths_of_a_body_can_be_listed_and_used_as_a_map() -> None:
    body = b'{"a": {"b": [{"c": "Lotte"}, 2]}, "d.e": null, "f": true}'
    assert generic.paths(body) == (("a.b[0].c", "Lotte"), ("a.b[1]", "2"), ("f", "true"))
    (lotte,) = generic.parse_mapped(body, "", "NL", {"name": "a.b[0].c"}).leads
    assert lotte.display_name == "Lotte"


def test_a_signature_is_accepted_in_the_forms_that_vendors_send() -> None:
    body = b'{"a":1,"b":2}'
    sha256 = hmac.new(b"geheim", body, hashlib.sha256)
    sha1 = base64.b64encode(hmac.new(b"geheim", body, hashlib.sha1).digest()).decode()
    in_base64 = base64.b64encode(sha256.digest()).decode()
    for header in (
        sha1,
        in_base64,
        f"sha256={in_base64}",
        sha256.hexdigest(),
        f"sha256={sha256.hexdigest()}",
    ):
        assert generic.verify_signature("geheim", body, header)
        assert not generic.verify_signature("geheim", b'{"b":2,"a":1}', header)
        assert not generic.verify_signature("anders", body, header)
    assert not generic.verify_signature("geheim", body, None)
    assert not generic.verify_signature("", body, sha1)


@pytest.mark.parametrize(
    ("questions", "name", "number", "car"),
    [
        (
            ("Wat is je naam?", "Op welk telefoonnummer kunnen we je bereiken?", "In welke auto ben je geïnteresseerd?"),
            "Jan Bos", "+31612345678", "Kia Niro",
        ),
        (
            ("What's your full name?", "What is the best number to reach you on?", "Which car are you interested in?"),
            "Jan Bos", "+31612345678", "Kia Niro",
        ),
        (
            ("Quel est votre nom ?", "Quel est votre numéro de téléphone ?", "Par quel véhicule êtes-vous intéressé ?"),
            "Jan Bos", "+31612345678", "Kia Niro",
        ),
        (
            ("Wie ist Ihr Name?", "Unter welcher Telefonnummer können wir Sie erreichen?", "Welches Auto?"),
            "Jan Bos", "+31612345678", "Kia Niro",
        ),
    ],
    ids=["nl", "en", "fr", "de"],
)  # fmt: skip
def test_a_question_asks_for_what_it_names(
    questions: tuple[str, ...], name: str, number: str, car: str
) -> None:
    jan = lead(dict(zip(questions, (name, number, car), strict=True)))
    assert (jan.display_name, jan.numbers) == (name, (number,))
    assert [one.label for one in jan.vehicles_of_interest] == [car]


def test_gravity_forms_numbered_name_is_a_name_and_its_address_is_none() -> None:
    sent = {
        "1.3": "Jan",
        "1.6": "Bos",
        "2": "0612345678",
        "5.1": "Dorpsstraat 1",
        "5.3": "Ede",
        "5.5": "6711",
        "5.6": "NL",
    }
    assert lead(sent).display_name == "Jan Bos"
    assert lead({key: value for key, value in sent.items() if key[0] != "1"}).display_name is None


@pytest.mark.parametrize(
    "sent",
    [
        {"resource_id": "CAL2", "customer_phone_number": "+31612345678", "tracking_phone_number": "+31201112222"},
        {"id": "55", "form_id": "1", "date_created": "2026-11-22 10:00:00", "1.3": "Jan", "1.6": "Bos", "2": "0612345678"},
    ],
    ids=["CallRail", "Gravity Forms"],
)  # fmt: skip
def test_the_vendors_own_number_makes_a_second_delivery_known(sent: dict[str, str]) -> None:
    first, again = read(sent), read({**sent, "sent_at": "later"})
    assert first.delivery_key == again.delivery_key is not None
    other = "resource_id" if "resource_id" in sent else "id"
    assert read({**sent, other: "another"}).delivery_key != first.delivery_key
