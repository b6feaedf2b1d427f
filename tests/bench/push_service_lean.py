"""A push service that does nothing but answer, so that a benchmark measures the sender: ``push_service_lean.mjs``, a
process of its own. ``with LeanService.start(delay=0.05) as push``.

In: POSTs; over TLS, by HTTP/2 or HTTP/1.1, when it is given a certificate. Out: 201 after ``delay`` seconds, or never
(``hang``), and when each came in and was answered. The one that checks everything is ``push_service``.
"""

from __future__ import annotations

import json
import secrets
import ssl
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Self

from tests.bench.rivals import program
from tests.wire.push_service import Endpoint
from tests.wire.tether import Tethered

SERVICE = Path(__file__).with_suffix(".mjs")


class LeanService:
    """A running one. ``times``: [came in, answered or None, topic] of each POST."""

    def __init__(self, base_url: str, process: Tethered, ca_file: Path | None) -> None:
        self.base_url, self._process, self.ca_file = base_url, process, ca_file
        self._trust = ssl.create_default_context(cafile=ca_file) if ca_file else None

    @classmethod
    def start(
        cls, *, host: str = "127.0.0.1", delay: float = 0.0, hang: bool = False, tls: Path | None = None
    ) -> LeanService:
        """``tls``: a certificate for this host (``certificate``), its key beside it."""
        asked = {"host": host, "delay": delay, "hang": hang, "tls": str(tls) if tls else None}
        command = [program("node"), str(SERVICE), json.dumps(asked)]
        process = Tethered(command, stdout=subprocess.PIPE, stderr=None)
        return cls(f"{'https' if tls else 'http'}://{host}:{int(process.first_line())}", process, tls)

    def new_endpoint(self, _vapid_key: str | None = None) -> Endpoint:
        """An endpoint that nobody listens at; nothing is checked here."""
        token = secrets.token_hex(8)
        return Endpoint(f"{self.base_url}/wpush/{token}", token)

    def times(self) -> list[tuple[float, float | None, str]]:
        with urllib.request.urlopen(f"{self.base_url}/times", timeout=60, context=self._trust) as answer:
            return [(came, answered, topic) for came, answered, topic in json.load(answer)]

    def rate(self) -> float:
        """Answers a second, from the first arrival to the last answer."""
        times = self.times()
        answered = [at for _, at, _ in times if at is not None]
        return len(answered) / (max(answered) - min(came for came, _, _ in times))

    def wait(self, count: int, limit: float = 120.0) -> None:
        """Until so many were answered. AssertionError after ``limit`` seconds."""
        end = time.monotonic() + limit
        while (answered := sum(at is not None for _, at, _ in self.times())) < count:
            assert time.monotonic() < end, f"{answered} of {count} answered"
            time.sleep(0.2)

    def forget(self) -> None:
        url = f"{self.base_url}/forget"
        with urllib.request.urlopen(url, b"", timeout=60, context=self._trust) as answer:
            answer.read()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stop()
