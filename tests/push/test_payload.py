"""One message for every phone: at most 2000 bytes whatever the customer wrote, and no more of them than is set."""

import json
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from app import create_app
from app.clock import now
from app.push import payload
from tests.api.phone import Phone, told
from tests.people import doesburg, jansen, send_lead
from tests.push.phones import phone


def built(**changed: Any) -> dict[str, Any]:
    said: dict[str, Any] = {
        "kind": "lead", "title": "Piet · Golf", "body": "“Is hij er nog?”", "language": "nl", "badge": 1, "now": now(),
        "navigate": "https://firstcall.example.com/l/01a20305-ab66-7198-ac0f-a40ad7baa92e?n=abcdefghijklmnopqrstuv",
        "tag": "0" * 32, "token": "t" * 22,
        "follow_up": {
            "id": "01a20305-ab66-7198-ac0f-a40ad7baa92e", "first_name": "Piet", "display_name": "Piet Jansen",
            "car": "VW Golf", "question": "Is hij er nog?", "arrived_at": "2026-11-23T10:00:00.000Z", "call": "+31612345678",
        },
    }  # fmt: skip
    about = changed.pop("about", {})
    said["follow_up"] |= about
    return payload.build(**{**said, **changed})


def test_a_message_of_ordinary_length_is_not_shortened() -> None:
    message = built()
    assert message["web_push"] == 8030 and message["mutable"] is True and message["v"] == 1
    assert message["notification"]["title"] == "Piet · Golf"
    assert message["notification"]["silent"] is False and message["notification"]["app_badge"] == 1
    assert message["follow_up"]["question"] == "Is hij er nog?"
    assert json.loads(payload.encode(message)) == message


@pytest.mark.parametrize("letter", ["x", "é", "漢", "👩‍👩‍👧‍👦", '"', "\\", "\n"])
def test_however_long_the_texts_the_message_fits_and_keeps_what_the_call_needs(letter: str) -> None:
    about = {
        "first_name": letter * 120, "display_name": letter * 240, "car": letter * 200, "question": letter * 4000,
    }  # fmt: skip
    message = built(title=letter * 400, body=letter * 4000, about=about)
    assert len(payload.encode(message)) <= 2000
    assert message["follow_up"]["call"] == "+31612345678" and message["ack"] == "t" * 22
    assert message["notification"]["title"] and message["follow_up"]["display_name"]


@given(st.text(max_size=400), st.text(max_size=400), st.text(max_size=400), st.text(max_size=400))
def test_no_text_makes_it_too_large_or_unreadable(title: str, body: str, name: str, question: str) -> None:
    about = {"display_name": name[:240], "first_name": name[:120], "car": title[:200], "question": question}
    encoded = payload.encode(built(title=title, body=body, about=about))
    assert len(encoded) <= 2000
    assert json.loads(encoded)["notification"]["title"]


def test_a_message_that_is_about_nobody_has_no_follow_up() -> None:
    message = payload.build(
        kind="test", title="", body="x", navigate="https://a.example/me", language="nl", tag="a", token="b", badge=0,
        now=now(),
    )  # fmt: skip
    assert "follow_up" not in message and message["notification"]["title"]


@pytest.mark.parametrize(
    ("detail", "shown", "hidden"),
    [
        ("full", ["Piet Jansen", "Golf", "zaterdag", "+31612345678"], []),
        ("name", ["Piet"], ["Jansen", "Golf", "zaterdag", "612345678"]),
        ("none", [], ["Piet", "Jansen", "Golf", "zaterdag", "612345678"]),
    ],
)
def test_how_much_of_piet_shows_on_a_locked_phone_is_a_setting(
    sqlite_url: str, tmp_path: Any, detail: str, shown: list[str], hidden: list[str]
) -> None:
    app: Flask = create_app(
        {
            "DATABASE_URL": sqlite_url,
            "VAR_DIR": str(tmp_path / "v"),
            "SECRET_KEY": "s" * 40,
            "PUSH_DETAIL": detail,
        }
    )
    with app.app_context():
        house = doesburg()
        for person in (house.sanne, house.eva):
            phone(person)
        send_lead(app, house.sources["form"])
        (message,) = [d.payload for p in (house.sanne, house.eva) for d in told(p)]
    text = json.dumps(message, ensure_ascii=False)
    assert all(word in text for word in shown)
    assert not any(word in text for word in hidden)


def test_prices_and_birthdays_never_reach_a_notification(sqlite_url: str, tmp_path: Any) -> None:
    app: Flask = create_app(
        {"DATABASE_URL": sqlite_url, "VAR_DIR": str(tmp_path / "v"), "SECRET_KEY": "s" * 40}
    )
    with app.app_context():
        house = doesburg()
        for person in (house.sanne, house.eva):
            phone(person)
        said = jansen(message="Mijn bod is € 12.500,- en ik ben geboren op 12-03-1981. Kan dat?")
        follow_up = send_lead(app, house.sources["form"], said).json["follow_up_id"]
        (push,) = [d for p in (house.sanne, house.eva) for d in told(p)]
        shown = str(push.payload["notification"])
        assert "12.500" not in shown and "1981" not in shown
        assert "12.500" in Phone(app, house.sanne).get(f"follow-ups/{follow_up}")["question"]
