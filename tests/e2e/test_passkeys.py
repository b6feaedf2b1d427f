"""Sanne opens Firstcall with her face: a link once, a passkey from then on; her devices, and out everywhere.

Chromium's own virtual authenticator stands for her phone's: real keys behind the real ``navigator.credentials``.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, Playwright, expect

from tests.databases import copy_sqlite
from tests.e2e.browsers import phone_page
from tests.e2e.looking import AXE, cut_off, violations
from tests.e2e.test_flow import HERE
from tests.house import PATIENCE, House, until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]
FACE = "Gezicht, vinger of pincode gebruiken"
SIGN_IN = "Aanmelden met passkey"
INSIDE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(scope="module")
def house(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    expect.set_options(timeout=PATIENCE * 1000)
    directory = tmp_path_factory.mktemp("passkeys")
    with House(copy_sqlite(sqlite_template, directory / "firstcall.db"), directory) as house:
        house.start_web()
        yield house


class Sensor:
    """The part of a phone that looks at its owner's face."""

    def __init__(self, page: Page) -> None:
        self.cdp: CDPSession = page.context.new_cdp_session(page)
        self.cdp.send("WebAuthn.enable")
        self.id = self.cdp.send("WebAuthn.addVirtualAuthenticator", {"options": INSIDE})["authenticatorId"]

    def keys(self) -> list[dict[str, Any]]:
        found = self.cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.id})
        return list(found["credentials"])

    def looks_at(self, *, its_owner: bool) -> None:
        said = {"authenticatorId": self.id, "isUserVerified": its_owner}
        self.cdp.send("WebAuthn.setUserVerified", said)


@contextmanager
def a_phone(house: House, playwright: Playwright) -> Iterator[tuple[Page, Sensor]]:
    with phone_page(playwright, house.origin, **HERE) as phone:
        yield phone, Sensor(phone)


def by_code(house: House, phone: Page) -> None:
    """Sanne types her code; the phone then asks to be made ready."""
    phone.add_init_script(path=str(AXE))
    phone.goto(house.origin + "/sign-in")
    phone.get_by_label("Code").fill(house.link("sanne@doesburg.example")[1])
    phone.get_by_role("button", name="Aanmelden", exact=True).click()
    expect(phone).to_have_url(house.origin + "/onboarding")


def with_passkey(house: House, phone: Page, sensor: Sensor) -> None:
    by_code(house, phone)
    phone.get_by_role("button", name=FACE).click()
    expect(phone.get_by_text("Klaar. De volgende keer meld je je aan")).to_be_visible()
    assert len(sensor.keys()) == 1
    phone.get_by_role("button", name="Later").click()
    expect(phone).to_have_url(house.origin + "/leads")


def sign_out_here(house: House, phone: Page) -> None:
    phone.goto(house.origin + "/me")
    phone.get_by_role("button", name="Afmelden op deze telefoon").click()
    expect(phone).to_have_url(house.origin + "/sign-in")


def my_access(house: House, phone: Page) -> None:
    phone.goto(house.origin + "/me")
    phone.get_by_text("Aanmelden en toestellen").click()
    expect(phone.get_by_text("Aangemeld op")).to_be_visible()


def test_a_link_once_and_her_face_from_then_on(house: House, playwright: Playwright) -> None:
    with a_phone(house, playwright) as (phone, sensor):
        with_passkey(house, phone, sensor)
        sign_out_here(house, phone)
        expect(phone.get_by_label("Code")).to_have_count(0)
        assert violations(phone) == [] and cut_off(phone) == []
        sensor.looks_at(its_owner=False)
        phone.get_by_role("button", name=SIGN_IN).click()
        expect(phone.get_by_role("button", name=SIGN_IN)).to_be_enabled()
        # Somebody else's face, or "cancel", is nothing to complain about.
        expect(phone.get_by_role("alert")).to_have_count(0)
        expect(phone).to_have_url(house.origin + "/sign-in")
        sensor.looks_at(its_owner=True)
        phone.get_by_role("button", name=SIGN_IN).click()
        expect(phone).not_to_have_url(re.compile("/sign-in"))
        my_access(house, phone)
        expect(phone.get_by_text("gebruikt")).to_be_visible()
        phone.get_by_role("button", name="Passkey toevoegen").click()
        expect(phone.get_by_text("Dit toestel heeft zijn passkey al.")).to_be_visible()
        assert len(sensor.keys()) == 1
        # A browser that has not seen her, on a phone that shares her passkeys: offered above the keyboard. The virtual
        # phone chooses it at once.
        sign_out_here(house, phone)
        phone.evaluate("localStorage.clear()")
        phone.goto(house.origin + "/sign-in")
        expect(phone).not_to_have_url(re.compile("/sign-in"))


def test_a_lost_phone_is_signed_out_and_its_passkey_removed(house: House, playwright: Playwright) -> None:
    with a_phone(house, playwright) as (lost, lost_sensor), a_phone(house, playwright) as (phone, _):
        with_passkey(house, lost, lost_sensor)
        by_code(house, phone)
        my_access(house, phone)
        key = phone.locator("li", has_text="toegevoegd").first
        key.get_by_role("button", name="Verwijderen").click()
        key.get_by_role("button", name="Verwijderen").click()
        expect(phone.get_by_text("Met deze passkey kan niemand zich meer aanmelden.")).to_be_visible()
        phone.get_by_role("button", name="Overal afmelden").click()
        phone.get_by_role("button", name="Alle andere").click()
        expect(phone.get_by_text(re.compile(r"toestel\w* (is|zijn) afgemeld"))).to_be_visible()
        expect(phone.locator("small", has_text="dit toestel")).to_have_count(1)
        expect(phone.get_by_role("button", name="Afmelden", exact=True)).to_have_count(0)
        lost.goto(house.origin + "/leads")
        lost.get_by_role("button", name=SIGN_IN).click()
        expect(lost.get_by_role("alert").filter(has_text="kennen we niet meer")).to_be_visible()
        expect(lost.get_by_label("Code")).to_be_visible()


def test_out_everywhere_ends_this_phone_too(house: House, playwright: Playwright) -> None:
    with a_phone(house, playwright) as (other, _), a_phone(house, playwright) as (phone, _):
        by_code(house, other)
        by_code(house, phone)
        my_access(house, phone)
        phone.get_by_role("button", name="Overal afmelden").click()
        assert violations(phone) == [] and cut_off(phone) == []
        phone.get_by_role("button", name="Ook dit toestel").click()
        expect(phone).to_have_url(house.origin + "/sign-in")
        other.goto(house.origin + "/me")
        expect(other.get_by_text("Je bent op deze telefoon afgemeld.")).to_be_visible()


def test_without_a_network_the_list_says_so_and_comes_back(house: House, playwright: Playwright) -> None:
    with a_phone(house, playwright) as (phone, _):
        by_code(house, phone)
        phone.goto(house.origin + "/me")
        phone.evaluate("navigator.serviceWorker.ready.then(() => null)")
        until("the screens are here", lambda: phone.evaluate("caches.keys().then(all => all.length > 0)"))
        phone.context.set_offline(True)
        phone.get_by_text("Aanmelden en toestellen").click()
        expect(phone.get_by_text("Geen verbinding. Je lijst komt ermee terug")).to_be_visible()
        phone.context.set_offline(False)
        phone.get_by_role("button", name="Opnieuw").click()
        expect(phone.get_by_text("Aangemeld op")).to_be_visible()
