"""Stock Firefox ESR with real push, driven by Marionette, because Playwright cannot drive ESR.

In: a push service's ws_url and a notification daemon's address. Out: a browser to look at and click. Called
by tests/e2e (by way of browsers). It reaches nothing beyond the loopback.
"""

from __future__ import annotations

import json
import os
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from tests.wire.tether import Tethered

with warnings.catch_warnings():
    # The driver brings an Android emulator's runner along, which imports what Python has deprecated.
    warnings.simplefilter("ignore", DeprecationWarning)
    from marionette_driver.by import By
    from marionette_driver.errors import MarionetteException
    from marionette_driver.marionette import Marionette

T = TypeVar("T")
PORT_FILE = "MarionetteActivePort"

# The proxy that is not there (port 9 is "discard") keeps every other host out of reach; loopback goes direct.
_SILENT: dict[str, bool | int | str] = {
    "network.proxy.type": 1,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.aboutwelcome.enabled": False,
    "browser.safebrowsing.downloads.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.systemAddon.update.enabled": False,
    "services.settings.server": "data:,#none",
}
_PUSH: dict[str, bool | int | str] = {
    "marionette.port": 0,
    # The remote agents' recommended preferences would set dom.push.connection.enabled to false.
    "remote.prefs.recommended": False,
    "dom.push.connection.enabled": True,
    # Accepts ws:// for the service and http:// for its endpoints.
    "dom.push.testing.allowInsecureServerURL": True,
    "dom.push.retryBaseInterval": 200,
    "permissions.default.desktop-notification": 1,
}
# The page's promise settles the script; `sandbox=None` runs it in the page itself, like the page's own code.
_ASYNC = """const done = arguments[arguments.length - 1], given = [...arguments].slice(0, -1);
(async function () {%s}).apply(null, given).then(v => done([v === undefined ? null : v, null]),
                                                 e => done([null, String(e)]));"""


class ScriptError(AssertionError):
    """The page's script threw, or its promise was rejected; the text says how."""


class Firefox:
    """Stock Firefox ESR, headless, as a salesperson's browser; a context manager.

    `push_ws_url`: `PushService.ws_url`. `dbus_address`: `NotificationDaemon.address`. `profile_dir`: an empty
    directory, or a former one to come back as the same browser.
    """

    def __init__(
        self, push_ws_url: str, dbus_address: str, profile_dir: Path, prefs: dict[str, Any] | None = None
    ) -> None:
        self._profile = profile_dir
        self._dbus_address = dbus_address
        self._prefs = {**_SILENT, **_PUSH, "dom.push.serverURL": push_ws_url, **(prefs or {})}

    def __enter__(self) -> Self:
        self._profile.mkdir(parents=True, exist_ok=True)
        (self._profile / PORT_FILE).unlink(missing_ok=True)
        lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in self._prefs.items()]
        (self._profile / "user.js").write_text("".join(lines))
        with (self._profile / "firefox.log").open("ab") as log:
            self._process = Tethered(self._command(), env=self._environment(), stdout=log, stderr=log)
        try:
            self._marionette = self._connect()
        except BaseException:
            self._process.stop()
            raise
        return self

    def _command(self) -> list[str]:
        # System access is what lets `set_pref` reach a running browser.
        flags = ["--headless", "--no-remote", "--marionette", "-remote-allow-system-access"]
        return ["firefox-esr", *flags, "--profile", str(self._profile), "about:blank"]

    def _environment(self) -> dict[str, str]:
        # Started by root, Firefox refuses a home that belongs to somebody else.
        home = self._profile / "home"
        home.mkdir(exist_ok=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "MOZ_"))}
        return {**kept, "HOME": str(home), "DBUS_SESSION_BUS_ADDRESS": self._dbus_address}

    def _connect(self) -> Marionette:
        def port() -> int:
            assert self._process.running(), "Firefox ended; see firefox.log in its profile"
            return int((self._profile / PORT_FILE).read_text())

        marionette = Marionette(host="127.0.0.1", port=self.wait(port, timeout=60))
        marionette.start_session()
        marionette.timeout.script = 30
        return marionette

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._process.stop()

    def navigate(self, url: str) -> None:
        self._marionette.navigate(url)

    def url(self) -> str:
        return str(self._marionette.get_url())

    def windows(self) -> list[str]:
        """The address of every window and tab."""
        here, found = self._marionette.current_window_handle, []
        for handle in self._marionette.window_handles:
            self._marionette.switch_to_window(handle, focus=False)
            found.append(self.url())
        self._marionette.switch_to_window(here, focus=False)
        return found

    def switch_to(self, url: str) -> None:
        """Looks at the first window whose address starts with `url`; AssertionError when there is none."""
        for handle in self._marionette.window_handles:
            self._marionette.switch_to_window(handle, focus=False)
            if self.url().startswith(url):
                return
        raise AssertionError(f"no window at {url}")

    def js(self, script: str, *args: Any) -> Any:
        """Runs the body of an async function in the page (`arguments` are `args`) and returns its value.

        Values cross as JSON. ScriptError when it throws.
        """
        value, thrown = self._marionette.execute_async_script(
            _ASYNC % script, script_args=list(args), sandbox=None
        )
        if thrown is not None:
            raise ScriptError(thrown)
        return value

    def click(self, css: str) -> None:
        """A trusted click on the first element that matches."""
        self._marionette.find_element(By.CSS_SELECTOR, css).click()

    def text(self, css: str) -> str:
        return str(self._marionette.find_element(By.CSS_SELECTOR, css).text)

    def wait(self, fn: Callable[[], T], timeout: float = 20.0) -> T:
        """Calls `fn` until it gives something true and returns it; AssertionError with its last failure."""
        end, last = time.monotonic() + timeout, "it stayed false"
        while time.monotonic() < end:
            try:
                value = fn()
            except (MarionetteException, AssertionError, OSError, ValueError) as failure:
                last = repr(failure)
            else:
                if value:
                    return value
            time.sleep(0.05)
        raise AssertionError(f"not in {timeout} s: {last}")

    def set_pref(self, name: str, value: bool | int | str) -> None:
        """Changes a preference of the running browser."""
        with self._marionette.using_context("chrome"):
            self._marionette.set_pref(name, value)

    def set_push_connected(self, connected: bool) -> None:
        """Takes the browser away from its push service, or brings it back; pages stay online."""
        self.set_pref("dom.push.connection.enabled", connected)
