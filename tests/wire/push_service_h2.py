"""A push service as the big ones run it: HTTP/2 over TLS, with a certificate of its own. 201 to every POST.

In: POSTs. Out: what it counted: connections, streams and how many were open at once. Runs in a thread of the test:
``with Http2Service(directory) as push``; ``push.ca_file`` is what a sender has to trust.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, RequestReceived, StreamEnded

from tests.wire import certificate
from tests.wire.loop_thread import LoopThread


class Http2Service:
    """``delay``: seconds until each answer."""

    def __init__(self, directory: Path, delay: float = 0.0) -> None:
        self.delay = delay
        self.connections = self.streams = self.open = self.most_open = 0
        self.ca_file, self._tls = certificate.localhost(directory)
        self._tls.set_alpn_protocols(["h2"])
        self._loop = LoopThread("http/2 push service")

    def __enter__(self) -> Http2Service:
        self._server = self._loop.run(self._start())
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: Any) -> None:
        self._loop.call(self._server.close)
        self._loop.stop()

    @property
    def base_url(self) -> str:
        return f"https://localhost:{self.port}"

    async def _start(self) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        return await loop.create_server(lambda: _Line(self), "127.0.0.1", 0, ssl=self._tls)


class _Line(asyncio.Protocol):
    def __init__(self, service: Http2Service) -> None:
        self._service = service
        self._h2 = H2Connection(H2Configuration(client_side=False))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._service.connections += 1
        self._transport = transport
        self._h2.initiate_connection()
        self._flush()

    def data_received(self, data: bytes) -> None:
        for event in self._h2.receive_data(data):
            if isinstance(event, RequestReceived):
                self._service.streams += 1
                self._service.open += 1
                self._service.most_open = max(self._service.most_open, self._service.open)
            elif isinstance(event, DataReceived):
                self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, StreamEnded):
                asyncio.get_running_loop().call_later(self._service.delay, self._answer, event.stream_id)
        self._flush()

    def _answer(self, stream_id: int) -> None:
        self._service.open -= 1
        self._h2.send_headers(stream_id, [(":status", "201"), ("ttl", "60")], end_stream=True)
        self._flush()

    def _flush(self) -> None:
        self._transport.write(self._h2.data_to_send())
