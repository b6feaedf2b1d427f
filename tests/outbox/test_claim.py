"""Any number of workers may drain the outbox: one claims, a dead one's claims are taken over, a late one is refused."""

import threading
from collections import Counter
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app import clock
from app import db as database
from app.db import db, write
from app.models import Delivery, DeliveryChannel, DeliveryState, FollowUp, Heartbeat, Person, Subscription
from app.outbox import agenda, claim, enqueue
from app.push import notify
from tests.api.phone import Phone, again, follow_up_of, fresh, told
from tests.people import House, doesburg, send_lead
from tests.push.phones import phone

PUSH = DeliveryChannel.PUSH
LEASE = timedelta(seconds=30)


@pytest.fixture
def house(app: Flask) -> House:
    house = doesburg()
    phone(house.sanne)
    return house


def queue(house: House, count: int) -> None:
    """Test pushes to Sanne's phone, due now."""
    with write():
        (subscription,) = notify.subscriptions(db.session.get_one(Person, house.sanne.id))
        for _ in range(count):
            assert notify.prove(subscription, subscription.device.person, clock.now())


def take(worker: str, limit: int = 10) -> list[Delivery]:
    with write():
        return claim.claim(PUSH, worker, clock.now(), LEASE, limit)


def next_due(channel: DeliveryChannel) -> datetime | None:
    return agenda.next_due(agenda.of_channels(channel))


def beat(worker: str, seconds_ago: float) -> None:
    with write():
        beat_at = clock.now() - timedelta(seconds=seconds_ago)
        db.session.merge(Heartbeat(name=worker, pid=1, beat_at=beat_at))


def test_a_claim_is_written_down_before_anything_is_sent(app: Flask, house: House) -> None:
    queue(house, 3)
    assert next_due(PUSH) is not None and next_due(DeliveryChannel.EMAIL) is None
    first, second = take("a", 2), take("b", 2)
    assert (len(first), len(second)) == (2, 1)
    fresh()
    rows = db.session.scalars(select(Delivery)).all()
    assert {r.state for r in rows} == {DeliveryState.SENDING} and {r.tries for r in rows} == {1}
    assert Counter(r.claimed_by for r in rows) == {"a": 2, "b": 1}
    assert take("c") == [] and next_due(PUSH) is None


def test_what_is_not_due_yet_is_left_alone(app: Flask, house: House) -> None:
    queue(house, 1)
    later = clock.now() + timedelta(minutes=5)
    with write():
        db.session.scalars(select(Delivery)).one().due_at = later
    assert take("a") == [] and next_due(PUSH) == later


def test_six_workers_at_once_claim_everything_once(
    app: Flask, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(house, 40)
    monkeypatch.setitem(database._slots, db.engine.dialect.name, threading.Semaphore(6))
    together, taken = threading.Barrier(6), []

    def work(name: str) -> None:
        with app.app_context():
            together.wait(10)
            while batch := take(name, 3):
                taken.extend(d.id for d in batch)
            db.session.remove()

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(taken) == len(set(taken)) == 40


def test_a_dead_workers_claim_is_free_at_once_and_a_living_ones_after_its_lease(
    app: Flask, house: House
) -> None:
    queue(house, 2)
    take("dead", 1)
    take("alive", 1)
    beat("dead", 10)
    beat("alive", 0)
    assert claim.needs_rescue(clock.now())
    with write():
        assert claim.rescue(clock.now()) == 1
    fresh()
    assert Counter(d.state for d in db.session.scalars(select(Delivery))) == {
        DeliveryState.QUEUED: 1,
        DeliveryState.SENDING: 1,
    }
    assert not claim.needs_rescue(clock.now())
    with write():
        assert claim.rescue(clock.now() + LEASE + timedelta(seconds=1)) == 1


def test_what_was_queued_on_a_clock_an_hour_ahead_is_due_once_it_is_set_right(
    app: Flask, house: House
) -> None:
    with time_machine.travel(clock.now() + timedelta(hours=1)):
        queue(house, 1)
    assert take("a") == [] and claim.needs_rescue(clock.now())
    with write():
        claim.rescue(clock.now())
    assert len(take("a")) == 1


def test_a_worker_that_comes_back_too_late_may_not_overwrite(app: Flask, house: House) -> None:
    queue(house, 1)
    (mine,) = take("slow")
    with write():
        db.session.get_one(Delivery, mine.id).lease_until = clock.now() - timedelta(seconds=1)
        assert claim.rescue(clock.now()) == 1
    (again_,) = take("quick")
    with write():
        assert claim.settle([mine.id], "slow", DeliveryState.FAILED) == 0
        assert claim.settle([again_.id], "quick", DeliveryState.SENT) == 1
    fresh()
    assert db.session.scalars(select(Delivery)).one().state is DeliveryState.SENT


def test_the_same_cause_reaches_a_device_once(app: Flask, house: House) -> None:
    follow_up = follow_up_of(send_lead(app, house.sources["form"]))
    with write():
        sanne, row = db.session.get_one(Person, house.sanne.id), db.session.get_one(FollowUp, follow_up.id)
        for _ in range(3):
            notify.tell(sanne, "due", row, "due at nine", clock.now())
    assert len(told(house.sanne, "due")) == 1


def test_a_dead_endpoint_and_a_signed_out_device_get_nothing(app: Flask, house: House) -> None:
    Phone(app, house.sanne)  # a device without notifications
    with write():
        (subscription,) = db.session.scalars(select(Subscription))
        subscription.device.revoked_at = clock.now()
    follow_up = follow_up_of(send_lead(app, house.sources["form"]))
    with write():
        row = db.session.get_one(FollowUp, follow_up.id)
        assert notify.tell(db.session.get_one(Person, house.sanne.id), "due", row, "x", clock.now()) == []


def test_the_end_cancels_what_has_not_left_yet(app: Flask, house: House) -> None:
    follow_up = follow_up_of(send_lead(app, house.sources["form"]))
    with write():
        row = db.session.get_one(FollowUp, follow_up.id)
        count = enqueue.cancel(row, "the follow-up ended")
    assert count >= 1 and again(follow_up).is_open
    left = db.session.scalars(select(Delivery).where(Delivery.follow_up_id == follow_up.id)).all()
    assert {d.state for d in left} == {DeliveryState.CANCELLED}
    assert {d.reason for d in left} == {"the follow-up ended"}
