"""A signed-in phone as the API sees it: taps, outcomes and questions, each with the fields a phone sends.

In: an app and a person. Out: responses, or their JSON when they must succeed. Called by the tests of the stages
behind the API.
"""

import uuid
from datetime import datetime
from typing import Any

from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from app import clock
from app.db import db
from app.models import Delivery, Event, FollowUp, Person
from app.push.notify import iso
from tests.people import sign_in


class Phone:
    """One person's phone. Every method is one request.

    Flask lets a request share the test's own app context, and with it the session: what the test has read is
    forgotten first, or the request would read an old snapshot.
    """

    def __init__(self, app: Flask, person: Person) -> None:
        self.client = sign_in(app, person)
        fresh()

    def post(self, path: str, body: dict[str, Any] | None = None, key: str | None = None) -> TestResponse:
        headers = {"Idempotency-Key": key} if key else {}
        fresh()
        return self.client.post(f"/api/v1/{path}", json=body or {}, headers=headers)

    def get(self, path: str) -> Any:
        fresh()
        answer = self.client.get(f"/api/v1/{path}")
        assert answer.status_code == 200, answer.text
        return answer.json

    def start(self, follow_up: FollowUp, channel: str = "call", at: datetime | None = None) -> str:
        """The tap; returns the attempt's id."""
        id_ = str(uuid.uuid4())
        said = {"id": id_, "channel": channel, "started_at": iso(at or clock.now())}
        answer = self.post(f"follow-ups/{follow_up.id}/attempts", said)
        assert answer.status_code == 201, answer.text
        return id_

    def log(self, attempt: str, outcome: str, **more: Any) -> dict[str, Any]:
        """The outcome sheet; returns the follow-up as the phone then shows it."""
        said = {"outcome": outcome, "at": iso(clock.now()), **more}
        answer = self.post(f"attempts/{attempt}/outcome", said)
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json["follow_up"]
        return shown

    def call(self, follow_up: FollowUp, outcome: str, at: datetime | None = None, **more: Any) -> str:
        """A call from tap to outcome; returns the attempt's id."""
        attempt = self.start(follow_up, at=at)
        self.log(attempt, outcome, **more)
        return attempt

    def undo(self, attempt: str) -> TestResponse:
        fresh()
        return self.client.delete(f"/api/v1/attempts/{attempt}/outcome")

    def withdraw(self, attempt: str) -> TestResponse:
        return self.post(f"attempts/{attempt}/withdrawal")


def follow_up_of(answer: TestResponse) -> FollowUp:
    """The follow-up that an intake's answer speaks of, as the database has it now."""
    assert answer.status_code in (200, 201, 202), answer.text
    return again(answer.json["follow_up_id"])


def again(follow_up: FollowUp | str) -> FollowUp:
    """The same follow-up, read anew."""
    id_ = follow_up if isinstance(follow_up, str) else str(follow_up.id)
    fresh()
    return db.session.get_one(FollowUp, uuid.UUID(id_))


def fresh() -> None:
    """Forget what this test has read, so that the next look shows what others have written."""
    db.session.rollback()
    db.session.expire_all()


def told(person: Person, kind: str | None = None) -> list[Delivery]:
    """Notifications to a person, oldest first."""
    fresh()
    query = select(Delivery).where(Delivery.person_id == person.id).order_by(Delivery.created_at, Delivery.id)
    return [d for d in db.session.scalars(query) if kind in (None, d.kind)]


def events(follow_up: FollowUp, type_: str) -> list[Event]:
    """Events of one type about this follow-up, oldest first."""
    fresh()
    query = select(Event).where(Event.follow_up_id == follow_up.id, Event.type == type_).order_by(Event.id)
    return list(db.session.scalars(query))
