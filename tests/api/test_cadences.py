"""Bram edits his showroom's cadence: what he sees, what is refused, and which follow-ups it reaches."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event, select

from app.cadence import own
from app.db import db, write
from app.models import CadenceVersion, FollowUp, FollowUpState, Person, Role, Showroom
from tests.api.phone import Phone, again, events, follow_up_of, fresh
from tests.people import ALWAYS, House, doesburg, elsewhere, jansen, send_lead, stranger

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
MINUTE, DAY = 60, 86400


def step(offset_s: float, **more: Any) -> dict[str, Any]:
    return {"offset_s": offset_s, "channel": "call", **more}


def series(*minutes: float, name: str = "six_in_ten", **more: Any) -> dict[str, Any]:
    """Attempts at these minutes after the lead."""
    return {"name": name, "steps": [step(minute * MINUTE, **more) for minute in minutes]}


@pytest.fixture
def house(app: Flask) -> House:
    return doesburg()


@pytest.fixture
def bram(app: Flask, house: House) -> Phone:
    return Phone(app, house.bram)


def lead(app: Flask, house: House, number: int = 0) -> FollowUp:
    return follow_up_of(send_lead(app, house.sources["form"], stranger(number)))


def save(bram: Phone, body: dict[str, Any]) -> dict[str, Any]:
    answer = bram.post("cadences", body)
    assert answer.status_code == 201, answer.text
    saved: dict[str, Any] = answer.json
    return saved


def test_bram_sees_what_every_showroom_starts_with_and_who_runs_on_it(
    app: Flask, house: House, bram: Phone
) -> None:
    lead(app, house)
    shown = bram.get("cadences")
    calls, written = shown["cadences"]
    assert (calls["name"], written["name"]) == ("six_in_ten", "written")
    assert (
        calls["active"] == calls["default"]
        and calls["active"]["version"] == 1
        and calls["active"]["id"] is None
    )
    assert [s["offset_s"] for s in calls["active"]["steps"]] == [0, 600, 3600, 14400, 3 * DAY, 7 * DAY]
    assert [s["voicemail"] for s in calls["active"]["steps"]].count(True) == shown["limits"][
        "most_voicemails"
    ]
    assert "{customer_first_name}" in calls["active"]["steps"][0]["default_texts"]["nl"]
    assert calls["running"] == [{"version": 1, "follow_ups": 1}] and written["running"] == []
    assert len(written["active"]["steps"]) == 4


def test_what_every_showroom_starts_with_can_be_saved_again_as_it_is(bram: Phone) -> None:
    for shown in bram.get("cadences")["cadences"]:
        saved = save(bram, {"name": shown["name"], "steps": shown["default"]["steps"]})["cadence"]
        assert saved["active"]["version"] == 2 and saved["active"]["created_by"]["first_name"] == "Bram"
        assert saved["active"]["steps"] == shown["default"]["steps"]


def test_a_running_follow_up_keeps_its_version_while_the_editor_saves_three_more(
    app: Flask, house: House, bram: Phone
) -> None:
    with time_machine.travel(NOON, tick=False) as time:
        first = lead(app, house, 1)
        save(bram, series(0, 20, 40))
        second = lead(app, house, 2)
        for minutes in ((0, 11, 22, 33), (0, 12, 24, 36, 48), (0, 13, 26, 39, 52, 65, 78)):
            save(bram, series(*minutes))
        third = lead(app, house, 3)
        assert [again(f).cadence_version for f in (first, second, third)] == [1, 2, 5]
        seen = {}
        for follow_up in (first, second, third):
            phone = Phone(app, again(follow_up).owner)
            phone.call(follow_up, "no_answer")
            shown = phone.get(f"follow-ups/{follow_up.id}")
            seen[shown["cadence"]["version"]] = (
                shown["next_step"]["of"],
                shown["next_step"]["due_at"][11:16],
            )
        assert seen == {1: (6, "11:10"), 2: (3, "11:20"), 5: (7, "11:13")}
        rows = {row["id"]: row["next_step"]["of"] for row in bram.get("board")["rows"]}
        assert rows == {str(first.id): 6, str(second.id): 3, str(third.id): 7}
        running = bram.get("cadences")["cadences"][0]["running"]
        assert [r["version"] for r in running] == [1, 2, 5]
        time.shift(timedelta(minutes=20))
        Phone(app, again(second).owner).call(second, "no_answer")
        time.shift(timedelta(minutes=20))
        Phone(app, again(second).owner).call(second, "busy")
    assert again(second).state is FollowUpState.ENDED and again(first).is_open and again(third).is_open


def test_a_plan_asks_for_no_version_it_knows(app: Flask, house: House, bram: Phone) -> None:
    built_in = lead(app, house, 1)
    save(bram, series(0, 20, 40))
    saved = lead(app, house, 2)
    asked: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
    assert len(own.own_of(again(built_in)).cadence.steps) == 6
    assert len(own.own_of(again(saved)).cadence.steps) == 3
    first = sum("FROM cadence" in sql for sql in asked)
    assert own.own_of(again(saved)) and sum("FROM cadence" in sql for sql in asked) == first <= 1


def test_another_showroom_and_another_firm_keep_their_own(app: Flask, house: House, bram: Phone) -> None:
    ours = save(bram, series(0, 20, 40))["cadence"]["active"]["id"]
    theirs = elsewhere()
    charlies = follow_up_of(send_lead(app, theirs.sources["form"], jansen()))
    assert again(charlies).cadence_version == 1
    dora = Phone(app, theirs.dora)
    for stranger_ in (dora, Phone(app, theirs.charlie)):
        assert stranger_.post(f"cadences/{ours}/follow-ups").status_code == 404
    assert dora.post(f"follow-ups/{charlies.id}/cadence", {"version": 2}).status_code == 404, (
        "ours is not theirs"
    )
    assert dora.get("cadences")["cadences"][0]["active"]["version"] == 1
    assert save(dora, series(0, 30, 60))["cadence"]["active"]["version"] == 2
    assert bram.get("cadences")["cadences"][0]["active"]["steps"][1]["offset_s"] == 20 * MINUTE


def test_versions_are_counted_in_the_whole_group(app: Flask, house: House, bram: Phone) -> None:
    with write():
        arnhem = Showroom(
            group_id=house.group.id, slug="arnhem", name="Arnhem", country="NL", timezone="Europe/Amsterdam",
            weekly=ALWAYS,
        )  # fmt: skip
        db.session.add(arnhem)
        db.session.flush()
        anna = Person(
            group_id=house.group.id, showroom_id=house.showroom.id, first_name="Anna", email="anna@d.example",
            role=Role.ADMIN,
        )  # fmt: skip
        db.session.add(anna)
    save(bram, series(0, 20, 40))
    admin = Phone(app, anna)
    other = {**series(0, 30, 60), "showroom_id": str(arnhem.id)}
    assert save(admin, other)["cadence"]["active"]["version"] == 3
    assert bram.get("cadences")["cadences"][0]["active"]["version"] == 2
    assert admin.get(f"cadences?showroom_id={arnhem.id}")["cadences"][0]["active"]["version"] == 3
    for phone, where in ((bram, arnhem.id), (admin, elsewhere().showroom.id)):
        assert phone.post("cadences", {**series(0, 30, 60), "showroom_id": str(where)}).status_code == 404
        fresh()
        assert phone.client.get(f"/api/v1/cadences?showroom_id={where}").status_code == 404


def test_two_managers_do_not_overwrite_each_other(bram: Phone) -> None:
    assert save(bram, {**series(0, 20, 40), "based_on": 1})["cadence"]["active"]["version"] == 2
    late = bram.post("cadences", {**series(0, 25, 50), "based_on": 1})
    assert late.status_code == 409 and late.json["type"].endswith("#newer_version")
    assert save(bram, {**series(0, 25, 50), "based_on": 2})["cadence"]["active"]["version"] == 3


def test_the_same_tap_twice_is_one_version(bram: Phone) -> None:
    answers = [bram.post("cadences", series(0, 20, 40), key="save 1").json for _ in range(2)]
    assert answers[0] == answers[1]
    assert len(db.session.scalars(select(CadenceVersion)).all()) == 1


def test_what_is_wrong_is_said_field_by_field_in_brams_language_and_nothing_is_saved(bram: Phone) -> None:
    body = series(0, 5, 40 * 24 * 60)
    body["steps"][0]["texts"] = {"nl": "Dag {voornaam}", "en": "Hello {customer_first_name}"}
    for path in ("cadences", "cadence-previews"):
        answer = bram.post(path, {**body, "starts_at": "2026-11-28T16:50:00Z"})
        assert answer.status_code == 422 and answer.mimetype == "application/problem+json"
        assert answer.json["fields"] == {
            "steps.1.texts.nl": "Dit invulveld kennen we niet: voornaam.",
            "steps.2.offset_s": "Minstens 10 minuten na de vorige stap.",
            "steps.3.offset_s": "Binnen 30 dagen.",
        }
    too_few = bram.post("cadences", series(0, 20))
    assert too_few.status_code == 422 and too_few.json["fields"]["steps"].startswith("Minstens 3 pogingen")
    assert db.session.scalars(select(CadenceVersion)).all() == []


@pytest.mark.parametrize(
    "broken",
    [{"steps": "x"}, {"steps": [{}]}, {"name": "other"}, {"steps": [step(1e300)]}, {"steps": None},
     {"steps": [step(0, channel="fax")]}, {"showroom_id": "x"}, {"steps": [step(0)] * 51}],
)  # fmt: skip
def test_what_is_no_series_at_all_is_refused_too(broken: dict[str, Any], bram: Phone) -> None:
    assert bram.post("cadences", {**series(0, 20, 40), **broken}).status_code == 422


def test_a_short_cadence_may_be_saved_with_a_warning(bram: Phone) -> None:
    saved = save(bram, series(0, 20, 40))
    assert [w["code"] for w in saved["warnings"]] == ["fewer_than_six", "same_part"]
    assert all(w["sentence"].endswith(".") for w in saved["warnings"])


def test_a_preview_says_when_a_lead_on_saturday_evening_is_called(house: House, bram: Phone) -> None:
    week = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat")}
    with write():
        db.session.get_one(Showroom, house.showroom.id).weekly = week
    with time_machine.travel(NOON, tick=False):
        body = {**series(0, 20, 24 * 60), "starts_at": "2026-11-28T16:50:00Z"}
        shown = bram.post("cadence-previews", body)
        assert shown.status_code == 200, shown.text
        assert [(s["due_at"][:16], s["open"], s["day_part"]) for s in shown.json["steps"]] == [
            ("2026-11-28T16:50", True, "evening"),
            ("2026-11-30T08:00", True, "morning"),
            ("2026-12-01T08:00", True, "morning"),
        ]
        assert shown.json["steps"][0]["due_at"] == "2026-11-28T16:50:00.000Z"
    assert db.session.scalars(select(CadenceVersion)).all() == []


def test_a_salesperson_neither_sees_nor_changes_it(app: Flask, house: House, bram: Phone) -> None:
    follow_up, sanne = lead(app, house), Phone(app, house.sanne)
    version = save(bram, series(0, 20, 40))["cadence"]["active"]
    assert sanne.client.get("/api/v1/cadences").status_code == 403
    for path, body in (
        ("cadences", series(0, 20, 40)),
        ("cadence-previews", {**series(0, 20, 40), "starts_at": "2026-11-28T16:50:00Z"}),
        (f"cadences/{version['id']}/follow-ups", {}),
        (f"follow-ups/{follow_up.id}/cadence", {"version": 2}),
    ):
        assert sanne.post(path, body).status_code == 403, path
    assert again(follow_up).cadence_version == 1


def test_bram_moves_one_follow_up_and_it_is_on_the_record(app: Flask, house: House, bram: Phone) -> None:
    with time_machine.travel(NOON, tick=False):
        follow_up = lead(app, house)
        save(bram, series(0, 20, 40))
        Phone(app, again(follow_up).owner).call(follow_up, "no_answer")
        moved = bram.post(f"follow-ups/{follow_up.id}/cadence", {"version": 2})
        assert moved.status_code == 201, moved.text
        assert moved.json["next_step"]["of"] == 3 and moved.json["next_step"]["due_at"][11:16] == "11:20"
        assert moved.json["timeline"][0]["params"] == {"from_version": 1, "to_version": 2}
        back = bram.post(f"follow-ups/{follow_up.id}/cadence", {"version": 1})
        assert back.json["next_step"]["of"] == 6 and back.json["next_step"]["due_at"][11:16] == "11:10"
    for version in (3, 99):
        assert bram.post(f"follow-ups/{follow_up.id}/cadence", {"version": version}).status_code == 404
    assert bram.post(f"follow-ups/{follow_up.id}/cadence", {"version": 0}).status_code == 422
    assert len(events(follow_up, "cadence_moved")) == 2


def test_moving_to_a_shorter_cadence_ends_nobody(app: Flask, house: House, bram: Phone) -> None:
    with time_machine.travel(NOON, tick=False) as time:
        follow_up = lead(app, house)
        phone = Phone(app, again(follow_up).owner)
        for _ in range(5):
            time.shift(timedelta(minutes=30))
            phone.call(follow_up, "no_answer")
        save(bram, series(0, 20, 40))
        bram.post(f"follow-ups/{follow_up.id}/cadence", {"version": 2})
        row = again(follow_up)
        assert row.is_open and row.position == 3
        time.shift(timedelta(minutes=30))
        phone.call(follow_up, "no_answer")
        assert again(follow_up).end_reason == "unreachable"
    assert bram.post(f"follow-ups/{follow_up.id}/cadence", {"version": 1}).status_code == 409


def test_bram_moves_all_running_ones_of_his_showroom(app: Flask, house: House, bram: Phone) -> None:
    running = [lead(app, house, number) for number in range(3)]
    writing = follow_up_of(send_lead(app, house.sources["form"], jansen(phone="0000000000")))
    ended = lead(app, house, 9)
    bram.post(f"follow-ups/{ended.id}/closure", {"reason": "test"})
    theirs = elsewhere()
    charlies = follow_up_of(send_lead(app, theirs.sources["form"], jansen()))
    version = save(bram, series(0, 20, 40))["cadence"]["active"]
    answer = bram.post(f"cadences/{version['id']}/follow-ups")
    assert (answer.status_code, answer.json) == (201, {"moved": 3, "left": 0})
    assert [again(f).cadence_version for f in running] == [2, 2, 2]
    assert [again(f).cadence_version for f in (writing, ended, charlies)] == [1, 1, 1]
    assert bram.post(f"cadences/{version['id']}/follow-ups").json == {"moved": 0, "left": 0}


def test_at_most_a_hundred_move_at_once(
    app: Flask, house: House, bram: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.cadence.edit.AT_ONCE", 2)
    running = [lead(app, house, number) for number in range(3)]
    version = save(bram, series(0, 20, 40))["cadence"]["active"]
    path = f"cadences/{version['id']}/follow-ups"
    assert [bram.post(path).json for _ in range(2)] == [{"moved": 2, "left": 1}, {"moved": 1, "left": 0}]
    assert {again(f).cadence_version for f in running} == {2}


def test_the_showrooms_words_reach_the_phone_with_the_call_they_go_with(
    app: Flask, house: House, bram: Phone
) -> None:
    with time_machine.travel(NOON, tick=False) as time:
        body = series(0, 20, 40)
        for number, said in enumerate(body["steps"], start=1):
            said["texts"] = (
                {"nl": f"Stap {number}, {{customer_first_name}}"} if number != 2 else {"de": "Schritt"}
            )
        save(bram, body)
        follow_up = lead(app, house, 7)
        phone = Phone(app, again(follow_up).owner)

        def words() -> str:
            return str(phone.get(f"follow-ups/{follow_up.id}")["texts"]["no_answer"])

        assert words() == "Stap 1, Klant"
        attempt = phone.start(follow_up)
        assert words() == "Stap 1, Klant"
        assert phone.log(attempt, "no_answer")["texts"]["no_answer"] == "Stap 1, Klant", (
            "of the call just made"
        )
        time.shift(timedelta(minutes=20))
        assert "antwoord" in words(), "due now: ours, because they wrote none in Dutch"
        phone.call(follow_up, "no_answer")
        time.shift(timedelta(minutes=20))
        assert words() == "Stap 3, Klant"
        phone.call(follow_up, "no_answer")
        assert words() == "Stap 3, Klant"
    assert again(follow_up).state is FollowUpState.ENDED


def test_a_third_voicemail_is_never_allowed(app: Flask, house: House, bram: Phone) -> None:
    body = series(0, 20, 40, 60)
    for said in body["steps"][1:3]:
        said["voicemail"] = True
    save(bram, body)
    assert bram.post("cadences", series(0, 20, 40, voicemail=True)).status_code == 422
    with time_machine.travel(NOON, tick=False) as time:
        follow_up = lead(app, house)
        phone, allowed = Phone(app, again(follow_up).owner), []
        for _ in range(3):
            phone.call(follow_up, "voicemail")  # a fact is not refused: the first was not allowed
            allowed.append(phone.get(f"follow-ups/{follow_up.id}")["next_step"]["voicemail_allowed"])
            time.shift(timedelta(minutes=20))
    assert allowed == [True, False, False]


def test_a_written_step_among_calls_is_done_by_a_message_then_not_before(
    app: Flask, house: House, bram: Phone
) -> None:
    body = series(0, 20, 40)
    body["steps"][1] = step(20 * MINUTE, channel="write")
    save(bram, body)
    with time_machine.travel(NOON, tick=False) as time:
        follow_up = lead(app, house)
        phone = Phone(app, again(follow_up).owner)
        phone.call(follow_up, "no_answer")
        assert (again(follow_up).next_channel, again(follow_up).position) == ("whatsapp", 2)
        phone.log(phone.start(follow_up, "whatsapp"), "message_sent")
        assert again(follow_up).position == 2, "sent along with the call: not yet the step"
        time.shift(timedelta(minutes=20))
        phone.log(phone.start(follow_up, "whatsapp"), "message_sent")
        assert (again(follow_up).next_channel, again(follow_up).position) == ("call", 3)
