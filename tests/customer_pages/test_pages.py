"""Eva's own page: who calls, when, how to reach Sanne, one question, and stop. It needs no script and no
login.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from lxml import html as parser
from sqlalchemy import select

from app.access import customer_token
from app.cadence import record
from app.clock import now
from app.db import db, new_id, write
from app.models import (
    Assignment,
    Attempt,
    Channel,
    Customer,
    DeliveryState,
    Event,
    FollowUp,
    FollowUpState,
    Lead,
    LeadState,
    Outcome,
    StepKind,
)
from app.outbox import letters, stoplist
from tests.api.phone import again, fresh
from tests.customers.doesburg import WEEK, House, build, customer_of, events, mails, pushes

MONDAY_NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)


@pytest.fixture
def house(app: Flask) -> House:
    return build(app)


@pytest.fixture
def client(app: Flask) -> Iterator[FlaskClient]:
    with app.test_client() as client:
        yield client


def address(follow_up: FollowUp) -> str:
    return f"/c/{customer_token(customer_of(follow_up))}"


def words(response_text: str) -> str:
    """What a person reads."""
    return " ".join(parser.fromstring(response_text).text_content().split())


def links(response_text: str) -> list[str]:
    return [str(link) for link in parser.fromstring(response_text).xpath("//a/@href")]


def test_eva_sees_who_calls_when_from_which_number_and_what_she_asked(
    house: House, client: FlaskClient
) -> None:
    _, follow_up = house.ask()
    page = client.get(address(follow_up))
    assert page.status_code == 200
    text = words(page.text)
    for must in (
        "Thank you, Eva",
        "Sanne calls you within a few minutes.",
        "+31 6 12345678",
        "SB",
        "VW Golf",
    ):
        assert must in text
    assert "Is hij zaterdag te zien?" in text
    for link in ("tel:+31612345678", "https://wa.me/31612345678", "mailto:sanne@doesburg.example.test"):
        assert link in links(page.text)


def test_the_page_tells_the_truth_as_it_changes(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(datetime(2026, 11, 22, 20, 30, tzinfo=UTC), tick=False) as clock:
        _, follow_up = build(app, weekly=WEEK).ask()
        assert "Sanne calls you tomorrow at 9:00, when we open." in words(client.get(address(follow_up)).text)
        clock.move_to(datetime(2026, 11, 23, 7, 57, tzinfo=UTC))
        assert "within a few minutes" in words(client.get(address(follow_up)).text)
        clock.move_to(datetime(2026, 11, 23, 8, 30, tzinfo=UTC))
        assert "as soon as possible" in words(client.get(address(follow_up)).text)
        no_answer(follow_up)
        text = words(client.get(address(follow_up)).text)
        assert "Sanne could not reach you yet, and tries again today at 9:40." in text


def test_a_promised_time_is_repeated_as_promised(house: House, client: FlaskClient) -> None:
    with time_machine.travel(MONDAY_NOON, tick=False):
        _, follow_up = house.ask()
        no_answer(follow_up, Outcome.CALL_BACK, call_back_at=MONDAY_NOON + timedelta(hours=4, minutes=30))
        assert "Sanne calls you today at 16:30, as agreed." in words(client.get(address(follow_up)).text)


def test_who_stands_in_is_named(house: House, client: FlaskClient) -> None:
    _, follow_up = house.ask()
    with write():
        follow_up.covered_by_id = house.bram.id
    db.session.expire_all()
    text = words(client.get(address(follow_up)).text)
    assert "Bram calls you" in text
    assert "Bram stands in for Sanne." in text
    assert "+31 313 123 456" in text  # Bram has no number of his own: the showroom's


def test_looking_changes_nothing(house: House, client: FlaskClient) -> None:
    _, follow_up = house.ask()
    before = counted()
    for path in ("", "/stop", "/contact.vcf"):
        assert client.get(address(follow_up) + path).status_code == 200
        assert client.head(address(follow_up) + path).status_code == 200
    assert client.get(address(follow_up) + "/answer").status_code == 405
    assert counted() == before
    db.session.expire_all()
    assert follow_up.is_open


@pytest.mark.parametrize("path", ["", "/stop", "/contact.vcf"])
def test_a_strangers_or_broken_address_shows_nothing(path: str, house: House, client: FlaskClient) -> None:
    _, follow_up = house.ask()
    good = address(follow_up)
    for bad in (good[:-1], good + "x", "/c/x", f"/c/{follow_up.customer_id}"):
        page = client.get(bad + path, headers={"Accept-Language": "de-DE,de;q=0.9"})
        assert page.status_code == 404
        assert "Diese Seite gibt es nicht" in page.text
        assert "Eva" not in page.text
        assert client.post(bad + "/stop", data={"what": "everything"}).status_code == 404
    db.session.expire_all()
    assert follow_up.is_open


def test_a_new_page_key_ends_the_old_address(house: House, client: FlaskClient) -> None:
    _, follow_up = house.ask()
    old = address(follow_up)
    with write():
        db.session.get_one(Customer, follow_up.customer_id).page_key = "another"
    assert client.get(old).status_code == 404
    assert client.get(address(follow_up)).status_code == 200


@pytest.mark.parametrize("path", ["", "/stop", "/contact.vcf"])
def test_the_address_does_not_leak(path: str, house: House, client: FlaskClient) -> None:
    _, follow_up = house.ask()
    headers = client.get(address(follow_up) + path).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in headers["X-Robots-Tag"]
    assert "script-src" not in headers["Content-Security-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "Set-Cookie" not in headers


def test_the_pages_keep_their_own_policy(house: House, client: FlaskClient) -> None:
    _, follow_up = house.ask()
    for path in ("", "/stop"):
        page = client.get(address(follow_up) + path).text
        tree = parser.fromstring(page)
        assert tree.xpath("//script | //style | //*[@style] | //@*[starts-with(name(), 'on')]") == []
        for source in tree.xpath("//link/@href | //img/@src"):
            with client.get(str(source)) as file:
                assert file.status_code == 200
            assert str(source).startswith("/")


def test_what_eva_typed_is_shown_as_typed_and_is_no_markup(house: House, client: FlaskClient) -> None:
    nasty = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
    _, follow_up = house.ask(name=nasty, message=nasty)
    page = client.get(address(follow_up)).text
    assert "<script" not in page and "<img" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("language", "thanks"), [("nl", "Dank u wel, Eva"), ("fr", "Merci, Eva"), ("de", "Vielen Dank, Eva")]
)
def test_the_page_speaks_evas_language(language: str, thanks: str, house: House, client: FlaskClient) -> None:
    _, follow_up = house.ask(language=language)
    page = client.get(address(follow_up), headers={"Accept-Language": "en"}).text
    assert thanks in words(page)
    assert parser.fromstring(page).get("lang") == language


def test_a_language_we_do_not_write_falls_back_to_the_browsers(house: House, client: FlaskClient) -> None:
    _, follow_up = house.ask()
    with write():
        customer_of(follow_up).language = "pl"
    assert "Merci, Eva" in client.get(address(follow_up), headers={"Accept-Language": "pl,fr;q=0.8"}).text
    assert "Thank you, Eva" in client.get(address(follow_up), headers={"Accept-Language": "pl"}).text


def test_evas_answer_reaches_sanne_as_the_next_step(house: House, client: FlaskClient) -> None:
    lead, follow_up = house.ask()
    answer = client.post(address(follow_up) + "/answer", data={"text": "  Please bring\r\nthe papers <b>  "})
    assert answer.status_code == 303
    db.session.expire_all()
    assert follow_up.next_kind is StepKind.ANSWER
    (event,) = events(follow_up, "customer_replied")
    assert event.data == {}
    assert [said["text"] for said in lead.details["answers"]] == ["Please bring\r\nthe papers <b>"]
    page = client.get(answer.headers["Location"]).text
    assert "Sanne has your message and answers you." in words(page)
    assert "the papers &lt;b&gt;" in page
    client.post(address(follow_up) + "/answer", data={"text": "And the keys"})
    db.session.expire_all()
    assert [said["text"] for said in lead.details["answers"]][1] == "And the keys"


def test_an_empty_answer_is_no_reply(house: House, client: FlaskClient) -> None:
    lead, follow_up = house.ask()
    answer = client.post(address(follow_up) + "/answer", data={"text": "  \n "})
    assert "Write something first" in client.get(answer.headers["Location"].split("#")[0]).text
    db.session.expire_all()
    assert events(follow_up, "customer_replied") == []
    assert "answers" not in lead.details


def test_a_novel_is_refused_in_words(house: House, client: FlaskClient) -> None:
    _, follow_up = house.ask()
    answer = client.post(address(follow_up) + "/answer", data={"text": "x" * 70_000})
    assert answer.status_code == 413
    assert "too long" in answer.text
    assert events(follow_up, "customer_replied") == []


def ended(follow_up: FollowUp, reason: LeadState) -> None:
    with write():
        record.end(again(follow_up), reason, now())
    fresh()


@pytest.mark.parametrize("words_too", [False, True])
def test_one_tap_or_an_answer_brings_eva_back_to_sanne(
    words_too: bool, house: House, client: FlaskClient
) -> None:
    _, follow_up = house.ask()
    ended(follow_up, LeadState.UNREACHABLE)
    page = client.get(address(follow_up))
    assert "This request is closed. Sanne is still there for you." in words(page.text)
    assert "Yes, I still want an answer" in words(page.text)
    assert again(follow_up).state is FollowUpState.ENDED, "looking opens nothing: mail scanners look too"
    way, said = ("/answer", {"text": "Still there?"}) if words_too else ("/return", {})
    for _twice in range(2):
        page = client.post(address(follow_up) + way, data=said, follow_redirects=True)
    assert "Sanne has your message and answers you." in words(page.text)
    assert "Yes, I still want an answer" not in words(page.text)
    row = again(follow_up)
    assert row.is_open and row.owner_id == house.sanne.id and row.next_kind is StepKind.ANSWER
    assert db.session.scalars(select(Lead)).one().state is LeadState.OPEN
    ongoing = select(Assignment).where(Assignment.ended_at.is_(None))
    assert db.session.scalars(ongoing).one().person_id == house.sanne.id
    assert len(events(follow_up, "customer_returned")) == 1
    assert len(pushes(house.sanne, "answer")) == (2 if words_too else 1)


def test_what_was_sold_stays_sold_and_eva_asks_something_new(house: House, client: FlaskClient) -> None:
    first, follow_up = house.ask()
    ended(follow_up, LeadState.WON)
    client.post(address(follow_up) + "/answer", data={"text": "And winter tyres?"})
    fresh()
    assert db.session.get_one(Lead, first.id).state is LeadState.WON
    lead = db.session.scalars(select(Lead).where(Lead.id != first.id)).one()
    assert (lead.question, lead.car, lead.customer_id) == ("And winter tyres?", first.car, first.customer_id)
    new = again(str(lead.follow_up_id))
    assert new.is_open and new.owner_id == house.sanne.id and new.next_kind is StepKind.ATTEMPT
    assert not again(follow_up).is_open
    assert len(pushes(house.sanne, "lead")) == 2
    assert "And winter tyres?" in words(client.get(address(follow_up)).text)


@pytest.mark.parametrize("what", ["everything", "request"])
def test_after_a_stop_nothing_brings_eva_back(what: str, house: House, client: FlaskClient) -> None:
    _, follow_up = house.ask()
    ended(follow_up, LeadState.UNREACHABLE)
    done = client.post(address(follow_up) + "/stop", data={"what": what}, follow_redirects=True)
    assert "We have stopped" in words(done.text)
    for way, said in (("/answer", {"text": "Hello?"}), ("/return", {})):
        page = client.post(address(follow_up) + way, data=said, follow_redirects=True)
        assert page.status_code == 200 and "Yes, I still want" not in page.text
        assert "We have stopped" in words(page.text) and "tel:" not in page.text
    fresh()
    assert (
        not again(follow_up).is_open and db.session.scalars(select(Lead)).one().state is LeadState.UNREACHABLE
    )
    assert [mail.kind for mail in mails(follow_up, state=DeliveryState.QUEUED)] == ["stop_confirmed"]


def test_stop_is_a_button_with_a_choice(house: House, client: FlaskClient) -> None:
    _, follow_up = house.ask()
    page = client.get(address(follow_up) + "/stop")
    choices = parser.fromstring(page.text).xpath("//input[@name='what']/@value")
    assert choices == ["call", "whatsapp", "email", "request", "everything"]
    done = client.post(address(follow_up) + "/stop", data={"what": "everything"}, follow_redirects=True)
    assert done.status_code == 200
    assert "You no longer hear from Autohuis Doesburg." in words(done.text)
    assert "Sanne" not in done.text and "tel:" not in done.text
    db.session.expire_all()
    assert follow_up.end_reason == "stopped"
    assert "You no longer hear from" in words(client.get(address(follow_up)).text)


@pytest.mark.parametrize("data", [{}, {"what": ""}, {"what": "nonsense"}])
def test_nothing_chosen_means_everything(data: dict[str, str], house: House, client: FlaskClient) -> None:
    _, follow_up = house.ask()
    client.post(address(follow_up) + "/stop", data=data)
    customer = customer_of(follow_up)
    assert stoplist.blocked(customer, letters.points_of(customer)) == set(stoplist.CHANNELS)


def test_dont_call_shows_on_the_page_at_once(house: House, client: FlaskClient) -> None:
    _, follow_up = house.ask()
    done = client.post(address(follow_up) + "/stop", data={"what": "call"}, follow_redirects=True)
    assert "It is done, and Sanne knows." in words(done.text)
    text = words(client.get(address(follow_up)).text)
    assert "Sanne writes to you." in text
    assert "You asked us not to call" in text
    again = client.get(address(follow_up) + "/stop").text
    assert "call" not in parser.fromstring(again).xpath("//input[@name='what']/@value")


def test_only_this_request_says_so(house: House, client: FlaskClient) -> None:
    _, follow_up = house.ask()
    done = client.post(address(follow_up) + "/stop", data={"what": "request"}, follow_redirects=True)
    assert "about this request" in words(done.text)


def test_a_mail_programs_one_click_stops_e_mail_without_a_redirect(house: House, client: FlaskClient) -> None:
    _, follow_up = house.ask()
    done = client.post(address(follow_up) + "/stop", data={"List-Unsubscribe": "One-Click"})
    assert (done.status_code, done.text) == (200, "")
    customer = customer_of(follow_up)
    assert stoplist.blocked(customer, letters.points_of(customer)) == {"email"}
    db.session.expire_all()
    assert follow_up.is_open
    multipart = client.post(
        address(follow_up) + "/stop",
        data={"List-Unsubscribe": "One-Click"},
        content_type="multipart/form-data",
    )
    assert multipart.status_code == 200
    assert len(mails(follow_up, "stop_confirmed", DeliveryState.QUEUED)) == 1
    assert len(pushes(house.sanne, "stopped")) == 1


def test_a_new_request_brings_the_page_back(house: House, client: FlaskClient) -> None:
    with time_machine.travel(MONDAY_NOON, tick=False) as clock:
        _, follow_up = house.ask()
        client.post(address(follow_up) + "/stop", data={"what": "everything"})
        clock.shift(timedelta(days=9))
        house.ask(vehicle={"make": "VW", "model": "Polo"})
        text = words(client.get(address(follow_up)).text)
    assert "VW Polo" in text
    assert "Sanne calls you within a few minutes." in text


def test_the_contact_card_makes_evas_phone_say_sanne(house: House, client: FlaskClient) -> None:
    _, follow_up = house.ask()
    with write():
        house.sanne.last_name = "van der Berg; \\ Éclair-" + "ö" * 60
    card = client.get(address(follow_up) + "/contact.vcf")
    assert card.headers["Content-Type"] == "text/vcard; charset=utf-8"
    assert all(len(line) <= 75 for line in card.data.split(b"\r\n"))
    unfolded = card.data.replace(b"\r\n ", b"").decode()
    assert unfolded.startswith("BEGIN:VCARD\r\nVERSION:3.0\r\n") and unfolded.endswith("END:VCARD\r\n")
    assert "N:van der Berg\\; \\\\ Éclair-" in unfolded
    assert "TEL;TYPE=CELL,VOICE:+31612345678" in unfolded
    assert "ORG:Autohuis Doesburg" in unfolded


def test_the_colour_of_sannes_initials_stays(house: House, client: FlaskClient) -> None:
    _, follow_up = house.ask()
    tones = {re.search(r"tone-\d", client.get(address(follow_up)).text)[0] for _ in range(2)}  # type: ignore[index]
    assert len(tones) == 1


def counted() -> int:
    db.session.rollback()
    return db.session.query(Event).count()


def no_answer(
    follow_up: FollowUp, outcome: Outcome = Outcome.NO_ANSWER, call_back_at: datetime | None = None
) -> None:
    with write():
        attempt = Attempt(
            id=new_id(),
            group_id=follow_up.group_id,
            follow_up_id=follow_up.id,
            person_id=follow_up.owner_id,
            channel=Channel.CALL,
            started_at=now(),
            outcome=outcome,
            outcome_at=now(),
            call_back_at=call_back_at,
        )
        db.session.add(attempt)
        db.session.flush()
        record.log_outcome(attempt, db.session.get_one(FollowUp, follow_up.id), now())
