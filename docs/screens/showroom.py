"""A showroom to be photographed: web and worker on SQLite, customers who ask, colleagues who answer through the API.

In: a directory and a local push service, which stands in for the browser vendor's. Out: ``House``, ``Colleague``,
``Pocket`` (the showroom's phones). Called by ``make``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.db import new_id
from tests.databases import free_port
from tests.wire.phone_keys import FakeSubscription
from tests.wire.push_service import PushService
from tests.wire.tether import Tethered

ROOT = Path(__file__).resolve().parents[2]
FLASK = [sys.executable, "-m", "flask", "--app", "wsgi"]
WEB = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"]
PATIENCE = 60.0
CUSTOMERS: dict[str, dict[str, Any]] = {
    "marieke": {
        "name": "Marieke Jansen", "phone": "06 12 34 56 01", "email": "marieke@example.com", "type": "test_drive",
        "vehicle": {"make": "VW", "model": "Golf", "year": "2022"}, "message": "Is hij zaterdag te zien?",
        "trade_in": "Polo 2016", "language": "nl",
    },
    "daan": {
        "name": "Daan Visser", "phone": "06 12 34 56 02", "email": "daan@example.com",
        "vehicle": {"make": "Škoda", "model": "Octavia", "year": "2021"}, "message": "Wat is de maandprijs?",
    },
    "emma": {
        "name": "Emma Claes", "phone": "+32 470 12 34 56", "email": "emma@example.com",
        "vehicle": {"make": "Audi", "model": "A3", "year": "2023"}, "message": "Can I try it on Friday?",
        "language": "en",
    },
    "willem": {
        "name": "Willem Smit", "phone": "0000000000", "email": "willem@example.com",
        "vehicle": {"make": "Seat", "model": "Ibiza", "year": "2020"}, "message": "Ik ben doof. Is er een trekhaak?",
    },
    "pieter": {
        "name": "Pieter Mol", "phone": "06-12345604", "email": "pieter@example.com", "message": "Is deze nog te koop?",
    },
    "noor": {
        "name": "Noor Bos", "phone": "06 12 34 56 05", "email": "noor@example.com",
        "vehicle": {"make": "Cupra", "model": "Born", "year": "2024"}, "message": "Wat krijg ik voor mijn Polo?",
    },
}  # fmt: skip


class House:
    """The demo showroom behind gunicorn and a worker. ``intake`` maps a source's name to its address."""

    def __init__(self, directory: Path, push: PushService) -> None:
        self.port = free_port()
        self.origin = f"http://localhost:{self.port}"
        self.push = push
        self.environment = {
            **os.environ, "VAR_DIR": str(directory), "DATABASE_URL": "", "PORT": str(self.port), "PUBLIC_URL": "",
            "BIND": "", "SMTP_URL": "", "FIRSTCALL_DEMO": "1", "FLASK_SKIP_DOTENV": "1", "PYTHON_DOTENV_DISABLED": "1",
            "PUSH_EXTRA_HOSTS": urlsplit(push.base_url).netloc, "LOG_LEVEL": "WARNING",
        }  # fmt: skip
        subprocess.run(
            [*FLASK, "db", "upgrade"], cwd=ROOT, env=self.environment, check=True, capture_output=True
        )
        self.flask("seed")
        self.intake = {source["name"]: str(source["url"]) for source in self.flask("source", "list")}
        self.key = self.flask("vapid", "list")[-1]

    @contextmanager
    def running(self) -> Iterator[None]:
        """Web and worker, ended at the end."""
        with ExitStack() as closing:
            for command in (WEB, [*FLASK, "worker"]):
                closing.callback(Tethered(command, cwd=ROOT, env=self.environment, stderr=None).stop)
            until("the house answers", lambda: self.ready())
            yield

    def ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.origin}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def flask(self, *words: str) -> Any:
        """What an operator's command prints as JSON."""
        command = [*FLASK, *words, "--json"]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, check=True, capture_output=True, text=True
        )
        return json.loads(done.stdout)

    def link(self, first_name: str) -> str:
        return str(self.flask("person", "link", f"{first_name}@demo.invalid")["url"])

    def lead(self, who: str, source: str = "Website", **changed: Any) -> dict[str, Any]:
        """A customer's request, sent as a website sends it."""
        answer = ask("POST", self.intake[source], {**CUSTOMERS[who], **changed})
        assert isinstance(answer, dict)
        return answer


class Pocket:
    """Every phone of the showroom, as far as the push service knows: what is pushed is acknowledged."""

    def __init__(self, house: House) -> None:
        self._house, self._read = house, 0
        self._keys: dict[str, FakeSubscription] = {}

    def phone(self) -> dict[str, Any]:
        """A new subscription, as a browser's ``toJSON()`` gives it."""
        endpoint = self._house.push.new_endpoint(self._house.key["public_key"])
        self._keys[endpoint.token] = FakeSubscription(endpoint.url)
        return self._keys[endpoint.token].json()

    def acknowledge(self) -> int:
        """Send the token inside each new message back, as the service worker does. How many there were so far."""
        posts = [post for post in self._house.push.posts() if post.status == 201]
        for post in posts[self._read :]:
            token = self._keys[post.token].decrypt(post.body)["ack"]
            ask("POST", f"{self._house.origin}/api/v1/push/receipts", {"token": token, "event": "received"})
        self._read = len(posts)
        return self._read

    def rest(self, seconds: float) -> None:
        """Let time pass, acknowledging."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.acknowledge()
            time.sleep(0.2)


class Colleague:
    """Somebody of the showroom at work, through the API that their phone uses."""

    def __init__(self, house: House, first_name: str, phone: dict[str, Any] | None = None) -> None:
        token = urlsplit(house.link(first_name)).fragment.removeprefix("t=")
        body = json.dumps({"token": token}).encode()
        request = urllib.request.Request(
            f"{house.origin}/api/v1/sessions", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            self._cookie = str(answer.headers["Set-Cookie"]).split(";")[0]
        self._api = f"{house.origin}/api/v1"
        self._ask("PATCH", "me", {"language": "en"})
        if phone:
            self._ask("POST", "subscriptions", {**phone, "key_id": house.key["key_id"]})

    def tries(self, follow_up: str, channel: str, outcome: str | None, **more: Any) -> None:
        """One try; ``outcome`` None leaves it dialled."""
        attempt, at = str(new_id()), time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        tap = {"id": attempt, "channel": channel, "started_at": at}
        self._ask("POST", f"follow-ups/{follow_up}/attempts", tap)
        if outcome:
            self._ask("POST", f"attempts/{attempt}/outcome", {"outcome": outcome, "at": at, **more})

    def is_(self, availability: str) -> None:
        """One tap on the availability."""
        self._ask("PUT", "me/availability", {"state": availability})

    def _ask(self, method: str, path: str, body: dict[str, Any]) -> None:
        ask(method, f"{self._api}/{path}", body, self._cookie)


def ask(method: str, url: str, body: dict[str, Any], cookie: str = "") -> Any:
    """One request with JSON; its answer, or None when it has no body."""
    headers = {"Content-Type": "application/json", "Cookie": cookie}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers, method=method)
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        raw = answer.read()
    return json.loads(raw) if raw else None


def until(what: str, look: Callable[[], object]) -> None:
    """Look until it is so; RuntimeError naming ``what`` after a minute."""
    end = time.monotonic() + PATIENCE
    while not look():
        if time.monotonic() > end:
            raise RuntimeError(f"not in {PATIENCE:g} s: {what}")
        time.sleep(0.1)
