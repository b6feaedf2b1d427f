"""Sanne's flow in the engine's family of Safari: WebKitGTK over TLS, because it keeps Secure cookies nowhere else."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import copy_sqlite, free_port
from tests.e2e.test_phone import attempts
from tests.e2e.webkit import WebKit
from tests.house import PATIENCE, House, until
from tests.people import jansen
from tests.wire.tls_front import TlsFront

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
# A tel: link would have the browser ask which program should dial.
NO_DIALLER = "addEventListener('click', e => e.target.closest('a[href^=\"tel:\"]') && e.preventDefault())"


@pytest.fixture
def house(sqlite_template: Path, tmp_path: Path) -> Iterator[House]:
    """Doesburg as people outside reach it: https, a certificate, and the web process behind it."""
    port = free_port()
    url = copy_sqlite(sqlite_template, tmp_path / "firstcall.db")
    with House(url, tmp_path, PUBLIC_URL=f"https://localhost:{port}") as house:
        house.start_web()
        house.origin = f"https://localhost:{port}"
        with TlsFront(port, house.port, tmp_path):
            yield house


def test_sanne_signs_in_calls_and_logs_in_webkit_over_tls(house: House, tmp_path: Path) -> None:
    arrived = house.stranger().ask("POST", house.intake, jansen()).body
    with WebKit(tmp_path) as phone:
        phone.open(house.origin + "/sign-in")
        phone.wait("the field for the code", lambda: phone.text("form"), PATIENCE)
        phone.type("input[name=code]", house.link("sanne@doesburg.example")[1])
        phone.click("button.go")
        phone.wait("signed in", lambda: phone.text("main").startswith("Laat deze telefoon"), PATIENCE)
        phone.click_button("Later")
        phone.wait("Piet is on her list", lambda: "Piet Jansen" in phone.text("main ul"), PATIENCE)

        phone.js(NO_DIALLER)
        phone.click("main li a.row")
        phone.wait("his lead", lambda: phone.text("h1") == "Piet Jansen", PATIENCE)
        assert phone.url() == f"{house.origin}/l/{arrived['follow_up_id']}"
        assert "Is hij zaterdag te zien?" in phone.text("blockquote")
        assert phone.js("return document.querySelector('a.big').href") == "tel:+31612345678"
        phone.click("a.big")
        phone.wait("how did it go", lambda: "Hoe ging het?" in phone.text("dialog[open]"), PATIENCE)
        until("the tap is stored", lambda: attempts(house, arrived) == [("call", None)])

        phone.open(house.origin + "/leads")  # ended behind the dialler, and opened again
        phone.wait("still asked", lambda: "Hoe ging het?" in phone.text("dialog[open]"), PATIENCE)
        phone.click_button("Geen gehoor")
        until("the outcome is stored", lambda: attempts(house, arrived) == [("call", "no_answer")])
        phone.wait("what follows", lambda: "2 van 6" in phone.text("dialog[open]"), PATIENCE)
        phone.click_button("Nu niet")
        phone.wait("the next attempt is on her list", lambda: "2 van 6" in phone.text("main ul"), PATIENCE)
        assert phone.js("return navigator.serviceWorker.controller !== null"), "her app works without network"
