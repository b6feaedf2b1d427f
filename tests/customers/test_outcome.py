"""What the customer did that we cannot see: they replied, they called back, or the number was somebody else's."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.assignment import escalate
from app.cadence import due
from app.db import db
from app.models import Delivery, DeliveryChannel, FollowUp, FollowUpState, StepKind
from tests.api.phone import Phone, again, events, follow_up_of, fresh, told
from tests.assignment.office import HOUR, MONDAY, NIGHT, TUESDAY_AT_NINE, WEEK, change
from tests.people import House, doesburg, jansen, send_lead
from tests.push.phones import phone

MINUTE = timedelta(minutes=1)


@pytest.fixture
def house(app: Flask) -> House:
    """Everybody has a phone; Piet Jansen is Sanne's, who called him once at ten and got no answer."""
    with time_machine.travel(MONDAY, tick=False):
        house = doesburg(WEEK)
        for person in house.people.values():
            phone(person)
    change(house.eva, last_assigned_at=MONDAY)
    return house


def tried(app: Flask, house: House, **lead: Any) -> FollowUp:
    with time_machine.travel(MONDAY, tick=False):
        follow_up = follow_up_of(send_lead(app, house.sources["form"], jansen(**lead)))
        Phone(app, house.sanne).call(follow_up, "no_answer")
    return again(follow_up)


def says(
    app: Flask, house: House, follow_up: FollowUp, outcome: str, at: Any, channel: str = "call"
) -> dict[str, Any]:
    """Sanne taps *They replied* or *They called me* (an attempt with its outcome at once)."""
    with time_machine.travel(at, tick=False):
        sanne = Phone(app, house.sanne)
        return sanne.log(sanne.start(follow_up, channel), outcome)


def test_a_reply_pauses_the_cadence_and_wants_an_answer_in_five_minutes(app: Flask, house: House) -> None:
    follow_up = tried(app, house)
    assert follow_up.next_kind is StepKind.ATTEMPT and follow_up.position == 2
    says(app, house, follow_up, "replied", MONDAY + 3 * MINUTE, "whatsapp")
    after = again(follow_up)
    assert (after.next_kind, after.next_due_at) == (StepKind.ANSWER, MONDAY + 8 * MINUTE)
    assert after.contacted_at is None, "a reply is no conversation"
    assert due.prompt(follow_up.id, MONDAY + 8 * MINUTE)
    (rings,) = told(house.sanne, "answer")
    assert rings.tag == follow_up.id.hex


def test_an_answer_that_is_not_given_reaches_owner_deputy_and_manager(app: Flask, house: House) -> None:
    follow_up = tried(app, house)
    says(app, house, follow_up, "replied", MONDAY + 3 * MINUTE, "whatsapp")
    due_at = MONDAY + 8 * MINUTE
    for minutes, who in ((5, house.sanne), (15, house.eva), (30, house.bram)):
        at = again(follow_up).escalate_at
        assert at == due_at + minutes * MINUTE
        with time_machine.travel(at, tick=False):
            before = len(told(who))
            fresh()
            assert escalate.climb(follow_up.id, at)
            assert len(told(who)) == before + 1, who.first_name


def test_a_reply_in_the_evening_is_due_as_the_doors_open(app: Flask, house: House) -> None:
    follow_up = tried(app, house)
    says(app, house, follow_up, "replied", NIGHT, "whatsapp")
    assert again(follow_up).next_due_at == TUESDAY_AT_NINE


def test_an_answered_dialogue_that_stalls_for_a_working_day_goes_back_to_the_cadence(
    app: Flask, house: House
) -> None:
    follow_up = tried(app, house)
    says(app, house, follow_up, "replied", MONDAY + 3 * MINUTE, "whatsapp")
    says(app, house, follow_up, "message_sent", MONDAY + 5 * MINUTE, "whatsapp")
    after = again(follow_up)
    assert after.next_kind is StepKind.ATTEMPT and after.position == 2, "the same step as before"
    assert after.next_due_at == MONDAY + timedelta(days=1, minutes=5)
    says(app, house, follow_up, "replied", MONDAY + HOUR, "whatsapp")
    assert again(follow_up).next_kind is StepKind.ANSWER, "they wrote again"


def test_they_called_me_is_contact(app: Flask, house: House) -> None:
    follow_up = tried(app, house)
    shown = says(app, house, follow_up, "called_us", MONDAY + HOUR)
    after = again(follow_up)
    assert (after.state, after.contacted_at) == (FollowUpState.CONTACTED, MONDAY + HOUR)
    assert shown["next_step"]["kind"] == "name_next_step", "rule 11: what was agreed?"
    assert after.customer.spoke_at == MONDAY + HOUR


def test_a_callback_to_a_colleague_makes_the_customer_theirs_when_nobody_had_spoken(
    app: Flask, house: House
) -> None:
    follow_up = tried(app, house)
    with time_machine.travel(MONDAY + HOUR, tick=False):
        Phone(app, house.eva).call(follow_up, "called_us")
    assert again(follow_up).owner_id == house.eva.id


def test_a_wrong_number_is_never_offered_again_and_the_others_ask_which_suits(
    app: Flask, house: House
) -> None:
    follow_up = tried(app, house)
    shown = says(app, house, follow_up, "wrong_number", MONDAY + HOUR)
    reach = shown["reach"]
    assert (reach["call"], reach["whatsapp"], reach["sms"], reach["facetime"]) == (None,) * 4
    assert reach["primary"] == "email" and [n["wrong"] for n in reach["numbers"]] == [True]
    assert shown["texts"]["email_body"] == shown["texts"]["which_number"]
    with time_machine.travel(MONDAY + 2 * HOUR, tick=False):  # Jansen asks again and types the same number
        send_lead(app, house.sources["form"], jansen(message="Nog iets"))
    assert again(follow_up).next_channel == "email"
    query = select(Delivery).where(
        Delivery.channel == DeliveryChannel.PUSH, Delivery.created_at >= MONDAY + 2 * HOUR
    )
    (push,) = db.session.scalars(query)
    assert push.payload["follow_up"]["call"] is None


def test_a_second_number_is_called_instead(app: Flask, house: House) -> None:
    follow_up = tried(app, house)
    with time_machine.travel(MONDAY + HOUR, tick=False):
        send_lead(app, house.sources["form"], jansen(phone="0687654321"))
    says(app, house, follow_up, "wrong_number", MONDAY + 2 * HOUR)
    reach = says(app, house, follow_up, "no_answer", MONDAY + 3 * HOUR)["reach"]
    assert {n["e164"]: n["wrong"] for n in reach["numbers"]} == {"+31687654321": True, "+31612345678": False}
    assert reach["call"] == reach["whatsapp"] == "+31612345678"


def test_the_number_is_right_again_when_the_outcome_was_a_slip(app: Flask, house: House) -> None:
    follow_up = tried(app, house)
    with time_machine.travel(MONDAY + HOUR, tick=False):
        sanne = Phone(app, house.sanne)
        slip = sanne.call(follow_up, "wrong_number")
        assert sanne.get(f"follow-ups/{follow_up.id}")["reach"]["call"] is None
        assert sanne.undo(slip).json["follow_up"]["reach"]["call"] == "+31612345678"
    assert len(events(follow_up, "outcome_undone")) == 1
