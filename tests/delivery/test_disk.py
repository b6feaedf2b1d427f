"""Only pushes may be quicker than the disk: a lead, an SMS and a call are never taken back by a power cut."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import event

from app.access import settings
from app.db import db, is_sqlite
from app.delivery.drain import PushLane
from app.delivery.lanes import MailLane
from tests.people import doesburg, jansen, send_lead
from tests.push.phones import at_service
from tests.wire.push_service import PushService


@pytest.fixture
def service() -> Iterator[PushService]:
    with PushService.start() as running:
        yield running


@pytest.fixture
def environment(environment: dict[str, str], service: PushService) -> dict[str, str]:
    return {**environment, "PUSH_EXTRA_HOSTS": urlsplit(service.base_url).netloc}


@pytest.fixture
def commits(app: Flask) -> list[str]:
    """What each commit of a write waited for, asked in the moment before it."""
    said: list[str] = []
    db.engine.dispose()

    @event.listens_for(db.engine, "connect")
    def as_in_life(connection: Any, _record: object) -> None:
        if not is_sqlite():
            connection.execute("SET synchronous_commit TO on")  # the tests' own server does not wait at all
            connection.commit()

    @event.listens_for(db.engine, "commit")
    def note(connection: Any) -> None:
        asked = connection.get_execution_options()
        if is_sqlite() and asked.get("write"):
            said.append(str(connection.connection.execute("PRAGMA synchronous").fetchone()[0]))
        if not is_sqlite() and asked.get("isolation_level") == "READ COMMITTED":
            said.append(str(connection.connection.execute("SHOW synchronous_commit").fetchone()[0]))

    return said


def test_the_push_lane_alone_does_not_wait_for_the_disk(
    app: Flask, commits: list[str], service: PushService
) -> None:
    always, quick = ("2", "1") if is_sqlite() else ("on", "off")
    house = doesburg()
    at_service(house.sanne, service)
    at_service(house.eva, service)
    pushes, mails = PushLane(settings(), "worker 1"), MailLane(settings(), "worker 1")
    for number in (1, 2):
        commits.clear()
        send_lead(
            app, house.sources["form"], jansen(phone=f"061234567{number}", email=f"{number}@example.nl")
        )
        assert len(commits) == 2 and set(commits) == {always}, "stored, and taken"
        commits.clear()
        pushes.turn()
        while pushes.busy:
            pushes.wait(min(pushes.turn(rung=False), 0.003))
        assert len(commits) == 2 and set(commits) == {quick}, "claimed, and recorded"
        commits.clear()
        mails.turn()
        mails.flush()
        assert commits and set(commits) == {always}
    pushes.close()
    mails.close()
