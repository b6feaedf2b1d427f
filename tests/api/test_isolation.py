"""Charlie works for another firm: whatever address he tries, ours does not exist. A new route cannot be forgotten.

Every route of the app is walked; one that is not named here fails the test until somebody has decided about it.
"""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock
from app.db import db, write
from app.models import Attempt, Event, FollowUp, Person, Role, Showroom
from tests.api.phone import Phone, again, follow_up_of, fresh
from tests.files import camera
from tests.people import ALWAYS, House, doesburg, elsewhere, send_lead

SOON = "2027-01-01T10:00:00Z"
NOW = "2026-11-22T10:00:00Z"
STRANGER = {
    "GET /api/v1/follow-ups/<uuid:id_>": None,
    "POST /api/v1/follow-ups/<uuid:id_>/acknowledgements": {},
    "POST /api/v1/follow-ups/<uuid:id_>/bridged-calls": {"id": str(uuid.UUID(int=8))},
    "POST /api/v1/follow-ups/<uuid:id_>/attempts": {"id": str(uuid.UUID(int=7)), "channel": "call", "started_at": NOW},
    "POST /api/v1/follow-ups/<uuid:id_>/closure": {"reason": "test"},
    "POST /api/v1/follow-ups/<uuid:id_>/covers": {},
    "POST /api/v1/follow-ups/<uuid:id_>/handovers": {"reason": "cannot_now"},
    "POST /api/v1/follow-ups/<uuid:id_>/next-steps": {"kind": "quote", "due_at": SOON},
    "POST /api/v1/follow-ups/<uuid:id_>/cadence": {"version": 1},
    "POST /api/v1/follow-ups/<uuid:id_>/snoozes": {"until": SOON, "reason": "away"},
    "DELETE /api/v1/follow-ups/<uuid:id_>/snoozes": None,
    "POST /api/v1/cadences/<uuid:id_>/follow-ups": {},
    "POST /api/v1/attempts/<uuid:id_>/outcome": {"outcome": "spoke", "at": NOW},
    "DELETE /api/v1/attempts/<uuid:id_>/outcome": None,
    "POST /api/v1/attempts/<uuid:id_>/withdrawal": {},
    "PATCH /api/v1/people/<uuid:id_>": {"phone": "0612345678"},
    "POST /api/v1/people/<uuid:id_>/departure": {},
    "DELETE /api/v1/devices/<uuid:id_>": None,
    "DELETE /api/v1/passkeys/<uuid:id_>": None,
    "DELETE /api/v1/absences/<uuid:id_>": None,
    "DELETE /api/v1/on-call/<uuid:id_>": None,
    "GET /api/v1/sources/<uuid:id_>": None,
    "PATCH /api/v1/sources/<uuid:id_>": {"name": "Website"},
    "GET /api/v1/sources/<uuid:id_>/submissions": None,
    "POST /api/v1/sources/<uuid:id_>/tests": {},
    "GET /api/v1/submissions/<uuid:id_>/raw": None,
    "GET /api/v1/submissions/<uuid:id_>/text": None,
    "POST /api/v1/submissions/<uuid:id_>/leads": {},
    "PATCH /api/v1/leads/<uuid:id_>": {"name": "Piet"},
    "PUT /api/v1/templates/<uuid:id_>": {"data": {"name": "x", "senders": ["x.example"]}},
    "DELETE /api/v1/templates/<uuid:id_>": None,
    "PUT /api/v1/follow-ups/<uuid:id_>/files/<uuid:file_id>": None,
    "GET /api/v1/files/<uuid:id_>": None,
    "POST /api/v1/files/<uuid:id_>/removal": {},
    "DELETE /api/v1/files/<uuid:id_>/removal": None,
    "POST /api/v1/follow-ups/<uuid:id_>/notes": {"id": str(uuid.UUID(int=9)), "text": "x"},
    "POST /api/v1/notes/<uuid:id_>/removal": {},
    "DELETE /api/v1/notes/<uuid:id_>/removal": None,
    "POST /api/v1/contact-points/<uuid:id_>/reading": {"e164": "+31612345678"},
}  # fmt: skip
"""Routes with an id: of ours, for Charlie, 404. The body is one that would be accepted."""
SESSION = {
    "GET /api/v1/me": None,
    "PATCH /api/v1/me": {"language": "en"},
    "PUT /api/v1/me/availability": {"state": "off"},
    "GET /api/v1/inbox": None,
    "GET /api/v1/done-today": None,
    "GET /api/v1/board": None,
    "GET /api/v1/showrooms/current": None,
    "PATCH /api/v1/showrooms/current": {"phone": ""},
    "GET /api/v1/cadences": None,
    "POST /api/v1/cadences": {"name": "six_in_ten", "steps": []},
    "POST /api/v1/cadence-previews": {"name": "six_in_ten", "steps": [], "starts_at": SOON},
    "GET /api/v1/people": None,
    "GET /api/v1/absences": None,
    "POST /api/v1/absences": {"deputy_id": str(uuid.UUID(int=7)), "starts_at": NOW, "ends_at": SOON},
    "GET /api/v1/on-call": None,
    "POST /api/v1/on-call": {"starts_at": NOW, "ends_at": SOON},
    "GET /api/v1/reports/continuity": None,
    "GET /api/v1/sources": None,
    "POST /api/v1/sources": {"name": "Website 2", "kind": "form"},
    "POST /api/v1/field-maps/previews": {"sample": "{}"},
    "GET /api/v1/needs-look": None,
    "GET /api/v1/templates": None,
    "POST /api/v1/templates": {"data": {"name": "x", "senders": ["x.example"]}},
    "POST /api/v1/template-previews": {"data": {"name": "x", "senders": ["x.example"]}, "sample": "x"},
    "POST /api/v1/template-drafts": {"submission_id": str(uuid.UUID(int=7))},
    "GET /api/v1/customer-matches": None,
    "POST /api/v1/walk-ins": {"name": "Piet"},
    "GET /api/v1/me/qr-code": None,
    "POST /api/v1/me/qr-code": {},
    "GET /api/v1/showrooms/current/forward": None,
    "PUT /api/v1/showrooms/current/forward": {"kind": None},
    "DELETE /api/v1/sessions/current": None,
    "DELETE /api/v1/sessions": None,
    "GET /api/v1/devices": None,
    "GET /api/v1/passkeys": None,
    "POST /api/v1/passkeys/options": {},
    "POST /api/v1/passkeys": {"credential": {}},
    "POST /api/v1/subscriptions": {"endpoint": "x", "keys": {"p256dh": "x", "auth": "x"}, "key_id": "x"},
    "POST /api/v1/subscriptions/current/tests": {},
}
"""Routes about me: 401 without a session."""
OPEN = {
    "POST /api/v1/telephony/messages/<token>", "POST /api/v1/telephony/calls/<token>/statuses",
    "POST /api/v1/telephony/calls/<token>/answers", "POST /api/v1/telephony/calls/<token>/keys",
    "POST /api/v1/telephony/calls/<token>/results",
    "GET /api/v1/device-links/<token>", "POST /api/v1/sessions", "POST /api/v1/sessions/options", "POST /api/v1/push/receipts",
    "GET /api/v1/openapi.json", "POST /in/<key>", "GET /in/<key>", "OPTIONS /in/<key>", "GET /healthz", "GET /readyz", "GET /metrics",
    "GET /c/<token>", "GET /c/<token>/contact.vcf", "GET /c/<token>/stop", "POST /c/<token>/stop", "POST /c/<token>/answer",
    "POST /c/<token>/return", "GET /c/<token>/v/<uuid:id_>", "GET /c/<token>/v/<uuid:id_>/content",
    "GET /form/<key>", "GET /form/<key>.js", "GET /q/<key>", "POST /q/<key>",
    "GET /customer/<path:filename>", "GET /static/<path:filename>", "GET /", "GET /sign-in", "GET /leads", "GET /l/<path:_id>",
    "GET /me", "GET /me/hours", "GET /showroom", "GET /people", "GET /cadence", "GET /_design", "GET /onboarding", "GET /board", "GET /sw.js", "GET /manifest.webmanifest", "GET /assets/<path:name>",
    "GET /icons/<path:name>", "GET /favicon.ico",
    "GET /demo", "GET /demo/state", "POST /demo/links", "POST /demo/worker/kill", "POST /demo/worker/start",
}  # fmt: skip
"""Open to everybody: secrets in the address, no data of anybody, or the demo's own rows (only in demo mode)."""


@pytest.fixture
def house(app: Flask) -> House:
    return doesburg()


def routes(app: Flask) -> Iterator[str]:
    for rule in app.url_map.iter_rules():
        methods = (rule.methods or set()) - {"HEAD"}
        if methods != {"OPTIONS"}:
            methods -= {"OPTIONS"}
        yield from (f"{method} {rule.rule}" for method in methods)


def send(phone: Any, route: str, id_: object, body: dict[str, Any] | None) -> Any:
    method, _, path = route.partition(" ")
    fresh()
    path = path.replace("<uuid:id_>", str(id_)).replace("<uuid:file_id>", str(uuid.UUID(int=10)))
    return phone.open(path, method=method, json=body)


def test_every_route_is_one_that_somebody_has_thought_about(app: Flask) -> None:
    known = OPEN | SESSION.keys() | STRANGER.keys()
    assert set(routes(app)) - known == set(), "decide who may use it, and add it to this file"
    assert known - set(routes(app)) == set(), "gone: remove it from this file"


def test_without_a_session_everything_of_ours_is_closed(app: Flask, house: House) -> None:
    follow_up = follow_up_of(send_lead(app, house.sources["form"]))
    ours = things(Phone(app, house.sanne), follow_up)
    for route, body in {**SESSION, **STRANGER}.items():
        id_ = about(route, ours, follow_up)
        answer = send(app.test_client(), route, id_, body)
        assert answer.status_code == 401, route
        if body is not None:  # who may not come in is told that first, whatever they send
            nonsense = send(app.test_client(), route, id_, {"nonsense": [1]})
            assert nonsense.status_code == 401, route
        assert answer.mimetype == "application/problem+json" and answer.json["type"].endswith(
            "#not_signed_in"
        )


def test_charlie_finds_nothing_of_ours_and_changes_nothing(app: Flask, house: House) -> None:
    follow_up, theirs = follow_up_of(send_lead(app, house.sources["form"])), elsewhere()
    known = things(Phone(app, house.sanne), follow_up)
    before = state(follow_up)
    for person in (theirs.charlie, theirs.dora):
        phone = Phone(app, person)
        for route, body in STRANGER.items():
            id_ = about(route, known, follow_up)
            ours, nobodys = (
                send(phone.client, route, id_, body),
                send(phone.client, route, uuid.uuid4(), body),
            )
            assert ours.status_code == nobodys.status_code == 404, route
            assert shape(ours) == shape(nobodys), "not even a hint that it exists"
    assert state(follow_up) == before


def things(phone: Phone, follow_up: FollowUp) -> dict[str, str]:
    """An attempt, a photo and a note, by the part of an address that their ids follow."""
    note, photo = str(uuid.uuid4()), str(uuid.uuid4())
    assert (
        phone.post(f"follow-ups/{follow_up.id}/notes", {"id": note, "text": "Brings his dog"}).status_code
        == 201
    )
    fresh()
    path = f"/api/v1/follow-ups/{follow_up.id}/files/{photo}"
    assert phone.client.put(path, data=camera.photo(), content_type="image/jpeg").status_code == 201
    return {"v1/attempts/<": phone.start(follow_up), "v1/files/<": photo, "v1/notes/<": note}


def about(route: str, known: dict[str, str], follow_up: FollowUp) -> object:
    return next((id_ for part, id_ in known.items() if part in route), follow_up.id)


def shape(answer: Any) -> str:
    return json.dumps(answer.json, sort_keys=True)


def state(follow_up: Any) -> tuple[Any, ...]:
    """Whatever a stranger could have changed."""
    row = again(follow_up)
    events = db.session.scalar(select(func.count()).select_from(Event).where(Event.follow_up_id == row.id))
    attempts = db.session.scalar(select(func.count()).select_from(Attempt))
    return row.state, row.owner_id, row.covered_by_id, row.next_due_at, events, attempts


def test_charlie_cannot_be_given_our_customer_nor_use_our_attempts_id(app: Flask, house: House) -> None:
    follow_up, theirs = follow_up_of(send_lead(app, house.sources["form"])), elsewhere()
    charlies = follow_up_of(send_lead(app, theirs.sources["form"]))
    sanne, charlie = Phone(app, house.sanne), Phone(app, theirs.charlie)
    given = {"reason": "customers_wish", "to_person_id": str(theirs.charlie.id)}
    assert sanne.post(f"follow-ups/{follow_up.id}/handovers", given).status_code == 404
    attempt = sanne.start(follow_up)
    said = {"id": attempt, "channel": "call", "started_at": NOW}
    assert charlie.post(f"follow-ups/{charlies.id}/attempts", said).status_code == 404
    numbers = sanne.get(f"follow-ups/{follow_up.id}")["reach"]["numbers"]
    said = {
        "id": str(uuid.uuid4()),
        "channel": "call",
        "started_at": NOW,
        "contact_point_id": numbers[0]["id"],
    }
    started = charlie.post(f"follow-ups/{charlies.id}/attempts", said)
    assert started.status_code == 201, "the fact is not refused; the foreign number is left out"
    assert db.session.get_one(Attempt, uuid.UUID(said["id"])).contact_point_id is None


def test_a_colleague_of_another_showroom_does_not_see_it_either(app: Flask, house: House) -> None:
    follow_up = follow_up_of(send_lead(app, house.sources["form"]))
    with write():
        arnhem = Showroom(
            group_id=house.group.id, slug="arnhem", name="Arnhem", country="NL", timezone="Europe/Amsterdam",
            weekly=ALWAYS,
        )  # fmt: skip
        db.session.add(arnhem)
        db.session.flush()
        tom = Person(
            group_id=house.group.id, showroom_id=arnhem.id, first_name="Tom", email="tom@arnhem.example",
            role=Role.SALESPERSON,
        )  # fmt: skip
        db.session.add(tom)
    assert Phone(app, tom).client.get(f"/api/v1/follow-ups/{follow_up.id}").status_code == 404


def test_a_salesperson_gets_no_board_and_cannot_close_as_a_test(app: Flask, house: House) -> None:
    follow_up = follow_up_of(send_lead(app, house.sources["form"]))
    sanne = Phone(app, house.sanne)
    assert sanne.client.get("/api/v1/board").status_code == 403
    for reason in ("test", "not_a_request"):
        answer = sanne.post(f"follow-ups/{follow_up.id}/closure", {"reason": reason})
        assert answer.status_code == 409 and answer.json["type"].endswith("#managers_only")


def test_who_left_is_signed_out_everywhere(app: Flask, house: House) -> None:
    sanne = Phone(app, house.sanne)
    with write():
        db.session.get_one(Person, house.sanne.id).left_at = clock.now()
    fresh()
    assert sanne.client.get("/api/v1/me").status_code == 401


def test_a_cookie_that_is_nobodys_opens_nothing(app: Flask, house: House) -> None:
    for value in ("", "x", "a" * 4000, "\x00", "' OR 1=1"):
        client = app.test_client()
        client.set_cookie("firstcall", value)
        assert client.get("/api/v1/me").status_code == 401, value
