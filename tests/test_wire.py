"""The stand-ins at the wire are strict where the real services are, or a passing test would prove nothing."""

from __future__ import annotations

import http.client
import json
import smtplib
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from typing import Any, Self

import http_ece
import pytest
import websocket
from py_vapid import Vapid02

from tests.wire.notifications import NotificationDaemon
from tests.wire.phone_keys import FakeSubscription
from tests.wire.push_service import PushService
from tests.wire.sender import KEYS, claims, new_keys, public_key, send
from tests.wire.smtp_server import SmtpServer
from tests.wire.vapid_check import unpad64


@pytest.fixture(scope="module")
def push() -> Iterator[PushService]:
    with PushService.start() as service:
        yield service


def phone(push: PushService, keys: Vapid02 | None = KEYS) -> tuple[FakeSubscription, str]:
    endpoint = push.new_endpoint(public_key(keys) if keys else None)
    return FakeSubscription(endpoint.url), endpoint.token


class Browser:
    """Sanne's browser, reduced to the frames it exchanges with its push service."""

    def __init__(self, push: PushService, name: str | None = None) -> None:
        self._socket = websocket.create_connection(push.ws_url, timeout=5)
        hello = {
            "messageType": "hello",
            "use_webpush": True,
            "broadcasts": {},
            **({"uaid": name} if name else {}),
        }
        self.name = str(self.ask(hello)["uaid"])

    def ask(self, *frames: dict[str, Any]) -> dict[str, Any]:
        """Says all of `frames`, of which only the last is answered."""
        for frame in frames:
            self._socket.send(json.dumps(frame))
        return self.next()

    def next(self) -> dict[str, Any]:
        frame = json.loads(self._socket.recv())
        assert isinstance(frame, dict)
        return frame

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self._socket.close()


def test_sannes_phone_reads_what_was_pushed_and_another_phone_cannot(push: PushService) -> None:
    sanne, token = phone(push)
    charlie, _ = phone(push)
    answer = send(push, sanne, {"car": "VW Golf", "who": "Noémi"}, Urgency="high")
    assert (answer.status, answer.headers["TTL"]) == (201, "60")
    assert answer.headers["Location"].startswith(push.base_url + "/m/")
    (post,) = push.wait_posts(token, 1)
    assert sanne.decrypt(post.body) == {"car": "VW Golf", "who": "Noémi"}
    assert post.headers["urgency"] == "high" and post.status == 201
    with pytest.raises(http_ece.ECEException):
        charlie.decrypt(post.body)


@pytest.mark.parametrize(
    ("changed", "status", "why"),
    [
        ({"aud": "https://updates.push.services.mozilla.com"}, 401, "aud"),
        ({"exp": 1_000_000_000}, 401, "exp is in the past"),
        ({"exp": 99_999_999_999}, 401, "more than 24 hours"),
        ({"sub": "mailto:ops@localhost"}, 403, "sub"),
    ],
)
def test_a_wrong_claim_is_refused(push: PushService, changed: dict[str, Any], status: int, why: str) -> None:
    sanne, token = phone(push)
    answer = send(push, sanne, {}, signed=claims(push, **changed))
    assert answer.status == status and why in answer.error()["message"]
    assert push.waiting(token) == []


def test_a_missing_a_tampered_and_a_strangers_signature_are_refused(push: PushService) -> None:
    sanne, _ = phone(push)
    assert send(push, sanne, {}, Authorization=None).status == 401
    own, other = KEYS.sign(claims(push))["Authorization"], new_keys().sign(claims(push))["Authorization"]
    mixed = own.split(",k=")[0] + ",k=" + other.split(",k=")[1]
    tampered = send(push, sanne, {}, Authorization=mixed)
    assert tampered.status == 401 and "signature" in tampered.error()["message"]
    stranger = send(push, sanne, {}, keys=new_keys())
    assert stranger.status == 403 and "key" in stranger.error()["message"]
    assert send(push, phone(push, None)[0], {}, keys=new_keys()).status == 201


@pytest.mark.parametrize(
    ("headers", "status", "errno"),
    [
        ({"TTL": None}, 400, 111),
        ({"TTL": "soon"}, 400, 112),
        ({"Topic": "lead-7"}, 400, 113),
        ({"Topic": "a" * 33}, 400, 113),
        ({"Urgency": "urgent"}, 400, 0),
        ({"Content_Encoding": "aesgcm"}, 400, 110),
    ],
)
def test_a_wrong_header_is_refused(
    push: PushService, headers: dict[str, Any], status: int, errno: int
) -> None:
    answer = send(push, phone(push)[0], {}, **headers)
    assert (answer.status, answer.error()["errno"]) == (status, errno)


def test_unknown_gone_and_too_big(push: PushService) -> None:
    sanne, token = phone(push)
    assert send(push, FakeSubscription(f"{push.base_url}/wpush/never"), {}).status == 404
    assert send(push, sanne, "x" * 3991).status == 201
    assert send(push, sanne, "x" * 3992).status == 413
    push.gone(token)
    assert (send(push, sanne, {}).status, send(push, sanne, {}).error()["errno"]) == (410, 106)


def test_a_sleeping_phone_gets_the_latest_of_a_topic_and_nothing_with_ttl_0(push: PushService) -> None:
    sanne, token = phone(push)
    assert send(push, sanne, "lost", TTL="0").headers["TTL"] == "0"
    for said, topic in [
        ("new lead", "lead7"),
        ("another lead", "lead8"),
        ("taken by Eva", "lead7"),
        ("plain", None),
    ]:
        assert send(push, sanne, said, Topic=topic).status == 201
    assert [json.loads(sanne.decrypt_bytes(p.body)) for p in push.waiting(token)] == [
        "another lead",
        "taken by Eva",
        "plain",
    ]


def test_a_browser_gets_its_messages_now_or_when_it_is_back(push: PushService) -> None:
    with Browser(push) as browser:
        made = browser.ask({"messageType": "register", "channelID": "c1", "key": public_key(KEYS)})
        sanne = FakeSubscription(made["pushEndpoint"])
        send(push, sanne, "now", TTL="0")
        assert browser.next()["channelID"] == "c1"
    wait_until(lambda: any(e["kind"] == "away" and e["browser"] == browser.name for e in push.log()))
    send(push, sanne, "lost", TTL="0")
    send(push, sanne, "kept", TTL="60")
    with Browser(push, browser.name) as back:
        kept = back.next()
        assert json.loads(sanne.decrypt_bytes(unpad64(kept["data"]))) == "kept"
        update = {"channelID": "c1", "version": kept["version"], "code": 100}
        assert back.ask({"messageType": "ack", "updates": [update]}, {}) == {}
        assert push.waiting(made["pushEndpoint"].rsplit("/", 1)[1]) == []
        assert back.ask({"messageType": "unregister", "channelID": "c1"})["status"] == 200
    assert send(push, sanne, "too late").status == 410


def test_a_browser_the_service_does_not_know_gets_a_new_name(push: PushService) -> None:
    with Browser(push, "deadbeef") as browser:
        assert browser.name != "deadbeef"


def wait_until(true: Callable[[], bool], timeout: float = 5.0) -> None:
    end = time.monotonic() + timeout
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def test_a_provider_in_trouble(push: PushService) -> None:
    sanne, token = phone(push)
    push.rule(token, status=429, headers={"Retry-After": "7"}, times=1)
    assert send(push, sanne, {}).headers["Retry-After"] == "7"
    assert send(push, sanne, {}).status == 201
    push.rule(token, hang=True)
    with pytest.raises(TimeoutError):
        send(push, sanne, {})
    push.rule(token, close="request")
    with pytest.raises(ConnectionError):
        send(push, sanne, {})
    assert len(push.waiting(token)) == 1
    push.rule(token, close="response")
    with pytest.raises((ConnectionError, http.client.IncompleteRead)):
        send(push, sanne, {})
    assert len(push.waiting(token)) == 2, "broken off, yet accepted"
    push.rule(token, delay=0.2)
    before = time.monotonic()
    assert send(push, sanne, {}).status == 201 and time.monotonic() - before >= 0.2
    assert [p.status for p in push.posts(token)] == [429, 201, None, None, None, 201]


def test_the_default_answer_of_a_provider_leaves_the_other_provider_alone(push: PushService) -> None:
    with PushService.start(host="127.0.0.2") as other:
        other.default(status=503)
        assert send(other, phone(other)[0], {}).status == 503
        assert send(push, phone(push)[0], {}).status == 201
        other.default(delay=0.05)
        assert send(other, phone(other)[0], {}).status == 201


def letter(to: str, text: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Sanne <sanne@example.com>", to, "Dank u, Noémi"
    mail.set_content(text)
    return mail


def test_the_mail_server_keeps_what_it_accepts_and_refuses_by_rule() -> None:
    with SmtpServer() as server:
        server.rule("full@example.com", answer="552 5.2.2 mailbox full")
        server.rule("grey@example.com", answer="451 4.7.1 later", at="DATA", times=1)
        with smtplib.SMTP(server.host, server.port, timeout=5) as sender:
            sender.send_message(letter("noemi@example.com", "Sanne belt u zo."))
            with pytest.raises(smtplib.SMTPRecipientsRefused):
                sender.send_message(letter("full@example.com", "x"))
            with pytest.raises(smtplib.SMTPDataError):
                sender.send_message(letter("grey@example.com", "first"))
            sender.send_message(letter("grey@example.com", "second"))
        first, second = server.wait_for(2)
        assert (first.recipients, first.message["Subject"]) == (("noemi@example.com",), "Dank u, Noémi")
        assert first.text().strip() == "Sanne belt u zo." and second.text().strip() == "second"


def test_a_hanging_mail_server_does_not_keep_the_tests_from_ending() -> None:
    with SmtpServer() as server:
        server.rule(hang=True)
        with pytest.raises((TimeoutError, smtplib.SMTPServerDisconnected)):
            smtplib.SMTP(server.host, server.port, timeout=0.3).send_message(letter("a@example.com", "x"))
        assert server.mails == []


def test_the_desktop_bus_is_private_and_answers() -> None:
    with NotificationDaemon() as one, NotificationDaemon() as other:
        assert one.address != other.address
        with pytest.raises(AssertionError, match="nothing shown"):
            one.wait_shown(timeout=0.05)
