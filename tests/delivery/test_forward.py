"""A lead on its way to the house's own CRM: a real HTTP server and a real mail server, slow, broken or gone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app import access, clock, config
from app.cadence import record
from app.config import Settings
from app.db import db, new_id, write
from app.delivery.channels import forward
from app.delivery.lanes import BlockingLane
from app.delivery.result import NotSent, Refused, Result, Retry, Sent
from app.models import Delivery, DeliveryChannel, DeliveryState, LeadState
from tests.api.phone import Phone, fresh
from tests.databases import free_port
from tests.people import doesburg, send_lead
from tests.wire.smtp_server import SmtpServer


class Crm:
    """Keeps what it gets and answers what it is told to."""

    def __init__(self) -> None:
        self.got: list[tuple[bytes, dict[str, str]]] = []
        self.status, self.headers, self.body = 200, dict[str, str](), b"ok"
        crm = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                crm.got.append((body, {name.lower(): value for name, value in self.headers.items()}))
                self.send_response(crm.status)
                for name, value in {**crm.headers, "Content-Length": str(len(crm.body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(crm.body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def crm() -> Iterator[Crm]:
    server = Crm()
    yield server
    server.close()


@pytest.fixture
def plain(tmp_path) -> Settings:
    return config.load({"VAR_DIR": str(tmp_path)})


def send(settings: Settings, to: str, kind: str = "post") -> Result:
    payload = {"to": kind, "text": "<adf>&amp; ü</adf>", "subject": "ADF lead: Piet", "from_name": "Doesburg"}
    row = Delivery(
        id=new_id(), channel=DeliveryChannel.FORWARD, address=to, payload=payload, created_at=clock.now()
    )
    return forward.send(row, settings)


def test_it_is_posted_as_xml_with_a_key_that_stays_the_same_for_every_try(plain: Settings, crm: Crm) -> None:
    settings = replace(plain, forward_extra_hosts=(crm.host,))
    assert send(settings, f"http://{crm.host}/adf?x=1") == Sent()
    ((body, headers),) = crm.got
    assert body.decode() == "<adf>&amp; ü</adf>"
    assert headers["content-type"].startswith("application/xml") and len(headers["idempotency-key"]) == 32


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        (200, Sent),
        (202, Sent),
        (302, Refused),
        (400, Refused),
        (404, Refused),
        (408, Retry),
        (429, Retry),
        (503, Retry),
    ],
)
def test_what_the_other_system_says_is_believed(
    plain: Settings, crm: Crm, status: int, wanted: type[Result]
) -> None:
    crm.status, crm.headers = status, {"Retry-After": "90", "Location": f"http://{crm.host}/elsewhere"}
    result = send(replace(plain, forward_extra_hosts=(crm.host,)), f"http://{crm.host}/adf")
    assert isinstance(result, wanted)
    assert not isinstance(result, Retry) or result.after == timedelta(seconds=90)
    assert len(crm.got) == 1, "no redirection is followed"


def test_a_long_answer_is_not_read_to_its_end(plain: Settings, crm: Crm) -> None:
    crm.body = b"x" * 2_000_000
    assert send(replace(plain, forward_extra_hosts=(crm.host,)), f"http://{crm.host}/adf") == Sent()


def test_a_system_that_is_away_is_tried_again(plain: Settings) -> None:
    host = f"127.0.0.1:{free_port()}"
    assert isinstance(send(replace(plain, forward_extra_hosts=(host,)), f"http://{host}/adf"), Retry)


@pytest.mark.parametrize(
    "to",
    [
        "https://127.0.0.1:{port}/",
        "https://localhost:{port}/",
        "https://[::1]:{port}/",
        "http://{host}/",
        "https://10.0.0.1/",
    ],
)
def test_nothing_inside_our_own_network_is_asked(plain: Settings, crm: Crm, to: str) -> None:
    result = send(plain, to.format(port=crm.host.partition(":")[2], host=crm.host))
    assert isinstance(result, Refused) and crm.got == []


def test_it_is_mailed_where_the_other_system_reads_mail(plain: Settings) -> None:
    with SmtpServer() as server:
        settings = replace(plain, smtp_url=server.url, mail_from="firstcall@doesburg.example")
        assert isinstance(send(settings, "adf@crm.example", "email"), Sent)
        (mail,) = server.wait_for(1)
    assert (mail.recipients, mail.text().strip(), mail.message["Subject"]) == (
        ("adf@crm.example",),
        "<adf>&amp; ü</adf>",
        "ADF lead: Piet",
    )
    assert send(plain, "adf@crm.example", "email") == NotSent("no_mail_server")


def test_from_the_lead_to_the_crm_through_the_worker_and_again_when_it_was_away(app: Flask, crm: Crm) -> None:
    house = doesburg()
    settings = replace(access.settings(), forward_extra_hosts=(crm.host,))
    with write():
        access.showroom_of("doesburg").forward = {"kind": "post", "to": f"http://{crm.host}/adf"}
    lane = BlockingLane(settings, "worker", (DeliveryChannel.FORWARD,), forward.send, threads=2)
    try:
        crm.status = 503
        answer = send_lead(app, house.sources["form"]).json
        lane.turn()
        lane.flush()
        fresh()
        row = db.session.scalars(select(Delivery).where(Delivery.channel == DeliveryChannel.FORWARD)).one()
        assert (row.state, row.tries, row.reason) == (
            DeliveryState.QUEUED,
            1,
            "the other system answered 503",
        )
        crm.status = 200
        with write():  # the follow-up has ended, and it is time to try again
            record.end(
                access.lock_follow_up(UUID(answer["follow_up_id"])), LeadState.UNREACHABLE, clock.now()
            )
            db.session.get_one(Delivery, row.id).due_at = clock.now()
        lane.turn()
        lane.flush()
        fresh()
        assert db.session.get_one(Delivery, row.id).state is DeliveryState.SENT
        assert len(crm.got) == 2 and crm.got[0] == crm.got[1], "the same lead, the same key"
        shown = Phone(app, house.bram).get("showrooms/current/forward")
        assert [one["state"] for one in shown["last"]] == ["sent"]
    finally:
        lane.close()


@pytest.mark.parametrize(
    "to",
    [
        "http://crm.example.com/",
        "https://localhost/adf",
        "https://10.0.0.1/",
        "ftp://x.example",
        "crm",
        "https://a:b@x.example/",
        "http://[",
    ],
)
def test_bram_cannot_point_it_into_our_own_network(app: Flask, to: str) -> None:
    house = doesburg()
    bram = Phone(app, house.bram)
    answer = bram.client.put("/api/v1/showrooms/current/forward", json={"kind": "post", "to": to})
    assert answer.status_code == 422 and set(answer.json["fields"]) == {"to"}


def test_bram_says_where_and_takes_it_back(app: Flask) -> None:
    house = doesburg()
    bram = Phone(app, house.bram)
    given = {"kind": "email", "to": "adf@crm.example.com", "not_from": [str(house.sources["adf"].id)]}
    assert bram.client.put("/api/v1/showrooms/current/forward", json=given).json["forward"] == given
    fresh()
    assert bram.client.put("/api/v1/showrooms/current/forward", json={"kind": None}).json["forward"] is None
    fresh()
    assert Phone(app, house.sanne).client.get("/api/v1/showrooms/current/forward").status_code == 403
    send_lead(app, house.sources["form"])
    fresh()
    assert db.session.scalars(select(Delivery).where(Delivery.channel == DeliveryChannel.FORWARD)).all() == []
