"""How pushes travel: many on one HTTP/2 connection, each given up in time, and a thread that waits can be woken."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.push.send import LOOK_BACK, OVERTAKEN, Answer, Sender
from app.push.wire import Letter
from tests.wire.push_service import PushService
from tests.wire.push_service_h2 import Http2Service

MANY = 80


@pytest.fixture
def big_one(tmp_path: Path) -> Iterator[Http2Service]:
    with Http2Service(tmp_path, delay=0.1) as running:
        yield running


def letter(url: str) -> Letter:
    return Letter(url, ("TTL: 60", "Content-Type: application/octet-stream", "Expect:"), b"\x00" * 500)


def turn_until(sender: Sender, done: Callable[[], bool], limit: float = 20.0) -> None:
    until = time.monotonic() + limit
    while not done():
        assert time.monotonic() < until
        sender.turn(0.05)


def send(sender: Sender, url: str, count: int = 1) -> list[Answer]:
    answers: list[Answer] = []
    for _ in range(count):
        sender.post(letter(url), answers.append)
    turn_until(sender, lambda: sender.flying == 0)
    return answers


def test_eighty_pushes_share_one_connection_and_the_next_eighty_find_it_open(big_one: Http2Service) -> None:
    sender = Sender(ca_file=str(big_one.ca_file))
    for _ in range(2):
        answers = send(sender, f"{big_one.base_url}/wpush/x", MANY)
        assert [answer.status for answer in answers] == [201] * MANY, answers[0]
    sender.close()
    assert big_one.streams == 2 * MANY
    assert big_one.connections == 1
    assert big_one.most_open > MANY / 2, "they were under way together"


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(big_one: Http2Service) -> None:
    sender = Sender()
    (answer,) = send(sender, f"{big_one.base_url}/wpush/x")
    sender.close()
    assert answer.status is None and "no answer" in answer.text
    assert big_one.streams == 0, "nothing was told to whoever it was"


def test_a_push_is_given_up_after_its_own_time_and_the_others_are_not_kept(tmp_path: Path) -> None:
    with PushService.start() as service:
        slow, quick = service.new_endpoint(), service.new_endpoint()
        service.rule(slow.token, hang=True)
        sender, hung, answered = Sender(), list[Answer](), list[Answer]()
        sender.post(letter(slow.url), hung.append, total_ms=1500)
        for _ in range(5):
            sender.post(letter(quick.url), answered.append)
        turn_until(sender, lambda: len(answered) == 5)
        assert hung == []
        turn_until(sender, lambda: len(hung) == 1)
        sender.close()
    assert hung[0].status is None
    assert {answer.status for answer in answered} <= {400, 401}, "letters without a signature"


def test_a_push_is_given_up_when_later_ones_to_the_same_service_are_answered() -> None:
    with PushService.start() as service, PushService.start() as silent:
        lost, quick, elsewhere = service.new_endpoint(), service.new_endpoint(), silent.new_endpoint()
        service.rule(lost.token, hang=True)
        silent.default(hang=True)
        sender, overtaken, waiting = Sender(total_ms=60_000), list[Answer](), list[Answer]()
        sender.post(letter(lost.url), overtaken.append)
        sender.post(letter(elsewhere.url), waiting.append)
        began = time.monotonic()
        while not overtaken:
            posted = time.monotonic()
            assert posted < began + 20.0
            sender.post(letter(quick.url), lambda _answer: None)
            turn_until(sender, lambda: sender.flying <= 2)  # the quick one has its answer
        assert posted >= began + OVERTAKEN / 2, "one that is just slow is waited for"
        sender.turn(2 * LOOK_BACK)
        assert overtaken == [Answer(None, overtaken[0].text, overtaken=True)]
        assert waiting == [], "nobody overtook it at its own service"
        sender.close()


def test_a_waiting_thread_is_woken_by_another() -> None:
    sender = Sender()
    waker = threading.Timer(0.1, sender.wake)
    waker.start()
    assert sender.turn(30.0) is True
    assert sender.turn(0.0) is False, "once for each ring"
    waker.join()
    sender.close()
    sender.wake()
