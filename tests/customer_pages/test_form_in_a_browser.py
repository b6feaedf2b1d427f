"""The form on somebody else's website, under that site's strict policy, in a real browser: from typing to who calls."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, expect

from tests.e2e.browsers import board_page
from tests.house import House

pytestmark = pytest.mark.e2e


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    with House(sqlite_url, tmp_path) as house:
        house.start_web()
        yield house


@pytest.fixture
def website(house: House) -> Iterator[str]:
    """Another origin: a page of the showroom's own, which trusts nothing but our address."""
    policy = f"default-src 'none'; script-src {house.origin}; connect-src {house.origin}; require-trusted-types-for 'script'"
    key = house.intake.rpartition("/")[2]
    page = f'<!doctype html><html lang="nl"><title>Golf</title><h1>VW Golf</h1><script src="{house.origin}/form/{key}.js" data-car="VW Golf" async></script><p>einde</p></html>'

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_lotte_asks_on_the_showrooms_website_and_sees_who_calls(
    playwright: Playwright, house: House, website: str
) -> None:
    with board_page(playwright) as page:
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(website)
        page.get_by_label("Uw vraag").fill("Heeft hij een trekhaak?")
        page.get_by_role("button", name="Versturen").click()
        expect(page.get_by_role("alert")).to_contain_text("telefoonnummer of e-mailadres")
        assert page.evaluate("document.activeElement.shadowRoot.activeElement.name") == "phone"

        page.get_by_label("Uw naam").fill("Lotte de Boer")
        page.get_by_label("Telefoon").fill("06 87654321")
        house.stop("web")
        page.get_by_role("button", name="Versturen").click()
        expect(page.get_by_role("alert")).to_contain_text("niet verstuurd")
        said.clear()  # the browser's own word about a server that is away
        house.start_web()
        page.get_by_role("button", name="Versturen").click()
        expect(page.get_by_role("status")).to_contain_text("Sanne Bakker heeft uw vraag")
        assert page.get_by_role("link", name="Bel Sanne").get_attribute("href") == "tel:+31612000001"
        assert page.context.cookies() == [] and said == []
        page.get_by_role("link", name="Bekijk wie u belt").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Lotte")
        expect(page.locator("main")).to_contain_text("VW Golf")
    leads = house.run("lead", "list")
    assert [(lead["customer"], lead["car"]) for lead in leads] == [("Lotte de Boer", "VW Golf")]
