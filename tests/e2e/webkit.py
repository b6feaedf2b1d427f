"""WebKitGTK, the engine's family of Safari, driven by Debian's WebKitWebDriver over the W3C protocol.

In: nothing but an address to open. Out: a browser to look at and click. Called by test_webkit. It needs a screen: Xvfb
lends it one. It has neither push nor the app's install; what is Safari's own stays on the checklist in docs/phones.md.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from tests.databases import free_port
from tests.wire.tether import Tethered

T = TypeVar("T")
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""The protocol's name for a reference to an element (W3C WebDriver, 11)."""
BROWSER = "/usr/lib/{arch}/webkit2gtk-4.1/MiniBrowser"


class WebKitError(AssertionError):
    """The driver or the page said no; the text says why."""


class WebKit:
    """A new browser with nothing kept, as large as a phone; a context manager."""

    def __init__(self, directory: Path) -> None:
        self._log = directory / "webkit.log"
        self._closing = ExitStack()
        self._port = free_port()
        self._session = ""

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._closing.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._closing.close()

    def open(self, url: str) -> None:
        self._ask("POST", "/url", {"url": url})

    def url(self) -> str:
        return str(self._ask("GET", "/url"))

    def js(self, body: str, *given: Any) -> Any:
        """What the function body returns, with ``given`` as its arguments."""
        return self._ask("POST", "/execute/sync", {"script": body, "args": list(given)})

    def text(self, selector: str) -> str:
        """What the first such element shows, or nothing when there is none."""
        return str(self.js("return document.querySelector(arguments[0])?.innerText ?? ''", selector))

    def type(self, selector: str, words: str) -> None:
        """Until the field has them: keys go nowhere while the window has just opened and is not active yet."""

        def typed() -> Any:
            self._ask("POST", f"/element/{self._find('css selector', selector)}/value", {"text": words})
            return self.js("return document.querySelector(arguments[0]).value", selector)

        self.wait(f"typed into {selector}", typed, 30)

    def click(self, selector: str) -> None:
        self._ask("POST", f"/element/{self._find('css selector', selector)}/click", {})

    def click_button(self, words: str) -> None:
        """The button that says so."""
        xpath = f"//button[contains(normalize-space(.), '{words}')]"
        self._ask("POST", f"/element/{self._find('xpath', xpath)}/click", {})

    def wait(self, what: str, look: Callable[[], T], timeout: float) -> T:
        """The first true answer of ``look``; AssertionError naming ``what`` and what the page shows instead."""
        end = time.monotonic() + timeout
        while not (seen := look()):
            assert time.monotonic() < end, f"not in {timeout:g} s: {what}\n{self.url()}\n{self.text('body')}"
            time.sleep(0.05)
        return seen

    def _start(self) -> None:
        screen = Tethered(
            ["Xvfb", "-displayfd", "1", "-screen", "0", "800x1000x24", "-nolisten", "tcp"],
            stdout=subprocess.PIPE,
        )
        self._closing.callback(screen.stop, 5.0)
        env = {
            **os.environ,
            "DISPLAY": f":{screen.first_line()}",
            "GDK_BACKEND": "x11",
            "LIBGL_ALWAYS_SOFTWARE": "1",
        }
        env |= {"DBUS_SESSION_BUS_ADDRESS": "disabled:", "GTK_A11Y": "none", "NO_AT_BRIDGE": "1"}
        log = self._closing.enter_context(self._log.open("wb"))
        driver = Tethered(["WebKitWebDriver", f"--port={self._port}"], env=env, stdout=log, stderr=log)
        self._closing.callback(driver.stop, 5.0)
        self._wait_for_driver(driver)
        arch = os.uname().machine + "-linux-gnu"
        options = {"binary": BROWSER.format(arch=arch), "args": ["--automation"]}
        wanted = {"acceptInsecureCerts": True, "webkitgtk:browserOptions": options}
        made = self._ask("POST", "", {"capabilities": {"alwaysMatch": wanted}})
        self._session = f"/{made['sessionId']}"
        self._closing.callback(self._ask, "DELETE", "")
        self._ask("POST", "/window/rect", {"width": 460, "height": 844})

    def _wait_for_driver(self, driver: Tethered) -> None:
        end = time.monotonic() + 30
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/status", timeout=5):
                    return
            except OSError:
                assert driver.running() and time.monotonic() < end, self._log.read_text(errors="replace")
                time.sleep(0.05)

    def _find(self, how: str, what: str) -> str:
        return str(self._ask("POST", "/element", {"using": how, "value": what})[ELEMENT])

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        """One command of the session. Raises WebKitError with the driver's own words."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._port}/session{self._session}{path}",
            None if body is None else json.dumps(body).encode(),
            {"Content-Type": "application/json"},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as refused:
            said = json.load(refused)["value"]
            raise WebKitError(f"{method} {path}: {said['error']}: {said['message']}") from None
