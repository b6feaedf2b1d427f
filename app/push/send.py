"""Many pushes at once over few reused HTTP/2 connections: libcurl's multi interface, one thread.

Facts: research measured 2,791 sends/s against a service answering after 50 ms, ten times pywebpush with 32 threads
(docs/adr/0003-push-transport.md). Redirects are never followed, every send has a timeout, nothing is read beyond 4 kB.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pycurl

from app.push.wire import Letter

CONNECT_MS = 3050
TOTAL_MS = 8000
ANSWER_LIMIT = 4096
PER_HOST = 64
"""Connections. Over HTTP/2 one or two carry everything; over HTTP/1.1 one carries a single push at a time."""
IDLE_HANDLES = 256


@dataclass(frozen=True)
class Answer:
    """What came back: an HTTP status with the beginning of its text, or None with the reason."""

    status: int | None
    text: str
    retry_after: str | None = None


Done = Callable[[Answer], None]


class Sender:
    """Letters in, answers out. Not thread-safe: one thread posts and turns the wheel."""

    def __init__(self, *, connect_ms: int = CONNECT_MS, total_ms: int = TOTAL_MS) -> None:
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_PIPELINING, pycurl.PIPE_MULTIPLEX)
        self._multi.setopt(pycurl.M_MAX_HOST_CONNECTIONS, PER_HOST)
        self._idle: list[Any] = []
        self._flying: dict[Any, tuple[Done, bytearray, dict[str, str]]] = {}
        self._limits = (connect_ms, total_ms)

    @property
    def flying(self) -> int:
        """How many letters are on their way."""
        return len(self._flying)

    def post(self, letter: Letter, done: Done) -> None:
        """Start one send; ``done`` is called with its answer from a later ``turn``."""
        handle = self._idle.pop() if self._idle else pycurl.Curl()
        body, headers = bytearray(), dict[str, str]()
        self._dress(handle, letter, body, headers)
        self._flying[handle] = (done, body, headers)
        self._multi.add_handle(handle)

    def turn(self, seconds: float) -> None:
        """Let libcurl work and hand out finished answers; waits at most ``seconds`` for something to happen."""
        self._perform()
        self._finish()
        if self._flying and seconds > 0:
            self._multi.select(seconds)
            self._perform()
            self._finish()

    def close(self) -> None:
        """Drop everything; letters on their way stay leased and are rescued."""
        for handle in list(self._flying):
            self._multi.remove_handle(handle)
            handle.close()
        self._flying.clear()
        self._multi.close()

    def _dress(self, handle: Any, letter: Letter, body: bytearray, headers: dict[str, str]) -> None:
        connect_ms, total_ms = self._limits
        handle.setopt(pycurl.URL, letter.url)
        handle.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
        handle.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2TLS)
        handle.setopt(pycurl.PIPEWAIT, 1)  # rather wait for a stream than open another connection
        handle.setopt(pycurl.TCP_NODELAY, 1)
        handle.setopt(pycurl.FOLLOWLOCATION, 0)
        handle.setopt(pycurl.PROXY, "")
        handle.setopt(pycurl.NOSIGNAL, 1)
        handle.setopt(pycurl.CONNECTTIMEOUT_MS, connect_ms)
        handle.setopt(pycurl.TIMEOUT_MS, total_ms)
        handle.setopt(pycurl.HTTPHEADER, [*letter.headers, "Expect:"])
        handle.setopt(pycurl.POST, 1)
        handle.setopt(pycurl.POSTFIELDS, letter.body)  # COPYPOSTFIELDS refuses null bytes
        handle.setopt(pycurl.WRITEFUNCTION, _reader(body))
        handle.setopt(pycurl.HEADERFUNCTION, _header_reader(headers))

    def _perform(self) -> None:
        while self._multi.perform()[0] == pycurl.E_CALL_MULTI_PERFORM:
            pass

    def _finish(self) -> None:
        while True:
            waiting, succeeded, failed = self._multi.info_read()
            for handle in succeeded:
                _, body, headers = self._flying[handle]
                self._land(handle, _answer(handle, body, headers))
            for handle, code, message in failed:
                self._land(handle, Answer(None, f"no answer ({code}): {message}"[:200]))
            if not waiting:
                return

    def _land(self, handle: Any, answer: Answer) -> None:
        done, _, _ = self._flying.pop(handle)
        self._multi.remove_handle(handle)
        if len(self._idle) < IDLE_HANDLES:
            handle.reset()
            self._idle.append(handle)
        else:
            handle.close()
        done(answer)


def _answer(handle: Any, body: bytearray, headers: dict[str, str]) -> Answer:
    status = int(handle.getinfo(pycurl.RESPONSE_CODE))
    return Answer(status, bytes(body).decode("utf-8", "replace"), headers.get("retry-after"))


def _reader(body: bytearray) -> Callable[[bytes], int]:
    def read(chunk: bytes) -> int:
        body.extend(chunk[: max(ANSWER_LIMIT - len(body), 0)])
        return len(chunk)

    return read


def _header_reader(headers: dict[str, str]) -> Callable[[bytes], None]:
    def read(line: bytes) -> None:
        name, colon, value = line.decode("latin-1").partition(":")
        if colon and len(headers) < 50:
            headers[name.strip().lower()] = value.strip()

    return read
