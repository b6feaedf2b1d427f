"""The house is updated while Sanne works: she takes the new version when it suits her, and loses nothing she was doing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, expect

from tests.databases import copy_sqlite
from tests.e2e.browsers import phone_page
from tests.e2e.test_flow import HERE, sign_in_with_code
from tests.house import PATIENCE, WEB, House, until
from tests.people import stranger

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
NEXT_WEB = [*WEB[:-1], "tests.e2e.next_version:app"]
OLD_PAGE = "window.page = 'the old one'"
IS_OLD = "window.page === 'the old one'"
LOOK_FOR_UPDATE = """navigator.serviceWorker.getRegistration().then(async one => {
  await one.update();
  while (!one.waiting) await new Promise(done => setTimeout(done, 50));
})"""
VERSIONS = "caches.keys().then(names => names.filter(name => name.startsWith('shell-')))"


@pytest.fixture
def house(sqlite_template: Path, tmp_path: Path) -> Iterator[House]:
    expect.set_options(timeout=PATIENCE * 1000)
    with House(copy_sqlite(sqlite_template, tmp_path / "firstcall.db"), tmp_path) as house:
        house.start_web()
        yield house


@pytest.fixture
def phone(house: House, playwright: Playwright) -> Iterator[Page]:
    with phone_page(playwright, house.origin, **HERE) as phone:
        sign_in_with_code(house, phone)
        phone.evaluate("navigator.serviceWorker.ready.then(() => null)")
        yield phone


def test_an_update_waits_for_the_call_for_her_tap_and_in_another_window_for_what_is_being_typed(
    house: House, phone: Page
) -> None:
    arrived = house.stranger().ask("POST", house.intake, stranger(1)).body
    phone.goto(f"{house.origin}/l/{arrived['follow_up_id']}")
    phone.locator("a.big").click()
    expect(phone.get_by_role("dialog")).to_contain_text("Hoe ging het?")
    phone.evaluate(OLD_PAGE)

    house.stop("web")
    house.start("web", NEXT_WEB)
    house.wait_web()
    phone.evaluate(LOOK_FOR_UPDATE)
    offer = phone.get_by_role("button", name="Er is een nieuwe versie")
    expect(offer).to_have_count(0)
    phone.get_by_role("button", name="Geen gehoor").click()
    phone.get_by_role("button", name="Nu niet").click()
    expect(phone.get_by_role("dialog")).to_have_count(0)
    expect(offer).to_have_count(0)
    phone.get_by_role("button", name="Terug", exact=True).click()
    expect(offer).to_be_visible()
    assert phone.evaluate(IS_OLD)
    typing = phone.context.new_page()
    typing.goto(house.origin + "/me")
    typing.get_by_label("FaceTime-link").fill("https://facetime")
    typing.evaluate(OLD_PAGE)

    offer.click()
    phone.wait_for_function(f"() => !({IS_OLD})")
    expect(phone.get_by_role("heading", level=1)).to_be_visible()
    expect(offer).to_have_count(0)
    (version,) = until("only the new version is kept", lambda: one_of(phone.evaluate(VERSIONS)))
    assert version.startswith("shell-next-")

    typing.wait_for_timeout(3000)
    assert typing.evaluate(IS_OLD)
    expect(typing.get_by_label("FaceTime-link")).to_have_value("https://facetime")
    typing.locator('a[href="/leads"]').first.click()
    typing.wait_for_function(f"() => !({IS_OLD})")
    expect(typing).to_have_url(house.origin + "/leads")


def one_of(names: list[str]) -> list[str]:
    return names if len(names) == 1 else []
