"""A whole house for tests: a migrated database with people in it, web and worker as real processes on a free port.

In: a database's URL and a directory. Out: ``House``, its people's sessions, and its processes to start, kill and start
again. Called by tests that need real processes; those of them that outlive a test are ended by it (``Tethered``).
"""

import http.client
import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import psutil

from app import create_app
from app.db import db
from tests.databases import free_port
from tests.wire.phone_keys import FakeSubscription
from tests.wire.push_service import PushService
from tests.wire.tether import Tethered

ROOT = Path(__file__).resolve().parents[1]
WEB = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"]
WORKER = [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]
# A developer's .env is no business of a test.
NO_DOTENV = {"FLASK_SKIP_DOTENV": "1", "PYTHON_DOTENV_DISABLED": "1"}
# Quick rescue; an escalation that no slow machine reaches unless the test wants it.
SETTINGS = {
    "SECRET_KEY": "for tests only " * 3,
    "FIRSTCALL_DEMO": "0",
    "SUBMISSION_GRACE": "1",
    "LEASE_SECONDS": "5",
    "ESCALATION_RUNGS": "1000,1100,1200,1300,1400",
}
PATIENCE = 60.0
T = TypeVar("T")


def until(what: str, look: Callable[[], T], timeout: float = PATIENCE) -> T:
    """Looks until there is something true and returns it; AssertionError naming ``what`` after ``timeout`` s."""
    end = time.monotonic() + timeout
    while True:
        if seen := look():
            return seen
        assert time.monotonic() < end, f"not in {timeout:g} s: {what}"
        time.sleep(0.05)


@dataclass(frozen=True)
class Answer:
    """What the web process said; ``body`` is its JSON, or its text when it is none."""

    status: int
    body: Any
    headers: http.client.HTTPMessage


@dataclass
class Visitor:
    """Somebody outside who sends requests to the house; a signed-in one carries a cookie."""

    port: int
    cookie: str = ""

    def ask(self, method: str, path: str, body: Any = None, /, **headers: str) -> Answer:
        """One request on a connection of its own. OSError or HTTPException when the house breaks it off."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        said |= {"Cookie": self.cookie} if self.cookie else {}
        said |= {"Content-Type": "application/json"} if body is not None else {}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), said)
            answer = connection.getresponse()
            raw = answer.read()
        finally:
            connection.close()
        is_json = "json" in answer.headers.get_content_type()
        return Answer(answer.status, json.loads(raw) if is_json else raw.decode(), answer.headers)


class House:
    """Doesburg's showroom, always open: Sanne sells, Bram manages, "Website" sends the leads.

    ``settings`` are environment variables for all its processes. A context manager; nothing runs until started.
    """

    def __init__(self, url: str, directory: Path, **settings: str) -> None:
        self.directory, self.port = directory, free_port()
        own = {"DATABASE_URL": url, "VAR_DIR": str(directory / "var"), "PORT": str(self.port)}
        self.environment = {**SETTINGS, **own, **settings}
        self.origin = f"http://localhost:{self.port}"
        self.app = create_app(self.environment)
        self._running: dict[str, Tethered] = {}

    def __enter__(self) -> Self:
        hours = self.directory / "hours.json"
        hours.write_text('{"always": true}')
        self.run("group", "add", "Autogroep Doesburg")
        named = ("--group", "Autogroep Doesburg", "--slug", "doesburg", "--hours", str(hours))
        self.run("showroom", "add", "Doesburg", *named, "--phone", "+31313000000")
        self.hire("Sanne Bakker", "sanne@doesburg.example", "salesperson")
        self.hire("Bram de Vries", "bram@doesburg.example", "manager")
        made = self.run("source", "add", "Website", "--kind", "form", "--showroom", "doesburg")
        self.intake = f"/in/{made['key']}"
        self.vapid = self.run("vapid", "ensure")
        return self

    def hire(self, name: str, email: str, role: str) -> None:
        where = ("--showroom", "doesburg", "--role", role, "--phone", "+31612000001")
        self.run("person", "add", name, "--email", email, *where)

    def run(self, *words: str) -> Any:
        """What an operator's command prints as JSON. It runs here: a process a command would cost seconds."""
        result = self.app.test_cli_runner().invoke(args=[*words, "--json"])
        assert result.exit_code == 0, f"flask {' '.join(words)}: {result.output}"
        return json.loads(result.stdout)

    def start_web(self, **more: str) -> None:
        """Start gunicorn and wait until it answers."""
        self.start("web", WEB, **more)
        self.wait_web()

    def wait_web(self) -> None:
        until("the web process answers", self._healthy)

    def start_worker(self, **more: str) -> None:
        """Start a worker; it is at work some seconds later."""
        self.start("worker", WORKER, **more)

    def start(self, name: str, command: list[str], **more: str) -> None:
        assert name not in self._running, f"{name} runs already"
        env = {**os.environ, **NO_DOTENV, **self.environment, **more}
        with (self.directory / f"{name}.log").open("ab") as log:
            self._running[name] = Tethered(command, env=env, cwd=ROOT, stdout=log, stderr=log)

    def stop(self, name: str, grace: float = 10.0) -> None:
        """SIGTERM, as an operator would; what is left after ``grace`` seconds is killed."""
        self._running.pop(name).stop(grace)

    def wait_killed(self, name: str) -> None:
        """Until this process was ended by SIGKILL."""
        status = until(f"{name} is killed\n{self.log(name)}", self._running[name].process.poll)
        assert status == 128 + 9, f"{name} ended with {status}, not by SIGKILL\n{self.log(name)}"
        self.stop(name)

    def process(self, name: str) -> psutil.Process:
        """The program itself: its tether's only child that is no shell."""
        found = [p for p in self.tether(name).children() if p.cmdline()[:1] == [sys.executable]]
        assert len(found) == 1, found
        return found[0]

    def tether(self, name: str) -> psutil.Process:
        return psutil.Process(self._running[name].process.pid)

    def web_workers(self) -> list[psutil.Process]:
        """gunicorn's own workers: the children of its arbiter, which is the tether's child. None while it starts."""
        return [worker for arbiter in self.tether("web").children() for worker in arbiter.children()]

    def log(self, name: str) -> str:
        """The end of what this process has printed."""
        path = self.directory / f"{name}.log"
        return path.read_text(errors="replace")[-4000:] if path.exists() else ""

    def link(self, email: str) -> tuple[str, str]:
        """A fresh one-time device link for a person, and its 8-character code."""
        made = self.run("person", "link", email)
        return str(made["url"]), str(made["code"])

    def stranger(self) -> Visitor:
        """Nobody in particular: a customer, or a website that passes a lead on."""
        return Visitor(self.port)

    def sign_in(self, email: str) -> Visitor:
        """This person on a device of theirs, by a link."""
        visitor = Visitor(self.port)
        token = urlsplit(self.link(email)[0]).fragment.removeprefix("t=")
        answer = visitor.ask("POST", "/api/v1/sessions", {"token": token})
        assert answer.status == 201, answer
        visitor.cookie = str(answer.headers["Set-Cookie"]).split(";")[0]
        return visitor

    def subscribe(self, person: Visitor, push: PushService) -> FakeSubscription:
        """Give this person a phone at the push service, with the private key kept here."""
        phone = FakeSubscription(push.new_endpoint(self.vapid["public_key"]).url)
        offer = {**phone.json(), "key_id": self.vapid["key_id"]}
        answer = person.ask("POST", "/api/v1/subscriptions", offer)
        assert answer.status == 201, answer
        return phone

    def leads(self) -> list[dict[str, Any]]:
        """All leads, newest first, as the operator sees them."""
        return list(self.run("lead", "list", "--limit", "1000"))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        with ExitStack() as closing:
            closing.callback(self._let_go)
            for name in list(self._running):
                closing.callback(self.stop, name, 5.0)

    def _let_go(self) -> None:
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()

    def _healthy(self) -> bool:
        running = self._running["web"].running()
        assert running, f"the web process ended:\n{self.log('web')}"
        try:
            return Visitor(self.port).ask("GET", "/healthz").status == 200
        except OSError:
            return False
