"""Sanne photographs a trade-in, films the car and writes a note; her second phone and Bram have it without a reload.

Real uploads in Chromium, against the real web process. The customer's video is one that the browser itself recorded, so
that it can be played.
"""

import base64
import io
import re
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, Playwright, expect

from tests.databases import copy_sqlite
from tests.e2e.browsers import PHONE, chromium_context, phone_page
from tests.e2e.looking import AXE, cut_off, violations
from tests.e2e.test_flow import HERE, NO_DIALLER
from tests.files.camera import WHO, photo
from tests.house import PATIENCE, House, Visitor, until
from tests.people import stranger

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]
FILM = """async () => {
  const canvas = Object.assign(document.createElement('canvas'), {width: 320, height: 240});
  const paint = setInterval(() => {
    const brush = canvas.getContext('2d');
    brush.fillStyle = `hsl(${performance.now() % 360} 60% 50%)`;
    brush.fillRect(0, 0, 320, 240);
  }, 20);
  const recorder = new MediaRecorder(canvas.captureStream(25), {mimeType: 'video/webm;codecs=vp8'});
  const pieces = [];
  recorder.ondataavailable = event => pieces.push(event.data);
  recorder.start(100);
  await new Promise(done => setTimeout(done, 700));
  const stopped = new Promise(done => recorder.onstop = done);
  recorder.stop();
  await stopped;
  clearInterval(paint);
  const bytes = new Uint8Array(await new Blob(pieces).arrayBuffer());
  return btoa(Array.from(bytes, one => String.fromCharCode(one)).join(''));
}"""
OVERHEAR = """() => {
  const send = XMLHttpRequest.prototype.send;
  XMLHttpRequest.prototype.send = function (body) {
    window.overheard = body;
    send.call(this, body);
  };
}"""
OVERHEARD = """async () => {
  const bytes = new Uint8Array(await window.overheard.arrayBuffer());
  return btoa(Array.from(bytes, one => String.fromCharCode(one)).join(''));
}"""


@pytest.fixture(scope="module")
def house(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    expect.set_options(timeout=PATIENCE * 1000)
    directory = tmp_path_factory.mktemp("files")
    with House(copy_sqlite(sqlite_template, directory / "firstcall.db"), directory) as house:
        house.start_web()
        yield house


@cache
def device(house: House, email: str, number: int = 1) -> Visitor:
    """A device of this person, linked once: the house counts how often somebody signs in."""
    return house.sign_in(email)


def sign_in(
    house: House, context: BrowserContext, email: str = "sanne@doesburg.example", number: int = 1
) -> Page:
    """This person's phone, linked before."""
    name, value = device(house, email, number).cookie.split("=", 1)
    context.add_cookies([{"name": name, "value": value, "url": house.origin}])
    page = context.new_page()
    page.add_init_script(NO_DIALLER)
    page.goto(house.origin + "/leads")
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    return page


@pytest.fixture
def sanne(house: House, playwright: Playwright) -> Iterator[BrowserContext]:
    with chromium_context(playwright, **PHONE, **HERE) as context:
        yield context


@pytest.fixture
def other(house: House, playwright: Playwright) -> Iterator[BrowserContext]:
    """Another phone."""
    with chromium_context(playwright, **PHONE, **HERE) as context:
        yield context


def lead(house: House, number: int, *pages: Page) -> dict[str, Any]:
    """A customer asks, and these phones look at the lead."""
    arrived: dict[str, Any] = house.stranger().ask("POST", house.intake, stranger(number)).body
    for page in pages:
        look_at(house, page, arrived)
    return arrived


def look_at(house: House, page: Page, arrived: dict[str, Any]) -> None:
    page.goto(f"{house.origin}/l/{arrived['follow_up_id']}")
    expect(page.get_by_role("button", name="Notitie")).to_be_visible()
    page.evaluate("window.stillTheSamePage = true")


def picture(width: int = 3000, height: int = 2000) -> dict[str, Any]:
    return {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": photo(width, height)}


def take_photo(page: Page, **size: int) -> None:
    page.locator("input[capture]").set_input_files(picture(**size))


def photos(page: Page) -> Any:
    return page.locator(".strip button img")


def kept(house: House, arrived: dict[str, Any]) -> list[dict[str, Any]]:
    shown = (
        house.sign_in("bram@doesburg.example")
        .ask("GET", f"/api/v1/follow-ups/{arrived['follow_up_id']}")
        .body
    )
    return [item["file"] for item in shown["timeline"] if item["file"]]


def test_a_photo_is_on_the_second_phone_and_the_managers_within_a_second(
    house: House, sanne: BrowserContext, other: BrowserContext, playwright: Playwright
) -> None:
    with chromium_context(playwright, **PHONE, **HERE) as managers:
        here, there = sign_in(house, sanne), sign_in(house, other, number=2)
        bram = sign_in(house, managers, "bram@doesburg.example")
        arrived = lead(house, 1, here, there, bram)
        take_photo(here)
        expect(photos(here)).to_have_count(1)
        began = time.monotonic()
        expect(photos(there)).to_have_count(1)
        expect(photos(bram)).to_have_count(1)
        print(f"on two other phones {time.monotonic() - began:.2f} s after the first showed it as stored")
        assert there.evaluate("window.stillTheSamePage") and bram.evaluate("window.stillTheSamePage")
        [file] = kept(house, arrived)
        assert (file["width"], file["height"]) == (2048, 1365)

        photos(there).click()
        whole = there.get_by_role("dialog").locator("img.whole")
        expect(whole).to_be_visible()
        assert whole.evaluate("image => image.decode().then(() => image.naturalWidth)") == 2048
        there.go_back()
        expect(there.get_by_role("dialog")).to_have_count(0)
        assert there.url.endswith(arrived["follow_up_id"]), "Back closed the photo, not the lead"

        photos(here).click()
        here.get_by_role("dialog").get_by_role("button", name="Verwijderen").click()
        expect(photos(there)).to_have_count(0)
        here.get_by_role("button", name="Ongedaan").click()
        expect(photos(there)).to_have_count(1)
        expect(photos(here)).to_have_count(1)


def test_what_the_phone_sends_says_nothing_about_the_place(house: House, sanne: BrowserContext) -> None:
    page = sign_in(house, sanne)
    lead(house, 2, page)
    page.evaluate(OVERHEAR)
    take_photo(page)
    expect(photos(page)).to_have_count(1)
    left = base64.b64decode(page.evaluate(OVERHEARD))
    assert max(Image.open(io.BytesIO(left)).size) == 2048, "and it is smaller than what the camera made"
    assert WHO.encode() not in left and not dict(Image.open(io.BytesIO(left)).getexif())


def test_in_the_basement_photos_wait_and_go_in_order_also_when_the_app_was_ended(
    house: House, sanne: BrowserContext
) -> None:
    page = sign_in(house, sanne)
    arrived = lead(house, 3, page)
    sanne.set_offline(True)
    take_photo(page, width=400, height=300)
    take_photo(page, width=500, height=300)
    expect(page.locator(".strip").get_by_text("Wacht op verzenden")).to_have_count(2)
    page.get_by_role("button", name="Notitie").click()
    expect(page.get_by_role("dialog").get_by_role("textbox")).to_be_focused()
    page.get_by_role("dialog").get_by_role("textbox").fill("Deuk in de linkerdeur")
    page.get_by_role("button", name="Notitie bewaren").click()
    expect(page.locator(".notes")).to_contain_text("Deuk in de linkerdeur")
    expect(page.locator(".notes")).to_contain_text("Wacht op verzenden")
    assert kept(house, arrived) == []
    page.close()

    again = sanne.new_page()
    again.goto(f"{house.origin}/l/{arrived['follow_up_id']}")
    expect(again.locator(".strip").get_by_text("Wacht op verzenden")).to_have_count(2)
    sanne.set_offline(False)
    until("both are kept", lambda: len(kept(house, arrived)) == 2)
    assert [file["width"] for file in reversed(kept(house, arrived))] == [400, 500], (
        "in the order they were taken"
    )
    expect(photos(again)).to_have_count(2)
    expect(again.locator(".notes")).to_contain_text("Deuk in de linkerdeur")
    expect(again.get_by_text("Wacht op verzenden")).to_have_count(0)


def test_what_is_no_photo_is_said_in_a_sentence(house: House, sanne: BrowserContext) -> None:
    page = sign_in(house, sanne)
    arrived = lead(house, 4, page)
    letter = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": b"a letter, called photo.jpg"}
    page.locator("input[capture]").set_input_files(letter)
    expect(page.get_by_role("alert")).to_contain_text("Deze foto is niet leesbaar")
    page.get_by_role("alert").get_by_role("button").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    assert kept(house, arrived) == []


def test_a_personal_video_is_offered_to_the_customer_who_plays_it_without_a_script(
    house: House, sanne: BrowserContext, playwright: Playwright
) -> None:
    page = sign_in(house, sanne)
    lead(house, 5, page)
    film = base64.b64decode(page.evaluate(FILM))
    page.get_by_role("button", name="Video", exact=True).last.click()
    page.get_by_role("dialog").locator("input[type=file]").set_input_files(
        {"name": "golf.webm", "mimeType": "video/webm", "buffer": film}
    )
    ready = page.locator(".ready")
    expect(ready).to_contain_text("De video staat klaar")
    ready.get_by_role("button", name="WhatsApp").click()
    message = page.get_by_role("dialog").get_by_role("textbox").input_value()
    found = re.search(r"http\S+/c/\S+/v/\S+", message)
    assert found and message.startswith("Goedendag Klant"), message
    assert "%2Fv%2F" in (page.get_by_role("dialog").locator("a.btn-strong").get_attribute("href") or "")
    with phone_page(playwright, house.origin, java_script_enabled=False, **HERE) as customer:
        customer.goto(found[0])
        expect(customer.get_by_role("heading", level=1)).to_have_text("Sanne heeft een video voor u gemaakt")
        player = customer.locator("video[controls]")
        until(
            "it plays", lambda: player.evaluate("video => video.readyState >= 2 && video.videoWidth === 320")
        )


def test_a_link_of_a_video_elsewhere_is_sent_the_same_way(house: House, sanne: BrowserContext) -> None:
    page = sign_in(house, sanne)
    lead(house, 6, page)
    page.get_by_role("button", name="Video", exact=True).last.click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_label("Of plak de link van een video").fill("https://video.example/golf")
    sheet.get_by_role("button", name="SMS").click()
    expect(page.get_by_role("dialog").get_by_role("textbox")).to_have_value(
        re.compile("https://video.example/golf$")
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_and_tapped_by_everybody(
    house: House, sanne: BrowserContext, scheme: Any, tmp_path: Path
) -> None:
    page = sign_in(house, sanne)
    page.add_init_script(path=AXE)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    lead(house, 7 if scheme == "light" else 8, page)
    take_photo(page)
    page.get_by_role("button", name="Notitie").click()
    page.get_by_role("dialog").get_by_role("textbox").fill("Brengt zaterdag zijn dochter mee")
    page.get_by_role("button", name="Notitie bewaren").click()
    expect(page.locator(".notes")).to_contain_text("Sanne ·")
    expect(photos(page)).to_have_count(1)
    for act in (
        lambda: None,
        lambda: photos(page).click(),
        lambda: page.get_by_role("button", name="Video", exact=True).last.click(),
    ):
        act()
        page.wait_for_timeout(300)
        page.screenshot(path=tmp_path / f"{scheme}.png")
        assert (violations(page), cut_off(page)) == ([], [])
        small = page.evaluate(
            "[...document.querySelectorAll('.add .btn, dialog .btn, .strip button, .notes .btn')]"
            ".filter(one => one.getBoundingClientRect().height < 48).map(one => one.textContent)"
        )
        assert small == []
        if page.get_by_role("dialog").count():
            page.go_back()
