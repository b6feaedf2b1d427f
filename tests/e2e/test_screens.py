"""Every screen as its people see it: in four languages, in light and dark, on a narrow phone with large text. Sanne's
phone and Bram's desk are Chromium against the real web process."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page, Playwright, expect

from app import create_app
from tests.databases import copy_sqlite
from tests.e2e.browsers import phone_page
from tests.e2e.looking import AXE, Heard, come_to_rest, cut_off, pseudo_language, violations
from tests.e2e.test_flow import NO_DIALLER
from tests.house import PATIENCE, House, Visitor
from tests.people import stranger

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]
LIGHTS: tuple[tuple[str, Literal["light", "dark"]], ...] = (
    ("nl", "light"), ("en", "dark"), ("fr", "light"), ("de", "dark"),
)  # fmt: skip
SANNES = (
    "/leads", "/l/{lead}", "/me", "/me/hours", "/onboarding", "/showroom?at=walk-in", "/showroom?at=code",
)  # fmt: skip
BRAMS = (
    "/board", "/showroom", "/people", "/people?p={person}", "/cadence", "/showroom?at=sources", "/showroom?at=sources&new",
    "/showroom?at=sources&id={source}", "/showroom?at=look", "/showroom?at=look&id={unread}", "/showroom?at=templates", "/_design",
)  # fmt: skip
# A moving thing is read when it has come to rest; the worker would keep yesterday's texts.
STILL = {"reduced_motion": "reduce", "service_workers": "block", "timezone_id": "Europe/Amsterdam"}


class Desk:
    """One person's browser, signed in as a device of theirs that was linked before."""

    def __init__(self, house: House, page: Page, signed_in: Visitor, **known: str) -> None:
        self.house, self.page, self.other, self.known = house, page, signed_in, known
        name, value = signed_in.cookie.split("=", 1)
        page.context.add_cookies([{"name": name, "value": value, "url": house.origin}])
        page.goto(house.origin + "/leads")

    def speak(self, language: str) -> None:
        answer = self.other.ask("PATCH", "/api/v1/me", {"language": language})
        assert answer.status == 200, answer
        self.page.evaluate("language => localStorage.setItem('language', language)", language)

    def go(self, path: str) -> None:
        """Open a screen and wait until its server has answered and nothing moves any more."""
        self.page.goto(self.house.origin + path.format(**self.known))
        self.page.locator("main h1").first.wait_for(state="attached")
        expect(self.page.locator("[aria-busy=true]")).to_have_count(0)
        come_to_rest(self.page)


def in_every_light(desk: Desk, look: Callable[[], list[str]]) -> list[str]:
    """What ``look`` finds in each language, half of them in the dark: colours do not depend on the language. A screen is
    opened anew in each: Chromium is late with the colours of links when the scheme changes under an open page."""
    found = []
    for language, scheme in LIGHTS:
        desk.speak(language)
        desk.page.emulate_media(color_scheme=scheme)
        found += [f"{language} {scheme} {one}" for one in look()]
    return found


@pytest.fixture(scope="module")
def house(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    expect.set_options(timeout=PATIENCE * 1000)
    directory = tmp_path_factory.mktemp("screens")
    url = copy_sqlite(sqlite_template, directory / "firstcall.db")
    with House(url, directory, FIRSTCALL_DEMO="1") as house:
        house.start_web()
        for number in range(1, 9):  # enough that the list can be searched
            house.stranger().ask("POST", house.intake, stranger(number))
        house.stranger().ask("POST", house.intake, {"zomaar": "iets wat niemand lezen kan"})
        yield house


@pytest.fixture
def phone(house: House, playwright: Playwright) -> Iterator[Page]:
    with phone_page(playwright, house.origin, **STILL, viewport={"width": 360, "height": 740}) as page:
        page.context.add_init_script(path=AXE)
        page.context.add_init_script(NO_DIALLER)
        yield page


@pytest.fixture(scope="module")
def linked(house: House) -> dict[str, Visitor]:
    """A device each for Sanne and Bram: signing in anew for every test would be refused as too often."""
    return {name: house.sign_in(f"{name}@doesburg.example") for name in ("sanne", "bram")}


@pytest.fixture
def sanne(house: House, phone: Page, linked: dict[str, Visitor]) -> Desk:
    waiting = linked["sanne"].ask("GET", "/api/v1/inbox").body["follow_ups"]
    return Desk(house, phone, linked["sanne"], lead=waiting[0]["id"])


@pytest.fixture
def bram(house: House, phone: Page, linked: dict[str, Visitor]) -> Desk:
    people = linked["bram"].ask("GET", "/api/v1/people").body["people"]
    [selling] = [one["id"] for one in people if one["first_name"] == "Sanne"]
    [source] = [one["id"] for one in linked["bram"].ask("GET", "/api/v1/sources").body["sources"]]
    [unread] = [one["id"] for one in linked["bram"].ask("GET", "/api/v1/needs-look").body["leads"]]
    return Desk(house, phone, linked["bram"], person=selling, source=source, unread=unread)


def outcome_sheet(desk: Desk) -> None:
    desk.go("/l/{lead}")
    desk.page.locator("a.big").click()
    desk.page.get_by_role("dialog").wait_for()


def withdraw(desk: Desk) -> None:
    desk.page.locator("dialog .ends button").last.click()
    expect(desk.page.get_by_role("dialog")).to_have_count(0)


def test_axe_finds_nothing_on_sannes_phone_in_any_language_light_or_dark(sanne: Desk) -> None:
    desk, phone = sanne, sanne.page

    def look() -> list[str]:
        found = []
        for path in SANNES:
            desk.go(path)
            found += [f"{path} {one}" for one in violations(phone)]
        outcome_sheet(desk)
        found += [f"outcome {one}" for one in violations(phone)]
        withdraw(desk)
        return found

    found = in_every_light(desk, look)
    assert not found, "\n".join(found)


def test_axe_finds_nothing_at_brams_desk_in_any_language_light_or_dark(bram: Desk) -> None:
    desk, phone = bram, bram.page

    def look() -> list[str]:
        found = []
        for path in BRAMS:
            desk.go(path)
            found += [f"{path} {one}" for one in violations(phone)]
        return found

    found = in_every_light(desk, look)
    assert not found, "\n".join(found)


def test_axe_would_find_a_button_without_a_name(sanne: Desk) -> None:
    sanne.go("/leads")
    sanne.page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert any("button-name" in one for one in violations(sanne.page))


@pytest.mark.parametrize("who", ["sanne", "bram"])
def test_a_longer_language_is_never_cut_off_and_every_word_can_be_translated(
    request: pytest.FixtureRequest, who: str
) -> None:
    """The pseudo-language is a third longer than English and marks what comes from the catalogues."""
    desk: Desk = request.getfixturevalue(who)
    phone = desk.page
    found = []
    with pseudo_language(phone):
        heard = Heard(phone)
        desk.speak("en")
        for path in SANNES if who == "sanne" else BRAMS:
            desk.go(path)
            found += [f"{path} cut off: {text}" for text in cut_off(phone)]
            if path != "/_design":  # its own words are for who builds this
                found += [f"{path} not translated: {text}" for text in heard.untranslated(phone)]
        if who == "sanne":
            outcome_sheet(desk)
            found += [f"outcome cut off: {text}" for text in cut_off(phone)]
            withdraw(desk)
    assert not found, "\n".join(found)


def test_call_is_in_reach_of_the_thumb_on_a_phone_that_lies_down(sanne: Desk) -> None:
    sanne.page.set_viewport_size({"width": 740, "height": 360})
    sanne.go("/l/{lead}")
    expect(sanne.page.locator("a.big")).to_be_in_viewport(ratio=1)
    expect(sanne.page.get_by_role("heading", level=1)).to_be_in_viewport(ratio=1)
    assert not cut_off(sanne.page)


@pytest.mark.parametrize("who", ["sanne", "bram"])
def test_at_320_px_and_twice_the_text_size_nothing_is_lost(request: pytest.FixtureRequest, who: str) -> None:
    desk: Desk = request.getfixturevalue(who)
    phone = desk.page
    desk.speak("de")
    phone.set_viewport_size({"width": 320, "height": 640})
    found = []
    for path in SANNES if who == "sanne" else BRAMS:
        desk.go(path)
        phone.evaluate("document.documentElement.style.fontSize = '200%'")
        come_to_rest(phone)
        found += [f"{path}: {text}" for text in cut_off(phone)]
        if path == "/l/{lead}":
            call = phone.locator("a.big")
            call.scroll_into_view_if_needed()
            expect(call).to_be_in_viewport()
    assert not found, "\n".join(found)


def test_the_design_page_is_there_in_demo_mode_only(house: House) -> None:
    assert house.stranger().ask("GET", "/_design").status == 200
    without = create_app({**house.environment, "FIRSTCALL_DEMO": "0"}).test_client()
    assert without.get("/_design").status_code == 404
    assert without.get("/leads", buffered=True).status_code == 200
