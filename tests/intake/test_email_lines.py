"""How senders set out a lead mail: whichever way they write their lines, Jan's car is his and the dealer's number is not."""

from __future__ import annotations

import pytest

from app.intake.sources.reading.answers import behind_yes, yes_or_no
from tests.intake.mails import lead, mail, read

HTML = "text/html; charset=utf-8"


@pytest.mark.parametrize(
    "text",
    [
        "Naam - Jan Bos\nTelefoon - 0612345678\nAuto - Kia Niro",
        "Naam => Jan Bos\nTelefoon => 0612345678\nAuto => Kia Niro",
        "Naam: Jan Bos | Telefoon: 0612345678 | Auto: Kia Niro",
        "Naam: Jan Bos; Telefoon: 0612345678; Auto: Kia Niro",
        "Naam\tTelefoon\tAuto\nJan Bos\t0612345678\tKia Niro",
        "Naam\nJan Bos\n\nTelefoon\n0612345678\n\nIk ben geïnteresseerd in\nKia Niro",
    ],
    ids=["dashes", "arrows", "bars", "semicolons", "a table with a head", "labels above"],
)
def test_every_way_of_setting_out_lines_is_read(text: str) -> None:
    jan = lead(mail(text))
    assert (jan.display_name, jan.numbers) == ("Jan Bos", ("+31612345678",))
    assert [car.label for car in jan.vehicles_of_interest] == ["Kia Niro"]


def test_an_html_list_of_terms_is_read() -> None:
    terms = "<dl><dt>Name</dt><dd>Anna Groß</dd><dt>Telefon</dt><dd>0171 2345678</dd></dl>"
    anna = lead(mail(terms, kind=HTML), "DE")
    assert (anna.display_name, anna.numbers) == ("Anna Groß", ("+491712345678",))


def test_one_dash_in_a_mail_is_no_label() -> None:
    eva = lead(mail("Hallo,\nAuto - kan ik die zien?\n", "From: Eva <eva@example.nl>"))
    assert eva.comments == "Hallo,\nAuto - kan ik die zien?"


@pytest.mark.parametrize(
    "heading",
    [
        "Inzahlungnahme:",
        "Part exchange vehicle",
        "Inruilauto",
        "Uw inruilauto",
        "Your trade-in",
        "Véhicule de reprise",
    ],
)
def test_a_trade_in_below_its_heading_is_not_the_wanted_car(heading: str) -> None:
    text = f"{heading}\nMerk: Opel\nModel: Corsa\n\nGewenste auto\nMerk: Kia\nModel: Niro\n\nUw gegevens\nNaam: Jan Bos\nTel: 0612345678"
    jan = lead(mail(text))
    assert [car.label for car in jan.vehicles_of_interest] == ["Kia Niro"]
    assert [car.label for car in jan.trade_ins] == ["Opel Corsa"]
    assert jan.display_name == "Jan Bos"


def test_the_trade_ins_plate_is_the_trade_ins() -> None:
    jan = lead(mail("Naam: Jan\nTel: 0612345678\nAuto: Kia Niro\nInruil: ja\nKenteken inruil: XX-000-X"))
    assert [car.plate for car in jan.trade_ins] == ["XX-000-X"]
    assert [car.label for car in jan.vehicles_of_interest] == ["Kia Niro"]


@pytest.mark.parametrize(("text", "said"), [("Nee", False), ("non.", False), ("Ja", True), ("Opel", None)])
def test_yes_and_no_are_no_cars(text: str, said: bool | None) -> None:
    jan = lead(mail(f"Naam: Jan Bos\nTel: 0612345678\nInruil: {text}"))
    assert yes_or_no(text) is said
    assert [car.label for car in jan.trade_ins] == ([text] if said is None else [])


def test_the_car_behind_a_yes_is_one() -> None:
    assert behind_yes("ja, Dacia Sandero 2015") == "Dacia Sandero 2015"
    assert behind_yes("Jaguar XE, ja, met trekhaak") == "Jaguar XE, ja, met trekhaak"


def test_a_belgian_form_has_the_last_name_in_naam() -> None:
    liesbeth = lead(mail("Naam: Vandenbroucke\nVoornaam: Liesbeth\nGSM: 0475/12.34.56"), "BE")
    assert liesbeth.display_name == "Liesbeth Vandenbroucke"


def test_initials_stand_in_for_a_first_name_only_where_there_is_none() -> None:
    person = "Voorletters: J.P.\n{}Tussenvoegsel: van de\nAchternaam: Ven\nTel: 0612345678"
    assert lead(mail(person.format(""))).display_name == "J.P. van de Ven"
    assert lead(mail(person.format("Voornaam: Jan\n"))).display_name == "Jan van de Ven"


def test_a_companys_contact_person_is_the_name() -> None:
    truus = lead(mail("Bedrijfsnaam: Bakkerij BV\nContactpersoon: Truus Jansen\nTel: 0592-123456"))
    assert (truus.display_name, truus.company) == ("Truus Jansen", "Bakkerij BV")


def test_the_dealers_lines_below_the_question_are_not_the_customers() -> None:
    john = lead(
        mail(
            "Name: John\nEmail: john@example.co.uk\nComments: Would you take £9k?\n\nDealer phone: 0161 496 0000"
        )
    )
    assert (john.comments, john.phones) == ("Would you take £9k?", ())


def test_lines_in_the_customers_own_words_stay_theirs() -> None:
    words = "Graag weten:\n- prijs: laagste\nTel: liefst mobiel"
    jan = lead(mail(f"Naam: Jan\nTelefoon: 0612345678\nBericht: {words}\n\nAuto: Kia Niro"))
    assert jan.comments == words
    assert jan.vehicles_of_interest[0].price is None


@pytest.mark.parametrize("rule", ["---", "***", "____"])
def test_what_a_form_mailer_adds_below_its_line_is_not_the_question(rule: str) -> None:
    jan = lead(
        mail(f"Naam: Jan\nTel: 0612345678\nBericht: Hallo\n\n{rule}\n\nDatum: 3 maart\nRemote IP: 10.1.2.3")
    )
    assert jan.comments == "Hallo"


def test_a_number_in_the_question_is_dialled_when_no_line_gives_one() -> None:
    piet = lead(mail("Naam: Piet\nE-mail: piet@example.nl\nBericht: bel me op 06-87654321"))
    assert piet.numbers == ("+31687654321",)


def test_a_number_alone_is_enough_in_a_machines_mail() -> None:
    missed = read(
        mail("U heeft een oproep gemist.\nNummer beller: +31 6 12345678\nVestiging: Autohuis, 020-1234567")
    )
    assert (missed.outcome, missed.leads[0].numbers) == ("lead", ("+31612345678",))


def test_a_wordpress_form_names_its_sender_in_the_text() -> None:
    text = "Van: Jan Bos <jan@example.nl>\nOnderwerp: Proefrit\n\nBerichtinhoud:\nGraag een proefrit.\n\n-- \nVerstuurd via een formulier"
    jan = lead(mail(text, "From: Autohuis <wordpress@autohuis.example>", "Reply-To: jan@example.nl"))
    assert (jan.display_name, jan.email, jan.comments) == ("Jan Bos", "jan@example.nl", "Graag een proefrit.")


def test_two_numbers_with_labels_of_their_own_are_both_kept() -> None:
    mary = lead(mail("Name: Mary\nDay phone: 020-1234567\nEvening phone: 06-12345678"))
    assert [phone.raw for phone in mary.phones] == ["020-1234567", "06-12345678"]


def test_cars_are_told_apart_by_the_words_before_or_behind_their_labels() -> None:
    text = "Naam: Jan\nTel: 0612345678\nVehicle make: Ford\nVehicle model: Puma\nTrade make: Kia\nInruil model: Rio"
    jan = lead(mail(text))
    assert [car.label for car in jan.vehicles_of_interest] == ["Ford Puma"]
    assert [car.label for car in jan.trade_ins] == ["Kia Rio"]


def test_a_numbered_or_bracketed_label_is_one() -> None:
    assert lead(mail("1. Naam: Jan\n2. Tel: 0612345678")).display_name == "Jan"
    assert lead(mail("[Naam]: Jan\n[Tel]: 0612345678")).display_name == "Jan"


def test_the_dealers_number_below_the_question_is_never_dialled() -> None:
    anna = lead(
        mail(
            "Name: Anna\nE-Mail: anna@example.de\nNachricht: Bitte um Antwort.\n\nHändler: Auto X, Tel. 089 1234567"
        ),
        "DE",
    )
    assert (anna.comments, anna.phones) == ("Bitte um Antwort.", ())
    jan = lead(
        mail(
            "Naam: Jan\nE-mail: jan@example.nl\nVraag: Prijs?\n\nMet vriendelijke groet,\nUw website\n085-0607080"
        )
    )
    assert jan.phones == ()


def test_a_polite_machines_mail_about_a_customer_is_a_lead_and_its_copy_to_the_customer_is_not() -> None:
    text = "Bedankt voor uw aanvraag.\nNaam: Jan\nTel: 0612345678\nE-mail: jan@example.nl"
    assert read(mail(text, "Auto-Submitted: auto-generated")).outcome == "lead"
    assert read(mail(text, "Auto-Submitted: auto-generated", "To: jan@example.nl")).outcome == "ignore"


def test_a_number_in_the_subject_of_a_mail_without_text_is_dialled() -> None:
    eva = lead(mail("", "From: Eva <eva@example.nl>", "Subject: Golf nog te koop? bel 0612345678"))
    assert eva.numbers == ("+31612345678",)


@pytest.mark.parametrize("label", ["Klantnr", "Customer number", "Client no", "Klantnummer"])
def test_a_customers_number_is_not_their_name(label: str) -> None:
    jan = lead(mail(f"{label}: A-1001\nNaam: Jan\nTel: 0612345678"))
    assert (jan.display_name, jan.numbers) == ("Jan", ("+31612345678",))
