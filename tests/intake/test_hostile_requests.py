"""Requests made to harm, through the real way in: a clear answer, nothing fetched, little memory, and nothing lost."""

import gzip
import json
import socket

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import db
from app.models import Lead, Submission
from tests.api.phone import fresh
from tests.intake.vendors import count, post, source
from tests.memory import peak
from tests.people import House, doesburg
from tests.wire.graph import SECRETS, signed
from tests.wire.twilio import TOKEN

MB = 1024 * 1024
MOST_MB = 200
SECRETS_OF = {"meta": SECRETS, "google": {"google_key": "geheim"}, "twilio": {"auth_token": TOKEN}}
DEEP = 100_000


@pytest.fixture
def house(app: Flask) -> House:
    return doesburg()


def bombs(url: str) -> dict[str, bytes]:
    levels = "".join(f'<!ENTITY x{n} "{f"&x{n - 1};" * 10}">' for n in range(1, 10))
    customer = "<prospect><customer><contact><name>&x;</name><phone>0612345678</phone></contact></customer></prospect>"
    return {
        "laughs": f'<!DOCTYPE adf [<!ENTITY x0 "ha">{levels}<!ENTITY x "&x9;">]><adf>{customer}</adf>'.encode(),
        "quadratic": f'<!DOCTYPE adf [<!ENTITY x "{"a" * 50_000}">]><adf>{"&x;" * 50_000}</adf>'[
            :260_000
        ].encode(),
        "file": f'<!DOCTYPE adf [<!ENTITY x SYSTEM "file:///etc/passwd">]><adf>{customer}</adf>'.encode(),
        "dtd": f'<!DOCTYPE adf SYSTEM "{url}" [<!ENTITY % p SYSTEM "{url}"> %p;]><adf>{customer}</adf>'.encode(),
        "xinclude": f'<adf xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="{url}"/></adf>'.encode(),
        "nested": b"<a>" * 80_000,
        "gzip": gzip.compress(b"<adf>" + b" " * (200 * MB), 9),
    }


@pytest.mark.parametrize("name", ["laughs", "quadratic", "file", "dtd", "xinclude", "nested", "gzip"])
def test_an_xml_bomb_is_a_lead_to_look_at_and_fetches_nothing(app: Flask, house: House, name: str) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.setblocking(False)
        body = bombs(f"http://127.0.0.1:{server.getsockname()[1]}/x")[name]
        answers: list[int] = []
        extra = {"Content_Encoding": "gzip"} if name == "gzip" else {}
        used = peak(
            lambda: answers.append(
                post(app, house.sources["adf"], body, content_type="text/xml", **extra).status_code
            )
        )
        with pytest.raises(BlockingIOError):
            server.accept()
    assert answers[0] in (201, 202) and used < MOST_MB
    lead = db.session.scalars(select(Lead)).one()
    assert "root:" not in json.dumps(lead.details) + (lead.question or "")
    assert db.session.get_one(Submission, lead.submission_id).body == body, "word for word, for whoever looks"


@pytest.mark.parametrize("kind", ["form", "generic", "google", "meta", "twilio", "email"])
@pytest.mark.parametrize(
    "body",
    [b"[" * DEEP, b'{"a":' * (DEEP // 2), b'{"entry":' + b"[" * DEEP],
    ids=["lists", "objects", "entry"],
)
def test_json_as_deep_as_a_well_is_answered(app: Flask, house: House, kind: str, body: bytes) -> None:
    to = source(house, kind, SECRETS_OF.get(kind, {}))
    proof = signed(body) if kind == "meta" else {}
    answers: list[int] = []
    used = peak(lambda: answers.append(post(app, to, body, **proof).status_code))
    stored = kind not in ("google", "twilio")  # there the proof is inside, or missing
    assert answers[0] in ((200, 201, 202) if stored else (401, 403)) and used < MOST_MB
    assert count(Submission) == stored


def test_a_mail_of_25_mb_is_read_and_a_bigger_one_is_refused_with_a_sentence(
    app: Flask, house: House
) -> None:
    to = source(house, "email", {})
    head = b"From: Piet Jansen <piet.jansen@example.com>\r\nMessage-ID: <1@example.com>\r\nSubject: Golf\r\n"
    head += b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nIs de Golf er nog?\r\n'
    head += b"--x\r\nContent-Type: image/jpeg\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    mail = head + (b"A" * 76 + b"\r\n") * ((25 * MB - len(head)) // 78)
    answers = []
    used = peak(lambda: answers.append(post(app, to, mail, content_type="message/rfc822")))
    assert answers[0].status_code == 201 and used < MOST_MB
    fresh()
    assert db.session.scalars(select(Lead)).one().customer.display_name == "Piet Jansen"
    refused = post(app, to, mail + b"A" * MB, content_type="message/rfc822")
    assert refused.status_code == 413 and "25600 KB" in refused.json["detail"]
    assert count(Submission) == 1


def test_what_is_too_large_is_refused_before_a_signature_is_counted(app: Flask, house: House) -> None:
    to = source(house, "meta", SECRETS)
    answer = post(app, to, b"x" * (256 * 1024 + 1))
    assert answer.status_code == 413 and count(Submission) == 0


def test_a_content_type_that_no_database_can_keep_does_not_turn_a_lead_away(app: Flask, house: House) -> None:
    body = json.dumps({"name": "Piet Jansen", "phone": "0612345678"}).encode()
    answer = post(app, house.sources["form"], body, content_type="a/b; charset=\x00")
    assert answer.status_code == 201
    assert count(Lead) == 1


def test_two_requests_of_one_new_customer_in_one_delivery_are_two_leads_in_one_follow_up(
    app: Flask, house: House
) -> None:
    who = "<customer><contact><name>Piet</name><phone>0612345678</phone></contact><comments>{}</comments></customer>"
    both = "".join(f"<prospect>{who.format(car)}</prospect>" for car in ("De Golf?", "Of de Polo?"))
    answer = post(app, house.sources["adf"], f"<adf>{both}</adf>".encode(), content_type="application/xml")
    assert answer.status_code == 201
    assert count(Lead) == 2
    assert len({lead.follow_up_id for lead in db.session.scalars(select(Lead))}) == 1
