"""A push service that does nothing but answer: raw asyncio, no checks, so that a benchmark measures the sender.

In: POSTs over HTTP/1.1, kept alive, over TLS when it is given a certificate. Out: 201 after ``delay`` seconds, or never (``hang``). GET /times gives the epoch
seconds at which each POST came in and was answered, with its Topic; POST /forget clears them. Runs in a process of its
own: ``with LeanService.start(delay=0.05) as push``. The one that checks everything is ``push_service``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import secrets
import ssl
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any, Self

from tests.wire.push_service import Endpoint
from tests.wire.tether import Tethered

ROOT = Path(__file__).resolve().parents[2]
CREATED = b"HTTP/1.1 201 Created\r\nTTL: 60\r\nLocation: /m/1\r\nContent-Length: 0\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_TOPIC = re.compile(rb"\r\ntopic: *([A-Za-z0-9]+)", re.IGNORECASE)


class Line(asyncio.Protocol):
    """One connection. Answers go out in the order in which requests came in, as HTTP/1.1 wants it."""

    def __init__(self, delay: float, hang: bool, times: list[list[Any]]) -> None:
        self._delay, self._hang, self._times = delay, hang, times
        self._unread = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._unread += data
        while (head := self._unread.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(self._unread, 0, head)
            end = head + 4 + (int(length[1]) if length else 0)
            if len(self._unread) < end:
                return
            request, self._unread = self._unread[:head], self._unread[end:]
            self._request(request)

    def _request(self, head: bytes) -> None:
        if head.startswith(b"GET /times"):
            body = json.dumps(self._times).encode()
            self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        elif head.startswith(b"POST /forget"):
            self._times.clear()
            self._transport.write(CREATED)
        else:
            topic = _TOPIC.search(head)
            entry: list[Any] = [time.time(), None, topic[1].decode() if topic else ""]
            self._times.append(entry)
            if not self._hang:
                asyncio.get_running_loop().call_later(self._delay, self._answer, entry)

    def _answer(self, entry: list[Any]) -> None:
        entry[1] = time.time()
        self._transport.write(CREATED)


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
        command = [sys.executable, "-m", "tests.wire.push_service_lean", host, str(delay), str(int(hang))]
        command += [str(tls)] if tls else []
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        process = Tethered(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=None)
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


async def _serve(host: str, delay: float, hang: bool, certificate: Path | None) -> None:
    times: list[list[Any]] = []
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if certificate else None
    if tls and certificate:
        tls.load_cert_chain(certificate, certificate.with_suffix(".key"))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Line(delay, hang, times), host, 0, backlog=2048, ssl=tls)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("host")
    parser.add_argument("delay", type=float)
    parser.add_argument("hang", type=int)
    parser.add_argument("tls", type=Path, nargs="?")
    chosen = parser.parse_args()
    asyncio.run(_serve(chosen.host, chosen.delay, bool(chosen.hang), chosen.tls))
