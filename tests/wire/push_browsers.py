"""The browsers' side of the push service: the WebSocket protocol that stock Firefox speaks.

In: hello, register, unregister, ack, nack and ping frames. Out: endpoints and notifications; what is for a
browser that is away waits in the store. Called by push_server.
Protocol: https://mozilla-services.github.io/autopush-rs/ and Firefox's PushServiceWebSocket.
"""

from __future__ import annotations

import json
import time
from typing import Any

from aiohttp import WSMsgType, web

from tests.wire.push_store import Message, PushStore


class Browsers:
    def __init__(self, store: PushStore, base_url: str, log: list[dict[str, Any]]) -> None:
        self._store, self._base_url, self._log = store, base_url, log
        self._online: dict[str, web.WebSocketResponse] = {}

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """One browser's connection, from hello to its end."""
        socket = web.WebSocketResponse(protocols=("push-notification",))
        await socket.prepare(request)
        browser: str | None = None
        async for frame in socket:
            if frame.type is not WSMsgType.TEXT:
                continue
            said = json.loads(frame.data)
            kind = said.get("messageType", "ping") if isinstance(said, dict) else "ping"
            if kind == "hello":
                browser = await self._hello(socket, said)
            elif kind == "ping":
                await socket.send_str("{}")
            elif browser is not None:
                await self._said(socket, browser, kind, said)
        if browser is not None and self._online.get(browser) is socket:
            del self._online[browser]
            self._note("away", browser)
        return socket

    async def deliver(self, message: Message) -> None:
        """Keeps the message by its TTL and hands it over at once when its browser is connected."""
        self._store.keep(message)
        socket = self._online.get(message.channel.browser)
        if socket is None or socket.closed:
            return
        try:
            await socket.send_json(message.notification())
        except ConnectionError:
            self._note("unreachable", message.channel.browser)

    async def _hello(self, socket: web.WebSocketResponse, said: dict[str, Any]) -> str:
        # An unknown name gets a new one: Firefox then drops its subscriptions (pushsubscriptionchange).
        claimed = said.get("uaid")
        browser = claimed if self._store.knows(claimed) else self._store.new_browser()
        assert isinstance(browser, str)
        former = self._online.get(browser)
        self._online[browser] = socket
        if former is not None:
            await former.close()
        self._note("hello", browser, claimed=claimed)
        await socket.send_json(
            {"messageType": "hello", "status": 200, "uaid": browser, "use_webpush": True, "broadcasts": {}}
        )
        for message in self._store.waiting(browser):
            await socket.send_json(message.notification())
        return browser

    async def _said(
        self, socket: web.WebSocketResponse, browser: str, kind: str, said: dict[str, Any]
    ) -> None:
        answer: dict[str, Any] = {"messageType": kind, "status": 200, "channelID": said.get("channelID")}
        match kind:
            case "register":
                channel = self._store.register(browser, said["channelID"], said.get("key"))
                answer["pushEndpoint"] = f"{self._base_url}/wpush/{channel.token}"
                self._note("register", browser, token=channel.token, key=channel.key)
                await socket.send_json(answer)
            case "unregister":
                self._store.unregister(browser, said["channelID"])
                self._note("unregister", browser, code=said.get("code"))
                await socket.send_json(answer)
            case "ack":
                for update in said["updates"]:
                    self._store.acknowledge(browser, update["version"])
                    self._note("ack", browser, version=update["version"], code=update.get("code"))
            case _:
                self._note(kind, browser, said=said)

    def _note(self, kind: str, browser: str, **more: Any) -> None:
        self._log.append({"kind": kind, "at": time.time(), "browser": browser, **more})
