"""An asyncio loop on a thread of its own, so that asynchronous fakes serve synchronous tests.

Playwright's synchronous interface keeps a loop running on the tests' main thread, where `asyncio.run` is
therefore refused. Called by the notification service and the mail server.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class LoopThread:
    def __init__(self, name: str) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name=name, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T], timeout: float = 10.0) -> T:
        """Runs `work` on the loop and returns its result; its errors are raised here."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout)

    def call(self, function: Callable[..., T], *args: Any) -> T:
        """Calls a plain function on the loop's thread and returns its result."""

        async def on_loop() -> T:
            return function(*args)

        return self.run(on_loop())

    def stop(self) -> None:
        """Cancels whatever still waits (a hanging conversation, for one), breaks off what is connected, ends the thread."""

        async def end_all() -> None:
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            # A line that nobody closes is found much later, and then counts against another test.
            for line in list(self.loop._transports.values()):  # type: ignore[attr-defined]
                line.abort()
            for _ in range(3):  # a line over TLS closes the one below it, which closes its socket
                await asyncio.sleep(0)

        self.run(end_all())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()
