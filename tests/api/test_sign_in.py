"""One-time links and codes: nothing happens on a GET, they work once, for half an hour, and guessing is slow."""

import threading
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app import access, clock, create_app
from app.db import db, write
from app.models import Device, Person
from tests.api.phone import Phone, fresh
from tests.people import House, doesburg


@pytest.fixture
def house(app: Flask) -> House:
    return doesburg()


def link(person: Person) -> str:
    with write():
        token = access.make_link(db.session.get_one(Person, person.id), clock.now())
    fresh()
    return token


def redeem(client: FlaskClient, **said: str) -> tuple[int, str]:
    fresh()
    answer = client.post("/api/v1/sessions", json=said)
    return answer.status_code, (answer.json or {}).get("type", "").rpartition("#")[2]


def test_looking_never_uses_it_up_and_redeeming_does(app: Flask, house: House) -> None:
    token, client = link(house.sanne), app.test_client()
    for _ in range(3):
        seen = client.get(f"/api/v1/device-links/{token}")
        assert seen.status_code == 200 and seen.json["first_name"] == "Sanne"
        assert len(seen.json["code"]) == 9 and seen.json["code"][4] == "-"
        client.get("/sign-in").close()  # a scanner that opens the page uses nothing up
        assert client.head(f"/api/v1/device-links/{token}").status_code == 200
    fresh()
    assert db.session.scalar(select(func.count()).select_from(Device)) == 0
    signed = client.post(
        "/api/v1/sessions", json={"token": token, "device_name": "Pixel", "platform": "android"}
    )
    assert signed.status_code == 201 and signed.json["person"]["first_name"] == "Sanne"
    assert client.get("/api/v1/me").json["device"]["name"] == "Pixel"
    assert redeem(app.test_client(), token=token) == (410, "link_used")
    assert client.get(f"/api/v1/device-links/{token}").status_code == 410


def test_the_code_typed_into_the_installed_app_is_the_same_key(app: Flask, house: House) -> None:
    token, client = link(house.sanne), app.test_client()
    code = client.get(f"/api/v1/device-links/{token}").json["code"]
    assert redeem(client, code=f" {code.lower().replace('-', ' ')} ") == (201, "")
    assert redeem(app.test_client(), code=code) == (410, "link_used")
    assert redeem(app.test_client(), token=token) == (410, "link_used")


def test_it_lasts_half_an_hour(app: Flask, house: House) -> None:
    with time_machine.travel(clock.now(), tick=False) as time:
        early, late = link(house.sanne), link(house.eva)
        time.shift(timedelta(minutes=29, seconds=59))
        assert redeem(app.test_client(), token=early) == (201, "")
        time.shift(1)
        assert redeem(app.test_client(), token=late) == (410, "link_expired")
        assert app.test_client().get(f"/api/v1/device-links/{late}").status_code == 410


WRONG = [
        {"code": "AAAA-AAAA"}, {"code": "7K3M"}, {"code": "0O1I"}, {"code": "😀"}, {"token": "x"}, {"token": "a" * 200},
        {"token": "\x00"}, {"code": "\x00\x00"},
]  # fmt: skip


def test_a_wrong_code_is_not_known(app: Flask, house: House) -> None:
    link(house.sanne)
    for said in WRONG:
        assert redeem(app.test_client(), **said) == (404, "unknown_code"), said


def test_neither_link_nor_code_is_our_question(app: Flask, house: House) -> None:
    for said in ({}, {"token": "", "code": ""}, {"token": 5}, {"code": ["x"]}, {"token": "a" * 201}):
        assert app.test_client().post("/api/v1/sessions", json=said).status_code == 422


def test_two_devices_that_redeem_at_once_have_one_winner(app: Flask, house: House) -> None:
    token, together, codes = link(house.sanne), threading.Barrier(4), []

    def tap() -> None:
        together.wait(10)
        codes.append(app.test_client().post("/api/v1/sessions", json={"token": token}).status_code)

    threads = [threading.Thread(target=tap) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(codes) == [201, 410, 410, 410]


def test_guessing_codes_is_slowed_down(app: Flask, house: House) -> None:
    client = app.test_client()
    answers = [client.post("/api/v1/sessions", json={"code": f"AAAABBB{n}"}) for n in range(2, 10)]
    answers += [client.post("/api/v1/sessions", json={"code": f"CCCCDDD{n}"}) for n in range(2, 10)]
    refused = answers[-1]
    assert refused.status_code == 429 and refused.mimetype == "application/problem+json"
    assert refused.json["type"].endswith("#too_many")
    assert [a.status_code for a in answers].count(404) <= 10
    looks = [client.get(f"/api/v1/device-links/{n}").status_code for n in range(40)]
    assert looks[0] == 404 and looks[-1] == 429


def test_who_left_cannot_use_an_old_link(app: Flask, house: House) -> None:
    token = link(house.sanne)
    with write():
        db.session.get_one(Person, house.sanne.id).left_at = clock.now()
    assert redeem(app.test_client(), token=token) == (404, "unknown_code")


def test_nothing_that_opens_the_door_is_kept_readable(app: Flask, house: House) -> None:
    token = link(house.sanne)
    client = app.test_client()
    code = client.get(f"/api/v1/device-links/{token}").json["code"].replace("-", "")
    client.post("/api/v1/sessions", json={"token": token})
    cookie = client.get_cookie("firstcall")
    assert cookie is not None
    fresh()
    rows = [
        str(dict(row))
        for table in ("device", "device_link")
        for row in db.session.execute(db.text(f"SELECT * FROM {table}")).mappings()
    ]
    assert len(rows) == 2
    assert not any(secret in row for row in rows for secret in (token, code, cookie.value))


@pytest.mark.parametrize(
    ("public_url", "name", "secure"),
    [
        ("http://localhost:8000", "firstcall", False),
        ("https://firstcall.example.com", "__Host-firstcall", True),
    ],
)
def test_the_cookie_is_for_this_house_only(
    environment: dict[str, str], app: Flask, public_url: str, name: str, secure: bool
) -> None:
    served = create_app({**environment, "PUBLIC_URL": public_url})
    with served.app_context():
        token = link(doesburg().sanne)
        answer = served.test_client().post("/api/v1/sessions", base_url=public_url, json={"token": token})
        db.session.remove()
        db.engine.dispose()
    assert answer.status_code == 201
    first, *flags = [part.strip() for part in answer.headers["Set-Cookie"].split(";")]
    assert first.startswith(f"{name}=")
    assert "HttpOnly" in flags and "SameSite=Lax" in flags and "Path=/" in flags
    assert ("Secure" in flags) is secure and not any(f.startswith("Domain") for f in flags)


def test_me_says_who_where_and_with_whom(app: Flask, house: House) -> None:
    sanne = Phone(app, house.sanne)
    answer = sanne.client.get("/api/v1/me")
    me = answer.json
    assert answer.headers["X-Server-Time"].endswith("Z") and answer.headers["Cache-Control"] == "no-store"
    assert set(me) >= {
        "server_time",
        "person",
        "showroom",
        "device",
        "push",
        "sla",
        "demo",
        "demo_speed",
        "colleagues",
    }
    assert me["person"]["role"] == "salesperson" and me["showroom"]["timezone"] == "Europe/Amsterdam"
    assert [c["first_name"] for c in me["colleagues"]] == ["Bram", "Eva"]
    assert me["demo"] is False, "demo mode is on, but this is no demo showroom"
    fresh()
    changed = sanne.client.patch(
        "/api/v1/me", json={"language": "en", "facetime_link": "https://facetime.apple.com/join#x"}
    )
    assert changed.status_code == 200 and changed.json["person"]["language"] == "en"
    fresh()
    for wrong in ({"language": "xx"}, {"video_link": "javascript:alert(1)"}, {"video_link": "not a link"}):
        assert sanne.client.patch("/api/v1/me", json=wrong).status_code == 422, wrong
    assert (
        sanne.client.patch("/api/v1/me", json={"facetime_link": ""}).json["person"]["facetime_link"] is None
    )
