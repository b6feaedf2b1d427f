"""A local push service for tests and benchmarks, in a process of its own.

`python -m tests.wire.push_service --port 0` prints {"port": …} and serves until it is stopped;
`with PushService.start() as push:` does the same from a test. One instance is one provider; a second
one with another host is `PushService.start(host="127.0.0.2")`.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from tests.wire.tether import Tethered

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Endpoint:
    """`url` goes into a subscription; `token` is its last part and names it in `rule` and `posts`."""

    url: str
    token: str


@dataclass(frozen=True)
class Post:
    """One POST that came in. Header names are lower case; times are epoch seconds.

    `status` and `answered_at` are None while it is unanswered (hanging, delayed or broken off); `errno` and
    `message` say why it was refused; `version` is the message's name when it was accepted.
    """

    token: str
    headers: dict[str, str]
    body: bytes
    received_at: float
    answered_at: float | None
    status: int | None
    errno: int | None
    message: str | None
    version: str | None


class PushService:
    """A running push service. Every method asks it over HTTP; urllib's errors when it is gone."""

    def __init__(self, base_url: str, process: Tethered) -> None:
        self.base_url = base_url
        self.ws_url = base_url.replace("http://", "ws://", 1) + "/"
        self._process = process

    @classmethod
    def start(cls, host: str = "127.0.0.1", port: int = 0) -> PushService:
        """Starts one on `host` (a loopback name or address); `port` 0 takes a free one."""
        command = [sys.executable, "-m", "tests.wire.push_service", "--host", host, "--port", str(port)]
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        process = Tethered(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=None)
        try:
            taken = json.loads(process.first_line())["port"]
        except BaseException:
            process.stop()
            raise
        return cls(f"http://{host}:{taken}", process)

    def new_endpoint(self, vapid_key: str | None = None) -> Endpoint:
        """An endpoint without a browser, bound to `vapid_key` (base64url of the 65-byte point) when given."""
        return Endpoint(**self._post("endpoint", key=vapid_key))

    def rule(
        self,
        token: str,
        *,
        status: int | None = None,
        headers: dict[str, str] | None = None,
        delay: float = 0.0,
        hang: bool = False,
        close: Literal["request", "response"] | None = None,
        times: int | None = None,
    ) -> None:
        """How posts to one endpoint are answered, instead of the default; see `push_server.Rule`."""
        self._post(
            f"rule/{token}",
            status=status,
            headers=headers or {},
            delay=delay,
            hang=hang,
            close=close,
            times=times,
        )

    def default(
        self,
        *,
        delay: float = 0.0,
        status: int | None = None,
        headers: dict[str, str] | None = None,
        hang: bool = False,
        close: Literal["request", "response"] | None = None,
    ) -> None:
        """How posts to every other endpoint are answered; without arguments: properly and at once."""
        self._post("default", status=status, headers=headers or {}, delay=delay, hang=hang, close=close)

    def gone(self, token: str) -> None:
        """The browser gave the subscription up: 410 from now on."""
        self._post(f"gone/{token}")

    def posts(self, token: str | None = None) -> list[Post]:
        """What came in, in order of arrival, refused posts too; all endpoints without `token`."""
        return [_as_post(entry) for entry in self._log(kind="post", token=token)]

    def wait_posts(self, token: str | None, count: int, timeout: float = 10.0) -> list[Post]:
        """`posts`, once `count` of them were answered; AssertionError after `timeout` seconds."""
        end = time.monotonic() + timeout
        while True:
            posts = self.posts(token)
            if sum(post.status is not None for post in posts) >= count:
                return posts
            assert time.monotonic() < end, f"{len(posts)} of {count} posts after {timeout} s: {posts}"
            time.sleep(0.01)

    def waiting(self, token: str) -> list[Post]:
        """What this endpoint's phone would get if it woke up now: not expired, not replaced by topic."""
        by_version = {post.version: post for post in self.posts(token)}
        return [by_version[version] for version in self._get(f"waiting/{token}")]

    def log(self) -> list[dict[str, Any]]:
        """Everything that happened: entries of kind hello, register, unregister, ack, nack, away, post."""
        return self._log()

    def stop(self) -> None:
        self._process.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self.stop()

    def _log(self, **query: str | None) -> list[dict[str, Any]]:
        given = {name: value for name, value in query.items() if value}
        entries: list[dict[str, Any]] = self._get(f"log?{urllib.parse.urlencode(given)}")
        return entries

    def _get(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.base_url}/_/{path}", timeout=30) as answer:
            return json.load(answer)

    def _post(self, path: str, **fields: Any) -> dict[str, Any]:
        request = urllib.request.Request(f"{self.base_url}/_/{path}", json.dumps(fields).encode())
        with urllib.request.urlopen(request, timeout=10) as answer:
            body = answer.read()
        return dict(json.loads(body)) if body else {}


def _as_post(entry: dict[str, Any]) -> Post:
    optional = {name: entry.get(name) for name in ("answered_at", "status", "errno", "message", "version")}
    body = base64.b64decode(entry["body"])
    return Post(entry["token"], entry["headers"], body, entry["received_at"], **optional)


def main() -> None:
    # Only this process needs the server; the tests that import PushService are spared aiohttp.
    from aiohttp import web

    from tests.wire.push_control import application

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    chosen = parser.parse_args()
    listening = socket.create_server((chosen.host, chosen.port), backlog=1024)
    port = listening.getsockname()[1]
    print(json.dumps({"port": port}), flush=True)
    app = application(f"http://{chosen.host}:{port}")
    web.run_app(
        app,
        sock=listening,
        print=None,
        access_log=None,
        backlog=1024,
        shutdown_timeout=0.1,
        handler_cancellation=True,
    )


if __name__ == "__main__":
    main()
