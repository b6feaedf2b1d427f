"""Mails without ADF: labelled lines, and customers who simply write; nobody else's number becomes theirs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.intake.mails import lead, mail, parts, read

MAILS = Path(__file__).parents[1] / "fixtures" / "intake" / "mail"


def part(text: str, kind: str = "text/plain; charset=utf-8", *headers: str) -> str:
    return "\r\n".join([f"Content-Type: {kind}", *headers, "", text])


def test_a_portals_labelled_lines_are_read_and_its_own_numbers_are_not() -> None:
    lotte = lead((MAILS / "portal_labels_nl.eml").read_bytes())
    assert (lotte.display_name, lotte.email) == ("Lotte van der Berg", "lotte@example.nl")
    assert [phone.e164 for phone in lotte.phones] == ["+31612345678"]
    wanted, offered = lotte.vehicles_of_interest[0], lotte.trade_ins[0]
    assert (wanted.label, wanted.stock, wanted.odometer) == ("Citroën C3 2021", "OCC-1043", "41.250")
    assert (offered.label, offered.plate) == ("Seat Ibiza", "XX-000-X")
    assert lotte.comments is not None
    assert lotte.comments.startswith("Is deze auto zaterdag te bekijken?\nWat krijg ik voor mijn inruiler?")
    assert str(lotte.request_date_utc) == "2026-11-20 13:03:12+00:00"


def test_a_form_mailers_html_table_is_read() -> None:
    zoe = lead(mail((MAILS / "form_table.html").read_text(), kind="text/html; charset=utf-8"), "BE")
    assert (zoe.display_name, zoe.email, zoe.numbers) == ("Zoë D'Hondt", "zoe@example.be", ("+32470123456",))
    assert zoe.vehicles_of_interest[0].label == "Volkswagen T-Roc & trekhaak"
    assert zoe.comments == "Graag een proefrit.\nKan dat zaterdag?"


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        (
            "Name: Jan Jansen\nTelefon: 0171 1234567\nE-Mail: jan@example.de\nNachricht: Ist er noch da?",
            "DE",
            "+491711234567",
        ),
        (
            "Nom : Jan Jansen\nTéléphone : 06 12 34 56 78\nE-mail : jan@example.de\nMessage : Ist er noch da?",
            "FR",
            "+33612345678",
        ),
        (
            "Full name: Jan Jansen\nPhone: 07400 123456\nEmail: jan@example.de\nMessage: Ist er noch da?",
            "GB",
            "+447400123456",
        ),
        (
            "*Naam:* Jan Jansen\n*Telefoon:* 0612345678\n*E-mail:* jan@example.de\n*Vraag:* Ist er noch da?",
            "NL",
            "+31612345678",
        ),
        (
            "Naam:\nJan Jansen\nTel.:\n06-12345678\nEmail:\njan@example.de\nVraag:\nIst er noch da?",
            "NL",
            "+31612345678",
        ),
        (
            "Voornaam: Jan\nAchternaam: Jansen\nMobiel: 06-12345678\nE-mail: jan@example.de\n"
            "Opmerkingen: Ist er noch da?",
            "NL",
            "+31612345678",
        ),
    ],
)
def test_jan_is_understood_in_every_language_of_labels(text: str, region: str, number: str) -> None:
    jan = lead(mail(f"Hallo,\n\n{text}\n\nMit freundlichen Grüßen\nTel: 088-1234567"), region)
    assert (jan.display_name, jan.email, jan.numbers) == ("Jan Jansen", "jan@example.de", (number,))
    assert jan.comments == "Ist er noch da?" or (jan.comments or "").startswith("Ist er noch da?\n")


def test_a_label_mail_without_an_address_is_answered_to_its_reply_to() -> None:
    body = mail("Naam: Jan Jansen\nBericht: Is hij er nog?", "Reply-To: Jan <jan@example.nl>")
    assert (lead(body).email, lead(body).outcome) == ("jan@example.nl", "lead")


def test_an_unknown_portals_prose_needs_a_look_and_loses_nothing() -> None:
    parsed = read(mail("Er is interesse in uw auto. Log in om te zien van wie. Vragen? Bel 088-1234567."))
    (only,) = parsed.leads
    assert (parsed.outcome, only.phones, only.email) == ("quarantine", (), None)
    assert (only.comments or "").startswith("Er is interesse in uw auto.")


def test_lotte_writes_herself_and_signs_with_her_number() -> None:
    lotte = lead(
        mail(
            "Dag, is de Volvo (voorraadnr. OCC-1043) er nog? Liever per mail.\n\nGroet,\nLotte\n06-12345678\n\n"
            "-- \nLotte de Boer\nTel 0313 123 456\n",
            "From: =?utf-8?q?Lotte_de_Bo=C3=ABr?= <lotte@example.nl>",
        )
    )
    assert (lotte.display_name, lotte.email, lotte.outcome) == ("Lotte de Boër", "lotte@example.nl", "lead")
    assert lotte.numbers == ("+31612345678", "+31313123456")
    assert lotte.vehicles_of_interest[0].stock == "OCC-1043"
    assert (lotte.language, lotte.preferred_channel) == ("nl", "email")


@pytest.mark.parametrize(
    "history",
    [
        "Op vr 20 nov. 2026 om 14:03 schreef Sanne <sanne@dealer.example>:\n> Bel mij op 06-87654321",
        "On Fri, Nov 20, 2026 at 2:03 PM Sanne <sanne@dealer.example>\nwrote:\nCall me: 06-87654321",
        "-----Oorspronkelijk bericht-----\nVan: Sanne\nVerzonden: vrijdag\nAan: Lotte\nBel mij op 06-87654321",
        "Von: Sanne <sanne@dealer.example>\nGesendet: Freitag\nAn: Lotte\nBetreff: Volvo\n\nTel. 06-87654321",
        "De : Sanne\nEnvoyé : vendredi\nÀ : Lotte\nObjet : Volvo\n\nTél. 06-87654321",
        "> Bel mij op 06-87654321",
        "Disclaimer: bel de afzender op 06-87654321",
        "Verstuurd vanaf mijn iPhone",
    ],
)
def test_what_sanne_wrote_earlier_is_neither_lottes_question_nor_her_number(history: str) -> None:
    lotte = lead(mail(f"Ja, graag!\n\n{history}\n", "From: Lotte <lotte@example.nl>", "Subject: Re: Volvo"))
    assert (lotte.comments, lotte.phones) == ("Ja, graag!", ())


@pytest.mark.parametrize(
    "text",
    [
        "Sanne, pak jij deze? Bram 06-87654321\n\n---------- Forwarded message ---------\n"
        "From: Lotte de Boer <lotte@example.nl>\n"
        "Date: Fri, 20 Nov 2026\nSubject: Volvo\nTo: <info@dealer.example>\n\nIs hij er nog? Bel 06-12345678",
        "Van: Lotte de Boer <lotte@example.nl>\nVerzonden: vrijdag 20 november 2026\nAan: info@dealer.example\n"
        "Onderwerp: Volvo\n\nIs hij er nog? Bel 06-12345678",
    ],
)
def test_a_customers_mail_that_bram_passes_on_is_the_customers(text: str) -> None:
    lotte = lead(
        mail(text, "From: Bram <bram@dealer.example>", "Subject: FW: Volvo", "To: bram@dealer.example")
    )
    assert (lotte.display_name, lotte.email) == ("Lotte de Boer", "lotte@example.nl")
    assert (lotte.numbers, lotte.comments) == (("+31612345678",), "Is hij er nog? Bel 06-12345678")


def test_a_customers_mail_that_bram_attaches_is_the_customers() -> None:
    inner = mail("Is hij er nog? Bel 06-12345678", "From: Lotte de Boer <lotte@example.nl>").decode()
    kind, body = parts("mixed", part("Pak jij deze? Bram 06-87654321"), part(inner, "message/rfc822"))
    lotte = lead(mail(body, "From: Bram <bram@dealer.example>", kind=kind))
    assert (lotte.email, lotte.numbers) == ("lotte@example.nl", ("+31612345678",))


def test_a_colleague_who_writes_to_the_showroom_is_no_customer() -> None:
    parsed = read(
        mail(
            "Er belde iemand over de Volvo, 06-12345678",
            "From: Bram <bram@dealer.example>",
            "To: leads@dealer.example",
        )
    )
    assert (parsed.outcome, parsed.leads[0].email, parsed.leads[0].phones) == ("quarantine", None, ())


@pytest.mark.parametrize(
    "text",
    [
        "App ID: 1014003463. Is hij er nog?",
        "Mijn budget is 18.950 euro, bouwjaar 2019-2021",
        "Kenteken 12-345-678",
    ],
)
def test_numbers_that_are_no_telephone_numbers_stay_text(text: str) -> None:
    assert lead(mail(text, "From: Lotte <lotte@example.nl>")).phones == ()


def test_a_mail_without_a_text_has_its_subject_as_the_question() -> None:
    assert (
        lead(mail("", "From: Lotte <lotte@example.nl>", "Subject: Is de XC40 er nog?")).comments
        == "Is de XC40 er nog?"
    )


@pytest.mark.parametrize(
    ("text", "name", "number"),
    [
        ("Dealer: Auto X\nNaam: Jan\nTelefoon: 06-12345678", "Jan", "+31612345678"),
        ("Naam: Jan\nE-mail: jan@example.nl\nDealer: Auto X\nTelefoon: 088-1234567", "Jan", None),
        (
            "Dealer:\nNaam: Auto X\nTelefoon: 088-1234567\nKlant:\nNaam: Jan\nTelefoon: 06-12345678",
            "Jan",
            "+31612345678",
        ),
        ("Naam\nJan\nTelefoonnummer\n06-12345678\n", "Jan", "+31612345678"),
        ("| Naam | Jan |\n| Telefoon | 06-12345678 |", "Jan", "+31612345678"),
        ("Naam          Jan\nTelefoon      06-12345678", "Jan", "+31612345678"),
        ("Naam: Jan\nTelefoonnummer (mobiel): bel na 18u: 0612345678", "Jan", "+31612345678"),
        (
            "Naam: Jan\nE-mail: jan@example.nl\nBericht: Hoi\n\nMet vriendelijke groet\nTel: 088-1234567",
            "Jan",
            None,
        ),
        ("Bericht:\nHoi\nGroeten, Jan\n\nNaam: Jan\nTelefoon: 06-12345678", "Jan", "+31612345678"),
    ],
)
def test_whose_lines_they_are_is_told_by_where_they_stand(text: str, name: str, number: str | None) -> None:
    jan = lead(mail(text))
    assert (jan.display_name, jan.numbers) == (name, (number,) if number else ())
