"""The main job in one sitting: a lead comes in over HTTP and goes through the whole house, in real browsers.

Sanne's phone is stock Firefox with real encrypted push, her second one is Chromium; Bram's board is another Chromium;
Piet Jansen reads his mail and opens its link. Web and worker are the real processes, on both databases.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, Playwright, expect

from tests.e2e.browsers import Firefox, board_page, phone_page
from tests.house import PATIENCE, House
from tests.people import jansen
from tests.wire.notifications import NotificationDaemon
from tests.wire.push_service import PushService
from tests.wire.smtp_server import SmtpServer

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]
HERE = {"locale": "nl-NL", "timezone_id": "Europe/Amsterdam"}
# A Dutch browser that has not been asked yet whether it may notify.
NEW_PHONE = {"intl.accept_languages": "nl", "permissions.default.desktop-notification": 0}
# A tel: link would have the browser ask, invisibly and for ever, which program should dial.
NO_DIALLER = "addEventListener('click', e => e.target.closest('a[href^=\"tel:\"]') && e.preventDefault())"


@dataclass
class Scene:
    house: House
    push: PushService
    mail: SmtpServer
    desktop: NotificationDaemon


@pytest.fixture
def scene(database_url: str, tmp_path: Path) -> Iterator[Scene]:
    expect.set_options(timeout=PATIENCE * 1000)
    with PushService.start() as push, SmtpServer() as mail, NotificationDaemon() as desktop:
        wire = {
            "PUSH_EXTRA_HOSTS": push.base_url.removeprefix("http://"),
            "SMTP_URL": mail.url,
            "MAIL_FROM": "lead@doesburg.example",
        }
        with House(database_url, tmp_path, **wire) as house:
            house.start_worker()
            house.start_web()
            yield Scene(house, push, mail, desktop)


def sign_in_with_link(scene: Scene, firefox: Firefox) -> None:
    """Sanne's first phone: her link, the button, the permission, and the test push that proves the phone."""
    firefox.navigate(scene.house.link("sanne@doesburg.example")[0])
    firefox.wait(lambda: firefox.text("button.go") == "Aanmelden als Sanne", PATIENCE)
    firefox.click("button.go")
    firefox.wait(lambda: firefox.url().endswith("/onboarding"), PATIENCE)
    firefox.wait(lambda: "Meldingen aanzetten" in firefox.text("main"), PATIENCE)
    # Headless, nobody can tap the browser's own "Allow": the answer is laid ready before the question is asked.
    firefox.set_pref("permissions.default.desktop-notification", 1)
    firefox.click("li button.btn-strong")
    assert scene.desktop.wait_shown(PATIENCE).summary == "Deze telefoon werkt"
    firefox.wait(lambda: "Deze telefoon gaat af" in firefox.text("main"), PATIENCE)
    firefox.click(".end button.go")
    firefox.wait(lambda: firefox.url().endswith("/leads"), PATIENCE)


def sign_in_with_code(house: House, phone: Page) -> None:
    """Sanne on a phone: the 8 characters of a link, typed. It cannot have push here, and says "later"."""
    phone.context.add_init_script(NO_DIALLER)
    phone.goto(house.origin + "/sign-in")
    phone.get_by_label("Code").fill(house.link("sanne@doesburg.example")[1].lower())
    phone.get_by_role("button", name="Aanmelden").click()
    phone.get_by_role("button", name="Later").click()
    expect(phone).to_have_url(house.origin + "/leads")


def open_board(scene: Scene, board: Page) -> None:
    """Bram signs in with a link and leaves the board open; it must never be loaded again."""
    board.goto(scene.house.link("bram@doesburg.example")[0])
    board.get_by_role("button", name="Aanmelden als Bram").click()
    board.get_by_role("button", name="Later").click()
    board.goto(scene.house.origin + "/board")
    expect(board.get_by_text("Niemand wacht.")).to_be_visible()
    expect(board.get_by_text("live", exact=True)).to_be_visible()
    board.evaluate("window.stillTheSamePage = true")


def test_one_lead_goes_through_the_whole_house(scene: Scene, playwright: Playwright, tmp_path: Path) -> None:
    house, origin = scene.house, scene.house.origin
    with (
        Firefox(scene.push.ws_url, scene.desktop.address, tmp_path / "sanne", NEW_PHONE) as firefox,
        board_page(playwright, **HERE) as board,
        phone_page(playwright, origin, **HERE) as phone,
    ):
        sign_in_with_link(scene, firefox)
        open_board(scene, board)
        sign_in_with_code(scene.house, phone)

        arrived = house.stranger().ask("POST", house.intake, jansen())
        assert (arrived.status, arrived.body["salesperson"]["name"]) == (201, "Sanne Bakker")
        lead = f"{origin}/l/{arrived.body['follow_up_id']}"
        row = board.locator("tr.row", has_text="Piet Jansen")
        expect(row.locator(".contact")).to_contain_text("Niet gebeld")

        shown = scene.desktop.wait_shown(PATIENCE)
        assert "Piet Jansen" in shown.summary and "Golf" in shown.summary
        scene.desktop.click(shown.id)
        firefox.wait(lambda: firefox.url() == lead, PATIENCE)
        firefox.wait(lambda: firefox.text("h1") == "Piet Jansen", PATIENCE)
        assert "Is hij zaterdag te zien?" in firefox.text("blockquote")
        expect(row.locator(".contact")).to_contain_text("push geopend")

        call(phone, row, lead)
        no_answer(scene, phone, row)
        stop(scene, playwright)
        expect(row).to_have_count(0)
        expect(board.get_by_text("Piet Jansen vroeg ons te stoppen: gestopt").first).to_be_visible()
        assert board.evaluate("window.stillTheSamePage"), "the board was loaded again"


def call(phone: Page, row: Locator, lead: str) -> None:
    """The open app shows the lead by itself. One tap on Call: the outcome sheet is there, and Bram sees it dialled."""
    expect(phone).to_have_url(lead)
    expect(phone.get_by_role("heading", level=1)).to_have_text("Piet Jansen")
    expect(row.locator(".contact")).to_contain_text("Niet gebeld")
    button = phone.locator("a.big")
    expect(button).to_have_attribute("href", "tel:+31612345678")
    button.click()
    expect(phone.get_by_role("dialog")).to_contain_text("Hoe ging het?")
    expect(row.locator(".contact")).to_contain_text("Belt")


def no_answer(scene: Scene, phone: Page, row: Locator) -> None:
    """Nobody answers: the next attempt and its time, on the phone and on the board."""
    phone.get_by_role("button", name="Geen gehoor").click()
    expect(row.locator(".contact")).to_contain_text("Gebeld")
    [waiting] = scene.house.sign_in("sanne@doesburg.example").ask("GET", "/api/v1/inbox").body["follow_ups"]
    step = waiting["next_step"]
    assert (step["kind"], step["position"], step["of"]) == ("attempt", 2, 6)
    due = datetime.fromisoformat(step["due_at"]).astimezone(ZoneInfo("Europe/Amsterdam"))
    sheet = phone.get_by_role("dialog")
    expect(sheet).to_contain_text("Laat weten dat je belde")
    expect(sheet).to_contain_text(re.compile(rf"Volgende poging .*{due:%H:%M} · 2 van 6"))
    phone.get_by_role("button", name="Nu niet").click()
    expect(phone.locator(".band")).to_contain_text("Volgende stap")
    expect(phone.locator(".band")).to_contain_text(f"{due:%H:%M}")
    expect(row.locator(".attempts")).to_contain_text("1 van 6")
    expect(row.locator(".attempts")).to_contain_text("geen gehoor")
    expect(row.locator(".next")).to_contain_text(f"{due:%H:%M}")


def stop(scene: Scene, playwright: Playwright) -> None:
    """Piet has his confirmation, which names Sanne; on its page he asks us to stop, with a button."""
    [mail] = scene.mail.wait_for(1, "piet.jansen@example.com", PATIENCE)
    assert "Sanne Bakker" in mail.text()
    found = re.search(re.escape(scene.house.origin) + r"/c/[\w.-]+", mail.text())
    assert found, mail.text()
    with phone_page(playwright, scene.house.origin, java_script_enabled=False, **HERE) as piet:
        piet.goto(found[0])
        expect(piet.get_by_role("heading", level=1)).to_contain_text("Piet")
        expect(piet.locator("main")).to_contain_text("Sanne Bakker")
        piet.locator("footer a").click()
        still_there = scene.house.leads()[0]["state"]
        piet.get_by_role("button").click()
        expect(piet.locator("form")).to_have_count(0)
    assert (still_there, scene.house.leads()[0]["state"]) == ("open", "stopped"), "the button, not the link"
