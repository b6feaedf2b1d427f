"""Another owner, for a reason: the customer is told once by a letter, both salespeople are, and a slip is given back."""

from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import update

from app.assignment import absence
from app.db import db, write
from app.models import Delivery, DeliveryState, EndReason, FollowUp, Person
from tests.api.phone import Phone, again, events, follow_up_of, told
from tests.assignment.office import HOUR, MONDAY, NIGHT, TUESDAY_AT_NINE, WEEK, change, letters, mine, owners
from tests.people import House, doesburg, jansen, send_lead
from tests.push.phones import phone


@pytest.fixture
def house(app: Flask) -> House:
    """Everybody has a phone; the next lead is Sanne's."""
    with time_machine.travel(MONDAY, tick=False):
        house = doesburg(WEEK)
        for person in house.people.values():
            phone(person)
    change(house.eva, last_assigned_at=MONDAY, phone="+31612345679")
    return house


@pytest.fixture
def follow_up(app: Flask, house: House) -> FollowUp:
    with time_machine.travel(MONDAY, tick=False):
        return follow_up_of(send_lead(app, house.sources["form"]))


def pass_on(
    app: Flask,
    by: Person,
    follow_up: FollowUp,
    to: Person | None,
    reason: str = "absence",
    at: datetime = MONDAY + HOUR,
) -> int:
    said = {"reason": reason, "to_person_id": str(to.id) if to else None}
    with time_machine.travel(at, tick=False):
        return Phone(app, by).post(f"follow-ups/{follow_up.id}/handovers", said).status_code


def test_the_customer_hears_from_eva_whom_she_takes_over_from_and_on_which_number(
    app: Flask, house: House, follow_up: FollowUp
) -> None:
    assert pass_on(app, house.sanne, follow_up, house.eva) == 201
    (letter,) = letters(follow_up, "introduction")
    assert letter.payload["subject"] == "Eva neemt het over van Sanne"
    for must in ("Beste Piet", "Ik neem het over van Sanne", "+31 6 12345679", "VW Golf", "/c/"):
        assert must in letter.payload["text"], letter.payload["text"]
    assert letter.payload["reply_to"] == house.eva.email
    (event,) = events(follow_up, "handed_over")
    assert event.data["reason"] == "absence" and event.data["told_customer"] is True


def test_who_was_never_written_to_is_told_nothing(app: Flask, house: House) -> None:
    with time_machine.travel(MONDAY, tick=False):
        nobody = follow_up_of(send_lead(app, house.sources["form"], jansen(email=None)))
    assert pass_on(app, house.sanne, nobody, house.eva) == 201
    assert letters(nobody) == []
    assert events(nobody, "handed_over")[0].data["told_customer"] is False


def test_within_a_stop_of_mail_nothing_is_sent(app: Flask, house: House, follow_up: FollowUp) -> None:
    with time_machine.travel(MONDAY, tick=False):
        sanne = Phone(app, house.sanne)
        sanne.log(sanne.start(follow_up, "email"), "stop", stop_scope="channel")
    assert again(follow_up).is_open
    assert pass_on(app, house.sanne, follow_up, house.eva) == 201
    assert letters(follow_up, "introduction") == []


def test_handed_on_twice_the_customer_gets_one_letter_from_who_has_them_now(
    app: Flask, house: House, follow_up: FollowUp
) -> None:
    pass_on(app, house.sanne, follow_up, house.eva)
    pass_on(app, house.eva, follow_up, house.bram, at=MONDAY + HOUR + timedelta(seconds=5))
    cancelled, waiting = letters(follow_up, "introduction")
    assert (cancelled.state, waiting.state) == (DeliveryState.CANCELLED, DeliveryState.QUEUED)
    assert waiting.payload["subject"] == "Bram neemt het over van Sanne", "Eva never wrote to them"
    pass_on(app, house.bram, follow_up, house.sanne, at=MONDAY + 2 * HOUR)
    assert [x.state for x in letters(follow_up, "introduction")] == [DeliveryState.CANCELLED] * 2, (
        "they know Sanne"
    )


def test_a_letter_that_was_sent_is_followed_by_a_true_one(
    app: Flask, house: House, follow_up: FollowUp
) -> None:
    pass_on(app, house.sanne, follow_up, house.eva)
    with write():
        db.session.execute(
            update(Delivery).where(Delivery.kind == "introduction").values(state=DeliveryState.SENT)
        )
    pass_on(app, house.eva, follow_up, house.sanne, at=MONDAY + 2 * HOUR)
    assert letters(follow_up, "introduction")[-1].payload["subject"] == "Sanne neemt het over van Eva"


def test_both_salespeople_are_told_by_whoever_did_not_do_it(
    app: Flask, house: House, follow_up: FollowUp
) -> None:
    assert pass_on(app, house.bram, follow_up, house.eva) == 201
    assert [d.kind for d in told(house.sanne)] == ["lead", "taken"]
    assert "Eva" in told(house.sanne, "taken")[0].payload["notification"]["title"]
    assert [d.kind for d in told(house.eva)] == ["lead"], "the first call is still to be made"
    with time_machine.travel(MONDAY + HOUR, tick=False):
        Phone(app, house.eva).call(follow_up, "no_answer")
    assert pass_on(app, house.eva, follow_up, house.sanne, at=MONDAY + 2 * HOUR) == 201
    (yours,) = told(house.sanne, "handover")
    assert "Eva" in yours.payload["notification"]["body"]
    assert told(house.eva, "taken") == [], "she did it herself"


def test_whoever_is_not_there_when_it_is_due_does_not_get_it(
    app: Flask, house: House, follow_up: FollowUp
) -> None:
    with write():
        absence.announce(mine(house.eva), mine(house.bram), MONDAY, NIGHT, MONDAY)
    said = {"reason": "customers_wish", "to_person_id": str(house.eva.id)}
    with time_machine.travel(MONDAY + HOUR, tick=False):
        answer = Phone(app, house.sanne).post(f"follow-ups/{follow_up.id}/handovers", said)
    assert answer.status_code == 409 and answer.json["type"].endswith("#not_there")
    assert answer.json["detail"] == (
        "Eva is not there until today at 21:00, and this is due before. Choose somebody else."
    )
    assert owners(follow_up) == [(house.sanne.id, None)]
    with time_machine.travel(MONDAY + HOUR, tick=False):
        sanne = Phone(app, house.sanne)
        step = {"kind": "quote", "due_at": "2026-11-24T10:00:00Z"}
        sanne.call(follow_up, "spoke", next_step=step)
    assert pass_on(app, house.sanne, follow_up, house.eva, "customers_wish") == 201, "tomorrow she is there"


def test_at_night_a_customer_may_go_to_any_colleague(app: Flask, house: House, follow_up: FollowUp) -> None:
    assert pass_on(app, house.bram, follow_up, house.eva, at=NIGHT) == 201
    assert again(follow_up).next_due_at == TUESDAY_AT_NINE


def test_cannot_now_goes_to_whoever_stands_in(app: Flask, house: House, follow_up: FollowUp) -> None:
    change(house.sanne, deputy_id=house.bram.id)
    assert pass_on(app, house.sanne, follow_up, None, "cannot_now") == 201
    assert again(follow_up).owner_id == house.bram.id


def test_a_colleagues_mistaken_spoke_is_given_back(app: Flask, house: House, follow_up: FollowUp) -> None:
    with time_machine.travel(MONDAY + HOUR, tick=False):
        eva = Phone(app, house.eva)
        slip = eva.call(follow_up, "spoke")
        assert again(follow_up).owner_id == house.eva.id
        assert eva.undo(slip).status_code == 200
    after = again(follow_up)
    assert (after.owner_id, after.covered_by_id) == (house.sanne.id, house.eva.id)
    assert after.customer.owner_id == house.sanne.id and after.customer.spoke_at is None
    assert owners(follow_up) == [(house.sanne.id, None)]
    assert [e.data["reason"] for e in events(follow_up, "handed_over")] == ["spoke_first", "undone"]
    assert [d.kind for d in told(house.sanne)][-1] == "handover"
    with time_machine.travel(MONDAY + 2 * HOUR, tick=False):
        Phone(app, house.eva).log(slip, "spoke")
    assert again(follow_up).owner_id == house.eva.id, "whoever does speak first has them"


def test_a_spoke_that_is_corrected_to_no_answer_is_given_back_too(
    app: Flask, house: House, follow_up: FollowUp
) -> None:
    with time_machine.travel(MONDAY + HOUR, tick=False):
        eva = Phone(app, house.eva)
        eva.log(eva.call(follow_up, "spoke"), "no_answer")
    assert owners(follow_up) == [(house.sanne.id, None)]
    assert again(follow_up).contacted_at is None and again(follow_up).customer.spoke_at is None


def test_who_spoke_another_time_keeps_the_customer(app: Flask, house: House, follow_up: FollowUp) -> None:
    with time_machine.travel(MONDAY + HOUR, tick=False) as clock:
        eva = Phone(app, house.eva)
        first = eva.call(follow_up, "spoke")
        clock.shift(60)
        eva.call(follow_up, "spoke")
        eva.undo(first)
    assert again(follow_up).owner_id == house.eva.id
    assert owners(follow_up) == [(house.sanne.id, EndReason.SPOKE_FIRST), (house.eva.id, None)]


def test_a_customer_who_was_handed_over_since_is_not_torn_back(
    app: Flask, house: House, follow_up: FollowUp
) -> None:
    with time_machine.travel(MONDAY + HOUR, tick=False):
        slip = Phone(app, house.eva).call(follow_up, "spoke")
    pass_on(app, house.eva, follow_up, house.bram, "language", at=MONDAY + 2 * HOUR)
    with time_machine.travel(MONDAY + 3 * HOUR, tick=False):
        assert Phone(app, house.eva).undo(slip).status_code == 200
    assert again(follow_up).owner_id == house.bram.id


def test_who_has_left_gets_nobody_back(app: Flask, house: House, follow_up: FollowUp) -> None:
    with time_machine.travel(MONDAY + HOUR, tick=False):
        slip = Phone(app, house.eva).call(follow_up, "spoke")
        change(house.sanne, left_at=MONDAY + HOUR)
        Phone(app, house.eva).undo(slip)
    assert again(follow_up).owner_id == house.eva.id
