"""The browsers' rigs prove themselves on a site of thirty lines, before the product relies on them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright
from pywebpush import webpush

from tests.e2e.browsers import Firefox, board_page, deliver_push, phone_page
from tests.wire.notifications import NotificationDaemon
from tests.wire.push_service import PushService
from tests.wire.sender import new_keys, public_key

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

PAGE = """<!doctype html><meta charset=utf-8><meta name=viewport content="width=device-width">
<title>Sanne</title><h1>Nobody waits</h1><script src=/page.js></script>"""
# Under Trusted Types a worker's address needs a policy.
PAGE_SCRIPT = """
trustedTypes.createPolicy('default', {createScriptURL: url => url});
const ready = navigator.serviceWorker.register('/sw.js').then(() => navigator.serviceWorker.ready);
window.subscribe = async key => {
  const raw = Uint8Array.from(atob(key.replaceAll('-', '+').replaceAll('_', '/')), c => c.charCodeAt(0));
  const registration = await ready;
  const made = await registration.pushManager.subscribe({userVisibleOnly: true, applicationServerKey: raw});
  return made.toJSON();
};
window.shown = async () => (await (await ready).getNotifications()).map(n => n.title);
"""
WORKER = """
addEventListener('install', () => skipWaiting());
addEventListener('activate', e => e.waitUntil(clients.claim()));
addEventListener('push', e => {
  const {title, body, navigate} = e.data.json();
  e.waitUntil(registration.showNotification(title, {body, data: navigate, tag: title,
    actions: [{action: 'call', title: 'Call'}]}));
});
addEventListener('notificationclick', e => {
  e.notification.close();
  const to = e.notification.data + (e.action ? '?do=' + e.action : '');
  e.waitUntil(clients.matchAll({type: 'window'}).then(async ([page]) => (await page.focus()).navigate(to)));
});
"""


class MiniSite(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        scripts = {"/page.js": PAGE_SCRIPT, "/sw.js": WORKER}
        body = scripts.get(self.path, PAGE).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/javascript" if self.path in scripts else "text/html")
        self.send_header("Content-Security-Policy", "default-src 'self'; require-trusted-types-for 'script'")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), MiniSite)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def desktop() -> Iterator[NotificationDaemon]:
    with NotificationDaemon() as daemon:
        yield daemon


class Sender:
    """The dealer's side: signs and encrypts as the product will, for the subscription a browser made."""

    def __init__(self) -> None:
        self.keys = new_keys()
        self.public = public_key(self.keys)
        self.subscription: dict[str, Any] = {}

    def push(self, title: str, navigate: str, ttl: int = 60, **headers: str) -> None:
        said = json.dumps({"title": title, "body": "wants a test drive", "navigate": navigate})
        answer = webpush(
            self.subscription,
            said,
            vapid_private_key=self.keys,
            vapid_claims={"sub": "mailto:ops@example.com"},
            ttl=ttl,
            timeout=5,
            headers=headers,
        )
        assert not isinstance(answer, str) and answer.status_code == 201


def test_a_push_reaches_sannes_firefox_and_her_tap_opens_the_lead(
    site: str, desktop: NotificationDaemon, tmp_path: Path
) -> None:
    sender = Sender()
    with (
        PushService.start() as service,
        Firefox(service.ws_url, desktop.address, tmp_path / "sanne") as firefox,
    ):
        firefox.navigate(site + "/")
        assert firefox.text("h1") == "Nobody waits"
        sender.subscription = firefox.js("return await window.subscribe(arguments[0])", sender.public)
        token = sender.subscription["endpoint"].rsplit("/", 1)[1]

        sender.push("Noémi", "/lead/7", Topic="lead7", Urgency="high")
        shown = desktop.wait_shown()
        assert (shown.summary, shown.app) == ("Noémi", "Firefox")
        firefox.wait(lambda: [e for e in service.log() if e["kind"] == "ack" and e["code"] == 100])
        assert service.waiting(token) == [], "acknowledged, so nothing is left to deliver"
        desktop.click(shown.id)
        firefox.wait(lambda: firefox.url() == site + "/lead/7")
        assert firefox.windows() == [site + "/lead/7"], "her open page is used, no second one"

        sender.push("Jansen", "/lead/8")
        shown = desktop.wait_shown(summary="Jansen")
        desktop.click(shown.id, shown.action("Call"))
        firefox.wait(lambda: firefox.url() == site + "/lead/8?do=call")


def test_sannes_firefox_gets_what_was_kept_while_it_was_away(
    site: str, desktop: NotificationDaemon, tmp_path: Path
) -> None:
    sender = Sender()
    with (
        PushService.start() as service,
        Firefox(service.ws_url, desktop.address, tmp_path / "sanne") as firefox,
    ):
        firefox.navigate(site + "/")
        sender.subscription = firefox.js("return await window.subscribe(arguments[0])", sender.public)
        firefox.set_push_connected(False)
        firefox.wait(lambda: any(entry["kind"] == "away" for entry in service.log()))
        sender.push("lost", "/lead/1", ttl=0)
        sender.push("Eva waits", "/lead/2", Topic="lead2")
        sender.push("Eva: taken by Tom", "/lead/2", Topic="lead2")
        firefox.set_push_connected(True)
        desktop.wait_shown(summary="Eva: taken by Tom")
        assert [shown.summary for shown in desktop.shown] == ["Eva: taken by Tom"]


def test_chromium_as_a_phone_shows_a_push_and_a_tap_opens_the_lead(
    site: str, desktop: NotificationDaemon, tmp_path: Path, playwright: Playwright
) -> None:
    profile = tmp_path / "phone"
    with phone_page(playwright, site, profile_dir=profile, dbus_address=desktop.address) as page:
        page.goto(site + "/")
        assert page.evaluate("[innerWidth, devicePixelRatio, navigator.maxTouchPoints > 0]") == [390, 3, True]
        deliver_push(page, {"title": "Noémi", "body": "Golf", "navigate": "/lead/7"})
        shown = desktop.wait_shown(summary="Noémi")
        assert page.evaluate("window.shown()") == ["Noémi"]
        desktop.click(shown.id, shown.action("Call"))
        page.wait_for_url(site + "/lead/7?do=call")
        desktop.wait_closed(shown.id)


def test_a_phone_without_a_profile_and_the_board_stand_side_by_side(
    site: str, playwright: Playwright
) -> None:
    with phone_page(playwright, site) as phone, board_page(playwright) as board:
        phone.goto(site + "/")
        board.goto(site + "/board")
        assert (phone.evaluate("innerWidth"), board.evaluate("innerWidth")) == (390, 1440)
        deliver_push(phone, {"title": "Noémi", "body": "Golf", "navigate": "/lead/7"})
        phone.wait_for_function("() => window.shown().then(titles => titles.includes('Noémi'))")
        assert board.evaluate("window.shown()") == []
