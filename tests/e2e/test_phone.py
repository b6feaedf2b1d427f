"""Sanne's phone where phones are difficult: no network in the basement, an app the system ends, an iPhone's Safari."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Playwright, expect

from tests.databases import copy_sqlite
from tests.e2e.browsers import phone_page
from tests.e2e.test_flow import HERE, NO_DIALLER
from tests.house import PATIENCE, House, until
from tests.people import stranger

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("browser"), pytest.mark.timeout(400)]
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
SAFARI += "Version/18.6 Mobile/15E148 Safari/604.1"
# Chromium lends its engine to the iPhone; that the app was opened from the home screen is Safari's own flag.
INSTALLED = "Object.defineProperty(navigator, 'standalone', {value: true})"


@pytest.fixture(scope="module")
def house(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    expect.set_options(timeout=PATIENCE * 1000)
    directory = tmp_path_factory.mktemp("phone")
    with House(copy_sqlite(sqlite_template, directory / "firstcall.db"), directory) as house:
        house.start_web()
        yield house


@pytest.fixture
def phone(house: House, playwright: Playwright) -> Iterator[Page]:
    """Sanne's, signed in with a code, on her list of leads."""
    with phone_page(playwright, house.origin, **HERE) as phone:
        phone.add_init_script(NO_DIALLER)
        phone.goto(house.origin + "/sign-in")
        phone.get_by_label("Code").fill(house.link("sanne@doesburg.example")[1])
        phone.get_by_role("button", name="Aanmelden").click()
        phone.get_by_role("button", name="Later").click()
        expect(phone).to_have_url(house.origin + "/leads")
        phone.evaluate("navigator.serviceWorker.ready.then(() => null)")
        yield phone


def lead_on(house: House, phone: Page, number: int) -> dict[str, Any]:
    """A customer asks, and Sanne looks at the lead."""
    arrived: dict[str, Any] = house.stranger().ask("POST", house.intake, stranger(number)).body
    phone.goto(f"{house.origin}/l/{arrived['follow_up_id']}")
    expect(phone.get_by_role("heading", level=1)).to_have_text(f"Klant {number}")
    return arrived


def attempts(house: House, arrived: dict[str, Any]) -> list[tuple[str, str | None]]:
    """What the house knows: channel and outcome of each attempt."""
    made = house.run("lead", "show", arrived["lead_id"])["attempts"]
    return [(attempt["channel"], attempt["outcome"]) for attempt in made]


def test_a_call_made_without_network_is_sent_once_when_the_network_is_back(house: House, phone: Page) -> None:
    arrived = lead_on(house, phone, 1)
    phone.context.set_offline(True)
    phone.locator("a.big").click()
    phone.get_by_role("button", name="Geen gehoor").click()
    expect(phone.get_by_role("dialog")).to_contain_text("Laat weten dat je belde")
    phone.get_by_role("button", name="Nu niet").click()
    expect(phone.get_by_text("Wacht op verzenden")).to_be_visible()
    phone.reload()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Klant 1")
    expect(phone.get_by_text("Wacht op verzenden")).to_be_visible()
    assert attempts(house, arrived) == []
    phone.context.set_offline(False)
    until("the attempt is stored", lambda: attempts(house, arrived) == [("call", "no_answer")])
    expect(phone.get_by_text("Wacht op verzenden")).to_have_count(0)
    phone.reload()
    expect(phone.locator(".band")).to_contain_text("2 van 6")
    assert attempts(house, arrived) == [("call", "no_answer")]


def test_an_app_that_was_ended_during_the_call_asks_how_it_went(house: House, phone: Page) -> None:
    arrived = lead_on(house, phone, 2)
    phone.locator("a.big").click()
    expect(phone.get_by_role("dialog")).to_contain_text("Hoe ging het?")
    until("the tap is stored", lambda: attempts(house, arrived) == [("call", None)])
    phone.goto("about:blank")
    phone.goto(house.origin + "/leads")
    expect(phone.get_by_role("dialog")).to_contain_text("Hoe ging het?")
    phone.get_by_role("button", name="In gesprek").click()
    until("the outcome is stored", lambda: attempts(house, arrived) == [("call", "busy")])
    phone.get_by_role("button", name="Ongedaan").click()
    until("the outcome is taken back", lambda: attempts(house, arrived) == [("call", None)])
    phone.get_by_role("button", name="Geen gehoor").click()
    until("the other outcome is stored", lambda: attempts(house, arrived) == [("call", "no_answer")])


def test_safari_on_an_iphone_shows_how_to_install_and_leaves_the_link_for_the_app(
    house: House, playwright: Playwright
) -> None:
    link, code = house.link("sanne@doesburg.example")
    with phone_page(playwright, house.origin, **HERE, user_agent=SAFARI) as safari:
        safari.goto(link)
        expect(safari.get_by_text(code)).to_be_visible()
        expect(safari.get_by_text(re.compile("Zet op beginscherm"))).to_be_visible()
        expect(safari.get_by_role("button", name=re.compile("Aanmelden"))).to_have_count(0)
    with phone_page(playwright, house.origin, **HERE, user_agent=SAFARI) as app:
        app.add_init_script(INSTALLED)
        app.goto(house.origin + "/")
        app.get_by_label("Code").fill(code)
        app.get_by_role("button", name="Aanmelden").click()
        expect(app).to_have_url(house.origin + "/onboarding")
    assert house.stranger().ask("POST", "/api/v1/sessions", {"code": code}).status == 410
