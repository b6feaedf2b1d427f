"""What Bram may make of his showroom's cadence: which steps are refused with which words, and what the others come to."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.cadence import draft
from app.cadence.draft import Flaw
from app.cadence.own import BUILT_IN
from app.cadence.steps import SIX_IN_TEN, WRITTEN, ZERO, Step
from app.hours import Hours
from app.texts import LANGUAGES, own_words, render
from app.texts.prefill import prefill

SIX = list(SIX_IN_TEN.steps)
DAY = timedelta(days=1)
WEEK = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")} | {
    "sat": [["10:00", "18:00"]]
}
HOURS = Hours.from_json("Europe/Amsterdam", WEEK)
DOESBURG = ZoneInfo("Europe/Amsterdam")


def changed(number: int, **values: object) -> list[Step]:
    """The built-in six with one of them changed."""
    return [replace(step, **values) if step.position == number else step for step in SIX]  # type: ignore[arg-type]


def flaws(steps: list[Step], name: str = "six_in_ten", **texts: str) -> dict[str, str]:
    said = [texts, *({} for _ in steps[1:])]
    return {flaw.field: flaw.rule for flaw in draft.flaws(name, steps, said)}


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_what_every_showroom_starts_with_may_be_saved_again(name: str) -> None:
    steps = BUILT_IN[name].steps
    assert draft.flaws(name, steps, [{}] * len(steps)) == [] and draft.warnings(name, steps) == []
    again = draft.cadence(name, 2, steps)
    assert again.steps == steps and again.gap == BUILT_IN[name].gap


@pytest.mark.parametrize(
    ("steps", "field", "rule"),
    [
        (SIX[:2], "steps", "too_few"),
        ([*SIX, *(Step(n, n * DAY, "call") for n in range(11, 17))], "steps", "too_many"),
        (changed(4, voicemail=True), "steps", "voicemails"),
        (changed(1, offset=timedelta(seconds=1)), "steps.1.offset_s", "first_at_once"),
        (changed(1, channel="write"), "steps.1.channel", "call_first"),
        (changed(1, day_part="other"), "steps.1.day_part", "first_part"),
        (changed(3, offset=timedelta(minutes=19, seconds=59)), "steps.3.offset_s", "rising"),
        (changed(2, offset=-DAY), "steps.2.offset_s", "rising"),
        (changed(6, offset=timedelta(days=30, seconds=1), latest=None), "steps.6.offset_s", "too_late"),
        (changed(6, latest=6 * DAY), "steps.6.latest_s", "latest"),
        (changed(6, latest=31 * DAY), "steps.6.latest_s", "latest"),
        (changed(3, channel="write"), "steps.3.voicemail", "voicemail_writes"),
    ],
)
def test_what_is_no_cadence_is_refused_where_it_is_wrong(steps: list[Step], field: str, rule: str) -> None:
    assert flaws(steps).get(field) == rule


@pytest.mark.parametrize(
    "steps",
    [SIX[:3], changed(3, offset=timedelta(minutes=20)), changed(6, offset=30 * DAY, latest=30 * DAY),
     changed(3, channel="write", voicemail=False)],
)  # fmt: skip
def test_the_edge_of_what_is_allowed_is_allowed(steps: list[Step]) -> None:
    assert flaws(steps) == {}


def test_who_wants_to_be_written_to_is_not_called_by_a_plan() -> None:
    steps = [replace(step, channel="call") if step.position == 2 else step for step in WRITTEN.steps]
    assert flaws(steps, "written") == {"steps.2.channel": "writes"}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Dag {customer_first_name}, {salesperson} {car} {showroom} {link} {video_link}", None),
        ("Dag {first_name}", "placeholder"),
        ("Dag {}", "brace"),
        ("Dag {0}", "placeholder"),
        ("Dag {link.__class__}", "placeholder"),
        ("Dag {link[0]}", "placeholder"),
        ("Dag {link!r}", "placeholder"),
        ("Dag {car:>10}", "placeholder"),
        ("Dag {", "brace"),
        ("Dag }", "brace"),
        ("Dag {{vaste klant}}", None),
        ("x" * 1000, None),
        ("x" * 1001, "long"),
    ],
)
def test_a_placeholder_that_nobody_can_fill_is_refused_when_it_is_saved(text: str, rule: str | None) -> None:
    assert flaws(SIX, nl=text).get("steps.1.texts.nl") == rule


def test_a_language_we_do_not_write_in_is_named() -> None:
    assert flaws(SIX, pl="Dzień dobry") == {"steps.1.texts.pl": "language"}


def test_every_flaw_and_warning_has_its_sentence_in_every_language() -> None:
    assert {flaw.rule for flaw in _every_flaw()} >= {
        "too_few",
        "too_many",
        "voicemails",
        "rising",
        "too_late",
        "placeholder",
        "brace",
    }
    for language in LANGUAGES:
        for flaw in _every_flaw():
            sentence = render(f"cadence_{flaw.rule}", language, value=flaw.value)
            assert str(flaw.value) in sentence and sentence.endswith(".")
        for code in draft.warnings("six_in_ten", SIX[:3]):
            assert render(f"cadence_{code}", language).endswith(".")


def _every_flaw() -> list[Flaw]:
    bad = [
        Step(1, DAY, "write", "other", voicemail=True, latest=ZERO),
        *(Step(n, DAY * 31, "call", voicemail=True) for n in range(2, 12)),
    ]
    texts = [{"nl": "{x}", "en": "{", "fr": "x" * 1001, "pl": "x"}, *({} for _ in bad[1:])]
    return [*draft.flaws("six_in_ten", bad, texts), *draft.flaws("written", SIX[:2], [{}, {}])]


def test_fewer_than_six_and_one_part_of_the_day_are_a_warning_only() -> None:
    assert draft.warnings("six_in_ten", SIX[:3]) == ["fewer_than_six", "same_part"]
    assert draft.warnings("six_in_ten", SIX) == []


def due(steps: list[Step], starts_at: datetime, name: str = "six_in_ten") -> list[datetime]:
    return [step.due_at for step in draft.preview(draft.cadence(name, 2, steps), HOURS, starts_at)]


def test_a_lead_on_saturday_at_ten_to_six_is_called_at_once_then_on_monday() -> None:
    saturday = datetime(2026, 11, 28, 16, 50, tzinfo=UTC)  # 17:50 in Doesburg, closing at 18:00
    planned = due(SIX, saturday)
    local = [at.astimezone(DOESBURG).strftime("%a %H:%M") for at in planned]
    assert local[0] == "Sat 17:50"
    assert local[1] == "Mon 09:00" and all(at > saturday + DAY for at in planned[1:])
    assert len(planned) == 6 and planned == sorted(planned)
    assert all(HOURS.is_open(at) for at in planned)


@pytest.mark.parametrize("hour", range(0, 24, 3))
def test_the_other_part_of_the_day_is_another_one_and_within_twenty_hours(hour: int) -> None:
    for day in range(23, 30):
        arrived = datetime(2026, 11, day, hour, 10, tzinfo=UTC)
        planned = due(SIX, arrived)
        first, fourth = planned[0], planned[3]
        if fourth - first <= timedelta(hours=20):
            assert HOURS.day_part(fourth) != HOURS.day_part(first)
        else:  # no opening in another part of the day within 20 hours: as soon as the hours allow
            earliest, latest = first + SIX[3].offset, first + timedelta(hours=20)
            assert HOURS.next_other_part(earliest, HOURS.day_part(first), latest) is None


def test_a_preview_of_the_written_cadence_writes() -> None:
    attempts = draft.preview(WRITTEN, HOURS, datetime(2026, 11, 23, 11, 0, tzinfo=UTC))
    assert [attempt.channel for attempt in attempts] == ["write"] * 4


def test_a_name_that_is_not_known_leaves_no_gap_and_an_unnamed_car_is_the_car() -> None:
    text = "Dag {customer_first_name}, over de {car}: {link}"
    values = {"salesperson": "Sanne", "showroom": "Doesburg", "link": "https://h/c/1", "video_link": None}
    eva = {**values, "customer_first_name": "Eva", "car": "Golf"}
    assert own_words.fill(text, "nl", eva) == "Dag Eva, over de Golf: https://h/c/1"
    nobody = {**values, "customer_first_name": "", "car": None}
    assert own_words.fill(text, "nl", nobody) == "Dag, over de auto: https://h/c/1"
    assert own_words.fill("{customer_first_name}, bel mij", "nl", nobody) == "bel mij"


def test_braces_in_a_customers_name_stay_letters() -> None:
    values = dict.fromkeys(own_words.PLACEHOLDERS, "x")
    assert (
        own_words.fill("Dag {customer_first_name}", "nl", {**values, "customer_first_name": "{link}"})
        == "Dag {link}"
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_a_built_in_message_may_be_the_start_of_their_own(name: str, language: str) -> None:
    for step in BUILT_IN[name].steps:
        template = own_words.default(str(step.text), language)
        assert own_words.odd(template) is None and len(template) <= draft.LONGEST_TEXT
        for first_name, car in (("Eva", "VW Golf"), ("", "VW Golf")):
            known = (language, first_name, "Sanne", "Doesburg", car, "https://h/c/1", None)
            ours = prefill(*known, step=(str(step.text), {}))
            own = prefill(*known, step=(str(step.text), {language: template}))
            key = "whatsapp" if step.text == "whatsapp" else "no_answer"
            assert own["no_answer"] == ours[key]


def one_of(fill: Callable[..., dict[str, str]], **more: object) -> str:
    return fill("nl", "Eva", "Sanne", "Doesburg", "Golf", "https://h/c/1", None, **more)["no_answer"]


def test_a_language_they_did_not_write_in_falls_back_to_ours() -> None:
    assert one_of(prefill, step=("closing", {"nl": "Tot ziens, {salesperson}"})) == "Tot ziens, Sanne"
    ours = one_of(prefill, step=("closing", {}))
    assert one_of(prefill, step=("closing", {"de": "Auf Wiedersehen"})) == ours != "Auf Wiedersehen"


def test_a_video_invitation_without_a_video_link_falls_back_to_ours() -> None:
    step = ("step_video_offer", {"nl": "Kijk mee: {video_link}"})
    assert "Kijk mee" not in one_of(prefill, step=step)
    filled = prefill("nl", "Eva", "Sanne", "Doesburg", "Golf", "https://h/c/1", "https://v/1", step=step)
    assert filled["no_answer"] == "Kijk mee: https://v/1"


def test_who_is_written_to_gets_the_message_of_the_step_on_every_channel() -> None:
    step = ("step_written_second", {"nl": "Nog een vraag, {customer_first_name}?"})
    filled = prefill("nl", "Eva", "Sanne", "Doesburg", "Golf", "https://h/c/1", None, step=step, writing=True)
    assert {filled[key] for key in ("whatsapp", "sms", "email_body")} == {"Nog een vraag, Eva?"}
    first = prefill(
        "nl", "Eva", "Sanne", "Doesburg", "Golf", "https://h/c/1", None, step=("whatsapp", {}), writing=True
    )
    assert first["email_body"] != first["whatsapp"], "the first e-mail is a letter"
