"""Known senders, described in a file: their subjects and lines, and what an administrator may add."""

from __future__ import annotations

from typing import Any

import pytest

from app.intake.sources import email
from app.intake.sources.email_template import built_in, template_from
from app.intake.sources.reading.pattern import compile_pattern, match
from tests.intake.mails import lead, mail


@pytest.mark.parametrize(
    ("subject", "car"),
    [
        ("Klantnr: 12345. Gemiste oproep voor Volvo XC40 (MIA-7/NFM-9)", "Volvo XC40"),
        ("Klantnr.: 12345. Miste op 14:03 een oproep over deze Volvo XC40", "Volvo XC40"),
        ("Knd.-Nr: 12345. Verpasster Anruf um 14:03, Volvo XC40", "Volvo XC40"),
        ("N° client : 12345. Appel manqué à 14:03, Volvo XC40", "Volvo XC40"),
        ("FW: klantnr:  12345.  gemiste oproep voor Volvo XC40 (1/2)", "Volvo XC40"),
    ],
)
def test_a_missed_call_on_autoscout24_is_a_call_about_that_car(subject: str, car: str) -> None:
    body = mail(
        "U heeft een oproep gemist.\nTelefoonnummer beller: 06-12345678",
        "From: no-reply@rtm.autoscout24.com",
        f"Subject: {subject}",
    )
    missed = lead(body)
    assert (missed.vehicles_of_interest[0].label, missed.provider_name) == (car, "AutoScout24")
    assert missed.numbers == ("+31612345678",)
    assert missed.via == {"channel": "call", "type": "call", "status": "no-answer", "answered": False}
    assert missed.comments is None


def test_data_that_autoscout24_hides_in_a_comment_is_read() -> None:
    hidden = "<!-- <lead><phone>+31612345678</phone><make>Volvo</make><model>XC40</model></lead> -->"
    body = mail(
        f"<html>{hidden}<p>Gemiste oproep. Bel ons: 020-1234567</p></html>",
        "From: no-reply@rtm.autoscout24.com",
        "Subject: Klantnr: 1. Gemiste oproep voor XC40 (1/2)",
        kind="text/html",
    )
    assert (lead(body).numbers, lead(body).vehicles_of_interest[0].make) == (("+31612345678",), "Volvo")


@pytest.mark.parametrize(
    ("sender", "line", "source"),
    [
        (
            "noreply@mail.marktplaats.nl",
            "Lotte heeft gereageerd op je advertentie 'Volvo XC40'",
            "Marktplaats",
        ),
        ("noreply@2dehands.be", "Lotte heeft gereageerd op je zoekertje Volvo XC40", "2dehands"),
        ("noreply@2ememain.be", "Lotte a répondu à votre annonce Volvo XC40", "2dehands"),
        ("noreply@autotrack.nl", "Lotte heeft interesse in uw Volvo XC40", "AutoTrack"),
        ("noreply@mobile.de", "Lotte interessiert sich für Ihr Fahrzeug Volvo XC40", "mobile.de"),
    ],
)
def test_a_reply_to_an_advertisement(sender: str, line: str, source: str) -> None:
    label = "Nachricht" if sender.endswith(".de") else "Message" if "2eme" in sender else "Bericht"
    body = mail(
        f"{line}\n\n{label}:\nIs hij er nog?\n\nBeantwoord dit bericht via de app. 020-1234567",
        f"From: {source} <{sender}>",
        "Reply-To: a1b2@reply.portaal.example",
    )
    lotte = lead(body)
    assert (lotte.display_name, lotte.vehicles_of_interest[0].label) == ("Lotte", "Volvo XC40")
    assert (lotte.provider_name, lotte.email, lotte.phones) == (source, "a1b2@reply.portaal.example", ())
    assert (lotte.comments or "").startswith("Is hij er nog?")


OWN = {
    "name": "Garage-net",
    "senders": ["garagenet.example"],
    "subject": ["Aanvraag {lead_id} over {car}"],
    "labels": {"Wie": "name", "Bereikbaar op": "phone"},
}


def test_an_administrators_own_template_reads_a_sender_that_nobody_knew() -> None:
    body = mail(
        "Wie: Lotte de Boer\nBereikbaar op: 06-12345678\n",
        "From: x@mail.garagenet.example",
        "Subject: Aanvraag 77 over Volvo XC40",
    )
    (lotte,) = email.parse_with(body, "", "NL", [template_from(OWN)]).leads
    assert (lotte.display_name, lotte.numbers, lotte.provider_name) == (
        "Lotte de Boer",
        ("+31612345678",),
        "Garage-net",
    )
    assert (lotte.external_ids[0].value, lotte.vehicles_of_interest[0].label) == ("77", "Volvo XC40")
    assert lead(body).display_name is None


@pytest.mark.parametrize("sender", ["x@garagenet.example.evil.example", "x@nietgaragenet.example"])
def test_a_look_alike_sender_is_not_the_known_one(sender: str) -> None:
    body = mail("Wie: Lotte de Boer", f"From: {sender}", "Subject: Aanvraag 77 over Volvo XC40")
    (unknown,) = email.parse_with(body, "", "NL", [template_from(OWN)]).leads
    assert unknown.provider_name is None


@pytest.mark.parametrize(
    "wrong",
    [{}, {"name": "x"}, {"name": "x", "senders": []}, {"name": "x", "senders": ["a"], "subject": "text"},
     {"name": "x", "senders": ["a"], "subject": ["{a}{b}"]}, {"name": "x", "senders": ["a"], "lines": ["{a}"]},
     {"name": "x", "senders": ["a"], "labels": {"a": 1}}, {"name": "x", "senders": ["a"], "subjects": []}],
)  # fmt: skip
def test_a_template_that_cannot_work_is_refused_in_plain_words(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        template_from(wrong)


def test_the_templates_that_come_with_the_product_can_be_read() -> None:
    assert {"AutoScout24", "Marktplaats", "2dehands", "mobile.de", "AutoTrack"} <= {
        one.name for one in built_in()
    }


@pytest.mark.parametrize(
    ("pattern", "line", "found"),
    [
        ("Oproep voor {car} ({id})", "oproep  VOOR Volvo XC40 (12)", {"car": "Volvo XC40", "id": "12"}),
        ("{name} vraagt", "Lotte vraagt", {"name": "Lotte"}),
        ("Over {car}", "Over Volvo", {"car": "Volvo"}),
        ("Over {car}", "Niets over Volvo", None),
        ("{a} en {b}!", "x en y", None),
        ("Vast", "vast", {}),
    ],
)
def test_a_pattern_fits_the_whole_line(pattern: str, line: str, found: dict[str, str] | None) -> None:
    assert match(compile_pattern(pattern), line) == found
