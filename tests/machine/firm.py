"""The firm the machine plays with: two showrooms, everybody signed in with a phone, and a stranger's firm beside it.

In: an app on a migrated database; whatever is in it is thrown away. Out: ``Firm``, whose methods are single requests to
the real API. Called by ``acts``. Everybody's time is the test's: it moves only when a rule moves it.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from flask import Flask, current_app
from flask.testing import FlaskClient
from sqlalchemy import Connection
from werkzeug.test import TestResponse

from app import access, clock
from app.access import digest
from app.api.edge import limiter
from app.db import Base, db, new_id, write
from app.models import Group, Person, PushState, Role, Showroom, Source, Subscription
from app.push import keys
from tests.wire.phone_keys import FakeSubscription

STAFF = {
    "doesburg": {
        "sanne": Role.SALESPERSON,
        "eva": Role.SALESPERSON,
        "bram": Role.MANAGER,
        "rik": Role.RECEPTIONIST,
        "ada": Role.ADMIN,
    },
    "zutphen": {"tom": Role.SALESPERSON, "mia": Role.MANAGER},
    "elsewhere": {"charlie": Role.SALESPERSON, "dora": Role.MANAGER},
}
OURS = ("doesburg", "zutphen")
PEOPLE = [name for staff in STAFF.values() for name in staff]
COLLEAGUES = [name for slug in OURS for name in STAFF[slug]]
T = TypeVar("T")
KEYS = FakeSubscription("https://fcm.googleapis.com/machine").json()["keys"]
"""One pair for every browser: making one takes longer than a rule, and nothing here is encrypted."""


class Firm:
    """People by first name, sources by showroom; ``clients`` are their browsers."""

    def __init__(self, app: Flask, weekly: dict[str, Any]) -> None:
        self.app = app
        self.people: dict[str, Person] = {}
        self.sources: dict[str, str] = {}
        self.clients: dict[str, FlaskClient] = {}
        self.outside = app.test_client()
        limiter.reset()
        with app.app_context():
            self._found(weekly)

    def ask(self, who: str, method: str, path: str, body: Any = None, key: str = "") -> TestResponse:
        """One request by somebody signed in. AssertionError when the house itself is at fault."""
        headers = {"Idempotency-Key": key} if key else {}
        answer = self.clients[who].open(f"/api/v1/{path}", method=method, json=body or {}, headers=headers)
        assert answer.status_code < 500, answer.text
        return answer

    def send(self, slug: str, body: bytes, key: str) -> TestResponse:
        """A website passes a request on. Whatever is in it, it is taken in."""
        kind, headers = "application/json", {"Idempotency-Key": key}
        answer = self.outside.post(f"/in/{self.sources[slug]}", data=body, content_type=kind, headers=headers)
        assert answer.status_code in (200, 201, 202), answer.text
        return answer

    def page(self, url: str, where: str, form: dict[str, str]) -> TestResponse:
        """The customer presses a button on their own page."""
        path = url[url.index("/c/") :]
        answer = self.outside.post(f"{path}/{where}", data=form)
        assert answer.status_code in (200, 303, 404, 405), answer.text
        return answer

    def subscribe(self, who: str) -> TestResponse:
        """The person's browser shows its subscription again, as the app does at each start."""
        offer = {"endpoint": f"https://fcm.googleapis.com/{who}", "keys": KEYS, "key_id": self.key_id}
        return self.ask(who, "POST", "subscriptions", offer)

    @contextmanager
    def looking(self) -> Iterator[Connection]:
        """A connection past the program, for looking only."""
        with self.app.app_context(), db.engine.connect() as connection:
            yield connection
            connection.rollback()

    def _found(self, weekly: dict[str, Any]) -> None:
        vapid = current_app.extensions["vapid"]
        if not vapid:
            key = keys.create(access.settings().var_dir)
            vapid[key.id] = key
        self.key_id = keys.newest(vapid).id
        with write():
            for table in reversed(Base.metadata.sorted_tables):
                db.session.execute(table.delete())
            ours = self._group("Autogroep Doesburg")
            for slug in OURS:
                self._showroom(ours, slug, weekly)
            self._showroom(self._group("Elsewhere BV"), "elsewhere", weekly)

    def _group(self, name: str) -> Group:
        return self._kept(Group(id=new_id(), name=name, created_at=clock.now()))

    def _showroom(self, group: Group, slug: str, weekly: dict[str, Any]) -> None:
        showroom = self._kept(
            Showroom(
                id=new_id(), group_id=group.id, slug=slug, name=slug.title(), country="NL",
                timezone="Europe/Amsterdam", language="nl", phone="+31313000000", weekly=weekly,
            )
        )  # fmt: skip
        source = Source(
            id=new_id(), group_id=group.id, showroom_id=showroom.id, name="form", kind="form",
            key=secrets.token_urlsafe(18),
        )  # fmt: skip
        self.sources[slug] = self._kept(source).key
        for name, role in STAFF[slug].items():
            self.people[name] = self._kept(
                Person(
                    id=new_id(), group_id=group.id, showroom_id=showroom.id, first_name=name.title(),
                    email=f"{name}@{slug}.example", role=role, language="nl",
                )
            )  # fmt: skip
            self._sign_in(name)

    def _sign_in(self, name: str) -> None:
        person, now = self.people[name], clock.now()
        device, secret = access.open_session(person, "phone", "android", now)
        endpoint = f"https://fcm.googleapis.com/{name}"
        self._kept(
            Subscription(
                id=new_id(), group_id=person.group_id, device_id=device.id, person_id=person.id,
                endpoint=endpoint, endpoint_hash=digest(endpoint), p256dh=KEYS["p256dh"].rstrip("="),
                auth=KEYS["auth"].rstrip("="), key_id=self.key_id, state=PushState.CONFIRMED,
                confirmed_at=now, last_received_at=now,
            )
        )  # fmt: skip
        self.clients[name] = self.app.test_client()
        self.clients[name].set_cookie(access.cookie_name(), secret)

    def _kept(self, row: T) -> T:
        db.session.add(row)
        db.session.flush()
        return row
