"""The people tests are about: Sanne and Eva sell in Doesburg, Bram manages them, Charlie works for another firm.

``doesburg()`` and ``elsewhere()`` write them into the running app's database and return them by name.
"""

import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Flask, current_app
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import access, clock
from app.db import db, new_id, write
from app.models import Group, Person, Role, Showroom, Source
from app.push import keys

ALWAYS: dict[str, Any] = {"always": True}


@dataclass
class House:
    """A showroom with its people and sources."""

    group: Group
    showroom: Showroom
    people: dict[str, Person] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Person:
        try:
            return self.people[name]
        except KeyError:
            raise AttributeError(name) from None


def doesburg(weekly: dict[str, Any] | None = None) -> House:
    """Sanne and Eva (salespeople), Bram (manager); always open unless ``weekly`` says otherwise."""
    people = {"sanne": Role.SALESPERSON, "eva": Role.SALESPERSON, "bram": Role.MANAGER}
    return _house("Autogroep Doesburg", "doesburg", people, weekly)


def elsewhere() -> House:
    """Charlie, a salesperson, and Dora, a manager, of a firm that must see nothing of ours."""
    return _house("Elsewhere BV", "elsewhere", {"charlie": Role.SALESPERSON, "dora": Role.MANAGER}, None)


def sign_in(app: Flask, person: Person) -> FlaskClient:
    """A browser in which this person is signed in."""
    with app.app_context():
        with write():
            _device, secret = access.open_session(
                db.session.get_one(Person, person.id), "test phone", "android", clock.now()
            )
        cookie = access.cookie_name()
    client = app.test_client()
    client.set_cookie(cookie, secret)
    return client


def send_lead(app: Flask, source: Source, lead: dict[str, Any] | None = None, **headers: str) -> TestResponse:
    """Post a lead as a website form would; JSON."""
    body = json.dumps(lead if lead is not None else jansen())
    return app.test_client().post(
        f"/in/{source.key}", data=body, content_type="application/json", headers=headers
    )


def jansen(**changed: Any) -> dict[str, Any]:
    """Piet Jansen asks about a Golf."""
    return {
        "name": "Piet Jansen",
        "phone": "06 12 34 56 78",
        "email": "piet.jansen@example.com",
        "vehicle": {"make": "VW", "model": "Golf", "year": "2022"},
        "message": "Is hij zaterdag te zien?",
        **changed,
    }


def stranger(number: int) -> dict[str, Any]:
    """Somebody new, different for every number."""
    return jansen(
        name=f"Klant {number}", phone=f"+316{20000000 + number}", email=f"klant{number}@example.com"
    )


def at(text: str) -> datetime:
    """An aware UTC instant from ISO text."""
    return datetime.fromisoformat(text)


def _house(name: str, slug: str, people: dict[str, Role], weekly: dict[str, Any] | None) -> House:
    if not keys.load(access.settings().var_dir):
        key = keys.create(access.settings().var_dir)
        current_app.extensions["vapid"][key.id] = key
    group = Group(id=new_id(), name=name, created_at=clock.now())
    showroom = Showroom(
        id=new_id(), group_id=group.id, slug=slug, name=name, country="NL", timezone="Europe/Amsterdam",
        language="nl", phone="+31313000000", weekly=weekly or ALWAYS,
    )  # fmt: skip
    house = House(group, showroom)
    for first, role in people.items():
        house.people[first] = Person(
            id=new_id(), group_id=group.id, showroom_id=showroom.id, first_name=first.title(), last_name="",
            email=f"{first}@{slug}.example", phone=None, role=role, language="nl",
        )  # fmt: skip
    for kind in ("form", "adf"):
        house.sources[kind] = Source(
            id=new_id(),
            group_id=group.id,
            showroom_id=showroom.id,
            name=kind,
            kind=kind,
            key=secrets.token_urlsafe(18),
        )
    with write():
        for rows in ([group], [showroom], house.people.values(), house.sources.values()):
            db.session.add_all(rows)
            db.session.flush()
    return house
