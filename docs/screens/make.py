"""Photographs Firstcall at work: phone, board, customer page and demo, from a real house with real leads.

In: a directory for the pictures (default: this one). Out: PNG files. Called by ``bin/screens``. Only the browser
vendor's push service is fake: a local one takes its place.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

from PIL import Image
from playwright.sync_api import BrowserContext, Page, sync_playwright

from docs.screens.showroom import Colleague, House, Pocket, ask, until
from tests.e2e.browsers import BOARD, PHONE, chromium_context
from tests.wire.push_service import PushService

# Chromium subscribes at Google's service only: the page is told of an endpoint at the local one instead.
SUBSCRIBED = """(([subscription, key]) => {
  const raw = Uint8Array.from(atob(key.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const mine = { endpoint: subscription.endpoint, options: { applicationServerKey: raw.buffer },
    toJSON: () => subscription, unsubscribe: async () => true };
  PushManager.prototype.getSubscription = async () => mine;
  PushManager.prototype.subscribe = async () => mine;
})(%s)"""
COLOURS = 64
SPEAK = """async (language) => {
  localStorage.setItem("language", language);
  const body = JSON.stringify({ language });
  await fetch("/api/v1/me", { method: "PATCH", headers: { "Content-Type": "application/json" }, body });
}"""
# Chromium asks before it opens a dialler, and nothing can be tapped behind that question.
NO_DIALLER = """addEventListener("click", (tap) => {
  if (tap.target.closest('a[href^="tel:"]')) tap.preventDefault();
})"""


def take(page: Page, path: Path, *, whole: bool = False) -> None:
    """One picture, once the page has come to rest; ``whole``: all of a long page. Few colours keep the file small."""
    page.wait_for_timeout(900)
    taken = Image.open(BytesIO(page.screenshot(full_page=whole, scale="css" if whole else "device")))
    taken.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"screens: {path.name} {path.stat().st_size // 1024} kB")


def photograph(house: House, out: Path) -> None:
    """A busy minute in the showroom, and every picture of it."""
    pocket = Pocket(house)
    people = {"Sanne": Colleague(house, "sanne")}
    people |= {name: Colleague(house, name.lower(), pocket.phone()) for name in ("Eva", "Tom", "Bram")}
    for name in ("Eva", "Tom"):
        people[name].is_(
            "on_duty"
        )  # in the demo they are on a break, so that every lead rings the visitor's phone
    with sync_playwright() as playwright, ExitStack() as stack:
        small = {**PHONE, "device_scale_factor": 1.5, "locale": "en-GB", "timezone_id": "Europe/Amsterdam"}
        large = {**BOARD, "locale": "en-GB", "timezone_id": "Europe/Amsterdam"}
        phone = sannes_phone(house, stack.enter_context(chromium_context(playwright, **small)), pocket)
        board = stack.enter_context(chromium_context(playwright, **large)).new_page()
        board.goto(house.link("bram"))
        board.locator("button.go").click()
        board.wait_for_url("**/onboarding")
        marieke = busy(house, people, pocket)
        phone_pictures(phone, house.origin, marieke["follow_up_id"], out)
        other_phones(phone, house.origin, marieke["follow_up_id"], out)
        house_pictures(board, house, out)
        board.goto(f"{house.origin}/board")
        board.locator("text=Marieke").first.wait_for()
        pocket.rest(1)
        take(board, out / "board.png")
        ask("POST", house.intake["Website"], {"zomaar": "Kan iemand mij bellen over die rode?"})
        board.goto(f"{house.origin}/showroom?at=look")
        board.get_by_text("zomaar").first.wait_for()
        take(board, out / "look.png")
        customer = stack.enter_context(
            chromium_context(playwright, **{**small, "locale": "nl-NL"})
        ).new_page()
        customer.goto(marieke["status_url"])
        take(customer, out / "customer.png")
        demo = stack.enter_context(chromium_context(playwright, **large)).new_page()
        demo.goto(f"{house.origin}/demo")
        demo.locator("h1").wait_for()
        take(demo, out / "demo.png")
        design_pictures(demo, house.origin, out)


def house_pictures(desk: Page, house: House, out: Path) -> None:
    """What Bram sets: the showroom's hours, its people and their phones, the plan with an example's real times, the
    sources and whether they arrive."""
    for path, words, file in (
        ("showroom", "Opening hours", out / "showroom.png"),
        ("people", "Sanne", out / "people.png"),
        ("cadence", "in the example", out / "cadence.png"),
        ("showroom?at=sources", "Website", out / "sources.png"),
    ):
        desk.goto(f"{house.origin}/{path}")
        desk.get_by_text(words).first.wait_for()
        take(desk, file)


def design_pictures(page: Page, origin: str, out: Path) -> None:
    """Every component in every state, in the light and in the dark, as one long picture each."""
    files: tuple[tuple[Literal["light", "dark"], Path], ...] = (
        ("light", out / "design-light.png"),
        ("dark", out / "design-dark.png"),
    )
    for scheme, file in files:
        page.emulate_media(color_scheme=scheme)
        page.goto(f"{origin}/_design")
        page.get_by_text("Escalation").first.wait_for()
        take(page, file, whole=True)


def sannes_phone(house: House, context: BrowserContext, pocket: Pocket) -> Page:
    """Chromium in the size of a phone, signed in by a one-time link, through onboarding to the confirmed test push."""
    context.add_init_script(SUBSCRIBED % json.dumps([pocket.phone(), house.key["public_key"]]))
    context.add_init_script(NO_DIALLER)
    context.grant_permissions(["notifications"], origin=house.origin)
    page = context.new_page()
    page.goto(house.link("sanne"))
    page.locator("button.go").click()
    page.wait_for_url("**/onboarding")

    def confirmed() -> bool:
        pocket.acknowledge()
        page.wait_for_timeout(200)
        return page.locator("li.card.done").count() > 0

    until("the phone is confirmed", confirmed)
    return page


def busy(house: House, people: dict[str, Colleague], pocket: Pocket) -> dict[str, Any]:
    """Five customers ask, colleagues answer; then Marieke asks, and Sanne alone is free. Her lead is returned."""
    emma, daan, noor = house.lead("emma"), house.lead("daan"), house.lead("noor")
    pocket.rest(6)
    tomorrow = time.strftime("%Y-%m-%dT13:00:00Z", time.gmtime(time.time() + 86400))
    agreed = {"question_answered": True, "next_step": {"kind": "appointment", "due_at": tomorrow}}
    owner(people, emma).tries(emma["follow_up_id"], "call", "spoke", **agreed)
    pocket.rest(9)
    house.lead("willem")
    for portal, car in (("Marktplaats", "VW T-Roc 2022"), ("AutoScout24", "VW Tiguan 2021")):
        house.lead("pieter", portal, vehicle=car)
    pocket.rest(22)
    owner(people, noor).tries(noor["follow_up_id"], "call", None)
    owner(people, daan).tries(daan["follow_up_id"], "call", "no_answer")
    pocket.rest(3)
    for name in ("Eva", "Tom"):
        people[name].is_("break")
    marieke = house.lead("marieke")
    people["Eva"].is_("on_duty")
    people["Tom"].is_("with_customer")
    pocket.rest(1)
    return marieke


def owner(people: dict[str, Colleague], lead: dict[str, Any]) -> Colleague:
    return people[lead["salesperson"]["first_name"]]


def phone_pictures(page: Page, origin: str, follow_up: str, out: Path) -> None:
    """The lead in light and dark, the outcome sheet that stands behind the dialler, what follows, and what waits."""
    page.goto(f"{origin}/l/{follow_up}")
    page.locator("a.btn-call").wait_for()
    take(page, out / "lead.png")
    page.emulate_media(color_scheme="dark")
    take(page, out / "lead-dark.png")
    page.emulate_media(color_scheme="light")
    page.locator("a.btn-call").click()
    page.locator("button.choice").first.wait_for()
    take(page, out / "outcome.png")
    page.get_by_role("button", name="No answer").click()
    page.get_by_text("Tell them you tried").wait_for()
    take(page, out / "after.png")
    page.get_by_role("button", name="Not now").click()
    page.goto(f"{origin}/leads")
    page.locator("text=Marieke").first.wait_for()
    take(page, out / "leads.png")
    page.goto(f"{origin}/me/hours")
    page.get_by_text("On call").first.wait_for()
    take(page, out / "hours.png")


def other_phones(page: Page, origin: str, follow_up: str, out: Path) -> None:
    """The same on other phones, a tablet, lying down, in the dark, and in the other languages."""
    lead = f"/l/{follow_up}"
    views: tuple[tuple[Path, str, int, int, Literal["light", "dark"], str], ...] = (
        (out / "leads-nl-small.png", "/leads", 360, 740, "dark", "nl"),
        (out / "lead-fr-lying.png", lead, 844, 390, "light", "fr"),
        (out / "lead-de-tablet.png", lead, 768, 1024, "dark", "de"),
        (out / "leads-de-tablet.png", "/leads", 768, 1024, "light", "de"),
        (out / "onboarding-fr.png", "/onboarding", 360, 740, "light", "fr"),
        (out / "me-nl-dark.png", "/me", 390, 844, "dark", "nl"),
        (out / "walk-in-de.png", "/showroom?at=walk-in", 390, 844, "light", "de"),
        (out / "my-code.png", "/showroom?at=code", 390, 844, "light", "en"),
    )
    for file, path, width, height, scheme, language in views:
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)
        page.evaluate(SPEAK, language)
        page.goto(origin + path)
        page.locator("main").first.wait_for()
        take(page, file)


def main() -> None:
    out = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent).resolve()
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="firstcall-screens-") as directory, PushService.start() as push:
        house = House(Path(directory), push)
        with house.running():
            photograph(house, out)


if __name__ == "__main__":
    main()
