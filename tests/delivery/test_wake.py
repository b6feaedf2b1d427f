"""A commit wakes those lanes of the worker that have something to do by it, and leaves the others asleep."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from app.outbox import agenda
from app.worker import Worker
from tests.people import doesburg, send_lead
from tests.push.phones import phone


@pytest.fixture
def worker(app: Flask) -> Iterator[Worker]:
    worker = Worker(app)
    yield worker
    for lane in worker._rung:
        lane.turns.close()


def woken(worker: Worker) -> set[str]:
    return {lane.name for lane in worker._concerned()}


def test_a_lead_wakes_push_and_mail(app: Flask, worker: Worker) -> None:
    house = doesburg()
    phone(house.sanne)
    phone(house.eva)
    assert woken(worker) == set()
    send_lead(app, house.sources["form"])
    assert woken(worker) == {"push", "mail"}


def test_everybody_is_woken_when_the_database_cannot_say(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_several: object) -> None:
        raise OperationalError("SELECT", {}, Exception("it is away"))

    monkeypatch.setattr(agenda, "next_dues", away)
    assert woken(worker) == {lane.name for lane in worker._rung}
