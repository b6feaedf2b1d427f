"""What ``bin/bench phone`` looks at: a showroom in which Sanne alone sells, her leads, and a page to calibrate by.

In: a directory; how many leads. Out: ``House`` with a running web process; the address of one button. Called by
``tests.bench.phone``.
"""

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import flask_migrate

from app import clock
from app.db import db
from app.push.notify import iso
from tests.bench.progress import say
from tests.house import House, Visitor
from tests.people import stranger

PLAIN = b"""<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content="width=device-width">
<title>Calibration</title><meta name=description content="One button"><main><h1>Nobody waits</h1>
<button style="font-size:2rem;min-height:72px" onclick="this.textContent = +this.textContent + 1">0</button></main></html>"""


@contextmanager
def house(directory: Path) -> Iterator[House]:
    """Sanne alone sells, so that every lead is hers."""
    house = House(f"sqlite:///{directory / 'phone.db'}", directory, LOG_LEVEL="WARNING")
    with house.app.app_context():
        flask_migrate.upgrade()
        db.session.remove()
    with house:
        house.start_web()
        yield house


def leads(house: House, sanne: Visitor, first: int, last: int) -> str:
    """Customers ``first`` to ``last`` ask; every third was tried once already. The newest follow-up that was not."""
    say(f"{last - first} leads")
    newest = ""
    for number in range(first, last):
        arrived = house.stranger().ask("POST", house.intake, stranger(number))
        assert arrived.status == 201, arrived
        follow_up = str(arrived.body["follow_up_id"])
        if number % 3:
            newest = follow_up
            continue
        _tried(sanne, follow_up, spoken=number % 2 == 0)
    return newest


def _tried(sanne: Visitor, follow_up: str, *, spoken: bool) -> None:
    """Sanne called: they come tomorrow, or nobody answered and the next attempt is due soon."""
    id_, now = str(uuid.uuid4()), clock.now()
    visit = {"kind": "appointment", "due_at": iso(now + timedelta(days=1))}
    said = (
        {"outcome": "spoke", "question_answered": True, "next_step": visit}
        if spoken
        else {"outcome": "no_answer"}
    )
    for path, body in (
        (f"/api/v1/follow-ups/{follow_up}/attempts", {"id": id_, "channel": "call", "started_at": iso(now)}),
        (f"/api/v1/attempts/{id_}/outcome", {**said, "at": iso(now)}),
    ):
        answer = sanne.ask("POST", path, body, Idempotency_Key=str(uuid.uuid4()))
        assert answer.status in (200, 201), answer


@contextmanager
def calibration() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Plain)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


class _Plain(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/" else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(PLAIN)))
        self.end_headers()
        self.wfile.write(PLAIN)

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""
