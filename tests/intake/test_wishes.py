"""Rule 1: Sanne calls, unless the customer asked for something else."""

import pytest

from app.intake.sources.reading.wishes import channel_asked, channel_named, language_of


@pytest.mark.parametrize(
    ("text", "channel"),
    [
        ("Liever WhatsApp", "whatsapp"),
        ("I'd rather be contacted by WhatsApp, thanks", "whatsapp"),
        ("Ik ben doof, graag via whatsapp", "whatsapp"),
        ("App me even", "whatsapp"),
        ("stuur me een appje", "whatsapp"),
        ("niet bellen maar appen", "whatsapp"),
        ("don't call, mail me", "email"),
        ("Please do not call. E-mail only.", "email"),
        ("graag contact per mail", "email"),
        ("Bitte nicht anrufen, lieber per E-Mail", "email"),
        ("Ne m'appelez pas, répondez-moi par courriel", "email"),
        ("text me the price", "sms"),
        ("plutôt par SMS", "sms"),
        ("Bel me maar", "call"),
    ],
)
def test_a_channel_that_was_asked_for_is_understood(text: str, channel: str) -> None:
    assert channel_asked(text, can_mail=True) == channel


@pytest.mark.parametrize(
    "text",
    [
        None,
        "Is deze auto nog beschikbaar?",
        "Please don't call before 10",
        "niet bellen na 18 uur",
        "Bitte nicht anrufen vor 9 Uhr",
        "I prefer a hybrid with the app",
        "Heeft hij Apple CarPlay en WhatsApp op het scherm?",
        "liever een automaat",
        "my only e-mail address is jan@example.nl",
    ],
)
def test_no_wish_is_read_into_a_text_that_has_none(text: str | None) -> None:
    assert channel_asked(text, can_mail=True) is None


def test_who_asks_for_a_call_or_a_text_is_called() -> None:
    assert channel_asked("call me or text me", can_mail=True) == "call"


def test_no_calls_means_mail_if_there_is_an_address_and_whatsapp_if_not() -> None:
    assert channel_asked("Niet bellen", can_mail=True) == "email"
    assert channel_asked("Niet bellen", can_mail=False) == "whatsapp"


@pytest.mark.parametrize(
    ("value", "channel"),
    [
        ("WhatsApp", "whatsapp"),
        ("Telefonisch", "call"),
        (" E-mail ", "email"),
        ("SMS", "sms"),
        ("Morning", None),
    ],
)
def test_the_value_of_a_field_names_a_channel_or_nothing(value: str, channel: str | None) -> None:
    assert channel_named(value) == channel


@pytest.mark.parametrize(
    ("stated", "text", "region", "code"),
    [
        ("fr_CA", "Is this still available?", "CA", "fr"),
        ("Nederlands", None, "US", "nl"),
        (None, "Ik wil graag een proefrit", "US", "nl"),
        (None, "Is this still available for a test drive?", "NL", "en"),
        (None, "Bonjour, cette voiture est disponible ?", "BE", "fr"),
        (None, "Ist das Auto noch verfügbar?", "NL", "de"),
        (None, None, "BE", "nl"),
        (None, "Golf 7 GTI", "DE", "de"),
        ("123", "", "", "en"),
    ],
)
def test_the_language_is_stated_or_written_or_the_countrys(
    stated: str | None, text: str | None, region: str, code: str
) -> None:
    assert language_of(stated, text, region) == code
