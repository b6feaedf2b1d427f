"""The tests' side of the push service: rules, endpoints without a browser, and the record of what happened.

In: JSON under /_/ from `PushService`. Out: the assembled application. Called by push_service
in its own process.
"""

from __future__ import annotations

import base64
from typing import Any

from aiohttp import web

from tests.wire.push_server import PushServer, Rule


class Control:
    def __init__(self, server: PushServer) -> None:
        self._server = server

    async def rule(self, request: web.Request) -> web.Response:
        self._server.rules[request.match_info["token"]] = Rule(**await request.json())
        return web.Response(status=204)

    async def default(self, request: web.Request) -> web.Response:
        self._server.default = Rule(**await request.json())
        return web.Response(status=204)

    async def endpoint(self, request: web.Request) -> web.Response:
        """An endpoint whose browser never connects."""
        store = self._server.store
        channel = store.register(store.new_browser(), "none", (await request.json())["key"])
        url = f"{self._server.base_url}/wpush/{channel.token}"
        return web.json_response({"token": channel.token, "url": url})

    async def gone(self, request: web.Request) -> web.Response:
        self._server.store.channels[request.match_info["token"]].gone = True
        return web.Response(status=204)

    async def waiting(self, request: web.Request) -> web.Response:
        channel = self._server.store.channels[request.match_info["token"]]
        versions = [m.version for m in self._server.store.waiting(channel.browser)]
        return web.json_response(versions)

    async def log(self, request: web.Request) -> web.Response:
        kind, token = request.query.get("kind"), request.query.get("token")
        chosen = [
            _printable(entry)
            for entry in self._server.log
            if (not kind or entry["kind"] == kind) and (not token or entry.get("token") == token)
        ]
        return web.json_response(chosen)


def _printable(entry: dict[str, Any]) -> dict[str, Any]:
    if "body" not in entry:
        return entry
    return {**entry, "body": base64.b64encode(entry["body"]).decode()}


def application(base_url: str) -> web.Application:
    server = PushServer(base_url)
    control = Control(server)
    app = web.Application(client_max_size=1 << 20)
    app.add_routes(
        [
            web.post("/wpush/{token}", server.post),
            web.get("/", server.browsers.connect),
            web.post("/_/rule/{token}", control.rule),
            web.post("/_/default", control.default),
            web.post("/_/endpoint", control.endpoint),
            web.post("/_/gone/{token}", control.gone),
            web.get("/_/waiting/{token}", control.waiting),
            web.get("/_/log", control.log),
        ]
    )
    return app
