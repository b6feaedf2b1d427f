"""TLS before a web process that speaks plain HTTP, as a proxy does in production; it passes every byte on as it is.

In: the web process's port, a directory for the certificate. Out: ``TlsFront`` with the port people come to. Called by
the tests of a browser that keeps Secure cookies only over TLS.
"""

import asyncio
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.wire import certificate
from tests.wire.loop_thread import LoopThread


class TlsFront:
    """A context manager; ``port`` is taken when it is made, so that the house can be told its public address."""

    def __init__(self, port: int, behind: int, directory: Path) -> None:
        self.port, self._behind = port, behind
        _public, self._tls = certificate.localhost(directory)
        self._loop = LoopThread("tls front")
        self._server: asyncio.Server | None = None

    def __enter__(self) -> Self:
        self._server = self._loop.run(
            asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self._tls)
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._loop.call(self._server.close)
        self._loop.stop()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection; a browser breaks many off, which is its right."""
        with suppress(OSError):
            from_web, to_web = await asyncio.open_connection("127.0.0.1", self._behind)
            await asyncio.gather(_pass_on(reader, to_web), _pass_on(from_web, writer))


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass  # either end may go at any time
    finally:
        writer.close()
