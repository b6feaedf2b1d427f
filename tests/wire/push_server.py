"""A push service as Mozilla runs it: the senders' side (RFC 8030, RFC 8292) over plain HTTP.

In: POST /wpush/<token>. Out: 201 with Location and TTL, or the refusals of
https://mozilla-services.github.io/autopush-rs/errors.html. Runs in its own process, started by push_service;
the browsers' side is push_browsers, the tests' side push_control.
"""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.wire.push_browsers import Browsers
from tests.wire.push_store import Channel, Message, PushStore
from tests.wire.vapid_check import Refusal, VapidCheck

MOST_BYTES = 4096
LONGEST_TTL = 30 * 24 * 60 * 60
_TOPIC = re.compile(r"[A-Za-z0-9]{1,32}")
_URGENCIES = {None, "very-low", "low", "normal", "high"}


@dataclass
class Rule:
    """How posts are answered: `delay` in seconds, after acceptance; `hang` never answers and never accepts.

    `status` forces an answer (below 300 the message is accepted all the same); `close` breaks the connection:
    "request" before the body is read, "response" in the middle of the answer, with the message accepted.
    `times` is how many posts the rule is good for, None for ever.
    """

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    hang: bool = False
    close: str | None = None
    times: int | None = None


class PushServer:
    """The state of one push service. `base_url` is its origin, as senders must write it in `aud`."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.store = PushStore()
        self.log: list[dict[str, Any]] = []
        self.browsers = Browsers(self.store, base_url, self.log)
        self.default = Rule()
        self.rules: dict[str, Rule] = {}
        self._vapid = VapidCheck(base_url)

    async def post(self, request: web.Request) -> web.StreamResponse:
        token = request.match_info["token"]
        entry: dict[str, Any] = {"kind": "post", "token": token, "received_at": time.time(), "status": None}
        entry["headers"] = {name.lower(): value for name, value in request.headers.items()}
        entry["body"] = b""
        self.log.append(entry)
        rule = self._rule(token)
        if rule.close == "request":
            return _broken_off(request)
        entry["body"] = body = await request.read()
        if rule.hang:
            await asyncio.Event().wait()
        answer = await self._answer(request, token, body, rule, entry)
        if rule.delay:
            await asyncio.sleep(rule.delay)
        if rule.close == "response":
            return await _half(request, answer)
        entry["status"], entry["answered_at"] = answer.status, time.time()
        return answer

    def _rule(self, token: str) -> Rule:
        rule = self.rules.get(token)
        if rule is None:
            return self.default
        if rule.times is not None:
            rule.times -= 1
            if rule.times <= 0:
                del self.rules[token]
        return rule

    async def _answer(
        self, request: web.Request, token: str, body: bytes, rule: Rule, entry: dict[str, Any]
    ) -> web.Response:
        try:
            if rule.status is not None and rule.status >= 300:
                raise Refusal(rule.status, 0, "a rule of the test")
            message = self._accept(request, token, body)
        except Refusal as refusal:
            entry["errno"], entry["message"] = refusal.errno, refusal.message
            error = {"code": refusal.status, "errno": refusal.errno, "message": refusal.message}
            return web.json_response(error, status=refusal.status, headers=rule.headers)
        entry["version"] = message.version
        await self.browsers.deliver(message)
        place = {"Location": f"{self.base_url}/m/{message.version}", "TTL": str(message.ttl)}
        return web.Response(status=rule.status or 201, headers={**place, **rule.headers})

    def _accept(self, request: web.Request, token: str, body: bytes) -> Message:
        channel = self.store.channels.get(token)
        if channel is None:
            raise Refusal(404, 102, "no such endpoint was ever given out")
        if channel.gone:
            raise Refusal(410, 106, "the browser gave this subscription up")
        ttl, topic = _message_headers(request)
        self._check_sender(request, channel)
        if len(body) > MOST_BYTES:
            raise Refusal(413, 104, f"{len(body)} bytes, at most {MOST_BYTES}")
        encoding = request.headers.get("Content-Encoding")
        if body and encoding != "aes128gcm":
            raise Refusal(400, 110, f"Content-Encoding is {encoding!r}, not aes128gcm")
        return Message(channel, body, ttl, topic)

    def _check_sender(self, request: web.Request, channel: Channel) -> None:
        sender = self._vapid.sender(request.headers.get("Authorization"))
        # RFC 8292 section 4.2: a subscription made with a key takes messages signed with that key only.
        if channel.key is not None and sender.key != channel.key:
            raise Refusal(403, 109, "k is not the key this subscription was made with")


def _message_headers(request: web.Request) -> tuple[int, str | None]:
    """TTL in seconds, capped at Mozilla's 30 days as RFC 8030 section 5.2 allows, and the topic."""
    ttl = request.headers.get("TTL")
    if ttl is None:
        raise Refusal(400, 111, "the TTL header is missing")
    if not re.fullmatch(r"[0-9]{1,12}", ttl):
        raise Refusal(400, 112, f"TTL {ttl!r} is not a number of seconds")
    topic = request.headers.get("Topic")
    if topic is not None and not _TOPIC.fullmatch(topic):
        raise Refusal(400, 113, f"Topic {topic!r} is not at most 32 letters and digits")
    urgency = request.headers.get("Urgency")
    if urgency not in _URGENCIES:
        raise Refusal(400, 0, f"Urgency {urgency!r} is none of RFC 8030 section 5.3")
    return min(int(ttl), LONGEST_TTL), topic


def _broken_off(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _half(request: web.Request, answer: web.Response) -> web.StreamResponse:
    """Sends the head of `answer` and less body than it announces, then breaks the connection."""
    half = web.StreamResponse(status=answer.status, headers={**answer.headers, "Content-Length": "64"})
    await half.prepare(request)
    await half.write(b"{")
    _broken_off(request)
    return half
