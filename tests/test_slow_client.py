"""A customer's phone in a tunnel: it pauses inside its body, and nobody else has to wait for it.

One phone that paused 1 s inside its body once froze every other request for 4.9 s. Many pausing ones would also use up
every connection to the database, if each of them held one: hence more of them than the pool has.
"""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from tests.databases import copy_sqlite
from tests.files.camera import photo
from tests.house import House, Visitor, until
from tests.people import jansen, stranger

PAUSING = 40
"""The pool has 30 connections on PostgreSQL and 15 on SQLite."""
ANSWERED = 10
JSON = "Content-Type: application/json"


class SlowSender:
    """Sends the head of a request and half of its body, and then waits."""

    def __init__(self, port: int, path: str, body: bytes, *head: str, method: str = "POST") -> None:
        self._rest = body[len(body) // 2 :]
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: localhost:{port}",
            f"Content-Length: {len(body)}",
            *head,
        ]
        lines += ["Connection: close", "", ""]
        self._socket.sendall("\r\n".join(lines).encode() + body[: len(body) // 2])

    def finish(self) -> int:
        """Sends the rest; the answer's status."""
        self.go_on()
        return self.status()

    def go_on(self) -> None:
        self._socket.sendall(self._rest)

    def break_off(self) -> int:
        """Sends no more; the answer's status, which few senders would wait for."""
        self._socket.shutdown(socket.SHUT_WR)
        return self.status()

    def status(self) -> int:
        answer = b""
        while chunk := self._socket.recv(65536):
            answer += chunk
        return int(answer.split(b" ", 2)[1])

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One for all these tests: their customers are different people, and a process takes seconds to start."""
    directory = tmp_path_factory.mktemp("slow")
    if request.param == "sqlite":
        url = copy_sqlite(request.getfixturevalue("sqlite_template"), directory / "firstcall.db")
    else:
        template = request.getfixturevalue("postgres_template")
        url = request.getfixturevalue("postgres").create_database(template)
    with House(url, directory) as house:
        house.start_web()
        yield house


@pytest.fixture(scope="module")
def bram(house: House) -> Visitor:
    return house.sign_in("bram@doesburg.example")


def pausing(house: House, stack: ExitStack, path: str, body: bytes, *head: str) -> list[SlowSender]:
    """``PAUSING`` senders at once; each has a key of its own."""
    senders = []
    for number in range(PAUSING):
        sender = SlowSender(house.port, path, body, f"Idempotency-Key: slow-{number}", *head)
        stack.callback(sender.close)
        senders.append(sender)
    return senders


def others_are_answered(house: House, bram: Visitor) -> None:
    """Customers are taken in and Bram sees his board, again and again."""
    for number in range(ANSWERED):
        assert house.stranger().ask("POST", house.intake, stranger(number)).status == 201
        assert bram.ask("GET", "/api/v1/board").status == 200


def show(house: House, lead_id: str, what: str) -> list[dict[str, Any]]:
    """The lead's timeline, or its attempts."""
    return list(house.run("lead", "show", lead_id)[what])


def test_a_lead_that_stalls_halfway_keeps_nobody_waiting_and_is_stored_once(
    house: House, bram: Visitor
) -> None:
    eva = jansen(name="Eva de Wit", phone="+31687654321", email="eva.de.wit@example.com")

    def hers() -> list[str]:
        return [lead["id"] for lead in house.leads() if lead["customer"] == "Eva de Wit"]

    with ExitStack() as stack:
        slow = pausing(house, stack, house.intake, json.dumps(eva).encode(), JSON)
        others_are_answered(house, bram)
        assert hers() == [], "they still pause"
        assert slow[0].finish() == 201
    assert len(hers()) == 1


def test_senders_that_all_go_on_at_the_same_instant_are_all_taken_in(house: House) -> None:
    with ExitStack() as stack:
        slow = []
        for number in range(500, 500 + PAUSING):
            lead, key = json.dumps(stranger(number)).encode(), f"Idempotency-Key: {number}"
            slow.append(stack.enter_context(closing(SlowSender(house.port, house.intake, lead, key, JSON))))
        for sender in slow:
            sender.go_on()
        assert {sender.status() for sender in slow} == {201}
    names = [lead["customer"] for lead in house.leads()]
    assert all(names.count(f"Klant {number}") == 1 for number in range(500, 500 + PAUSING))


def test_a_sender_that_breaks_off_halfway_can_send_the_whole_lead_again(house: House) -> None:
    tom = json.dumps(jansen(name="Tom Bos", phone="+31687654322", email="tom.bos@example.com")).encode()
    with closing(SlowSender(house.port, house.intake, tom, "Idempotency-Key: tom", JSON)) as broken:
        assert broken.break_off() == 400
    with closing(SlowSender(house.port, house.intake, tom, "Idempotency-Key: tom", JSON)) as whole:
        assert whole.finish() == 201
    kept = house.leads()[0]
    assert (kept["customer"], kept["needs_look"]) == ("Tom Bos", False)
    assert [lead["customer"] for lead in house.leads()].count("Tom Bos") == 1
    assert not any(lead["needs_look"] for lead in house.leads()), "no half lead is kept"


def test_a_phone_that_stalls_while_it_reports_an_attempt_keeps_nobody_waiting(
    house: House, bram: Visitor
) -> None:
    sanne = house.sign_in("sanne@doesburg.example")
    arrived = house.stranger().ask("POST", house.intake, jansen()).body
    tap = {"id": str(uuid4()), "channel": "call", "started_at": datetime.now(UTC).isoformat()}
    path = f"/api/v1/follow-ups/{arrived['follow_up_id']}/attempts"
    with ExitStack() as stack:
        slow = pausing(house, stack, path, json.dumps(tap).encode(), JSON, f"Cookie: {sanne.cookie}")
        others_are_answered(house, bram)
        assert show(house, arrived["lead_id"], "attempts") == [], "they still pause"
        assert [slow[0].finish(), slow[1].finish()] == [201, 200], "the same tap, sent twice"
    assert [made["id"] for made in show(house, arrived["lead_id"], "attempts")] == [tap["id"]]


# Answer before stop: nobody can answer a request that they stopped.
@pytest.mark.parametrize(
    ("path", "form", "sign"),
    [
        ("{page}/answer", b"text=Zaterdag+om+tien+uur", "customer_replied"),
        ("/api/v1/follow-ups/{follow_up}/covers", b"{ }", "covered"),
        ("{page}/stop", b"what=everything", "stopped"),
    ],
)
def test_whoever_stalls_in_a_small_request_keeps_nobody_waiting(
    house: House, bram: Visitor, path: str, form: bytes, sign: str
) -> None:
    arrived = house.stranger().ask("POST", house.intake, stranger(900)).body
    page = urlsplit(arrived["status_url"]).path
    told = path.format(page=page, follow_up=arrived["follow_up_id"])

    def happened() -> list[str]:
        return [item["type"] for item in show(house, arrived["lead_id"], "timeline")]

    with ExitStack() as stack:
        kind = JSON if "/api/" in path else "Content-Type: application/x-www-form-urlencoded"
        slow = pausing(house, stack, told, form, kind, f"Cookie: {bram.cookie}")
        others_are_answered(house, bram)
        assert sign not in happened(), "they still pause"
        assert slow[0].finish() in (201, 303)
    assert happened().count(sign) == 1


def test_photos_that_stall_halfway_keep_nobody_waiting_and_one_that_breaks_off_leaves_nothing(
    house: House, bram: Visitor
) -> None:
    lead = house.stranger().ask("POST", house.intake, stranger(900)).body["follow_up_id"]
    content, head = photo(600, 400), ("Content-Type: image/jpeg", f"Cookie: {bram.cookie}")
    with ExitStack() as stack:
        slow = []
        for _ in range(PAUSING):
            path = f"/api/v1/follow-ups/{lead}/files/{uuid4()}"
            slow.append(
                stack.enter_context(closing(SlowSender(house.port, path, content, *head, method="PUT")))
            )
        others_are_answered(house, bram)
        assert slow[0].finish() == 201
        assert slow[1].break_off() == 400
    shown = bram.ask("GET", f"/api/v1/follow-ups/{lead}").body["timeline"]
    assert len([item for item in shown if item["file"]]) == 1
    until(
        "nothing of the others is left",
        lambda: len(list((house.directory / "var" / "files").glob("*/*"))) == 2,
    )
