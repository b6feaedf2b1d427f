"""``kill -9`` between any two steps: after a restart the lead is there once, everybody was told, nothing is doubled.

Web and worker are real processes; the push service and the mail server really answer. What a kill leaves behind is in
the database alone.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from app import clock, faults
from app.db import db, write
from app.models import Delivery, DeliveryChannel
from tests.files.camera import photo
from tests.house import Answer, House, Visitor, until
from tests.people import jansen, stranger
from tests.wire.phone_keys import FakeSubscription
from tests.wire.push_service import Post, PushService
from tests.wire.smtp_server import Mail, SmtpServer

IN_WEB = ("submission stored", "lead placed")
IN_BOTH_LANES = ("delivery claimed", "delivery sent", "results recorded")
IN_DUE = ("step prompted", "rung climbed")
IN_UPLOAD = ("file placed",)
BURST = 50
KILLS = 2


@dataclass
class Scene:
    """The house with Sanne's phone and the customers' mail server."""

    house: House
    push: PushService
    mail: SmtpServer
    sanne: Visitor
    bram: Visitor
    phone: FakeSubscription

    def send(self, lead: dict[str, Any], key: str) -> Answer | None:
        """A website that passes a lead on; None when it gets no answer."""
        try:
            return self.house.stranger().ask("POST", self.house.intake, lead, Idempotency_Key=key)
        except (OSError, HTTPException):
            return None

    def send_for_sure(self, lead: dict[str, Any], key: str) -> Answer:
        """As every sender should: again, with the same key, until there is an answer."""
        return until("the lead is taken in", lambda: self.send(lead, key))

    def pushed(self, kind: str) -> list[Post]:
        """What reached Sanne's phone's push service and was accepted, of one kind."""
        token = self.phone.endpoint.rsplit("/", 1)[1]
        accepted = [post for post in self.push.posts(token) if post.status == 201]
        return [post for post in accepted if self.phone.decrypt(post.body)["kind"] == kind]

    def confirmations(self) -> list[Mail]:
        return [mail for mail in self.mail.mails if "piet.jansen@example.com" in mail.recipients]

    def hold(self, channel: DeliveryChannel, seconds: float) -> None:
        """Let what is queued on this channel be due only later, so that the other one is killed."""
        with self.house.app.app_context():
            with write():
                due = clock.now() + timedelta(seconds=seconds)
                db.session.execute(update(Delivery).where(Delivery.channel == channel).values(due_at=due))
            db.session.remove()


@contextmanager
def scene_at(url: str, directory: Path, die_at: str = "", **settings: str) -> Iterator[Scene]:
    """The web process runs, until it comes to the point ``die_at``; Sanne's phone is subscribed; no worker yet."""
    with PushService.start() as push, SmtpServer() as mail:
        wire = {
            "PUSH_EXTRA_HOSTS": push.base_url.removeprefix("http://"),
            "SMTP_URL": mail.url,
            "MAIL_FROM": "lead@doesburg.example",
        }
        with House(url, directory, **wire, **settings) as house:
            house.start_web(FAULT_POINT=die_at)
            sanne, bram = house.sign_in("sanne@doesburg.example"), house.sign_in("bram@doesburg.example")
            yield Scene(house, push, mail, sanne, bram, house.subscribe(sanne, push))


@pytest.fixture
def scene(database_url: str, tmp_path: Path) -> Iterator[Scene]:
    with scene_at(database_url, tmp_path) as scene:
        yield scene


@pytest.fixture
def scene_on_sqlite(sqlite_url: str, tmp_path: Path) -> Iterator[Scene]:
    with scene_at(sqlite_url, tmp_path) as scene:
        yield scene


def nothing_lost_nothing_doubled(scene: Scene) -> None:
    """Jansen is there once, Sanne's phone was told, Bram sees one row, Jansen has his confirmation."""
    until("Sanne's phone is told", lambda: scene.pushed("lead"))
    until("Jansen has his confirmation", scene.confirmations)
    until(
        "every message counts as sent",
        lambda: {one["state"] for one in shown(scene, "deliveries")} == {"sent"},
    )
    [lead] = scene.house.leads()
    assert (lead["customer"], lead["state"], lead["salesperson"]) == ("Piet Jansen", "open", "Sanne Bakker")
    [row] = scene.bram.ask("GET", "/api/v1/board").body["rows"]
    assert (row["id"], row["customer"], row["leads"]) == (lead["follow_up_id"], "Piet Jansen", 1)
    assert row["next_step"] is not None
    waits = scene.sanne.ask("GET", "/api/v1/inbox").body["follow_ups"]
    assert [follow_up["id"] for follow_up in waits] == [lead["follow_up_id"]]
    told = scene.pushed("lead")
    assert {scene.phone.decrypt(post.body)["notification"]["tag"] for post in told} == {
        lead["follow_up_id"].replace("-", "")
    }
    assert len({post.headers["topic"] for post in told}) == 1
    assert len({mail.message["Message-ID"] for mail in scene.confirmations()}) == 1
    assert len(of_type(scene, "lead_arrived")) == 1
    assert len(of_type(scene, "assigned")) == 1


def shown(scene: Scene, what: str) -> list[dict[str, Any]]:
    """The only lead's timeline or deliveries, as the operator sees them."""
    [lead] = scene.house.leads()
    return list(scene.house.run("lead", "show", lead["id"])[what])


def of_type(scene: Scene, type_: str) -> list[dict[str, Any]]:
    return [item for item in shown(scene, "timeline") if item["type"] == type_]


def test_every_fault_point_is_killed_at() -> None:
    assert set(faults.POINTS) == {*IN_WEB, *IN_BOTH_LANES, *IN_DUE, *IN_UPLOAD}


@pytest.mark.parametrize("point", IN_WEB)
def test_the_web_process_is_killed_while_jansens_lead_comes_in(
    sqlite_url: str, tmp_path: Path, point: str
) -> None:
    taken_in_by_a_killed_web_process(sqlite_url, tmp_path, point)


def test_the_web_process_is_killed_between_raw_and_read_on_postgresql(
    postgres_url: str, tmp_path: Path
) -> None:
    taken_in_by_a_killed_web_process(postgres_url, tmp_path, "submission stored")


def taken_in_by_a_killed_web_process(url: str, directory: Path, point: str) -> None:
    with scene_at(url, directory, die_at=point) as scene:
        dying = scene.house.web_workers()
        assert scene.send(jansen(), "jansen") is None, "nobody was left to answer"
        until("the web process is gone", lambda: not any(one.is_running() for one in dying))
        scene.house.stop("web", grace=0)  # gunicorn is busy with a successor that would die as well
        scene.house.start_worker()
        scene.house.start_web()
        assert scene.send_for_sure(jansen(), "jansen").status == 200, "it is known already"
        nothing_lost_nothing_doubled(scene)


def test_a_lead_whose_sender_never_comes_back_is_read_by_the_worker(sqlite_url: str, tmp_path: Path) -> None:
    with scene_at(sqlite_url, tmp_path, die_at="submission stored") as scene:
        assert scene.send(jansen(), "jansen") is None
        scene.house.start_worker()
        nothing_lost_nothing_doubled(scene)


@pytest.mark.parametrize("point", IN_BOTH_LANES)
@pytest.mark.parametrize("other", [DeliveryChannel.EMAIL, DeliveryChannel.PUSH], ids=["push", "mail"])
def test_the_worker_is_killed_while_it_tells_sanne_and_jansen(
    scene_on_sqlite: Scene, point: str, other: DeliveryChannel
) -> None:
    told_by_a_killed_worker(scene_on_sqlite, point, other)


@pytest.mark.parametrize(
    ("point", "other"),
    [("delivery sent", DeliveryChannel.EMAIL), ("delivery claimed", DeliveryChannel.PUSH)],
    ids=["sent-push", "claimed-mail"],
)
def test_the_worker_is_killed_while_it_tells_them_on_postgresql(
    postgres_url: str, tmp_path: Path, point: str, other: DeliveryChannel
) -> None:
    with scene_at(postgres_url, tmp_path) as scene:
        told_by_a_killed_worker(scene, point, other)


def told_by_a_killed_worker(scene: Scene, point: str, other: DeliveryChannel) -> None:
    assert scene.send_for_sure(jansen(), "jansen").status == 201
    scene.hold(other, 3600)
    scene.house.start_worker(FAULT_POINT=point)
    scene.house.wait_killed("worker")
    scene.hold(other, 0)
    scene.house.start_worker()
    nothing_lost_nothing_doubled(scene)


def test_the_worker_is_killed_while_it_reminds_sanne_of_what_she_agreed(scene_on_sqlite: Scene) -> None:
    scene = scene_on_sqlite
    assert scene.send_for_sure(jansen(), "jansen").status == 201
    [waiting] = scene.sanne.ask("GET", "/api/v1/inbox").body["follow_ups"]
    tap, now = str(uuid4()), datetime.now(UTC)
    started = {"id": tap, "channel": "call", "started_at": now.isoformat()}
    path = f"/api/v1/follow-ups/{waiting['id']}/attempts"
    assert scene.sanne.ask("POST", path, started).status == 201
    soon = (now + timedelta(seconds=2)).isoformat()
    agreed = {"outcome": "call_back", "at": now.isoformat(), "call_back_at": soon}
    assert scene.sanne.ask("POST", f"/api/v1/attempts/{tap}/outcome", agreed).status == 200
    scene.house.start_worker(FAULT_POINT="step prompted")
    scene.house.wait_killed("worker")
    scene.house.start_worker()
    until("Sanne's phone is reminded", lambda: scene.pushed("due"))
    nothing_lost_nothing_doubled(scene)
    assert len({post.headers["topic"] for post in scene.pushed("due") + scene.pushed("lead")}) == 1
    assert len(of_type(scene, "prompted")) == 1


def test_the_worker_is_killed_while_it_alerts_sanne_again(database_url: str, tmp_path: Path) -> None:
    # The first rung is the deputy's, the second Sanne's; the others are out of a slow machine's reach.
    with scene_at(database_url, tmp_path, ESCALATION_RUNGS="1,2,1200,1300,1400") as scene:
        assert scene.send_for_sure(jansen(), "jansen").status == 201
        scene.house.start_worker(FAULT_POINT="rung climbed", FAULT_SKIP="1")
        scene.house.wait_killed("worker")
        scene.house.start_worker()
        until("Sanne's phone rings again", lambda: scene.pushed("reminder"))
        nothing_lost_nothing_doubled(scene)
        assert len({post.headers["topic"] for post in scene.pushed("reminder") + scene.pushed("lead")}) == 1
        assert [item["params"]["rung"] for item in of_type(scene, "escalated")] == ["owner_again"]


@pytest.mark.parametrize("point", IN_UPLOAD)
def test_the_web_process_is_killed_between_a_photo_and_its_row(
    database_url: str, tmp_path: Path, point: str
) -> None:
    with scene_at(database_url, tmp_path, die_at=point) as scene:
        follow_up = scene.send_for_sure(jansen(), "jansen").body["follow_up_id"]
        [lost, kept], content = [str(uuid4()) for _ in range(2)], photo()
        folder = tmp_path / "var" / "files"
        upload_once(scene, follow_up, lost, content)
        assert len(list(folder.glob("*/*"))) == 2, "content without a row, whole"
        scene.house.stop("web", grace=0)
        scene.house.start_web()
        for id_ in (kept, kept):
            assert upload_once(scene, follow_up, id_, content) in (200, 201)
        shown = scene.sanne.ask("GET", f"/api/v1/follow-ups/{follow_up}").body["timeline"]
        assert [item["file"]["id"] for item in shown if item["file"]] == [kept]
        for path in folder.glob("*/*"):
            os.utime(path, (0, 0))
        scene.house.start_worker()
        until("what nobody knows is swept", lambda: len(list(folder.glob("*/*"))) == 2)
        assert {path.name[:32] for path in folder.glob("*/*")} == {UUID(kept).hex}


def upload_once(scene: Scene, follow_up: str, id_: str, content: bytes) -> int | None:
    """One upload from Sanne's phone; None when nobody was left to answer."""
    connection = HTTPConnection("127.0.0.1", scene.house.port, timeout=60)
    said = {"Cookie": scene.sanne.cookie, "Content-Type": "image/jpeg"}
    try:
        connection.request("PUT", f"/api/v1/follow-ups/{follow_up}/files/{id_}", content, said)
        return connection.getresponse().status
    except (OSError, HTTPException):
        return None
    finally:
        connection.close()


def test_the_web_process_is_killed_again_and_again_while_fifty_leads_come_in(scene: Scene) -> None:
    scene.house.start_worker()
    answered: list[int] = []

    def send(number: int) -> None:
        answered.append(scene.send_for_sure(stranger(number), f"lead-{number}").status)

    with ThreadPoolExecutor(10) as websites:
        sent = [websites.submit(send, number) for number in range(BURST)]
        for kill in range(KILLS):
            until("some are taken in", lambda kill=kill: len(answered) > kill * BURST // (KILLS + 1))
            for process in until("it is back", scene.house.web_workers):
                process.kill()
        for one in sent:
            one.result()
    assert set(answered) <= {200, 201, 202}, answered
    until("all are read", lambda: len(scene.house.leads()) >= BURST)
    leads = scene.house.leads()
    assert sorted(lead["customer"] for lead in leads) == sorted(f"Klant {number}" for number in range(BURST))
    assert len({lead["follow_up_id"] for lead in leads}) == BURST
    rows = scene.bram.ask("GET", "/api/v1/board").body["rows"]
    assert sorted(row["id"] for row in rows) == sorted(lead["follow_up_id"] for lead in leads)
    assert {row["leads"] for row in rows} == {1}
