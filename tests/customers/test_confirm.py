"""Eva is thanked at once: by name, by Sanne, with her number, truthfully, and not more often than every 30
minutes.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app import access, create_app
from app.access import customer_by_token
from app.cadence.reach import reach
from app.clock import now
from app.customers import confirm, privacy
from app.db import db, write
from app.delivery.channels import email
from app.delivery.result import Sent
from app.models import ContactPoint, Delivery, DeliveryState, FollowUp, PointKind, StopScope
from tests.customers.doesburg import WEEK, House, build, events, mails, pushes
from tests.wire.smtp_server import SmtpServer

SUNDAY_NIGHT = datetime(2026, 11, 22, 20, 30, tzinfo=UTC)
MONDAY_NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)


@pytest.fixture
def house(app: Flask) -> House:
    return build(app)


def test_eva_learns_who_calls_from_which_number_and_when(house: House) -> None:
    _, follow_up = house.ask()
    (mail,) = mails(follow_up)
    assert (mail.kind, mail.address, mail.state) == ("confirmation", "eva@example.test", DeliveryState.QUEUED)
    text = mail.payload["text"]
    for must in (
        "Eva",
        "Sanne Bakker",
        "Autohuis Doesburg",
        "+31 6 12345678",
        "within a few minutes",
        "VW Golf",
    ):
        assert must in text
    assert mail.payload["subject"] == "Thank you. Sanne Bakker will help you"
    assert mail.payload["language"] == "en"
    assert mail.payload["from_name"] == "Autohuis Doesburg"
    assert mail.payload["reply_to"] == house.sanne.email
    (event,) = events(follow_up, "confirmation_queued")
    assert event.data == {"kind": "confirmation", "channel": "email"}


def test_the_links_lead_to_evas_own_page_and_stop(house: House) -> None:
    _, follow_up = house.ask()
    (mail,) = mails(follow_up)
    link = mail.payload["link"]
    assert customer_by_token(link.rsplit("/", 1)[1]).id == follow_up.customer_id
    assert mail.payload["headers"] == {"List-Unsubscribe": f"<{link}/stop>"}
    assert f"{link}/stop" in mail.payload["text"]
    assert f'href="{link}"' in mail.payload["html"]


@pytest.fixture
def secure_house(environment: dict[str, str], app: Flask) -> Iterator[House]:
    """The same showroom behind HTTPS, on the database of ``app``."""
    secure = create_app({**environment, "PUBLIC_URL": "https://firstcall.example.test"})
    with secure.app_context():
        yield build(secure)
        db.session.remove()
        db.engine.dispose()


def test_over_https_a_mail_program_may_stop_with_one_click(secure_house: House) -> None:
    client = secure_house.app.test_client()
    body = {"name": "Eva", "email": "eva@example.test"}
    client.post(f"/in/{secure_house.key}", base_url="https://firstcall.example.test", json=body)
    headers = (
        db.session.scalars(select(Delivery).where(Delivery.kind == "confirmation")).one().payload["headers"]
    )
    assert headers["List-Unsubscribe"].startswith("<https://firstcall.example.test/c/")
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_the_confirmation_leaves_through_a_real_mail_server(house: House) -> None:
    _, follow_up = house.ask()
    (mail,) = mails(follow_up)
    with SmtpServer() as server:
        settings = replace(access.settings(), smtp_url=server.url, mail_from="post@doesburg.example.test")
        assert isinstance(email.send(mail, settings), Sent)
        (received,) = server.wait_for(1, "eva@example.test")
    assert received.message["From"] == "Autohuis Doesburg <post@doesburg.example.test>"
    assert received.message["Reply-To"] == house.sanne.email
    assert received.message["List-Unsubscribe"] == f"<{mail.payload['link']}/stop>"
    assert "+31 6 12345678" in received.text()


def test_in_the_night_the_call_is_promised_for_the_opening(app: Flask) -> None:
    with time_machine.travel(SUNDAY_NIGHT, tick=False):
        _, follow_up = build(app, weekly=WEEK).ask()
        (mail,) = mails(follow_up)
    assert "I will call you tomorrow at 9:00, when we open." in mail.payload["text"]
    assert "minutes" not in mail.payload["text"]


def test_the_second_in_the_queue_is_promised_a_later_call(app: Flask) -> None:
    with time_machine.travel(SUNDAY_NIGHT, tick=False):
        house = build(app, weekly=WEEK)
        house.ask()
        _, follow_up = house.ask(name="Tom Peters", phone="0611111112", email="tom@example.test")
        (mail,) = mails(follow_up)
    due = follow_up.next_due_at
    assert due is not None
    assert f"tomorrow at {due.hour + 1}:{due.minute:02}" in mail.payload["text"]
    assert due > datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def test_the_deaf_customer_is_written_to_and_never_promised_a_call(house: House) -> None:
    _, follow_up = house.ask(phone="0000000000")
    (mail,) = mails(follow_up)
    assert "I'll write to you here." in mail.payload["text"]
    assert "call you" not in mail.payload["text"]


def test_three_portals_in_ten_minutes_are_one_confirmation(house: House) -> None:
    with time_machine.travel(MONDAY_NOON, tick=False) as clock:
        _, follow_up = house.ask()
        clock.shift(timedelta(minutes=4))
        house.ask(vehicle={"make": "VW", "model": "T-Roc"})
        clock.shift(timedelta(minutes=5))
        house.ask(vehicle={"make": "VW", "model": "Polo"})
        assert [mail.kind for mail in mails(follow_up)] == ["confirmation"]


def test_half_an_hour_later_eva_hears_that_the_second_question_arrived(house: House) -> None:
    with time_machine.travel(MONDAY_NOON, tick=False) as clock:
        _, follow_up = house.ask()
        clock.shift(timedelta(minutes=31))
        house.ask(vehicle={"make": "VW", "model": "T-Roc"})
        first, second = mails(follow_up)
    assert (first.kind, second.kind) == ("confirmation", "also_asks")
    assert "T-Roc" in second.payload["text"]
    assert "T-Roc" in second.payload["subject"]
    assert [event.data["kind"] for event in events(follow_up, "confirmation_queued")] == [
        "confirmation",
        "also_asks",
    ]


def test_without_an_address_nothing_is_sent_and_nothing_claimed(house: House) -> None:
    _, follow_up = house.ask(email=None)
    assert mails(follow_up) == []
    assert events(follow_up, "confirmation_queued") == []


def test_a_test_lead_thanks_nobody(house: House) -> None:
    lead, follow_up = house.ask(email=None)
    with write():
        lead.is_test = True
        assert confirm.confirm(lead, follow_up, reach(follow_up.customer), now()) is None


def test_who_stopped_e_mail_gets_none(house: House) -> None:
    with time_machine.travel(MONDAY_NOON, tick=False) as clock:
        _, follow_up = house.ask()
        with write():
            privacy.stop(follow_up, StopScope.CHANNEL, "email", None, now())
        clock.shift(timedelta(minutes=31))
        house.ask(vehicle={"make": "VW", "model": "T-Roc"})
        assert mails(follow_up, "also_asks") == []


def test_an_address_known_to_be_wrong_is_not_written_to(house: House) -> None:
    with time_machine.travel(MONDAY_NOON, tick=False) as clock:
        _, follow_up = house.ask()
        with write():
            _address_of(follow_up).wrong_at = now()
        clock.shift(timedelta(minutes=31))
        house.ask(vehicle={"make": "VW", "model": "T-Roc"})
        assert mails(follow_up, "also_asks") == []


@pytest.mark.parametrize(
    ("language", "thanks"), [("nl", "Dank u wel"), ("fr", "Merci"), ("de", "Vielen Dank")]
)
def test_eva_is_thanked_in_her_language(language: str, thanks: str, house: House) -> None:
    _, follow_up = house.ask(language=language)
    (mail,) = mails(follow_up)
    assert thanks in mail.payload["subject"]
    assert thanks in mail.payload["text"]


def test_what_eva_typed_cannot_become_markup_or_a_header(house: House) -> None:
    _, follow_up = house.ask(
        name="<b>Eva</b>\r\nBcc: victim@example.test", vehicle={"model": "<script>1</script>"}
    )
    (mail,) = mails(follow_up)
    assert "<script>" not in mail.payload["html"]
    assert "<b>Eva" not in mail.payload["html"]
    assert "&lt;" in mail.payload["html"]


def test_the_same_address_at_charlies_group_is_another_customer(app: Flask, house: House) -> None:
    _, ours = house.ask()
    _, charlies = build(app, "arnhem").ask()
    assert ours.customer_id != charlies.customer_id
    assert len(mails(ours)) == len(mails(charlies)) == 1
    assert "Arnhem" not in mails(ours)[0].payload["text"]
    assert len(pushes(house.sanne, "lead")) == 1


def _address_of(follow_up: FollowUp) -> ContactPoint:
    query = select(ContactPoint).where(
        ContactPoint.customer_id == follow_up.customer_id, ContactPoint.kind == PointKind.EMAIL
    )
    return db.session.scalars(query).one()
