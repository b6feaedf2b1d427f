"""Every sentence exists in every language, says what it must, and shows nobody else's business on a locked
screen.
"""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app import texts
from app.texts import LANGUAGES, MissingText, known, mails, render, staff
from app.texts.discreet import discreet
from app.texts.moments import moment
from app.texts.numbers import number
from app.texts.prefill import prefill

FOLDER = Path(texts.__file__).parent


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for language in LANGUAGES:
        shutil.copytree(FOLDER / language, tmp_path / language)
    return tmp_path


def change(file: Path, key: str, text: str | None) -> None:
    content = json.loads(file.read_text())
    if text is None:
        del content[key]
    else:
        content[key] = text
    file.write_text(json.dumps(content))


def test_a_text_missing_in_one_language_is_named(copy: Path) -> None:
    change(copy / "fr" / "customer.json", "sms", None)
    with pytest.raises(MissingText, match=r"fr.*sms"):
        texts.load(copy)


def test_a_placeholder_forgotten_by_the_translator_is_named(copy: Path) -> None:
    change(copy / "de" / "customer.json", "closing", "Guten Tag, wir hören auf.")
    with pytest.raises(MissingText, match=r"de: closing"):
        texts.load(copy)


def test_the_texts_as_they_are_fit_together(copy: Path) -> None:
    assert set(texts.load(copy)) == set(LANGUAGES)


def test_a_value_that_was_not_given_is_an_error_and_not_a_gap() -> None:
    with pytest.raises(MissingText, match="salesperson"):
        render("confirmation_subject", "nl")
    with pytest.raises(MissingText, match="no text"):
        render("confirmation_sujbect", "nl")


def test_braces_in_a_customers_name_stay_letters() -> None:
    assert render("greeting", "en", first_name="{moment} {0.__class__}") == "Hello {moment} {0.__class__},"


@pytest.mark.parametrize(
    ("tag", "language"),
    [("nl", "nl"), ("nl-BE", "nl"), ("DE_at", "de"), ("pl", "en"), ("", "en"), (None, "en")],
)
def test_an_unknown_language_is_answered_in_english(tag: str | None, language: str) -> None:
    assert known(tag) == language


@pytest.mark.parametrize("language", LANGUAGES)
def test_sannes_messages_name_her_the_showroom_and_the_car(language: str) -> None:
    filled = prefill(
        language, "Eva", "Sanne Bakker", "Autohuis Doesburg", "VW T-Roc", "https://h/c/1", "https://v/1"
    )
    for key in (
        "whatsapp",
        "sms",
        "no_answer",
        "closing",
        "voicemail_script",
        "which_number",
        "video_invitation",
    ):
        assert "Sanne Bakker" in filled[key]
        assert "Eva" in filled[key]
    for key in ("whatsapp", "sms", "no_answer", "email_subject", "closing"):
        assert "VW T-Roc" in filled[key]
    assert "https://h/c/1" in filled["closing"]
    assert "https://v/1" in filled["video_invitation"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_name_and_a_car_the_messages_still_read_well(language: str) -> None:
    filled = prefill(language, "", "Sanne", "Doesburg", None, "https://h/c/1", None)
    assert "video_invitation" not in filled
    for text in filled.values():
        assert "None" not in text
        assert "  " not in text
        assert " ," not in text


def test_times_are_said_as_people_say_them() -> None:
    now = datetime(2026, 11, 22, 20, 30, tzinfo=UTC)  # Sunday 21:30 in Amsterdam
    said = {
        (day, hour, language): moment(
            datetime(2026, 11, day, hour, 0, tzinfo=UTC), now, "Europe/Amsterdam", language
        )
        for day, hour, language in [(22, 21, "en"), (23, 8, "nl"), (24, 8, "de"), (24, 15, "fr")]
    }
    assert said == {
        (22, 21, "en"): "today at 22:00",
        (23, 8, "nl"): "morgen om 9:00 uur",
        (24, 8, "de"): "am Dienstag, 24. November um 9:00 Uhr",
        (24, 15, "fr"): "le mardi 24 novembre à 16:00",
    }


def test_tomorrow_begins_at_the_showrooms_midnight_not_at_utcs() -> None:
    now = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)  # already Monday in Amsterdam
    due = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    assert moment(due, now, "Europe/Amsterdam", "en") == "today at 9:00"


def test_a_number_is_spaced_for_reading_and_whole_for_dialling() -> None:
    sanne = number("0612345678", "NL")
    assert sanne is not None
    assert (sanne.shown, sanne.e164, sanne.mobile) == ("+31 6 12345678", "+31612345678", True)
    desk = number("0313 123 456", "NL")
    assert desk is not None and not desk.mobile
    assert number("000", "NL") is None
    assert number(None, "NL") is None


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("detail", ["full", "name", "none"])
@pytest.mark.parametrize("kind", staff.KINDS)
def test_every_notification_has_two_lines_in_every_language(kind: str, detail: str, language: str) -> None:
    title, body = staff.notification(
        kind,
        language,
        detail=detail,
        name="Eva Jansen",
        first_name="Eva",
        car="Golf",
        question="Te zien?",
        person="Tom",
    )
    assert title.strip() and body.strip()
    assert "{" not in title + body


def test_sannes_phone_says_who_which_car_and_what_was_asked() -> None:
    assert staff.notification(
        "lead",
        "en",
        name="Eva Jansen",
        car="VW Golf 2022",
        wants="test_drive",
        question="Is it there on Saturday?",
    ) == ("Eva Jansen · VW Golf 2022", "test drive · “Is it there on Saturday?”")


@pytest.mark.parametrize("kind", staff.KINDS)
def test_the_locked_screen_shows_what_the_setting_allows(kind: str) -> None:
    secret = {
        "name": "Eva Jansen",
        "first_name": "Eva",
        "car": "Golf",
        "wants": "quote",
        "question": "Te zien?",
    }
    name_only = " ".join(staff.notification(kind, "nl", detail="name", **secret))
    nothing = " ".join(staff.notification(kind, "nl", detail="none", **secret))
    assert not any(word in name_only for word in ("Jansen", "Golf", "offerte", "Te zien"))
    assert not any(word in nothing for word in ("Eva", "Jansen", "Golf", "offerte", "Te zien"))
    assert staff.notification("lead", "en", detail="none", **secret)[0] == "New lead"
    assert staff.notification("lead", "en", detail="name", **secret)[0] == "New lead: Eva"


def test_a_lead_without_a_name_has_no_hole_in_its_title() -> None:
    assert staff.notification("lead", "en") == ("New lead", "Tap to call.")
    assert staff.notification("lead", "en", car="VW Polo")[0] == "VW Polo"


def test_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(MissingText):
        staff.notification("surprise", "en")


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Mijn bod is € 15.000", "Mijn bod is …"),
        ("kost hij 12.500 euro?", "kost hij …?"),
        ("VW Golf 2022 € 18.950", "VW Golf 2022 …"),
        ("VW Golf 18.950 € 2022", "VW Golf … 2022"),
        ("Golf voor 12.500,- rijklaar", "Golf voor … rijklaar"),
        ("price: 59999.99 CAD", "price: … CAD"),
        ("max 15k€", "max …"),
        ("Ik ben geboren op 3-5-1980 te Ede", "Ik ben geboren op … te Ede"),
        ("geb. 3 mei 1980", "geb. …"),
        ("DOB: 1980-05-03", "DOB: …"),
        ("né le 3 mai 1980", "né le …"),
        ("03.05.1980", "…"),
    ],
)
def test_prices_and_birthdays_do_not_reach_a_notification(typed: str, shown: str) -> None:
    assert discreet(typed) == shown
    title, body = staff.notification("lead", "nl", car=typed, question=typed)
    assert title == shown
    assert body == f"“{shown}”"


@pytest.mark.parametrize(
    "typed",
    [
        "VW Golf 8 1.5 TSI 2022",
        "Polo 2016 met 120.000 km",
        "Zaterdag 24-11-2026 om 15:00?",
        "bel 06-12345678",
        "Mazda 3",
        "Peugeot 208 GT 130",
    ],
)
def test_cars_kilometres_and_dates_to_come_stay_readable(typed: str) -> None:
    assert discreet(typed) == typed


def test_a_wall_of_digits_is_read_in_no_time() -> None:
    assert len(discreet("1.111 " * 20_000)) <= 1000


def facts(**other: str | None) -> mails.Facts:
    values: dict[str, str | None] = {
        "language": "en",
        "first_name": "Eva",
        "salesperson": "Sanne Bakker",
        "showroom": "Autohuis Doesburg",
        "number": "+31 6 12345678",
        "car": "VW Golf",
        "page_url": "https://h/c/1",
        "stop_url": "https://h/c/1/stop",
    }
    return mails.Facts(**{**values, **other})  # type: ignore[arg-type]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("when", mails.WHENS)
def test_the_confirmation_names_sanne_asks_one_question_and_offers_stop(when: str, language: str) -> None:
    mail = mails.confirmation(facts(language=language), when, "SOME MOMENT").payload()
    for part in (mail["text"], mail["html"]):
        for must in (
            "Eva",
            "Sanne Bakker",
            "VW Golf",
            "+31 6 12345678",
            "https://h/c/1",
            "https://h/c/1/stop",
        ):
            assert must in part.replace("\u00a0", " ")
    assert mail["text"].split("\n--\n")[0].count("?") == 1
    assert ("SOME MOMENT" in mail["text"]) == (when in ("opening", "moment"))


def test_the_confirmation_promises_only_what_will_happen() -> None:
    texts_by_when = {
        when: mails.confirmation(facts(), when, "tomorrow at 9:00").text() for when in mails.WHENS
    }
    assert "within a few minutes" in texts_by_when["minutes"]
    assert "tomorrow at 9:00, when we open" in texts_by_when["opening"]
    assert "I'll write to you here." in texts_by_when["writing"]
    assert "call you" not in texts_by_when["writing"]
    assert "minutes" not in texts_by_when["opening"]


def test_nothing_a_customer_typed_becomes_markup() -> None:
    nasty = '<img src=x onerror="alert(1)">'
    html = mails.confirmation(facts(first_name=nasty, car=nasty), "minutes", "").payload()["html"]
    assert "<img" not in html
    assert "&lt;img" in html


def test_the_stop_confirmation_is_neutral_and_asks_nothing() -> None:
    for what in ("everything", "request", "call", "whatsapp", "sms", "email"):
        mail = mails.stop_confirmed(facts(), what).payload()
        assert "?" not in mail["text"]
        assert "http" not in mail["text"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_late_call_is_announced_with_a_concrete_time(language: str) -> None:
    mail = mails.delay(facts(language=language), "SOME MOMENT").payload()
    assert "SOME MOMENT" in mail["text"] and "SOME MOMENT" in mail["html"]
    assert "https://h/c/1/stop" in mail["text"]
