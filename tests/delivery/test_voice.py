"""Calls: one that says who waits, and the bridged call from Sanne's phone to the customer's, played as a person would."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from app import clock
from app.access import settings
from app.assignment import escalate
from app.db import db, write
from app.models import (
    Attempt,
    ContactPoint,
    Delivery,
    DeliveryChannel,
    DeliveryState,
    FollowUp,
    FollowUpState,
    Outcome,
    Person,
    SecondChannel,
)
from tests.api.phone import Phone, again, events, follow_up_of, fresh, told
from tests.people import House, doesburg, send_lead
from tests.push.phones import phone
from tests.wire.telephone import SANNES, drain, due_now, into, numbers
from tests.wire.twilio import Line, Twilio

PIETS = "+31612345678"


@pytest.fixture
def twilio() -> Iterator[Twilio]:
    with Twilio() as running:
        yield running


@pytest.fixture
def environment(environment: dict[str, str], twilio: Twilio) -> dict[str, str]:
    return {**environment, **twilio.settings}


@pytest.fixture
def house(app: Flask, twilio: Twilio) -> House:
    """Sanne's lead is next, and she has a telephone and a phone with notifications."""
    twilio.post = into(app)
    house = doesburg()
    with write():
        db.session.get_one(Person, house.eva.id).last_assigned_at = clock.now()
    for person in house.people.values():
        phone(person, proven=clock.now())
    numbers(house)
    return house


@pytest.fixture
def follow_up(app: Flask, house: House) -> FollowUp:
    return follow_up_of(send_lead(app, house.sources["form"]))


@pytest.fixture
def sanne(app: Flask, house: House) -> Phone:
    return Phone(app, house.sanne)


def tap(sanne: Phone, follow_up: FollowUp, id_: str = "") -> TestResponse:
    """Sanne taps "Call through Firstcall"."""
    return sanne.post(f"follow-ups/{follow_up.id}/bridged-calls", {"id": id_ or str(uuid.uuid4())})


def ring(sanne: Phone, follow_up: FollowUp, twilio: Twilio) -> Line:
    """She taps, and her own phone rings."""
    answer = tap(sanne, follow_up)
    assert answer.status_code == 201, answer.text
    drain()
    return twilio.line(twilio.asked("Calls")[-1])


def attempt_of(follow_up: FollowUp) -> Attempt:
    fresh()
    [attempt] = db.session.scalars(select(Attempt).where(Attempt.follow_up_id == follow_up.id))
    return attempt


def pushed(person: Person) -> list[str]:
    """Kinds of notifications on this person's phone."""
    return [d.kind for d in told(person) if d.channel is DeliveryChannel.PUSH]


def test_an_automated_call_says_who_waits(app: Flask, house: House, twilio: Twilio) -> None:
    numbers(house, second_channel=SecondChannel.VOICE)
    follow_up = follow_up_of(send_lead(app, house.sources["form"]))
    for _ in range(2):
        escalate.climb(follow_up.id, again(follow_up).escalate_at or clock.now())
    due_now()
    drain()
    [call] = twilio.asked("Calls")
    assert call["To"] == SANNES
    assert (
        '<Say language="nl-NL">Firstcall. Piet Jansen, VW Golf 2022 wacht op je belletje.</Say>'
        in call["Twiml"]
    )
    line = twilio.line(call)
    line.status("ringing")
    line.status("in-progress")
    line.hang_up()
    [delivery] = db.session.scalars(select(Delivery).where(Delivery.channel == DeliveryChannel.VOICE))
    assert delivery.state is DeliveryState.RECEIVED
    assert again(follow_up).state is FollowUpState.ASSIGNED, "hearing it is not calling"


def test_sannes_phone_rings_she_presses_1_and_nobody_answers_so_the_next_step_is_planned(
    follow_up: FollowUp, sanne: Phone, house: House, twilio: Twilio
) -> None:
    line = ring(sanne, follow_up, twilio)
    assert line.call["To"] == SANNES and line.call["From"] == settings().twilio_from
    gather = line.pick_up()
    assert line.heard == ["Piet Jansen, VW Golf 2022. Druk op 1 om te bellen."]
    dial = line.press("1", gather)
    assert [one.text for one in dial.iter("Number")] == [PIETS]
    assert dial.get("callerId") == settings().twilio_from
    assert again(follow_up).escalate_at is None, "while it rings nobody is alarmed"
    assert line.customer(dial, "no-answer").status == 200
    line.hang_up()
    attempt, after = attempt_of(follow_up), again(follow_up)
    assert (attempt.outcome, attempt.talk_seconds) == (Outcome.NO_ANSWER, 0)
    assert attempt.provider_ref == line.call.sid
    assert (after.position, after.first_try_at) == (2, attempt.started_at)
    shown = sanne.get(f"follow-ups/{follow_up.id}")
    assert shown["open_attempt"] is None and shown["clock"]["running"] is False
    assert [e.data["result"] for e in events(follow_up, "bridge_ended")] == ["no-answer"]


def test_busy_is_busy(follow_up: FollowUp, sanne: Phone, twilio: Twilio) -> None:
    line = ring(sanne, follow_up, twilio)
    line.customer(line.press("1", line.pick_up()), "busy")
    assert attempt_of(follow_up).outcome is Outcome.BUSY


def test_after_a_talk_its_length_is_known_and_sanne_says_what_it_was(
    follow_up: FollowUp, sanne: Phone, twilio: Twilio
) -> None:
    line = ring(sanne, follow_up, twilio)
    line.customer(line.press("1", line.pick_up()), "completed", seconds=95)
    line.hang_up()
    shown = sanne.get(f"follow-ups/{follow_up.id}")["open_attempt"]
    assert (shown["verified"], shown["talk_seconds"], shown["mine"]) == (True, 95, True)
    attempt = attempt_of(follow_up)
    assert attempt.outcome is None and attempt.ended_at is not None
    assert sanne.log(str(attempt.id), "spoke")["state"] == "contacted"
    assert attempt_of(follow_up).talk_seconds == 95, "what was measured stays"


@pytest.mark.parametrize("key", ["", "2", "*"])
def test_without_a_1_no_try_was_made_and_the_clock_goes_on(
    key: str, follow_up: FollowUp, sanne: Phone, house: House, twilio: Twilio
) -> None:
    line = ring(sanne, follow_up, twilio)
    assert line.press(key, line.pick_up()).tag == "Hangup"
    line.hang_up()
    assert line.heard[-1] == "Er is niemand gebeld."
    attempt, after = attempt_of(follow_up), again(follow_up)
    assert attempt.withdrawn_at is not None and attempt.outcome is None and attempt.provider_ref is None
    assert after.first_try_at is None and after.escalate_at is not None
    assert pushed(house.sanne) == ["lead", "reminder"], "asked once"


@pytest.mark.parametrize("status", ["no-answer", "busy", "failed", "canceled", "completed"])
def test_when_sanne_does_not_pick_up_no_try_was_made(
    status: str, follow_up: FollowUp, sanne: Phone, twilio: Twilio
) -> None:
    line = ring(sanne, follow_up, twilio)
    for _ in range(2):
        assert line.hang_up(status).status == 204
    assert attempt_of(follow_up).withdrawn_at is not None
    assert len(events(follow_up, "attempt_withdrawn")) == 1
    assert again(follow_up).escalate_at is not None


def test_a_line_that_failed_is_no_try_either(follow_up: FollowUp, sanne: Phone, twilio: Twilio) -> None:
    line = ring(sanne, follow_up, twilio)
    line.customer(line.press("1", line.pick_up()), "failed")
    attempt = attempt_of(follow_up)
    assert attempt.withdrawn_at is not None and again(follow_up).first_try_at is None


def test_who_hangs_up_while_it_rings_is_asked_how_it_went(
    follow_up: FollowUp, sanne: Phone, twilio: Twilio
) -> None:
    line = ring(sanne, follow_up, twilio)
    dial = line.press("1", line.pick_up())
    line.hang_up()
    line.customer(dial, "canceled")
    attempt = attempt_of(follow_up)
    assert attempt.outcome is None and attempt.withdrawn_at is None and attempt.ended_at is not None
    assert again(follow_up).hold_check_at is not None


def test_every_report_may_come_twice_late_or_in_another_order(
    follow_up: FollowUp, sanne: Phone, twilio: Twilio
) -> None:
    line = ring(sanne, follow_up, twilio)
    gather = line.pick_up()
    line.pick_up()
    dial = line.press("1", gather)
    assert line.press("1", gather).tag == "Dial"
    line.hang_up()
    line.customer(dial, "no-answer")
    first = attempt_of(follow_up)
    undone = sanne.undo(str(first.id))
    assert undone.status_code == 200
    sanne.log(str(first.id), "voicemail")
    for status in ("no-answer", "completed", "busy", "failed"):
        line.customer(dial, status)
    line.status("initiated")
    line.hang_up()
    after = attempt_of(follow_up)
    assert after.outcome is Outcome.VOICEMAIL, "what Sanne said stays"
    assert len(events(follow_up, "bridge_answered")) == len(events(follow_up, "bridge_ended")) == 1
    assert len(events(follow_up, "outcome_logged")) == 2


def test_what_sanne_said_meanwhile_is_not_overwritten(
    follow_up: FollowUp, sanne: Phone, twilio: Twilio
) -> None:
    line = ring(sanne, follow_up, twilio)
    dial = line.press("1", line.pick_up())
    sanne.log(str(attempt_of(follow_up).id), "voicemail")
    line.customer(dial, "no-answer")
    assert attempt_of(follow_up).outcome is Outcome.VOICEMAIL


def test_the_same_tap_twice_rings_once(follow_up: FollowUp, sanne: Phone, twilio: Twilio) -> None:
    id_ = str(uuid.uuid4())
    assert [tap(sanne, follow_up, id_).status_code for _ in range(2)] == [201, 200]
    drain()
    assert len(twilio.asked("Calls")) == 1


def test_a_stop_that_comes_while_her_phone_rings_is_kept(
    follow_up: FollowUp, sanne: Phone, app: Flask, twilio: Twilio
) -> None:
    line = ring(sanne, follow_up, twilio)
    gather = line.pick_up()
    other = sanne.start(follow_up, "whatsapp")
    sanne.log(other, "stop")
    assert line.press("1", gather).tag == "Hangup", "nobody is rung who said stop"


def test_a_call_taken_back_before_it_rings_does_not_ring(
    follow_up: FollowUp, sanne: Phone, twilio: Twilio
) -> None:
    tap(sanne, follow_up)
    sanne.withdraw(str(attempt_of(follow_up).id))
    drain()
    assert twilio.asked("Calls", 0) == []


def test_a_call_taken_back_while_it_rings_says_that_it_is_not_needed(
    follow_up: FollowUp, sanne: Phone, twilio: Twilio
) -> None:
    line = ring(sanne, follow_up, twilio)
    sanne.withdraw(str(attempt_of(follow_up).id))
    assert line.pick_up().tag == "Hangup"
    assert line.heard == ["Dit telefoontje is niet meer nodig."]


@pytest.mark.parametrize(("status", "code"), [(503, 20500), (400, 21211), (401, 20003)])
def test_when_twilio_does_not_take_it_sanne_is_told_at_once(
    status: int, code: int, follow_up: FollowUp, sanne: Phone, house: House, twilio: Twilio
) -> None:
    twilio.refuse(status, code)
    tap(sanne, follow_up)
    drain()
    assert attempt_of(follow_up).withdrawn_at is not None
    assert again(follow_up).escalate_at is not None, "the original clock goes on"
    assert pushed(house.sanne) == ["lead", "reminder"]
    [delivery] = db.session.scalars(select(Delivery).where(Delivery.channel == DeliveryChannel.VOICE))
    assert delivery.state is DeliveryState.FAILED


def refused(answer: TestResponse) -> tuple[int, str]:
    assert answer.json is not None
    assert len(answer.json["detail"]) > 10
    return answer.status_code, answer.json["type"].removeprefix("about:blank#")


def test_what_makes_it_impossible_is_said(
    follow_up: FollowUp, sanne: Phone, house: House, app: Flask, twilio: Twilio
) -> None:
    with write():
        db.session.get_one(Person, house.sanne.id).phone = None
    assert refused(tap(sanne, follow_up)) == (409, "no_phone_of_yours")
    numbers(house)
    with write():
        for point in db.session.scalars(select(ContactPoint).where(ContactPoint.value == PIETS)):
            point.wrong_at = clock.now()
    assert refused(tap(sanne, follow_up)) == (409, "no_number")
    with write():
        for point in db.session.scalars(select(ContactPoint)):
            point.wrong_at = None
    sanne.log(sanne.start(follow_up), "stop", stop_scope="channel")
    assert refused(tap(sanne, follow_up)) == (409, "stopped")
    drain()
    assert twilio.asked("Calls", 0) == []


def test_only_the_number_she_chose_is_rung(
    follow_up: FollowUp, sanne: Phone, house: House, twilio: Twilio
) -> None:
    with write():
        work = ContactPoint(
            id=uuid.uuid4(), group_id=house.group.id, customer_id=follow_up.customer_id, kind="phone",
            raw="0313 123456", value="+31313123456", created_at=clock.now() - timedelta(days=1),
        )  # fmt: skip
        db.session.add(work)
    body: dict[str, Any] = {"id": str(uuid.uuid4()), "contact_point_id": str(work.id)}
    assert sanne.post(f"follow-ups/{follow_up.id}/bridged-calls", body).status_code == 201
    drain()
    line = twilio.line(twilio.asked("Calls")[0])
    dial = line.press("1", line.pick_up())
    assert [one.text for one in dial.iter("Number")] == ["+31313123456"]


@pytest.mark.parametrize(
    ("language", "voice", "words"),
    [
        ("fr", "fr-FR", "Appuyez sur 1 pour appeler."),
        ("de", "de-DE", "Drücken Sie die 1"),
        ("en", "en-GB", "Press 1"),
    ],
)
def test_it_speaks_the_salespersons_language(
    language: str, voice: str, words: str, follow_up: FollowUp, sanne: Phone, house: House, twilio: Twilio
) -> None:
    with write():
        db.session.get_one(Person, house.sanne.id).language = language
    line = ring(sanne, follow_up, twilio)
    gather = line.pick_up()
    assert words in line.heard[0] and [one.get("language") for one in gather.iter("Say")] == [voice]


def test_a_stranger_cannot_play_twilio(follow_up: FollowUp, sanne: Phone, twilio: Twilio) -> None:
    line = ring(sanne, follow_up, twilio)
    for address in (line.call["Url"], line.call["StatusCallback"]):
        assert twilio.call_back(address, {"CallStatus": "completed"}, token="a guess of mine").status == 403
    assert attempt_of(follow_up).withdrawn_at is None
    nobody = line.call["Url"].replace(line.call["Url"].split("/")[-2], "no-such-token")
    assert twilio.call_back(nobody, {"CallStatus": "in-progress"}).status == 404


def test_a_house_without_a_provider_has_no_such_addresses(
    app: Flask, follow_up: FollowUp, sanne: Phone, twilio: Twilio
) -> None:
    assert sanne.get("me")["telephony"] is True
    object.__setattr__(settings(), "twilio_account_sid", "")
    assert sanne.get("me")["telephony"] is False
    assert refused(tap(sanne, follow_up)) == (404, "no_telephony")
    assert app.test_client().post("/api/v1/telephony/calls/x/answers").status_code == 404
