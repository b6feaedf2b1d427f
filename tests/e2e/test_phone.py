"""Sanne's phone where phones are difficult: no network in the basement, an app the system ends, an iPhone's Safari."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Playwright, Route, expect

from tests.databases import copy_sqlite
from tests.e2e.browsers import phone_page
from tests.e2e.test_flow import HERE, sign_in_with_code
from tests.house import PATIENCE, House, until
from tests.people import stranger

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]
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


@pytest.fixture(scope="module")
def phone(house: House, playwright: Playwright) -> Iterator[Page]:
    """Sanne's, signed in once with a code; every test takes it as the one before has left it."""
    with phone_page(playwright, house.origin, **HERE) as phone:
        sign_in_with_code(house, phone)
        phone.evaluate("navigator.serviceWorker.ready.then(() => null)")
        yield phone


@pytest.fixture(autouse=True)
def network_comes_back(phone: Page) -> Iterator[None]:
    """A test that failed without a network leaves none to the next."""
    yield
    phone.context.set_offline(False)


KEPT = """id => new Promise(done => {
  const opened = indexedDB.open('firstcall');
  opened.onsuccess = () => {
    const asked = opened.result.transaction('follow_ups').objectStore('follow_ups').getKey(id);
    asked.onsuccess = () => { opened.result.close(); done(asked.result === id); };
  };
})"""


def lead_on(house: House, phone: Page, number: int) -> dict[str, Any]:
    """A customer asks, and Sanne looks at the lead: from then on her phone has it."""
    phone.context.set_offline(False)
    arrived: dict[str, Any] = house.stranger().ask("POST", house.intake, stranger(number)).body
    phone.goto(f"{house.origin}/l/{arrived['follow_up_id']}")
    expect(phone.get_by_role("heading", level=1)).to_have_text(f"Klant {number}")
    until("it is on the phone's disk", lambda: phone.evaluate(KEPT, arrived["follow_up_id"]))
    return arrived


def stays_on_the_list(house: House, phone: Page) -> bool:
    phone.goto(house.origin + "/leads")
    phone.wait_for_timeout(1500)
    return phone.url.endswith("/leads")


def knows_everybody(house: House, phone: Page) -> bool:
    """The forty of the crowd are due now, with a few of the tests before, and nobody new takes the screen."""
    of = "document.querySelector('main li[data-id]')?.ariaSetSize"
    return stays_on_the_list(house, phone) and re.fullmatch(r"4\d", phone.evaluate(of) or "") is not None


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


class Cut:
    """Where the network goes away in the flow; each is a step of it, and afterwards everything is there once."""

    def __init__(self, house: House, phone: Page, where: str) -> None:
        self.house, self.phone, self.where = house, phone, where
        self.lost: set[str] = set()

    def at(self, step: str) -> None:
        if step == self.where:
            self.phone.context.set_offline(True)

    def over(self) -> None:
        self.phone.context.set_offline(False)

    def loses_answers(self) -> None:
        """Each first answer of the house to this phone's tries is lost on its way: it has them, the phone does not know."""

        def lose(route: Route) -> None:
            if route.request.url in self.lost:
                route.continue_()
                return
            self.lost.add(route.request.url)
            assert route.fetch().status in (200, 201)
            route.abort()

        self.phone.route(re.compile(r"/api/v1/.*(attempts|outcome)$"), lose)


# A disk that takes its time to open, while the phone says so.
SLOW_DISK = """IDBOpenDBRequest.prototype.addEventListener = function (type, act, how) {
  const slow = type === 'success' && localStorage.getItem('slow-disk');
  const then = slow ? event => setTimeout(() => act(event), 3000) : act;
  EventTarget.prototype.addEventListener.call(this, type, then, how);
}"""


def test_what_the_server_said_stays_when_the_disk_is_slower_and_what_waited_there_is_sent(
    house: House, phone: Page
) -> None:
    phone.context.add_init_script(SLOW_DISK)
    arrived = lead_on(house, phone, 91)
    phone.context.set_offline(True)
    phone.locator("a.big").click()
    phone.get_by_role("button", name="Geen gehoor").click()
    phone.get_by_role("button", name="Nu niet").click()
    expect(phone.get_by_text("Wacht op verzenden")).to_be_visible()
    phone.evaluate("localStorage.setItem('slow-disk', 'yes')")
    phone.goto("about:blank")
    house.stranger().ask("POST", house.intake, stranger(92))
    phone.context.set_offline(False)
    phone.goto(house.origin + "/leads")
    new = phone.locator("li[data-id]", has_text="Klant 92")
    expect(new).to_be_visible()  # the server has answered
    phone.evaluate("localStorage.removeItem('slow-disk')")
    until("it was sent", lambda: attempts(house, arrived) == [("call", "no_answer")])
    expect(new).to_be_visible()


@pytest.mark.parametrize(
    ("number", "where"), [(3, "opening"), (4, "tap"), (5, "killed"), (6, "outcome"), (7, "every answer")]
)
def test_the_network_may_go_at_any_step_and_everything_is_there_once(
    house: House, phone: Page, number: int, where: str
) -> None:
    cut = Cut(house, phone, where)
    arrived = lead_on(house, phone, number)
    if where == "every answer":
        cut.loses_answers()
    cut.at("opening")
    phone.goto(house.origin + "/leads")
    phone.goto(f"{house.origin}/l/{arrived['follow_up_id']}")
    expect(phone.get_by_role("heading", level=1)).to_have_text(f"Klant {number}")
    expect(phone.locator("blockquote")).to_contain_text("Is hij zaterdag te zien?")
    cut.at("tap")
    phone.locator("a.big").click()
    expect(phone.get_by_role("dialog")).to_contain_text("Hoe ging het?")
    cut.at("killed")
    phone.goto("about:blank")
    phone.goto(house.origin + "/leads")
    expect(phone.get_by_role("dialog")).to_contain_text("Hoe ging het?")
    cut.at("outcome")
    phone.get_by_role("button", name="Geen gehoor").click()
    expect(phone.get_by_role("dialog")).to_contain_text("Laat weten dat je belde")
    phone.get_by_role("button", name="Nu niet").click()
    cut.over()
    until("the outcome is stored", lambda: attempts(house, arrived) == [("call", "no_answer")])
    expect(phone.locator(".chip", has_text="verzenden")).to_have_count(0)
    phone.goto(f"{house.origin}/l/{arrived['follow_up_id']}")
    expect(phone.locator(".band")).to_contain_text("2 van 6")
    assert attempts(house, arrived) == [("call", "no_answer")]
    phone.unroute_all()
    assert len(cut.lost) == (2 if where == "every answer" else 0)


@pytest.fixture(scope="module")
def crowd(house: House) -> None:
    """Forty customers who wait for Sanne."""
    for number in range(20, 60):
        lead = stranger(number)
        if number == 58:
            lead["trade_in"] = {"make": "VW", "model": "Polo", "plate": "12-XYZ-3"}
        house.stranger().ask("POST", house.intake, lead)


def test_of_a_long_list_only_what_is_near_is_built_and_everybody_can_be_found(
    house: House, phone: Page, crowd: None
) -> None:
    until("everybody is known, and nobody new takes the screen", lambda: knows_everybody(house, phone))
    rows = phone.locator("main li[data-id]")
    assert rows.count() < 30
    height = phone.locator("main").evaluate("list => list.scrollHeight")
    assert height > 40 * 70, "room is kept for those that are not built"
    for _ in range(20):
        phone.locator("main").evaluate("list => list.scrollBy(0, 400)")
        phone.wait_for_timeout(30)
    assert rows.count() < 30
    ends = phone.locator("main").evaluate("list => list.scrollHeight - list.clientHeight - list.scrollTop")
    assert ends < 2
    expect(rows.last).to_be_visible()
    expect(rows.last).to_have_attribute("aria-posinset", rows.last.get_attribute("aria-setsize") or "")
    for typed, name in (("klant 59", "Klant 59"), ("06 2000 0041", "Klant 41"), ("12xyz3", "Klant 58")):
        phone.locator("input[type=search]").fill(typed)
        expect(phone.get_by_role("status").locator("li[data-id]")).to_have_count(1)
        expect(phone.get_by_role("status")).to_contain_text(name)
        assert phone.locator("main section:not([role=status]) li[data-id]").count(), (
            "who is due stays in sight"
        )
    phone.locator("input[type=search]").fill("")


PLACE = "[...document.querySelectorAll('main')].find(one => one.querySelector('.lists')).scrollTop"
# Somebody who is due now, in the middle of the window.
SHOWN = """() => [...document.querySelectorAll('li[data-id]')].find(row => {
  const { top, bottom } = row.getBoundingClientRect();
  return top > 200 && bottom < 650 && row.querySelector('a.btn-call');
})?.dataset.id"""
# The heading of a sheet has the focus.
HEADED = "dialog[open] h2:focus"


def test_the_list_keeps_its_place_and_what_happened_in_a_lead_is_on_it(
    house: House, phone: Page, crowd: None
) -> None:
    """She scrolls, opens somebody, calls, and goes on where she was."""
    until("everybody is known, and nobody new takes the screen", lambda: knows_everybody(house, phone))
    phone.locator("main").evaluate("list => list.scrollTo(0, 900)")
    phone.wait_for_function(SHOWN)
    phone.wait_for_timeout(600)  # the rows about the window are built and measured
    who, place = phone.evaluate(SHOWN), phone.evaluate(PLACE)
    assert place > 400
    phone.locator(f"li[data-id='{who}'] a.row").click()
    expect(phone).to_have_url(f"{house.origin}/l/{who}")
    expect(phone.get_by_role("heading", level=1)).to_have_count(1)  # the list is there, but to nobody
    for _ in range(30):
        phone.keyboard.press("Tab")
        assert not phone.evaluate("document.activeElement.closest('.resting') !== null")
    phone.locator("a.big").click()
    phone.get_by_role("button", name="Geen gehoor").click()
    phone.get_by_role("button", name="Nu niet").click()
    phone.get_by_role("button", name="Terug", exact=True).click()
    expect(phone).to_have_url(house.origin + "/leads")
    assert abs(phone.evaluate(PLACE) - place) < 2
    expect(phone.locator(".lists section").first.locator(f"li[data-id='{who}']")).to_have_count(
        0
    )  # due later now


def test_a_sheet_takes_the_focus_keeps_it_while_it_changes_and_gives_it_back(
    house: House, phone: Page
) -> None:
    lead_on(house, phone, 75)
    phone.wait_for_timeout(1200)  # the sheet is built by now, and nobody can see, find or reach it
    assert phone.locator("dialog .choice").count() > 0
    expect(phone.get_by_role("button", name="Geen gehoor")).to_have_count(0)
    phone.locator("a.big").click()
    expect(phone.get_by_role("dialog", name="Hoe ging het?")).to_be_visible()
    expect(phone.locator(HEADED)).to_have_count(1)
    expect(phone.locator(".band")).to_contain_text("Gebeld")  # behind the sheet the clock stands still
    phone.get_by_role("button", name="Geen gehoor").click()
    expect(phone.get_by_role("dialog", name="Laat weten dat je belde")).to_be_visible()
    expect(phone.locator(HEADED)).to_have_count(1)
    for _ in range(2):  # a browser may close a dialog by itself at the second Escape: the sheet goes with it
        phone.keyboard.press("Escape")
    expect(phone.get_by_role("dialog")).to_have_count(0)
    expect(phone.locator("a.big:focus")).to_have_count(1)
    phone.get_by_role("button", name="Meer").click()
    expect(phone.get_by_role("dialog", name="Klant 75")).to_be_visible()
    # This page is the first of the app: until the sheet has its entry, Back leaves it.
    phone.wait_for_function("() => history.state?.sheet")
    phone.go_back()
    expect(phone.get_by_role("dialog")).to_have_count(0)
    phone.get_by_role("button", name="Notitie").click()
    expect(phone.get_by_role("dialog")).to_have_count(1)
    phone.mouse.click(190, 20)  # beside the sheet
    expect(phone.get_by_role("dialog")).to_have_count(0)


def test_what_somebody_else_did_meanwhile_is_explained_and_nothing_is_lost_silently(
    house: House, phone: Page
) -> None:
    """Offline, Sanne calls and then passes on a customer whom Bram has closed meanwhile: her call counts, the rest is told."""
    arrived = lead_on(house, phone, 8)
    follow_up = arrived["follow_up_id"]
    phone.context.set_offline(True)
    phone.locator("a.big").click()
    phone.get_by_role("button", name="Geen gehoor").click()
    phone.get_by_role("button", name="Nu niet").click()
    phone.get_by_role("button", name="Meer").click()
    phone.get_by_role("button", name="Doorgeven").click()
    phone.get_by_role("button", name="Kan nu niet").click()
    bram = house.sign_in("bram@doesburg.example")
    assert bram.ask("POST", f"/api/v1/follow-ups/{follow_up}/closure", {"reason": "test"}).status == 201
    phone.context.set_offline(False)
    until("her call is stored", lambda: attempts(house, arrived) == [("call", "no_answer")])
    phone.locator(".chip", has_text="niet opgeslagen").click()
    told = phone.locator("section", has_text="Nog op deze telefoon")
    expect(told).to_contain_text("Klant 8")
    expect(told).to_contain_text("wat de zaak weet staat bij de lead")
    told.get_by_role("button", name="Bekijk").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Klant 8")
    phone.goto(house.origin + "/me")
    told.get_by_role("button", name="Oké").click()
    expect(told).to_have_count(0)


def test_after_thirty_days_without_network_sanne_works_on_and_is_still_signed_in(
    house: House, phone: Page
) -> None:
    arrived = lead_on(house, phone, 9)
    phone.goto(house.origin + "/leads")
    phone.context.set_offline(True)
    later = phone.context.new_page()
    later.clock.set_system_time(datetime.now() + timedelta(days=30))
    later.goto(house.origin + "/leads")
    expect(later.locator("main li[data-id]").first).to_be_visible()
    later.goto(f"{house.origin}/l/{arrived['follow_up_id']}")
    expect(later.get_by_role("heading", level=1)).to_have_text("Klant 9")
    later.locator("a.big").click()
    later.get_by_role("button", name="In gesprek").click()
    phone.context.set_offline(False)
    until("the outcome is stored", lambda: attempts(house, arrived) == [("call", "busy")])
    later.reload()
    expect(later.get_by_role("heading", level=1)).to_have_text("Klant 9")
    later.close()


def test_a_second_lead_is_a_line_beside_the_call_and_a_wrong_number_leaves_the_other_ways(
    house: House, phone: Page
) -> None:
    lead_on(house, phone, 70)
    assert phone.locator("a[href^='facetime:']").count() == 0, "no FaceTime on an Android phone"
    expect(phone.locator(".script")).to_have_text("bedank · vraag · afspraak")
    phone.locator("a.big").click()
    sheet = phone.get_by_role("dialog")
    expect(sheet).to_contain_text("Hoe ging het?")
    house.stranger().ask("POST", house.intake, stranger(71))
    expect(sheet.locator(".bar.wait")).to_contain_text("Klant wacht")
    expect(sheet).to_contain_text("Hoe ging het?")
    sheet.get_by_role("button", name="Verkeerd nummer").click()
    expect(sheet.locator("a[href^='mailto:klant70@example.com']")).to_be_visible()
    assert sheet.locator("a[href*='31620000070']").count() == 0, "that number is never offered again"
    sheet.get_by_role("button", name="Nu niet").click()
    expect(phone.locator("a.big")).to_contain_text("klant70@example.com")


def test_sanne_writes_the_prepared_message_in_her_own_words(house: House, phone: Page) -> None:
    lead_on(house, phone, 72)
    phone.get_by_role("button", name="Meer").click()
    phone.get_by_role("button", name="WhatsApp in eigen woorden").click()
    words = phone.get_by_role("dialog").locator("textarea")
    expect(words).to_have_value(re.compile("Klant"))
    words.fill("Dag Klant, tot zo!")
    send = phone.get_by_role("dialog").locator("a.btn-strong")
    expect(send).to_have_attribute(
        "href", re.compile(r"wa\.me/31620000072\?text=Dag%20Klant%2C%20tot%20zo!$")
    )


def test_sanne_pulls_the_list_down_and_sees_that_it_asks(house: House, phone: Page) -> None:
    assert stays_on_the_list(house, phone)
    finger = phone.context.new_cdp_session(phone)
    with phone.expect_response("**/api/v1/inbox") as asked:
        for kind, y in (("touchStart", 200), ("touchMove", 260), ("touchMove", 340), ("touchEnd", None)):
            points = [] if y is None else [{"x": 180, "y": y}]
            finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        expect(phone.locator(".pulled")).to_have_text("Wordt vernieuwd")
    assert asked.value.ok
    expect(phone.locator(".pulled")).to_have_count(0)


def test_nobody_picked_up_and_what_to_say_to_the_voicemail_is_at_hand(house: House, phone: Page) -> None:
    arrived = lead_on(house, phone, 73)
    phone.locator("a.big").click()
    sheet = phone.get_by_role("dialog")
    expect(sheet.get_by_role("button", name="Voicemail")).to_be_disabled()  # not at the first try
    sheet.get_by_role("button", name="Geen gehoor").click()
    sheet.get_by_role("button", name="Nu niet").click()
    until("the second step is planned", lambda: attempts(house, arrived) == [("call", "no_answer")])
    expect(phone.locator(".band")).to_contain_text("2 van 6")
    phone.locator("a.big").click()
    said = sheet.locator("details p")
    expect(said).to_be_hidden()
    sheet.get_by_text("Wat zeg je op de voicemail").click()
    expect(said).to_contain_text("Klant")
    expect(said).to_contain_text("Sanne")
    sheet.get_by_role("button", name="Niet gebeld").click()


def test_a_browser_that_may_forget_is_asked_to_keep(house: House, phone: Page) -> None:
    """Chromium promises nothing to a page that is not installed, until its owner allows it."""
    phone.goto(house.origin + "/onboarding")
    card = phone.locator("li.card", has_text="Bewaren op deze telefoon")
    ask = card.get_by_role("button", name="Vraag om het te bewaren")
    ask.click()
    expect(card.get_by_role("status")).to_contain_text("belooft het nog niet")
    chrome = phone.context.new_cdp_session(phone)
    owner = chrome.send("Target.getTargetInfo")["targetInfo"]["browserContextId"]
    allowed = {"permissions": ["durableStorage", "notifications"], "origin": house.origin}
    chrome.send("Browser.grantPermissions", {**allowed, "browserContextId": owner})
    ask.click()
    expect(card).to_have_count(0)
    assert phone.evaluate("navigator.storage.persisted()")


def test_safari_on_an_iphone_shows_how_to_install_and_leaves_the_link_for_the_app(
    house: House, playwright: Playwright
) -> None:
    link, code = house.link("sanne@doesburg.example")
    with phone_page(playwright, house.origin, **HERE, user_agent=SAFARI) as safari:
        safari.goto(link)
        expect(safari.get_by_text(code)).to_be_visible()
        expect(safari.get_by_text(re.compile("Zet op beginscherm"))).to_be_visible()
        expect(safari.get_by_text("Laat “Open als webapp” aan en tik op Voeg toe")).to_be_visible()
        expect(safari.get_by_text(re.compile("Opent het icoon gewoon Safari"))).to_be_visible()
        expect(safari.get_by_role("button", name=re.compile("Aanmelden"))).to_have_count(0)
    with phone_page(playwright, house.origin, **HERE, user_agent=SAFARI) as app:
        app.add_init_script(INSTALLED)
        app.goto(house.origin + "/")
        app.get_by_label("Code").fill(code)
        app.get_by_role("button", name="Aanmelden").click()
        expect(app).to_have_url(house.origin + "/onboarding")
    assert house.stranger().ask("POST", "/api/v1/sessions", {"code": code}).status == 410


def test_back_within_the_moment_a_sheet_opens_closes_the_sheet_and_stays_on_the_lead(
    house: House, phone: Page
) -> None:
    lead_on(house, phone, 92)
    phone.get_by_role("button", name="Terug", exact=True).click()
    expect(phone).to_have_url(house.origin + "/leads")
    phone.locator("main li[data-id] a.row").first.click()
    expect(phone.get_by_role("button", name="Meer")).to_be_visible()
    lead = phone.url
    phone.evaluate("""() => new Promise(done => {
      [...document.querySelectorAll('button')].find(one => one.textContent.trim() === 'Meer').click();
      history.back();
      setTimeout(done, 500);
    })""")
    expect(phone.get_by_role("dialog")).to_have_count(0)
    expect(phone).to_have_url(lead)
    expect(phone.get_by_role("button", name="Meer")).to_be_visible()
