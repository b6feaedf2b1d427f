"""Many pushes at once over few reused HTTP/2 connections: libcurl's multi interface, one thread.

Letters in, answers out. Called by ``app.delivery.drain``. libcurl says which sockets it waits for, so a turn costs what
has happened and not what is under way. Redirects are never followed, every send has a timeout, nothing is read beyond
4 kB. Facts and figures: docs/adr/0003-push-transport.md.
"""

import itertools
import os
import selectors
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pycurl

from app.push.wire import Letter, origin

CONNECT_MS = 3050
TOTAL_MS = 8000
OVERTAKEN = 2.0
"""Seconds: when a push that was sent so much later to the same service has been answered, the earlier one is given up:
it is lost, in a line that moves."""
LOOK_BACK = 0.25
"""Seconds between two looks for such pushes."""
ANSWER_LIMIT = 4096
PER_HOST = 200
"""Connections. Over HTTP/2 one or two carry everything; over HTTP/1.1 one carries a single push at a time."""
IDLE_HANDLES = 512
EVENTS = {
    pycurl.POLL_IN: selectors.EVENT_READ,
    pycurl.POLL_OUT: selectors.EVENT_WRITE,
    pycurl.POLL_INOUT: selectors.EVENT_READ | selectors.EVENT_WRITE,
}


@dataclass(frozen=True)
class Answer:
    """What came back: an HTTP status with the beginning of its text, or None with the reason. ``overtaken``: nothing,
    while the service answered others."""

    status: int | None
    text: str
    retry_after: str | None = None
    overtaken: bool = False


Done = Callable[[Answer], None]


def _nobody(_answer: Answer) -> None:
    """Nobody waits for this one."""


@dataclass
class _Flight:
    """One handle with what it reads into; kept warm between two letters."""

    handle: Any
    body: bytearray = field(default_factory=bytearray)
    retry_after: str | None = None
    done: Done = _nobody
    service: str = ""
    since: float = 0.0

    def read(self, chunk: bytes) -> int:
        self.body.extend(chunk[: max(ANSWER_LIMIT - len(self.body), 0)])
        return len(chunk)

    def read_header(self, line: bytes) -> None:
        if line[:12].lower() == b"retry-after:":
            self.retry_after = line[12:].decode("latin-1").strip()

    def answer(self) -> Answer:
        status = int(self.handle.getinfo(pycurl.RESPONSE_CODE))
        return Answer(status, bytes(self.body).decode("utf-8", "replace"), self.retry_after)


class Sender:
    """Not thread-safe: one thread posts and turns the wheel. Only ``wake`` may come from elsewhere.

    ``ca_file``: certificates to trust instead of the built-in ones, for a push service of one's own.
    """

    def __init__(self, *, connect_ms: int = CONNECT_MS, total_ms: int = TOTAL_MS, ca_file: str = "") -> None:
        self._limits, self._ca_file = (connect_ms, total_ms), ca_file
        self._idle: list[_Flight] = []
        self._flying: dict[Any, _Flight] = {}
        """In the order in which they were posted."""
        self._answered: dict[str, float] = {}
        """By service: when the latest one that it has answered was posted."""
        self._looked_back = 0.0
        self._alarm: float | None = None
        self._sockets = selectors.DefaultSelector()
        self._bell, self._rope = os.pipe()
        os.set_blocking(self._bell, False)
        os.set_blocking(self._rope, False)
        self._sockets.register(self._bell, selectors.EVENT_READ)
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_PIPELINING, pycurl.PIPE_MULTIPLEX)
        self._multi.setopt(pycurl.M_MAX_HOST_CONNECTIONS, PER_HOST)
        self._multi.setopt(pycurl.M_MAXCONNECTS, 4 * PER_HOST)
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._set_alarm)

    @property
    def flying(self) -> int:
        """How many letters are on their way."""
        return len(self._flying)

    def post(self, letter: Letter, done: Done, total_ms: int | None = None) -> None:
        """Start one send; ``done`` is called with its answer from a later ``turn``."""
        flight = self._idle.pop() if self._idle else self._new_flight()
        handle = flight.handle
        handle.setopt(pycurl.URL, letter.url)
        # Rather wait for a stream than open another connection. Without TLS, which agrees on HTTP/2 before the first
        # answer, libcurl would wait for that answer: one that hangs would hold up all others.
        handle.setopt(pycurl.PIPEWAIT, letter.url.startswith("https:"))
        handle.setopt(pycurl.HTTPHEADER, letter.headers)
        handle.setopt(pycurl.POSTFIELDS, letter.body)  # COPYPOSTFIELDS refuses null bytes
        handle.setopt(pycurl.TIMEOUT_MS, total_ms or self._limits[1])
        flight.done, flight.service, flight.since = done, origin(letter.url), time.monotonic()
        self._flying[handle] = flight
        self._multi.add_handle(handle)

    def turn(self, seconds: float) -> bool:
        """Wait at most ``seconds`` for something to happen, let libcurl work, hand out answers. True when woken."""
        woken = False
        for key, events in self._sockets.select(self._patience(seconds)):
            if key.fd == self._bell:
                woken = bool(os.read(self._bell, 4096))
                continue
            ready = pycurl.CSELECT_IN if events & selectors.EVENT_READ else 0
            ready |= pycurl.CSELECT_OUT if events & selectors.EVENT_WRITE else 0
            self._multi.socket_action(key.fd, ready)
        if self._alarm is not None and time.monotonic() >= self._alarm:
            self._alarm = None
            self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
        if self._flying:
            self._finish()
            self._give_up_overtaken(time.monotonic())
        return woken

    def wake(self) -> None:
        """End a ``turn`` that waits. From any thread."""
        with suppress(OSError):  # full: it is being woken already; closed: it sleeps for good
            os.write(self._rope, b"!")

    def close(self) -> None:
        """Drop everything; letters on their way stay leased and are rescued."""
        for handle in list(self._flying):
            self._multi.remove_handle(handle)
            handle.close()
        self._flying.clear()
        self._multi.close()
        self._sockets.close()
        os.close(self._bell)
        os.close(self._rope)
        self._bell = self._rope = -1  # the numbers may soon be somebody else's

    def _patience(self, seconds: float) -> float:
        if self._alarm is None:
            return seconds
        return max(min(seconds, self._alarm - time.monotonic()), 0)

    def _set_alarm(self, milliseconds: int) -> None:
        self._alarm = time.monotonic() + milliseconds / 1000 if milliseconds >= 0 else None

    def _watch(self, what: int, descriptor: int, _multi: Any, _data: Any) -> None:
        """libcurl's wish: wait for this socket, or no longer."""
        with suppress(KeyError, ValueError):  # forgotten already
            self._sockets.unregister(descriptor)
        if what in EVENTS:
            self._sockets.register(descriptor, EVENTS[what])

    def _new_flight(self) -> _Flight:
        handle = pycurl.Curl()
        flight = _Flight(handle)
        handle.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
        handle.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2TLS)
        handle.setopt(pycurl.TCP_NODELAY, 1)
        handle.setopt(pycurl.FOLLOWLOCATION, 0)
        handle.setopt(pycurl.PROXY, "")
        handle.setopt(pycurl.NOSIGNAL, 1)
        handle.setopt(pycurl.CONNECTTIMEOUT_MS, self._limits[0])
        handle.setopt(pycurl.POST, 1)
        handle.setopt(pycurl.WRITEFUNCTION, flight.read)
        handle.setopt(pycurl.HEADERFUNCTION, flight.read_header)
        if self._ca_file:
            handle.setopt(pycurl.CAINFO, self._ca_file)
        return flight

    def _finish(self) -> None:
        while True:
            waiting, succeeded, failed = self._multi.info_read()
            for handle in succeeded:
                self._land(handle, self._flying[handle].answer())
            for handle, code, message in failed:
                self._land(handle, Answer(None, f"no answer ({code}): {message}"[:200]))
            if not waiting:
                return

    def _give_up_overtaken(self, now: float) -> None:
        if now - self._looked_back < LOOK_BACK:
            return
        self._looked_back = now
        old = itertools.takewhile(lambda flight: flight.since <= now - OVERTAKEN, self._flying.values())
        for flight in list(old):
            if self._answered.get(flight.service, 0.0) >= flight.since + OVERTAKEN:
                self._land(flight.handle, Answer(None, "no answer, while others had theirs", overtaken=True))

    def _land(self, handle: Any, answer: Answer) -> None:
        flight = self._flying.pop(handle)
        if answer.status is not None:
            self._answered[flight.service] = max(self._answered.get(flight.service, 0.0), flight.since)
        self._multi.remove_handle(handle)
        done, flight.done = flight.done, _nobody
        flight.body.clear()
        flight.retry_after = None
        if len(self._idle) < IDLE_HANDLES:
            self._idle.append(flight)
        else:
            handle.close()
        done(answer)
