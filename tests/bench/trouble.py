"""What a bad day looks like while leads come in: senders that pause inside their body, a push service that never
answers, and twenty open boards.

In: a running ``Place``. Out: a context in which all of it goes on. Called by ``tests.bench.lead``. The boards live in a
process of their own (``python -m tests.bench.trouble PORT COOKIE``), so that they cost the load generator nothing.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

import websocket

from app import clock
from app.access import cookie_name, digest, open_session
from app.db import db, new_id, write
from app.models import Device, Person, PushState, Role, Subscription
from tests.bench.cast import SHOWROOMS, Place
from tests.people import stranger
from tests.test_slow_client import JSON, SlowSender
from tests.wire.phone_keys import FakeSubscription
from tests.wire.push_service import PushService
from tests.wire.tether import Tethered

BOARDS, PAUSING = 20, 10


def give_dead_phones(made: Place, dead: PushService) -> None:
    """The first salesperson of every showroom also has a phone at a push service that never answers."""
    dead.default(hang=True)
    with made.app.app_context(), write():
        people = db.session.query(Person).filter(Person.role == Role.SALESPERSON).order_by(Person.email)
        for person in people.limit(SHOWROOMS):
            now = clock.now()
            device = Device(
                id=new_id(), group_id=person.group_id, person_id=person.id, created_at=now,
                session_hash=digest(f"dead {person.email}"),
            )  # fmt: skip
            phone = FakeSubscription(dead.new_endpoint(made.house.vapid["public_key"]).url)
            keys = phone.json()["keys"]
            db.session.add(device)
            db.session.flush()
            db.session.add(
                Subscription(
                    id=new_id(), group_id=person.group_id, device_id=device.id, person_id=person.id,
                    endpoint=phone.endpoint, endpoint_hash=digest(phone.endpoint), p256dh=keys["p256dh"],
                    auth=keys["auth"], key_id=made.house.vapid["key_id"], state=PushState.CONFIRMED,
                    confirmed_at=now,
                )
            )  # fmt: skip


@contextmanager
def trouble(made: Place) -> Iterator[None]:
    """Paused bodies and open boards, from here to the end."""
    with ExitStack() as open_:
        body = json.dumps(stranger(0)).encode()
        for number in range(PAUSING):
            source = made.house.sources[number % len(made.house.sources)]
            open_.enter_context(closing(SlowSender(made.house.port, source, body, JSON)))
        command = [sys.executable, "-m", "tests.bench.trouble", str(made.house.port), _cookie(made)]
        boards = Tethered(command, stdout=subprocess.PIPE, stderr=None)
        open_.callback(boards.stop)
        assert boards.first_line().strip() == "open"
        yield


def _cookie(made: Place) -> str:
    """The session of an admin, who sees every showroom."""
    with made.app.app_context():
        with write():
            person = db.session.query(Person).filter(Person.role == Role.ADMIN).first()
            if person is None:
                anybody = db.session.query(Person).first()
                assert anybody is not None
                person = Person(
                    id=new_id(), group_id=anybody.group_id, showroom_id=anybody.showroom_id, role=Role.ADMIN,
                    first_name="Anna", email="anna@doesburg.example", language="nl",
                )  # fmt: skip
                db.session.add(person)
                db.session.flush()
            _device, secret = open_session(person, "wall", "desktop", clock.now())
        return f"{cookie_name()}={secret}"


def main() -> None:
    """Open the boards, say so, and listen until we are stopped."""
    port, cookie = sys.argv[1:]
    opened = threading.Barrier(BOARDS + 1)
    for _ in range(BOARDS):
        threading.Thread(target=_listen, args=(port, cookie, opened), daemon=True).start()
    opened.wait()
    print("open", flush=True)
    while True:
        time.sleep(60)


def _listen(port: str, cookie: str, opened: threading.Barrier) -> None:
    """A board as the server sees it: Socket.IO on the wire, and what it is told is thrown away. To read it is work for
    twenty other machines, not for the two cores that are measured (it took half of one)."""
    board = websocket.create_connection(
        f"ws://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket",
        cookie=cookie,
        skip_utf8_validation=True,
    )
    assert board.recv().startswith("0"), "Engine.IO opens"
    board.send("40")
    assert board.recv().startswith("40"), "the namespace is joined"
    opened.wait()
    while True:
        if board.recv() == "2":  # still there?
            board.send("3")


if __name__ == "__main__":
    main()
