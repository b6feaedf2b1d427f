"""Jansen opens the link to Sanne's video: it plays without a script, for him and for nobody else."""

import uuid

import pytest
from flask import Flask
from lxml import html as parser
from sqlalchemy import select

from app.access import customer_token
from app.db import db
from app.models import Customer, FollowUp
from tests.api.phone import Phone, follow_up_of, fresh
from tests.files.camera import film, photo
from tests.people import House, doesburg, jansen, send_lead


@pytest.fixture
def house(app: Flask) -> House:
    return doesburg()


@pytest.fixture
def follow_up(app: Flask, house: House) -> FollowUp:
    return follow_up_of(send_lead(app, house.sources["form"], jansen(language="nl")))


def send(phone: Phone, follow_up: FollowUp, content: bytes, type_: str) -> str:
    id_ = str(uuid.uuid4())
    fresh()
    answer = phone.client.put(
        f"/api/v1/follow-ups/{follow_up.id}/files/{id_}", data=content, content_type=type_
    )
    assert answer.status_code == 201, answer.text
    return id_


def token_of(follow_up: FollowUp) -> str:
    return customer_token(db.session.get_one(Customer, follow_up.customer_id))


def test_the_video_plays_on_a_page_that_says_who_made_it(
    app: Flask, house: House, follow_up: FollowUp
) -> None:
    sanne = Phone(app, house.sanne)
    video = send(sanne, follow_up, film(), "video/mp4")
    shown = next(i["file"] for i in sanne.get(f"follow-ups/{follow_up.id}")["timeline"] if i["file"])
    path = shown["page"].removeprefix("http://localhost:8000")
    page = app.test_client().get(path, headers={"Accept-Language": "nl"})
    assert page.status_code == 200
    read = parser.fromstring(page.text)
    assert "Sanne" in read.findtext(".//h1") and not read.xpath("//script")
    [player] = read.xpath("//video[@controls and @playsinline]")
    assert (
        "media-src 'self'" in page.headers["Content-Security-Policy"]
        and page.headers["Cache-Control"] == "no-store"
    )
    part = app.test_client().get(player.get("src"), headers={"Range": "bytes=0-9"}, buffered=True)
    assert (part.status_code, part.mimetype, part.data) == (206, "video/mp4", film()[:10])
    assert page.headers["Referrer-Policy"] == part.headers["Referrer-Policy"] == "no-referrer"
    assert video in player.get("src")


def test_another_customers_link_shows_nothing(app: Flask, house: House, follow_up: FollowUp) -> None:
    sanne = Phone(app, house.sanne)
    video, picture = (
        send(sanne, follow_up, film(), "video/mp4"),
        send(sanne, follow_up, photo(), "image/jpeg"),
    )
    other = follow_up_of(
        send_lead(
            app, house.sources["form"], jansen(name="Eva Peeters", phone="0622222222", email="eva@x.example")
        )
    )
    fresh()
    assert len(set(db.session.scalars(select(Customer.id)))) == 2
    mine, hers = token_of(follow_up), token_of(other)
    client = app.test_client()
    for tail in ("", "/content"):
        assert client.get(f"/c/{mine}/v/{video}{tail}", buffered=True).status_code == 200
        for token, id_ in ((hers, video), (mine, picture), (mine, uuid.uuid4()), (f"{mine}x", video)):
            answer = client.get(f"/c/{token}/v/{id_}{tail}")
            assert answer.status_code == 404 and "Sanne" not in answer.text


def test_a_video_that_was_taken_back_is_gone_for_the_customer_too(
    app: Flask, house: House, follow_up: FollowUp
) -> None:
    sanne = Phone(app, house.sanne)
    video = send(sanne, follow_up, film(), "video/mp4")
    sanne.post(f"files/{video}/removal")
    assert app.test_client().get(f"/c/{token_of(follow_up)}/v/{video}").status_code == 404


def test_the_message_is_in_the_customers_language_and_leaves_room_for_the_link(
    app: Flask, house: House, follow_up: FollowUp
) -> None:
    said = Phone(app, house.sanne).get(f"follow-ups/{follow_up.id}")["texts"]["video_message"]
    assert said.startswith("Goedendag Piet") and said.endswith("{video}") and "Golf" in said
