"""Mails that nobody wrote stay out; a lead that a machine sends comes in all the same."""

from __future__ import annotations

import pytest

from tests.intake.mails import ADF, lead, mail, parts, read

AWAY = "Ik ben afwezig tot 12 augustus. Bel 06-12345678 bij spoed."
BRAM = "From: Bram <bram@example.nl>"


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied",
        'Auto-Submitted: auto-replied; owner-email="b@example.nl"',
        "X-Autoreply: yes",
        "X-Autorespond: Re: lead",
        "Precedence: auto_reply",
        "From: MAILER-DAEMON@mx.example",
        "From: postmaster@mx.example",
        "X-Failed-Recipients: lotte@example.nl",
    ],
)
@pytest.mark.parametrize("text", [AWAY, ADF], ids=["a note", "the lead quoted"])
def test_an_automatic_reply_stays_out_even_if_it_returns_the_lead(header: str, text: str) -> None:
    parsed = read(mail(text, header, *([BRAM] if not header.startswith("From") else [])))
    assert (parsed.outcome, parsed.leads) == ("ignore", ())
    assert parsed.note and "06-12345678" in (parsed.raw_text or "")


def test_a_bounce_that_returns_the_lead_stays_out() -> None:
    kind, body = parts(
        'report; report-type="delivery-status"',
        "Content-Type: text/plain\r\n\r\nYour message could not be delivered.",
        "Content-Type: message/delivery-status\r\n\r\nAction: failed\r\nStatus: 5.1.1",
        "Content-Type: message/rfc822\r\n\r\n" + mail(ADF).decode(),
    )
    kind = kind.replace('"delivery-status""', '"delivery-status"')
    assert read(mail(body, kind='multipart/report; boundary="grens"')).outcome == "ignore"


@pytest.mark.parametrize(
    "subject",
    [
        "Automatisch antwoord: Nieuwe lead",
        "Automatic reply: New lead",
        "Réponse automatique : Demande",
        "Automatische Antwort: Anfrage",
        "Out of Office: New lead",
        "Out of the office",
        "Afwezig: vakantie",
        "Afwezigheidsbericht",
        "Absence du bureau",
        "Abwesenheitsnotiz",
        "Undelivered Mail Returned to Sender",
        "Delivery Status Notification (Failure)",
        "Mail delivery failed: returning message",
        "Undeliverable: New lead",
        "Onbestelbaar: Nieuwe lead",
        "Unzustellbar: Anfrage",
        "Non remis : Demande",
        "Gelezen: Nieuwe lead",
        "=?utf-8?q?R=C3=A9ponse_automatique?=",
        "Re: Automatic reply",
    ],
)
def test_a_subject_says_it_in_four_languages(subject: str) -> None:
    assert read(mail(AWAY, BRAM, f"Subject: {subject}")).outcome == "ignore"


@pytest.mark.parametrize(
    "headers",
    [
        ["Return-Path: <>"],
        ["Auto-Submitted: auto-generated", "In-Reply-To: <a@b>"],
        ["Precedence: bulk", "References: <a@b>"],
    ],
    ids=["no return path", "generated, in reply", "bulk, in reply"],
)
def test_other_signs_of_a_machine_that_answers(headers: list[str]) -> None:
    assert read(mail(AWAY, BRAM, *headers)).outcome == "ignore"
    assert read(mail(ADF, BRAM, *headers)).outcome == "lead"


@pytest.mark.parametrize(
    "text",
    [
        "Bedankt voor uw bericht. Dit is een automatisch verzonden e-mail. Bel 088-1234567.",
        "Thank you for contacting us! This is an automated response, please do not reply.",
        "Merci pour votre message. Ceci est un message automatique.",
        "Vielen Dank für Ihre Anfrage. Dies ist eine automatische Antwort.",
    ],
)
def test_a_companys_own_thanks_that_says_it_is_automatic_stays_out(text: str) -> None:
    assert read(mail(text, "From: Autobedrijf <verkoop@ander.example>")).outcome == "ignore"


def test_thanks_that_do_not_say_so_need_a_look_and_give_nobodys_number() -> None:
    parsed = read(
        mail(
            "Bedankt voor uw aanvraag. Wij nemen zo spoedig mogelijk contact met u op. Bel 088-1234567", BRAM
        )
    )
    assert (parsed.outcome, parsed.leads[0].email, parsed.leads[0].phones) == ("quarantine", None, ())


@pytest.mark.parametrize(
    "text",
    ["Bedankt voor uw bericht! Ik kom zaterdag om elf uur.", "Dank je wel voor je mail, tot zaterdag."],
)
def test_lotte_may_say_thank_you(text: str) -> None:
    lotte = lead(mail(text, "From: Lotte <lotte@example.nl>", "In-Reply-To: <a@in.dealer.example>"))
    assert (lotte.outcome, lotte.comments) == ("lead", text)


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-generated",
        "Precedence: bulk",
        "Precedence: list",
        "X-Auto-Response-Suppress: All",
    ],
)
def test_portals_mark_their_leads_as_mass_mail_and_they_are_leads(header: str) -> None:
    assert read(mail(ADF, header)).outcome == "lead"
    assert lead(mail("Naam: Jan\nTelefoon: 06-12345678", header)).numbers == ("+31612345678",)


def test_a_newsletter_needs_a_look_and_its_sender_is_no_customer() -> None:
    parsed = read(
        mail(
            "Aanbieding! Bel 088-1234567",
            "From: Actie <actie@winkel.example>",
            "List-Unsubscribe: <mailto:x@winkel.example>",
        )
    )
    assert (parsed.outcome, parsed.leads[0].email, parsed.leads[0].phones) == ("quarantine", None, ())
