"""Queued, sent, received, opened, acted: the end of the proof is that somebody did something."""

import pytest
from flask import Flask

from app import clock
from app.db import db, write
from app.models import DeliveryState, FollowUp, Person
from app.outbox import proof
from tests.api.phone import Phone, follow_up_of, fresh, told
from tests.people import House, doesburg, send_lead
from tests.push.phones import phone


@pytest.fixture
def house(app: Flask) -> House:
    house = doesburg()
    phone(house.sanne)
    phone(house.eva)
    return house


def test_the_first_call_acts_on_what_told_the_caller_and_on_nobody_elses(app: Flask, house: House) -> None:
    follow_up = follow_up_of(send_lead(app, house.sources["form"]))
    owner, other = follow_up.owner, house.eva if follow_up.owner_id == house.sanne.id else house.sanne
    (alert,) = told(owner, "lead")
    assert alert.acted_at is None
    mine = Phone(app, owner)
    mine.call(follow_up, "no_answer")
    (alert,) = told(owner, "lead")
    first = alert.acted_at
    assert first is not None
    assert all(d.acted_at is None for d in told(other))
    mine.call(follow_up, "no_answer")
    assert told(owner, "lead")[0].acted_at == first, "the first time wins"


def test_a_message_that_failed_moved_nobody(app: Flask, house: House) -> None:
    follow_up = follow_up_of(send_lead(app, house.sources["form"]))
    (alert,) = told(follow_up.owner, "lead")
    with write():
        db.session.merge(alert).state = DeliveryState.FAILED
    with write():
        person = db.session.get_one(Person, follow_up.owner_id)
        assert proof.acted(person, db.session.get_one(FollowUp, follow_up.id), clock.now()) == 0
    fresh()
    assert told(follow_up.owner, "lead")[0].acted_at is None
