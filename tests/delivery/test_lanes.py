"""A channel that blocks has threads of its own: one slow answer holds up nobody, and a mistake ends nothing."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.access import settings
from app.config import Settings
from app.db import db, new_id, write
from app.delivery.lanes import BlockingLane
from app.delivery.result import Gone, Refused, Result, Retry, Sent
from app.models import Delivery, DeliveryChannel, DeliveryState
from tests.api.phone import fresh
from tests.people import House, doesburg

ANSWERS: dict[str, Result] = {
    "sent": Sent("provider 1"), "later": Retry("busy"), "no": Refused("our account is closed"), "gone": Gone("no number"),
}  # fmt: skip


@pytest.fixture
def house(app: Flask) -> House:
    return doesburg()


class Provider:
    """Answers as the address says; "slow" waits until the test lets go."""

    def __init__(self) -> None:
        self.go, self.asked = threading.Event(), list[str]()

    def send(self, delivery: Delivery, _settings: Settings) -> Result:
        word = str(delivery.address)
        self.asked.append(word)
        if word == "slow":
            self.go.wait(20)
        if word == "broken":
            raise KeyError("our own mistake")
        return ANSWERS.get(word, Sent())


@pytest.fixture
def provider() -> Iterator[Provider]:
    provider = Provider()
    yield provider
    provider.go.set()


def queue(house: House, *addresses: str) -> None:
    with write():
        for address in addresses:
            now = clock.now()
            db.session.add(
                Delivery(
                    id=new_id(),
                    group_id=house.group.id,
                    channel=DeliveryChannel.SMS,
                    kind="reminder",
                    address=address,
                    token=new_id().hex,
                    created_at=now,
                    due_at=now,
                    expires_at=now + timedelta(hours=1),
                    payload={},
                )
            )


def states() -> dict[str, tuple[DeliveryState, str | None, str | None]]:
    fresh()
    return {str(d.address): (d.state, d.reason, d.provider_ref) for d in db.session.scalars(select(Delivery))}


def lane_of(provider: Provider, threads: int = 2) -> BlockingLane:
    return BlockingLane(
        settings(), "worker 1", (DeliveryChannel.SMS, DeliveryChannel.VOICE), provider.send, threads=threads
    )


def work(lane: BlockingLane, rounds: int = 12) -> None:
    for _ in range(rounds):
        lane.turn()
        lane.wait(0.05)


def test_every_result_becomes_the_state_it_means(app: Flask, house: House, provider: Provider) -> None:
    queue(house, "sent", "later", "no", "gone", "broken")
    lane = lane_of(provider)
    work(lane)
    lane.flush()
    lane.close()
    found = states()
    assert found["sent"] == (DeliveryState.SENT, None, "provider 1")
    assert found["later"][:2] == (DeliveryState.QUEUED, "busy")
    assert found["no"][0] is DeliveryState.FAILED and found["gone"][0] is DeliveryState.FAILED
    assert found["broken"][0] is DeliveryState.QUEUED, (
        "the mistake is in the log, and the message waits for another try"
    )


def test_one_slow_answer_holds_up_nobody(app: Flask, house: House, provider: Provider) -> None:
    queue(house, "slow", "a", "b", "c", "d")
    lane = lane_of(provider)
    work(lane)
    found = states()
    assert [found[name][0] for name in "abcd"] == [DeliveryState.SENT] * 4
    assert found["slow"][0] is DeliveryState.SENDING
    provider.go.set()
    lane.flush()
    lane.close()
    assert states()["slow"][0] is DeliveryState.SENT
    assert sorted(provider.asked) == ["a", "b", "c", "d", "slow"], "each once"


def test_no_more_is_claimed_than_can_be_sent_now(app: Flask, house: House, provider: Provider) -> None:
    queue(house, *["slow"] * 5)
    lane = lane_of(provider, threads=2)
    work(lane, 4)
    fresh()
    rows = list(db.session.scalars(select(Delivery.state)))
    assert rows.count(DeliveryState.SENDING) == 2 and rows.count(DeliveryState.QUEUED) == 3
    provider.go.set()
    work(lane)
    lane.flush()
    lane.close()
    assert {state for state, _, _ in states().values()} == {DeliveryState.SENT}
