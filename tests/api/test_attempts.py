"""What the phone's queue sends: once or five times, late or in the wrong order, and what may not be closed yet."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock
from app.db import db
from app.models import Attempt, Suppression
from app.push.notify import iso
from tests.api.phone import Phone, again, events, follow_up_of, fresh
from tests.people import House, doesburg, jansen, send_lead, stranger

SHAPE = {
    "id", "state", "end_reason", "customer", "car", "wants", "question", "trade_in", "arrived_at", "clock", "owner", "mine",
    "covered_by", "accepted_at", "attempts_made", "next_step", "reach", "texts", "open_attempt", "leads", "also_asks",
    "needs_look", "demo", "timeline",
}  # fmt: skip


@pytest.fixture
def house(app: Flask) -> House:
    return doesburg()


@pytest.fixture
def mine(app: Flask, house: House) -> tuple[Any, Phone]:
    """A new lead, and the phone of whoever has it."""
    follow_up = follow_up_of(send_lead(app, house.sources["form"]))
    return follow_up, Phone(app, follow_up.owner)


def tap(**changed: Any) -> dict[str, Any]:
    return {"id": str(uuid.uuid4()), "channel": "call", "started_at": iso(clock.now()), **changed}


def test_one_screen_has_everything_needed_to_call(mine: tuple[Any, Phone]) -> None:
    follow_up, phone = mine
    shown = phone.get(f"follow-ups/{follow_up.id}")
    assert set(shown) >= SHAPE
    assert shown["mine"] is True and shown["reach"]["call"] == "+31612345678"
    assert shown["next_step"]["kind"] == "attempt" and shown["next_step"]["of"] == 6
    assert "Piet" in shown["texts"]["whatsapp"] and shown["texts"]["no_answer"]
    assert {item["type"] for item in shown["timeline"]} >= {"lead_arrived", "assigned", "confirmation_queued"}
    (waiting,) = phone.get("inbox")["follow_ups"]
    assert waiting["id"] == shown["id"]


def test_the_same_tap_twice_is_one_attempt(mine: tuple[Any, Phone]) -> None:
    follow_up, phone = mine
    said = tap()
    codes = [phone.post(f"follow-ups/{follow_up.id}/attempts", said).status_code for _ in range(3)]
    assert codes == [201, 200, 200]
    assert len(events(follow_up, "attempt_started")) == 1


def test_a_queue_that_sends_again_gets_the_stored_answer(mine: tuple[Any, Phone]) -> None:
    follow_up, phone = mine
    path, said = f"follow-ups/{follow_up.id}/attempts", tap()
    first = phone.post(path, said, key="row-1")
    second = phone.post(path, said, key="row-1")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json == second.json
    assert second.headers["Idempotent-Replay"] == "true" and "Idempotent-Replay" not in first.headers
    other = phone.post(path, tap(), key="row-1")
    assert other.status_code == 422 and other.json["type"].endswith("#key_reused")
    elsewhere = phone.post(f"follow-ups/{follow_up.id}/covers", said, key="row-1")
    assert elsewhere.status_code == 422, "another address is another request"
    assert len(events(follow_up, "attempt_started")) == 1


def test_the_key_of_a_colleague_is_another_key(app: Flask, house: House, mine: tuple[Any, Phone]) -> None:
    follow_up, phone = mine
    colleague = Phone(app, house.eva if follow_up.owner_id == house.sanne.id else house.sanne)
    path = f"follow-ups/{follow_up.id}/attempts"
    assert phone.post(path, tap(), key="row-1").status_code == 201
    assert colleague.post(path, tap(), key="row-1").status_code == 201


def test_a_refused_request_does_not_use_up_its_key(mine: tuple[Any, Phone]) -> None:
    follow_up, phone = mine
    path = f"follow-ups/{follow_up.id}/closure"
    assert phone.post(path, {"reason": "won"}, key="row-1").status_code == 409
    phone.call(follow_up, "spoke")
    assert phone.post(path, {"reason": "won"}, key="row-1").status_code == 201


def test_an_outcome_sent_twice_is_logged_once_and_a_later_one_replaces_it(mine: tuple[Any, Phone]) -> None:
    follow_up, phone = mine
    attempt = phone.start(follow_up)
    said = {"outcome": "no_answer", "at": iso(clock.now())}
    for _ in range(2):
        assert phone.post(f"attempts/{attempt}/outcome", said, key="row-2").status_code == 200
    assert len(events(follow_up, "outcome_logged")) == 1
    assert again(follow_up).position == 2
    phone.log(attempt, "voicemail")
    assert again(follow_up).position == 2, "one tap is one try, whatever was said about it in the end"


def test_a_number_called_wrong_by_mistake_is_offered_again_once_sanne_says_otherwise(
    mine: tuple[Any, Phone],
) -> None:
    follow_up, phone = mine
    attempt = phone.start(follow_up)
    assert phone.log(attempt, "wrong_number")["reach"]["call"] is None
    assert phone.log(attempt, "no_answer")["reach"]["call"] == "+31612345678"


def test_a_next_step_on_an_ended_follow_up_is_refused_in_a_sentence(mine: tuple[Any, Phone]) -> None:
    follow_up, phone = mine
    phone.log(phone.start(follow_up), "spoke")
    assert phone.post(f"follow-ups/{follow_up.id}/closure", {"reason": "won"}).status_code == 201
    step = {"kind": "check_in", "due_at": iso(clock.now() + timedelta(days=1))}
    answer = phone.post(f"follow-ups/{follow_up.id}/next-steps", step)
    assert answer.status_code == 409 and answer.json["type"].endswith("#follow_up_ended")
    assert events(follow_up, "next_step_set") == []


def test_an_attempt_from_a_phone_with_a_wrong_clock_is_never_refused(mine: tuple[Any, Phone]) -> None:
    follow_up, phone = mine
    for started in (
        iso(clock.now() + timedelta(days=3)), iso(clock.now() - timedelta(days=3000)),
        "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
    ):  # fmt: skip
        said = tap(started_at=started)
        answer = phone.post(f"follow-ups/{follow_up.id}/attempts", said)
        assert answer.status_code == 201, (started, answer.text)
        fresh()
        assert db.session.get_one(Attempt, uuid.UUID(said["id"])).started_at <= clock.now()
        outcome = {"outcome": "busy", "at": started}
        assert phone.post(f"attempts/{said['id']}/outcome", outcome).status_code == 200, started
    assert phone.get("inbox")["server_time"]


def test_a_note_with_anything_in_it_is_kept(mine: tuple[Any, Phone]) -> None:
    follow_up, phone = mine
    attempt = phone.start(follow_up)
    phone.log(attempt, "spoke", note="Hij zei:\x00 \"'; DROP TABLE\u202e 👩‍👩‍👧‍👦 <b>")
    kept = db.session.get_one(Attempt, uuid.UUID(attempt)).note
    assert kept is not None and "👩‍👩‍👧‍👦" in kept and "\x00" not in kept


NONSENSE: list[tuple[dict[str, Any], str]] = [
    ({}, "outcome"),
    ({"outcome": "sold", "at": "2026-11-22T10:00:00Z"}, "outcome"),
    ({"outcome": "spoke", "at": "yesterday"}, "at"),
    ({"outcome": "spoke", "at": "2026-11-22T10:00:00"}, "at"),
    ({"outcome": "spoke", "at": "2026-11-22T10:00:00Z", "away_seconds": -1}, "away_seconds"),
    (
        {"outcome": "call_back", "at": "2026-11-22T10:00:00Z", "call_back_at": "9999-12-31T23:59:59Z"},
        "call_back_at",
    ),
    ({"outcome": "spoke", "at": "2026-11-22T10:00:00Z", "note": "x" * 4001}, "note"),
    ({"outcome": "spoke", "at": "2026-11-22T10:00:00Z", "stop_scope": "some"}, "stop_scope"),
]


def test_what_makes_no_sense_is_said_by_field(mine: tuple[Any, Phone]) -> None:
    follow_up, phone = mine
    attempt = phone.start(follow_up)
    for body, field in NONSENSE:
        answer = phone.post(f"attempts/{attempt}/outcome", body)
        assert answer.status_code == 422 and answer.mimetype == "application/problem+json", body
        assert any(field in name for name in answer.json["fields"]), answer.json
    assert events(follow_up, "outcome_logged") == []


def test_broken_json_is_the_senders_mistake_and_not_ours(mine: tuple[Any, Phone]) -> None:
    follow_up, phone = mine
    path = f"/api/v1/follow-ups/{follow_up.id}/attempts"
    for body in (
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"id":"\\ud800"}',
        b"null",
        b"[]",
        b'"x"',
        b"1e999",
    ):
        fresh()
        answer = phone.client.post(path, data=body, content_type="application/json")
        assert answer.status_code in (400, 422), (body[:20], answer.status_code)
        assert answer.mimetype == "application/problem+json"
    big = phone.client.post(path, data=b"x" * (1024 * 1024 + 1), content_type="application/json")
    assert big.status_code == 413


def test_stop_from_the_outcome_sheet_blocks_the_buttons(
    app: Flask, house: House, mine: tuple[Any, Phone]
) -> None:
    follow_up, phone = mine
    shown = phone.log(phone.start(follow_up), "stop")
    assert shown["state"] == "ended" and shown["end_reason"] == "stopped"
    assert shown["reach"]["call"] is None and shown["reach"]["primary"] == "find_contact"
    assert {b["channel"] for b in shown["reach"]["blocked"]} >= {"call", "whatsapp", "sms", "email"}
    assert phone.get("inbox")["follow_ups"] == []
    assert (db.session.scalar(select(func.count()).select_from(Suppression)) or 0) >= 2


def test_dont_call_blocks_calls_and_leaves_the_follow_up_open(mine: tuple[Any, Phone]) -> None:
    follow_up, phone = mine
    shown = phone.log(phone.start(follow_up), "stop", stop_scope="channel")
    assert shown["state"] != "ended" and shown["reach"]["call"] is None
    assert shown["reach"]["primary"] in ("whatsapp", "sms", "email") and shown["next_step"]


def test_before_contact_it_closes_only_as_rule_three_allows(app: Flask, house: House) -> None:
    for number, (role, reason, code) in enumerate(
        [
            ("owner", "won", 409), ("owner", "lost", 409), ("owner", "trade", 409), ("owner", "test", 409),
            ("owner", "not_a_request", 409), ("bram", "won", 409), ("bram", "trade", 409), ("bram", "test", 201),
            ("bram", "not_a_request", 201), ("bram", "duplicate", 201), ("bram", "bored", 422),
        ]
    ):  # fmt: skip
        follow_up = follow_up_of(send_lead(app, house.sources["form"], stranger(number)))
        phone = Phone(app, follow_up.owner if role == "owner" else house.bram)
        answer = phone.post(f"follow-ups/{follow_up.id}/closure", {"reason": reason})
        assert answer.status_code == code, (role, reason, answer.text)
        assert again(follow_up).is_open == (code != 201)


def test_after_contact_the_salesperson_closes_it(app: Flask, house: House) -> None:
    for number, reason in enumerate(["won", "lost", "trade", "duplicate"]):
        follow_up = follow_up_of(send_lead(app, house.sources["form"], stranger(number)))
        phone = Phone(app, follow_up.owner)
        phone.call(follow_up, "spoke")
        answer = phone.post(f"follow-ups/{follow_up.id}/closure", {"reason": reason})
        assert answer.status_code == 201 and answer.json["end_reason"] == reason
        assert answer.json["state"] == "ended" and answer.json["next_step"] is None


def test_a_withdrawn_tap_can_still_get_an_outcome_and_an_outcome_no_withdrawal(
    mine: tuple[Any, Phone],
) -> None:
    follow_up, phone = mine
    attempt = phone.start(follow_up)
    phone.withdraw(attempt)
    phone.log(attempt, "no_answer")
    assert again(follow_up).position == 2
    refused = phone.withdraw(attempt)
    assert refused.status_code == 409 and refused.json["type"].endswith("#has_outcome")


def test_undoing_what_has_no_outcome_changes_nothing(mine: tuple[Any, Phone]) -> None:
    follow_up, phone = mine
    attempt = phone.start(follow_up)
    before = again(follow_up).next_due_at
    assert phone.undo(attempt).status_code == 200
    assert again(follow_up).next_due_at == before and events(follow_up, "outcome_undone") == []


def test_a_new_lead_while_the_call_is_open_joins_and_loses_nothing(
    app: Flask, house: House, mine: tuple[Any, Phone]
) -> None:
    follow_up, phone = mine
    attempt = phone.start(follow_up)
    send_lead(app, house.sources["form"], jansen(vehicle={"make": "VW", "model": "Polo"}))
    shown = phone.get(f"follow-ups/{follow_up.id}")
    assert shown["open_attempt"]["id"] == attempt and len(shown["leads"]) == 2
    assert phone.log(attempt, "spoke")["state"] == "contacted"
