"""Every outcome in every state leads to the right next step, and a snooze to none before its time."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from app import clock
from app.cadence import record
from app.db import write
from app.models import FollowUp, Outcome
from app.push.notify import iso
from tests.api.phone import Phone, again, events, follow_up_of
from tests.people import House, doesburg, elsewhere, jansen, send_lead

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
LATER = NOON + timedelta(days=2)


@pytest.fixture
def house(app: Flask) -> House:
    return doesburg()


@pytest.fixture
def lead(app: Flask, house: House) -> tuple[FollowUp, Phone]:
    """Piet Jansen, and the phone of whoever has him."""
    follow_up = follow_up_of(send_lead(app, house.sources["form"], jansen()))
    return follow_up, Phone(app, follow_up.owner)


def new(_follow_up: FollowUp, _phone: Phone) -> None:
    pass


def tried_once(follow_up: FollowUp, phone: Phone) -> None:
    phone.call(follow_up, "no_answer")


def last_step(follow_up: FollowUp, phone: Phone) -> None:
    for _ in range(5):
        phone.call(follow_up, "no_answer")


def snoozed(follow_up: FollowUp, phone: Phone) -> None:
    said = {"until": iso(clock.now() + 3 * HOUR), "reason": "customers_wish"}
    assert phone.post(f"follow-ups/{follow_up.id}/snoozes", said).status_code == 201


def replied(follow_up: FollowUp, _phone: Phone) -> None:
    with write():
        record.customer_replied(again(follow_up), clock.now())


def spoke(follow_up: FollowUp, phone: Phone) -> None:
    phone.call(follow_up, "spoke")


def agreed(follow_up: FollowUp, phone: Phone) -> None:
    phone.call(follow_up, "spoke", next_step={"kind": "appointment", "due_at": iso(LATER)})


def complained(follow_up: FollowUp, phone: Phone) -> None:
    phone.call(follow_up, "complaint")


MISSES = ("no_answer", "voicemail", "busy")
# state → outcome → kind of the next step, and its position where the cadence goes on; an end has a reason instead
EXPECTED: dict[Callable[[FollowUp, Phone], None], dict[str, tuple[str, int | None]]] = {
    new: {
        **dict.fromkeys(MISSES, ("attempt", 2)),
        "wrong_number": ("attempt", 1),
        "message_sent": ("attempt", 1),
        "call_back": ("snooze", 1),
        "replied": ("answer", 1),
    },
    tried_once: {
        **dict.fromkeys(MISSES, ("attempt", 3)),
        "wrong_number": ("attempt", 2),
        "message_sent": ("attempt", 2),
        "call_back": ("snooze", 2),
        "replied": ("answer", 2),
    },
    last_step: {
        **dict.fromkeys(MISSES, ("unreachable", None)),
        "wrong_number": ("attempt", 6),
        "message_sent": ("attempt", 6),
        "call_back": ("snooze", 6),
        "replied": ("answer", 6),
    },
    snoozed: {
        **dict.fromkeys(MISSES, ("snooze", 1)),  # a call before its time does not keep the promise
        "wrong_number": ("attempt", 1),
        "message_sent": ("snooze", 1),
        "call_back": ("snooze", 1),
        "replied": ("answer", 1),
    },
    replied: {
        **dict.fromkeys(MISSES, ("answer", 1)),  # a missed call does not answer them
        "wrong_number": ("answer", 1),
        "message_sent": ("attempt", 1),
        "call_back": ("snooze", 1),
        "replied": ("answer", 1),
    },
    spoke: {
        **dict.fromkeys(MISSES, ("name_next_step", 1)),
        "wrong_number": ("name_next_step", 1),
        "message_sent": ("name_next_step", 1),
        "call_back": ("call_back", 1),
        "replied": ("answer", 1),
    },
    agreed: {
        **dict.fromkeys(MISSES, ("appointment", 1)),
        "wrong_number": ("appointment", 1),
        "message_sent": ("appointment", 1),
        "call_back": ("call_back", 1),
        "replied": ("answer", 1),
    },
    complained: {
        **dict.fromkeys(
            (*MISSES, "wrong_number", "message_sent", "call_back", "replied"), ("manager_answers", 1)
        )
    },
}
ANYWHERE: dict[str, tuple[str, int | None]] = {
    "complaint": ("manager_answers", None),
    "stop": ("stopped", None),
}
AFTER_TALK: dict[str, tuple[str, int | None]] = dict.fromkeys(
    ("spoke", "called_us"), ("name_next_step", None)
)
KEPT = {agreed: ("appointment", None), complained: ("manager_answers", None)}


def expected(state: Callable[[FollowUp, Phone], None], outcome: str) -> tuple[str, int | None]:
    if outcome in AFTER_TALK:
        return KEPT.get(state, AFTER_TALK[outcome])
    return {**EXPECTED[state], **ANYWHERE}[outcome]


@pytest.mark.parametrize("outcome", [str(outcome) for outcome in Outcome])
@pytest.mark.parametrize("state", list(EXPECTED), ids=lambda state: state.__name__)
def test_every_outcome_in_every_state_leads_to_the_right_next_step(
    state: Callable[[FollowUp, Phone], None], outcome: str, lead: tuple[FollowUp, Phone]
) -> None:
    follow_up, phone = lead
    with time_machine.travel(NOON, tick=False) as time:
        state(follow_up, phone)
        time.shift(HOUR)
        more: dict[str, Any] = {"call_back_at": iso(LATER)} if outcome == "call_back" else {}
        phone.log(
            phone.start(follow_up, "whatsapp" if outcome == "message_sent" else "call"), outcome, **more
        )
        row = again(follow_up)
        kind, position = expected(state, outcome)
        if kind in ("unreachable", "stopped"):
            assert row.end_reason == kind and row.next_due_at is None
            return
        assert row.next_kind == kind and row.next_due_at is not None and row.next_due_at >= clock.now()
        if position is not None:
            assert row.position == position
        if outcome == "call_back" and kind in ("snooze", "call_back"):
            assert row.next_due_at == LATER, "the customer chose it"


def snooze(phone: Phone, follow_up: FollowUp, until: datetime, reason: str = "customers_wish") -> Any:
    return phone.post(f"follow-ups/{follow_up.id}/snoozes", {"until": iso(until), "reason": reason})


def test_a_snooze_waits_until_the_customers_time_and_uses_up_no_step(lead: tuple[FollowUp, Phone]) -> None:
    follow_up, phone = lead
    with time_machine.travel(NOON, tick=False) as time:
        tried_once(follow_up, phone)
        before = again(follow_up).first_try_at
        answer = snooze(phone, follow_up, LATER, "away")
        assert answer.status_code == 201, answer.text
        assert answer.json["next_step"]["kind"] == "snooze" and answer.json["next_step"]["due_at"] == iso(
            LATER
        )
        assert answer.json["attempts_made"] == 1 and answer.json["next_step"]["position"] == 2
        shown = answer.json["timeline"][0]
        assert shown["type"] == "snoozed" and shown["params"]["reason"] == "away"
        row = again(follow_up)
        assert row.prompt_at == LATER and row.contacted_at is None and row.first_try_at == before
        time.move_to(LATER)
        phone.call(follow_up, "no_answer")
        assert (again(follow_up).next_kind, again(follow_up).position) == ("attempt", 3)


def test_a_snooze_stops_no_clock(lead: tuple[FollowUp, Phone]) -> None:
    follow_up, phone = lead
    assert snooze(phone, follow_up, clock.now() + HOUR).json["clock"]["running"] is True


def test_a_snooze_can_be_undone_as_if_it_had_never_been(lead: tuple[FollowUp, Phone]) -> None:
    follow_up, phone = lead
    with time_machine.travel(NOON, tick=False) as time:
        replied(follow_up, phone)
        time.shift(60)
        before = (again(follow_up).next_kind, again(follow_up).next_due_at, again(follow_up).position)
        snooze(phone, follow_up, LATER)
        snooze(phone, follow_up, LATER + HOUR)
        path = f"/api/v1/follow-ups/{follow_up.id}/snoozes"
        undone = phone.client.delete(path)
        assert undone.status_code == 200 and undone.json["next_step"]["due_at"] == iso(LATER)
        again(follow_up)
        assert phone.client.delete(path).status_code == 200
        after = (again(follow_up).next_kind, again(follow_up).next_due_at, again(follow_up).position)
        assert after == before
        again(follow_up)
        nothing = phone.client.delete(path)
        assert nothing.status_code == 409 and nothing.json["type"].endswith("#no_snooze")
    assert len(events(follow_up, "snooze_lifted")) == 2


def test_a_promise_made_on_the_phone_is_no_snooze_and_is_undone_where_it_was_made(
    lead: tuple[FollowUp, Phone],
) -> None:
    follow_up, phone = lead
    phone.call(follow_up, "call_back", call_back_at=iso(clock.now() + HOUR))
    again(follow_up)
    assert phone.client.delete(f"/api/v1/follow-ups/{follow_up.id}/snoozes").status_code == 409


@pytest.mark.parametrize("until", [-HOUR, timedelta(0), timedelta(days=30, seconds=1)])
def test_a_snooze_is_bounded(until: timedelta, lead: tuple[FollowUp, Phone]) -> None:
    follow_up, phone = lead
    with time_machine.travel(NOON, tick=False):
        refused = snooze(phone, follow_up, NOON + until)
        assert refused.status_code == 422 and "until" in refused.json["fields"]
        assert snooze(phone, follow_up, NOON + timedelta(days=30)).status_code == 201


def test_a_snooze_is_the_customers_wish_and_only_before_contact(lead: tuple[FollowUp, Phone]) -> None:
    follow_up, phone = lead
    assert snooze(phone, follow_up, clock.now() + HOUR, "too_busy").status_code == 422
    spoke(follow_up, phone)
    refused = snooze(phone, follow_up, clock.now() + HOUR)
    assert refused.status_code == 409 and refused.json["type"].endswith("#after_contact")
    phone.call(follow_up, "stop")
    assert snooze(phone, follow_up, clock.now() + HOUR).json["type"].endswith("#follow_up_ended")
    assert events(follow_up, "snoozed") == []


def test_a_reply_ends_the_wait(lead: tuple[FollowUp, Phone]) -> None:
    follow_up, phone = lead
    with time_machine.travel(NOON, tick=False) as time:
        snooze(phone, follow_up, LATER)
        time.shift(60)
        replied(follow_up, phone)
        assert again(follow_up).next_kind == "answer"
        assert again(follow_up).next_due_at == NOON + timedelta(minutes=6)


def test_charlie_snoozes_nothing_of_ours(app: Flask, lead: tuple[FollowUp, Phone]) -> None:
    follow_up, _ = lead
    charlie = Phone(app, elsewhere().charlie)
    assert snooze(charlie, follow_up, clock.now() + HOUR).status_code == 404
    assert events(follow_up, "snoozed") == []
