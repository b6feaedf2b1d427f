"""Debian's own browsers for the tests: Firefox with real push; Chromium as a phone and as a wall screen.

In: a site's origin, and a notification daemon's address when notifications are to be clicked. Out: Playwright
pages. Called by tests/e2e. No browser reaches beyond the loopback. Chromium cannot subscribe without Google's
service, so its pushes come in through the developer tools; the real path is Firefox's.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Playwright

from tests.e2e.firefox import Firefox, ScriptError

__all__ = [
    "BOARD",
    "PHONE",
    "Firefox",
    "ScriptError",
    "board_page",
    "chromium_context",
    "deliver_push",
    "phone_page",
]

CHROMIUM = "/usr/bin/chromium"
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.*",
]
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 3,
    "is_mobile": True,
    "has_touch": True,
    "user_agent": "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/156.0.0.0 Mobile Safari/537.36",
}
BOARD: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
_BROWSERS: dict[Playwright, Browser] = {}


@contextmanager
def chromium_context(
    playwright: Playwright,
    *,
    profile_dir: Path | None = None,
    dbus_address: str | None = None,
    **context: Any,
) -> Iterator[BrowserContext]:
    """A context of its own: storage, service workers and permissions that nobody else sees. With `profile_dir` in a
    browser of its own, which keeps what the person did.

    `context` goes to Playwright's new_context. Only a persistent one lets clicks on desktop notifications, at
    `dbus_address`, through to the service worker.
    """
    if profile_dir is not None:
        launch = _launch(dbus_address)
        opened = playwright.chromium.launch_persistent_context(profile_dir, **launch, **context)
    else:
        opened = _shared(playwright).new_context(**context)
    try:
        yield opened
    finally:
        opened.close()


def _shared(playwright: Playwright) -> Browser:
    """One browser for all contexts, as long as Playwright runs: starting one costs twice what a context does."""
    browser = _BROWSERS.get(playwright)
    if browser is None or not browser.is_connected():
        browser = _BROWSERS[playwright] = playwright.chromium.launch(**_launch())
    return browser


def _launch(dbus_address: str | None = None) -> dict[str, Any]:
    env = {**os.environ, "DBUS_SESSION_BUS_ADDRESS": dbus_address or "disabled:"}
    return {"executable_path": CHROMIUM, "headless": True, "args": CHROMIUM_ARGS, "env": env}


@contextmanager
def phone_page(playwright: Playwright, origin: str, **more: Any) -> Iterator[Page]:
    """An Android phone's page, allowed to notify for `origin`; `more` as for chromium_context."""
    with chromium_context(playwright, **{**PHONE, **more}) as context:
        context.grant_permissions(["notifications"], origin=origin)
        yield context.new_page()


@contextmanager
def board_page(playwright: Playwright, **more: Any) -> Iterator[Page]:
    """The showroom's wall screen; `more` as for chromium_context."""
    with chromium_context(playwright, **{**BOARD, **more}) as context:
        yield context.new_page()


def deliver_push(page: Page, data: dict[str, Any] | str, timeout: float = 10.0) -> None:
    """Pushes `data` (decrypted already) to the service worker of the page's origin, once it is active."""
    page.evaluate("() => navigator.serviceWorker.ready.then(() => null)")
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(page.url))
    session = page.context.new_cdp_session(page)
    found: dict[str, str] = {}

    def remember(event: dict[str, Any]) -> None:
        for registration in event["registrations"]:
            if not registration["isDeleted"] and page.url.startswith(registration["scopeURL"]):
                found[registration["scopeURL"]] = registration["registrationId"]

    session.on("ServiceWorker.workerRegistrationUpdated", remember)
    session.send("ServiceWorker.enable")
    end = time.monotonic() + timeout
    while not found:
        assert time.monotonic() < end, f"no service worker of {origin} in {timeout} s"
        page.wait_for_timeout(20)
    text = data if isinstance(data, str) else json.dumps(data)
    push = {"origin": origin, "registrationId": found[max(found, key=len)], "data": text}
    session.send("ServiceWorker.deliverPushMessage", push)
    session.detach()
