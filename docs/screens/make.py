"""Photographs Firstcall at work: phone, board, customer page and demo, from a real house with real leads.

In: a directory for the pictures (default: this one). Out: PNG files. Called by ``bin/screens``. Starts web and worker on
SQLite in a temporary directory, and a local push service in the place of the browser vendor's; nothing else is fake.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page, sync_playwright

from app.db import new_id
from tests.databases import free_port
from tests.e2e.browsers import BOARD, PHONE, chromium_context
from tests.wire.phone_keys import FakeSubscription
from tests.wire.push_service import PushService
from tests.wire.tether import Tethered

ROOT = Path(__file__).resolve().parents[2]
FLASK = [sys.executable, "-m", "flask", "--app", "wsgi"]
WEB = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"]
PATIENCE = 60.0
# Chromium subscribes at Google's service only: the page is told of an endpoint at the local one instead.
SUBSCRIBED = """(([subscription, key]) => {
  const raw = Uint8Array.from(atob(key.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const mine = { endpoint: subscription.endpoint, options: { applicationServerKey: raw.buffer },
    toJSON: () => subscription, unsubscribe: async () => true };
  PushManager.prototype.getSubscription = async () => mine;
  PushManager.prototype.subscribe = async () => mine;
})(%s)"""
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
        "vehicle": {"make": "Audi", "model": "A3", "year": "2023"}, "message": "Can I try it on Friday?", "language": "en",
    },
    "willem": {
        "name": "Willem Smit", "phone": "0000000000", "email": "willem@example.com",
        "vehicle": {"make": "Seat", "model": "Ibiza", "year": "2020"}, "message": "Ik ben doof. Heeft hij een trekhaak?",
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
        subprocess.run([*FLASK, "db", "upgrade"], cwd=ROOT, env=self.environment, check=True, capture_output=True)
        self.flask("seed")
        self.intake = {source["name"]: str(source["url"]) for source in self.flask("source", "list")}
        self.key = self.flask("vapid", "list")[-1]

    @contextmanager
    def running(self) -> Iterator[None]:
        """Web and worker, ended at the end."""
        with ExitStack() as closing:
            for command in (WEB, [*FLASK, "worker"]):
                closing.callback(Tethered(command, cwd=ROOT, env=self.environment, stdout=None, stderr=None).stop)
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
        done = subprocess.run(command, cwd=ROOT, env=self.environment, check=True, capture_output=True, text=True)
        return json.loads(done.stdout)

    def link(self, first_name: str) -> str:
        return str(self.flask("person", "link", f"{first_name}@demo.invalid")["url"])

    def lead(self, who: str, source: str = "Website", **changed: Any) -> dict[str, Any]:
        """A customer's request, sent as a website sends it."""
        answer = ask("POST", self.intake[source], {**CUSTOMERS[who], **changed})
        assert isinstance(answer, dict)
        return answer


class Colleague:
    """Somebody of the showroom at work, through the API that their phone uses."""

    def __init__(self, house: House, first_name: str) -> None:
        token = urlsplit(house.link(first_name)).fragment.removeprefix("t=")
        body = json.dumps({"token": token}).encode()
        request = urllib.request.Request(f"{house.origin}/api/v1/sessions", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            self._cookie = str(answer.headers["Set-Cookie"]).split(";")[0]
        self._api = f"{house.origin}/api/v1"

    def tries(self, follow_up: str, channel: str, outcome: str | None, **more: Any) -> None:
        """One try; ``outcome`` None leaves it dialled."""
        attempt, at = str(new_id()), time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        tap = {"id": attempt, "channel": channel, "started_at": at}
        ask("POST", f"{self._api}/follow-ups/{follow_up}/attempts", tap, self._cookie)
        if outcome:
            said = {"outcome": outcome, "at": at, **more}
            ask("POST", f"{self._api}/attempts/{attempt}/outcome", said, self._cookie)


def ask(method: str, url: str, body: dict[str, Any], cookie: str = "") -> Any:
    headers = {"Content-Type": "application/json", "Cookie": cookie}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers, method=method)
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return json.load(answer)


def until(what: str, look: Callable[[], object]) -> None:
    """Look until it is so; RuntimeError naming ``what`` after a minute."""
    end = time.monotonic() + PATIENCE
    while not look():
        if time.monotonic() > end:
            raise RuntimeError(f"not in {PATIENCE:g} s: {what}")
        time.sleep(0.1)


class Phone:
    """Sanne's phone: Chromium in the size of one, subscribed at the local push service, acknowledging what arrives."""

    def __init__(self, house: House, context: BrowserContext) -> None:
        self._house, self._read = house, 0
        self._keys = FakeSubscription(house.push.new_endpoint(house.key["public_key"]).url)
        context.add_init_script(SUBSCRIBED % json.dumps([self._keys.json(), house.key["public_key"]]))
        context.grant_permissions(["notifications"], origin=house.origin)
        self.page = context.new_page()

    def sign_in(self, first_name: str) -> None:
        """By a one-time link, through onboarding, until the test push has come back."""
        self.page.goto(self._house.link(first_name))
        self.page.locator("button.go").click()
        until("the phone is confirmed", lambda: self.acknowledge() and self.page.locator("li.card.done .btn").count())

    def acknowledge(self) -> bool:
        """What the service worker does: send the token inside each message back. True once there was one."""
        posts = [post for post in self._house.push.posts() if post.status == 201]
        for post in posts[self._read :]:
            token = self._keys.decrypt(post.body)["ack"]
            body = json.dumps({"token": token, "event": "received"}).encode()
            headers = {"Content-Type": "application/json"}
            url = f"{self._house.origin}/api/v1/push/receipts"
            urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=PATIENCE).close()
        self._read = len(posts)
        self.page.wait_for_timeout(200)
        return bool(posts)


def take(page: Page, path: Path) -> None:
    """One picture, once the page has come to rest."""
    page.wait_for_timeout(900)
    page.screenshot(path=path)
    print(f"screens: {path.name} {path.stat().st_size // 1024} kB")


def photograph(house: House, out: Path) -> None:
    with sync_playwright() as playwright, ExitStack() as stack:
        small = {**PHONE, "device_scale_factor": 2, "locale": "en-GB"}
        phone = Phone(house, stack.enter_context(chromium_context(playwright, **small)))
        phone.sign_in("sanne")
        eva, tom = Colleague(house, "eva"), Colleague(house, "tom")
        board = stack.enter_context(chromium_context(playwright, **BOARD, locale="en-GB")).new_page()
        board.goto(house.link("bram"))
        board.locator("button.go").click()
        board.wait_for_url("**/onboarding")

        daan = house.lead("daan")["follow_up_id"]
        house.lead("daan", "Marktplaats", vehicle="VW T-Roc 2022", message="En deze?")
        emma, marieke = house.lead("emma")["follow_up_id"], house.lead("marieke")
        willem, noor = house.lead("willem")["follow_up_id"], house.lead("noor")["follow_up_id"]
        workers = {"Eva": eva, "Tom": tom, "Sanne": Colleague(house, "sanne")}
        who = {row["id"]: workers[row["salesperson"].split()[0]] for row in []}
        del who, daan, emma, willem, noor, marieke


def main() -> None:
    out = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent).resolve()
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="firstcall-screens-") as directory, PushService.start() as push:
        house = House(Path(directory), push)
        with house.running():
            photograph(house, out)


if __name__ == "__main__":
    main()
