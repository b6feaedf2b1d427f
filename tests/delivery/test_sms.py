"""A text message to a salesperson whose phone stays silent: what it says, what Twilio's answers and reports mean."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.access import settings
from app.assignment import escalate
from app.db import db, write
from app.delivery.channels.twilio import judge
from app.delivery.result import Gone, Refused, Result, Retry, Sent
from app.models import Delivery, DeliveryChannel, DeliveryState, FollowUp, Person, SecondChannel
from app.outbox import claim
from tests.api.phone import Phone, again, events, follow_up_of, fresh
from tests.people import House, doesburg, send_lead
from tests.wire.telephone import SANNES, drain, due_now, into, numbers
from tests.wire.twilio import Twilio


@pytest.fixture
def twilio() -> Iterator[Twilio]:
    with Twilio() as running:
        yield running


@pytest.fixture
def environment(environment: dict[str, str], twilio: Twilio) -> dict[str, str]:
    return {**environment, **twilio.settings}


@pytest.fixture
def house(app: Flask, twilio: Twilio) -> House:
    """Sanne's lead is next; her showroom sends text messages."""
    twilio.post = into(app)
    house = doesburg()
    with write():
        db.session.get_one(Person, house.eva.id).last_assigned_at = clock.now()
    numbers(house, second_channel=SecondChannel.SMS)
    return house


def silent_lead(app: Flask, house: House) -> FollowUp:
    """A lead that Sanne has not called for 31 seconds."""
    follow_up = follow_up_of(send_lead(app, house.sources["form"]))
    end = follow_up.opened_at + timedelta(seconds=31)
    while (at := again(follow_up).escalate_at) is not None and at <= end:
        escalate.climb(follow_up.id, at)
    due_now()
    return again(follow_up)


def messages() -> list[Delivery]:
    fresh()
    query = select(Delivery).where(Delivery.channel == DeliveryChannel.SMS)
    return list(db.session.scalars(query))


def test_sannes_phone_stays_silent_and_she_gets_a_text_message_with_the_way_to_the_lead(
    app: Flask, house: House, twilio: Twilio
) -> None:
    follow_up = silent_lead(app, house)
    drain()
    [asked] = twilio.asked("Messages")
    [message] = messages()
    assert asked["To"] == SANNES and asked["From"] == settings().twilio_from
    link = f"{settings().public_url}/l/{follow_up.id}?n={message.token}"
    assert asked["Body"] == f"Firstcall: Piet Jansen, VW Golf 2022 wacht op je belletje. {link}"
    assert (message.state, message.provider_ref) == (DeliveryState.SENT, asked.sid)
    assert [e.data["kind"] for e in events(follow_up, "reminder_sms_sent")] == ["reminder_sms"]


def test_nobody_is_texted_where_it_was_not_asked_for_or_no_number_is_known(
    app: Flask, house: House, twilio: Twilio
) -> None:
    numbers(house, second_channel=SecondChannel.NONE)
    silent_lead(app, house)
    numbers(house, second_channel=SecondChannel.SMS)
    with write():
        db.session.get_one(Person, house.eva.id).phone = "extension 12"
    follow_up = follow_up_of(send_lead(app, house.sources["form"], {"name": "Eva's", "phone": "0687654321"}))
    assert follow_up.owner_id == house.eva.id
    for _ in range(2):
        escalate.climb(follow_up.id, again(follow_up).escalate_at or clock.now())
    assert messages() == []


@pytest.mark.parametrize(
    ("detail", "body"),
    [("none", "Een klant wacht"), ("name", "Piet wacht"), ("full", "Piet Jansen, VW Golf 2022 wacht")],
)
def test_it_says_no_more_than_a_notification_may(
    detail: str, body: str, app: Flask, house: House, twilio: Twilio
) -> None:
    object.__setattr__(settings(), "push_detail", detail)
    silent_lead(app, house)
    drain()
    said = twilio.asked("Messages")[0]["Body"]
    assert body.lower() in said.lower() and "zaterdag" not in said, "the question is never texted"
    assert len(said) < 200


def test_a_messaging_service_sends_instead_of_a_number(app: Flask, house: House, twilio: Twilio) -> None:
    object.__setattr__(settings(), "twilio_messaging_service_sid", "MG" + "0" * 32)
    silent_lead(app, house)
    drain()
    [asked] = twilio.asked("Messages")
    assert asked["MessagingServiceSid"] == "MG" + "0" * 32 and "From" not in asked.params


def test_a_message_that_has_not_left_is_not_needed_once_somebody_calls(
    app: Flask, house: House, twilio: Twilio
) -> None:
    follow_up = silent_lead(app, house)
    Phone(app, house.eva).start(follow_up)
    drain()
    [message] = messages()
    assert message.state is DeliveryState.CANCELLED
    assert twilio.asked("Messages", 0) == []


def test_delivered_is_a_receipt_however_often_and_however_late_it_is_said(
    app: Flask, house: House, twilio: Twilio
) -> None:
    follow_up = silent_lead(app, house)
    drain()
    [asked] = twilio.asked("Messages")
    for status in ("sent", "delivered", "delivered", "sent", "failed"):
        assert twilio.message_status(asked, status).status == 204
    [message] = messages()
    assert message.state is DeliveryState.RECEIVED and message.received_at is not None
    assert len(events(follow_up, "reminder_sms_received")) == 1
    assert events(follow_up, "delivery_failed") == []


def test_a_carrier_that_could_not_deliver_is_on_the_timeline(
    app: Flask, house: House, twilio: Twilio
) -> None:
    follow_up = silent_lead(app, house)
    drain()
    [asked] = twilio.asked("Messages")
    for _ in range(2):
        assert twilio.message_status(asked, "undelivered", ErrorCode="30003").status == 204
    [message] = messages()
    assert (message.state, message.reason) == (DeliveryState.FAILED, "undelivered 30003")
    assert [e.data["channel"] for e in events(follow_up, "delivery_failed")] == ["sms"]


def test_a_report_that_overtakes_a_dying_worker_keeps_the_message_from_going_twice(
    app: Flask, house: House, twilio: Twilio
) -> None:
    silent_lead(app, house)
    with write():
        claim.claim(DeliveryChannel.SMS, "a worker that dies", clock.now(), timedelta(seconds=30), 1)
    [message] = messages()
    address = f"{settings().public_url}/api/v1/telephony/messages/{message.token}"
    twilio.call_back(address, {"MessageSid": "SM1", "MessageStatus": "sent"})
    with write():
        claim.rescue(clock.now() + timedelta(minutes=5))
    drain()
    assert twilio.asked("Messages", 0) == []
    assert (messages()[0].state, messages()[0].provider_ref) == (DeliveryState.SENT, "SM1")


def test_only_twilios_own_word_counts(app: Flask, house: House, twilio: Twilio) -> None:
    silent_lead(app, house)
    drain()
    [asked] = twilio.asked("Messages")
    forged = twilio.call_back(asked["StatusCallback"], {"MessageStatus": "failed"}, token="somebody else's")
    assert forged.status == 403
    bare = app.test_client().post(asked["StatusCallback"].removeprefix(settings().public_url))
    assert bare.status_code == 403
    unknown = asked["StatusCallback"].replace(messages()[0].token, "a-token-of-nobody")
    assert twilio.call_back(unknown, {"MessageStatus": "failed"}).status == 204
    assert messages()[0].state is DeliveryState.SENT


@pytest.mark.parametrize(
    "odd", [{}, {"MessageStatus": "\x00"}, {"MessageStatus": "dancing", "MessageSid": "x" * 5000}]
)
def test_odd_reports_break_nothing(odd: dict[str, str], app: Flask, house: House, twilio: Twilio) -> None:
    silent_lead(app, house)
    drain()
    [asked] = twilio.asked("Messages")
    assert twilio.call_back(asked["StatusCallback"], odd).status == 204
    assert messages()[0].state is DeliveryState.SENT


def test_trouble_at_twilio_is_tried_again_until_it_is_too_late_to_matter(
    app: Flask, house: House, twilio: Twilio
) -> None:
    twilio.refuse(503, 20500)
    silent_lead(app, house)
    drain()
    [message] = messages()
    assert (message.state, message.tries) == (DeliveryState.QUEUED, 1)
    with write():
        db.session.get_one(Delivery, message.id).due_at = clock.now()
    drain()
    assert messages()[0].state is DeliveryState.SENT and len(twilio.asked("Messages")) == 1


def test_a_twilio_that_says_nothing_is_tried_again(app: Flask, house: House, twilio: Twilio) -> None:
    twilio.silent = True
    silent_lead(app, house)
    drain()
    assert messages()[0].state is DeliveryState.QUEUED and "Twilio did not answer" in str(
        messages()[0].reason
    )


def test_a_number_that_is_none_is_not_tried_again(app: Flask, house: House, twilio: Twilio) -> None:
    twilio.refuse(400, 21211)
    follow_up = silent_lead(app, house)
    drain()
    assert messages()[0].state is DeliveryState.FAILED
    assert len(events(follow_up, "delivery_failed")) == 1


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (201, b'{"sid": "SM1"}', Sent("SM1")),
        (201, b"no JSON", Sent(None)),
        (429, b'{"code": 20429}', Retry),
        (500, b"", Retry),
        (503, b"[]", Retry),
        (400, b'{"code": 14107}', Retry),
        (400, b'{"code": 21211}', Gone),
        (400, b'{"code": 21610}', Gone),
        (400, b'{"code": 21614}', Gone),
        (400, b'{"code": 21408}', Refused),
        (401, b'{"code": 20003}', Refused),
        (302, b"", Refused),
        (400, b'{"code": "many"}', Refused),
    ],
)
def test_what_twilios_answers_mean(status: int, body: bytes, expected: Result | type[Result]) -> None:
    result = judge(status, body)
    assert type(result) is expected if isinstance(expected, type) else result == expected
    assert "+31" not in repr(result)
