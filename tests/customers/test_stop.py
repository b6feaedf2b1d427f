"""Stop means stop: what Eva names ends at once, everybody concerned knows, she hears it once, and then
nothing.
"""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from app.cadence.reach import reach, reaches
from app.clock import now
from app.customers import privacy
from app.customers.privacy import LiftReason
from app.db import db, write
from app.models import (
    Assignment,
    ContactPoint,
    Customer,
    DeliveryState,
    FollowUp,
    FollowUpState,
    Lead,
    LeadState,
    Person,
    PointKind,
    StepKind,
    StopScope,
    Suppression,
)
from app.outbox import letters, stoplist
from tests.customers.doesburg import House, build, customer_of, events, mails, pushes

MONDAY_NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)


@pytest.fixture
def house(app: Flask) -> House:
    return build(app)


def stop(
    follow_up: FollowUp,
    scope: StopScope = StopScope.EVERYTHING,
    channel: str | None = None,
    by: Person | None = None,
) -> bool:
    with write():
        return privacy.stop(follow_up, scope, channel, by, now())


def blocked(follow_up: FollowUp) -> set[str]:
    customer = customer_of(follow_up)
    return stoplist.blocked(customer, letters.points_of(customer))


def test_everything_ends_in_one_transaction(house: House) -> None:
    lead, follow_up = house.ask()
    assert stop(follow_up) is True
    db.session.expire_all()
    assert (follow_up.state, follow_up.end_reason) == (FollowUpState.ENDED, "stopped")
    assert follow_up.next_kind is None and follow_up.next_due_at is None
    assert follow_up.prompt_at is None and follow_up.escalate_at is None
    assert lead.state is LeadState.STOPPED
    assignment = db.session.scalars(select(Assignment).where(Assignment.follow_up_id == follow_up.id)).one()
    assert assignment.ended_at is not None
    assert [mail.kind for mail in mails(follow_up, state=DeliveryState.CANCELLED)] == ["confirmation"]
    assert [mail.kind for mail in mails(follow_up, state=DeliveryState.QUEUED)] == ["stop_confirmed"]
    assert blocked(follow_up) == {"call", "whatsapp", "sms", "email"}
    (event,) = events(follow_up, "stopped")
    assert event.data == {"scope": "everything", "channel": None}


def test_sanne_and_bram_are_told_and_the_ringing_stops(house: House) -> None:
    _, follow_up = house.ask()
    stop(follow_up)
    db.session.expire_all()
    assert [push.state for push in pushes(house.sanne, "lead")] == [DeliveryState.CANCELLED]
    assert [push.state for push in pushes(house.sanne, "stopped")] == [DeliveryState.QUEUED]
    assert [push.state for push in pushes(house.bram, "stopped")] == [DeliveryState.QUEUED]
    assert (
        pushes(house.sanne, "stopped")[0].payload["notification"]["title"].startswith("Asked us to stop: Eva")
    )


def test_sanne_is_not_told_what_she_logged_herself(house: House) -> None:
    _, follow_up = house.ask()
    stop(follow_up, by=house.sanne)
    assert pushes(house.sanne, "stopped") == []
    assert len(pushes(house.bram, "stopped")) == 1
    assert events(follow_up, "stopped")[0].person_id == house.sanne.id


def test_nobody_else_is_touched(app: Flask, house: House) -> None:
    _, tom = house.ask(name="Tom", phone="0611111112", email="tom@example.test")
    _, charlies = build(app, "arnhem").ask()
    _, evas = house.ask()
    stop(evas)
    db.session.expire_all()
    for other in (tom, charlies):
        assert other.is_open
        assert blocked(other) == set()
        assert [mail.state for mail in mails(other)] == [DeliveryState.QUEUED]


def test_a_second_stop_is_silent(house: House) -> None:
    _, follow_up = house.ask()
    assert stop(follow_up) is True
    assert stop(follow_up) is False
    assert len(mails(follow_up, "stop_confirmed")) == 1
    assert len(pushes(house.bram, "stopped")) == 1
    assert len(events(follow_up, "stopped")) == 1


def test_two_taps_at_the_same_instant_are_one_stop(app: Flask, house: House) -> None:
    _, follow_up = house.ask()
    id_, both, results = follow_up.id, threading.Barrier(2), []

    def tap() -> None:
        with app.app_context():
            both.wait(10)
            with write():
                results.append(
                    privacy.stop(db.session.get_one(FollowUp, id_), StopScope.EVERYTHING, None, None, now())
                )
            db.session.remove()

    taps = [threading.Thread(target=tap) for _ in range(2)]
    for thread in taps:
        thread.start()
    for thread in taps:
        thread.join(20)
    db.session.rollback()
    assert sorted(results) == [False, True]
    assert len(mails(follow_up, "stop_confirmed")) == 1


def test_dont_call_mail_me(house: House) -> None:
    _, follow_up = house.ask()
    stop(follow_up, StopScope.CHANNEL, "call")
    db.session.expire_all()
    assert follow_up.is_open
    assert blocked(follow_up) == {"call"}
    assert (follow_up.next_kind, follow_up.next_channel) == (StepKind.ATTEMPT, "whatsapp")
    assert follow_up.next_due_at is not None
    assert [mail.kind for mail in mails(follow_up, state=DeliveryState.QUEUED)] == [
        "confirmation",
        "stop_confirmed",
    ]
    assert (
        pushes(house.sanne, "stopped")[0].payload["notification"]["body"] == "No more calls. Writing is fine."
    )


def test_dont_call_holds_for_a_number_given_later(house: House) -> None:
    _, follow_up = house.ask()
    stop(follow_up, StopScope.CHANNEL, "call")
    house.ask(phone="0611111113")
    db.session.expire_all()
    assert blocked(follow_up) == {"call"}
    assert reach(customer_of(follow_up)).primary == "whatsapp"


def test_a_whole_list_is_looked_up_as_each_of_its_customers_is(house: House) -> None:
    _, stopped_calls = house.ask()
    stop(stopped_calls, StopScope.CHANNEL, "call")
    _, stopped_all = house.ask(name="Henk", phone="0622222222", email="henk@example.com")
    stop(stopped_all)
    house.ask(name="Ria", phone="0633333333", email="ria@example.com")
    db.session.expire_all()
    customers = list(db.session.scalars(select(Customer)))
    each = {customer.id: reach(customer) for customer in customers}
    assert {len(known.stopped) for known in each.values()} == {0, 1, 4}
    assert reaches(customers) == each and reaches([]) == {}


def test_facetime_is_a_call(house: House) -> None:
    _, follow_up = house.ask()
    stop(follow_up, StopScope.CHANNEL, "facetime")
    assert blocked(follow_up) == {"call"}


def test_the_last_e_mail_says_that_it_is_the_last(house: House) -> None:
    _, follow_up = house.ask()
    stop(follow_up, StopScope.CHANNEL, "email")
    assert [mail.kind for mail in mails(follow_up, state=DeliveryState.QUEUED)] == ["stop_confirmed"]
    assert "last e-mail" in mails(follow_up, "stop_confirmed")[0].payload["text"]
    db.session.expire_all()
    assert follow_up.next_channel == "call"


def test_every_channel_stopped_one_by_one_still_leaves_somebody_responsible(house: House) -> None:
    _, follow_up = house.ask()
    for channel in stoplist.CHANNELS:
        stop(follow_up, StopScope.CHANNEL, channel)
    db.session.expire_all()
    assert follow_up.is_open
    assert follow_up.next_kind is StepKind.FIND_CONTACT
    assert follow_up.next_due_at is not None


@pytest.mark.parametrize("channel", [None, "", "pigeon", "video"])
def test_unclear_means_everything(channel: str | None, house: House) -> None:
    _, follow_up = house.ask()
    stop(follow_up, StopScope.CHANNEL, channel)
    db.session.expire_all()
    assert not follow_up.is_open
    assert blocked(follow_up) == set(stoplist.CHANNELS)


def test_only_this_request_leaves_the_next_one_open(house: House) -> None:
    with time_machine.travel(MONDAY_NOON, tick=False) as clock:
        _, follow_up = house.ask()
        stop(follow_up, StopScope.REQUEST)
        assert blocked(follow_up) == set()
        assert db.session.scalar(select(func.count()).select_from(Suppression)) == 0
        clock.shift(timedelta(days=3))
        _, later = house.ask(vehicle={"make": "VW", "model": "Polo"})
        assert later.id != follow_up.id
        assert later.owner_id == house.sanne.id
        assert later.next_channel == "call"
        assert mails(later)[-1].kind == "confirmation"


def test_the_list_holds_no_number_and_no_address(house: House) -> None:
    _, follow_up = house.ask()
    stop(follow_up)
    rows = db.session.scalars(select(Suppression)).all()
    assert rows
    for row in rows:
        assert len(row.value_hash) == 64 and int(row.value_hash, 16) >= 0
        assert "687654321" not in row.value_hash and row.channel == ""


def test_a_new_question_after_stop_is_answered_by_the_channels_in_it(house: House) -> None:
    with time_machine.travel(MONDAY_NOON, tick=False) as clock:
        _, follow_up = house.ask()
        stop(follow_up)
        customer = customer_of(follow_up)
        assert privacy.returned_after_stop(customer) is None
        clock.shift(timedelta(days=20))
        lead, later = house.ask(phone=None, vehicle={"make": "VW", "model": "Polo"})
        assert later.customer_id == customer.id
        assert privacy.returned_after_stop(customer) == MONDAY_NOON
        assert blocked(later) == {"call", "whatsapp", "sms"}
        assert later.next_channel == "email"
        assert mails(later)[-1].kind == "confirmation"
        with write():
            lead.state, lead.closed_at = LeadState.LOST, now()
        assert privacy.returned_after_stop(customer) is None
        assert blocked(later) == set(stoplist.CHANNELS)


def test_intake_can_ask_whether_a_number_was_stopped(app: Flask, house: House) -> None:
    _, evas = house.ask()
    _, toms = house.ask(name="Tom", phone="0611111112", email="tom@example.test")
    _, charlies = build(app, "arnhem").ask()
    stop(evas)
    found = {
        name: stoplist.is_stopped(follow_up.group_id, letters.points_of(customer_of(follow_up)))
        for name, follow_up in {"Eva": evas, "Tom": toms, "Charlie's": charlies}.items()
    }
    assert found == {"Eva": True, "Tom": False, "Charlie's": False}


def test_one_partners_stop_does_not_silence_the_other(house: House) -> None:
    _, evas = house.ask(email="info@family.example.test")
    _, toms = house.ask(name="Tom Jansen", phone="0611111112", email="info@family.example.test")
    assert evas.customer_id != toms.customer_id
    stop(evas)
    assert blocked(evas) == set(stoplist.CHANNELS)
    assert blocked(toms) == set()


def test_a_mailbox_whose_owner_stopped_stays_silent_for_whoever_else_gives_it(house: House) -> None:
    _, evas = house.ask()
    _, toms = house.ask(name="Tom Jansen", phone="0611111112", email="tom@example.test")
    stop(evas)
    with write():
        db.session.add(
            ContactPoint(
                group_id=toms.group_id,
                customer_id=toms.customer_id,
                kind=PointKind.EMAIL,
                raw="eva@example.test",
                value="eva@example.test",
                matches=False,
                created_at=now() + timedelta(seconds=1),
            )
        )
        _remove_address(toms, "tom@example.test")
    assert blocked(toms) == {"email"}


def test_a_stop_is_lifted_only_with_a_reason_and_on_the_record(house: House) -> None:
    _, follow_up = house.ask()
    stop(follow_up, StopScope.CHANNEL, "call")
    with write():
        assert privacy.lift(follow_up, "call", LiftReason.CUSTOMER_ASKED, house.bram, now()) is True
    db.session.expire_all()
    assert blocked(follow_up) == set()
    assert follow_up.next_channel == "call"
    (event,) = events(follow_up, "stop_lifted")
    assert event.data == {"reason": "customer_asked", "channel": "call"}
    assert event.person_id == house.bram.id
    with write():
        assert privacy.lift(follow_up, "call", LiftReason.MISTAKE, house.bram, now()) is False


def test_a_stop_after_the_end_still_counts(house: House) -> None:
    lead, follow_up = house.ask()
    stop(follow_up, StopScope.REQUEST)
    assert stop(follow_up) is True
    assert blocked(follow_up) == set(stoplist.CHANNELS)
    assert db.session.get_one(Lead, lead.id).state is LeadState.STOPPED


def test_a_stop_without_an_address_is_confirmed_by_silence(house: House) -> None:
    _, follow_up = house.ask(email=None)
    assert stop(follow_up) is True
    assert mails(follow_up) == []


def _remove_address(follow_up: FollowUp, value: str) -> None:
    for point in letters.points_of(customer_of(follow_up)):
        if point.value == value:
            point.wrong_at = now()
