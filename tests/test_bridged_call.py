"""A bridged call with everything real but Twilio: two processes, callbacks over HTTP, and a worker that dies in between."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.house import House, Visitor, until
from tests.people import jansen
from tests.wire.twilio import FROM, Line, Twilio


@pytest.fixture
def twilio() -> Iterator[Twilio]:
    with Twilio() as running:
        yield running


@pytest.fixture
def house(database_url: str, tmp_path: Path, twilio: Twilio) -> Iterator[House]:
    with House(database_url, tmp_path, **twilio.settings) as house:
        house.start_web()
        yield house


def tap(house: House, sanne: Visitor) -> str:
    """Jansen's lead comes in and Sanne taps "Call through Firstcall"; returns the follow-up's id.

    Without his address: no other message leaves the house that a worker could die of.
    """
    placed = house.stranger().ask("POST", house.intake, jansen(email=""))
    assert placed.status == 201, placed
    id_ = str(placed.body["follow_up_id"])
    started = sanne.ask("POST", f"/api/v1/follow-ups/{id_}/bridged-calls", {"id": str(uuid.uuid4())})
    assert started.status == 201, started
    assert started.body["attempt"]["verified"] is False
    return id_


def shown(sanne: Visitor, id_: str) -> dict[str, Any]:
    answer = sanne.ask("GET", f"/api/v1/follow-ups/{id_}")
    assert answer.status == 200, answer
    return dict(answer.body)


def nobody_answers(line: Line) -> None:
    """Sanne picks up and presses 1, Jansen's phone rings, nobody answers, Sanne hangs up."""
    line.status("initiated")
    dial = line.press("1", line.pick_up())
    assert [one.text for one in dial.iter("Number")] == ["+31612345678"] and dial.get("callerId") == FROM
    assert line.customer(dial, "no-answer").status == 200
    assert line.hang_up().status == 204


def test_sannes_phone_rings_then_jansens_and_when_nobody_answers_the_next_call_is_planned(
    house: House, twilio: Twilio
) -> None:
    sanne = house.sign_in("sanne@doesburg.example")
    house.start_worker()
    id_ = tap(house, sanne)
    [call] = twilio.asked("Calls", timeout=60)
    assert call["To"] == "+31612000001"
    nobody_answers(twilio.line(call))
    after = shown(sanne, id_)
    assert (after["attempts_made"], after["open_attempt"]) == (1, None)
    assert (after["next_step"]["kind"], after["next_step"]["position"]) == ("attempt", 2)
    assert after["clock"]["running"] is False
    told = [item["type"] for item in after["timeline"]]
    assert {"bridge_answered", "bridge_ended", "outcome_logged"} <= set(told)


def test_a_worker_that_dies_after_calling_does_not_ring_again_when_twilio_has_reported(
    house: House, twilio: Twilio
) -> None:
    sanne = house.sign_in("sanne@doesburg.example")
    id_ = tap(house, sanne)
    house.start_worker(FAULT_POINT="delivery sent")
    [call] = twilio.asked("Calls", timeout=60)
    line = twilio.line(call)
    line.status("initiated")
    house.wait_killed("worker")
    house.start_worker()
    nobody_answers(line)
    until("the call is logged", lambda: shown(sanne, id_)["attempts_made"] == 1)
    events = [item["type"] for item in shown(sanne, id_)["timeline"]]
    assert events.count("bridge_ended") == 1 and events.count("outcome_logged") == 1
    assert len(twilio.asked("Calls")) == 1, "Sanne's phone rang once"


def test_a_worker_that_dies_before_calling_is_replaced_and_the_phone_rings(
    house: House, twilio: Twilio
) -> None:
    sanne = house.sign_in("sanne@doesburg.example")
    house.start_worker(FAULT_POINT="delivery claimed")
    id_ = tap(house, sanne)
    house.wait_killed("worker")
    assert twilio.asked("Calls", 0) == []
    house.start_worker()
    [call] = twilio.asked("Calls", timeout=60)
    line = twilio.line(call)
    line.customer(line.press("1", line.pick_up()), "completed", seconds=61)
    open_attempt = shown(sanne, id_)["open_attempt"]
    assert (open_attempt["verified"], open_attempt["talk_seconds"]) == (True, 61)


def test_a_web_process_that_dies_between_two_callbacks_has_lost_nothing(house: House, twilio: Twilio) -> None:
    sanne = house.sign_in("sanne@doesburg.example")
    house.start_worker()
    id_ = tap(house, sanne)
    [call] = twilio.asked("Calls", timeout=60)
    line = twilio.line(call)
    dial = line.press("1", line.pick_up())
    for worker in house.web_workers():
        worker.kill()
    house.wait_web()
    line.customer(dial, "busy")
    after = shown(sanne, id_)
    assert (after["attempts_made"], after["next_step"]["position"]) == (1, 2)
