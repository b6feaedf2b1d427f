"""Starting accepts, once; a colleague covers; a handover has a reason; the first to speak becomes the owner."""

import threading
import uuid

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app import db as database
from app.db import db, write
from app.models import Assignment, Availability, EndReason, FollowUp, FollowUpState, Person
from app.push import notify
from tests.api.phone import Phone, again, events, follow_up_of, fresh, told
from tests.people import House, doesburg, jansen, send_lead, stranger
from tests.push.phones import phone


@pytest.fixture
def house(app: Flask) -> House:
    """Both salespeople have a phone, and the next lead is Sanne's."""
    house = doesburg()
    with write():
        db.session.get_one(Person, house.eva.id).last_assigned_at = clock.now()
    phone(house.sanne)
    phone(house.eva)
    return house


def lead(app: Flask, house: House, number: int | None = None) -> FollowUp:
    said = jansen() if number is None else stranger(number)
    return follow_up_of(send_lead(app, house.sources["form"], said))


def owners(follow_up: FollowUp) -> list[tuple[uuid.UUID, EndReason | None]]:
    fresh()
    rows = select(Assignment).where(Assignment.follow_up_id == follow_up.id).order_by(Assignment.started_at)
    return [(a.person_id, a.reason) for a in db.session.scalars(rows)]


def test_the_owner_is_pushed_at_once_with_everything_needed_to_speak(app: Flask, house: House) -> None:
    follow_up = lead(app, house)
    assert follow_up.owner_id == house.sanne.id and told(house.eva) == []
    (push,) = told(house.sanne)
    notification = push.payload["notification"]
    assert (push.kind, push.tag, push.payload["kind"]) == ("lead", follow_up.id.hex, "lead")
    assert notification["title"] == "Piet Jansen · VW Golf 2022"
    assert "Is hij zaterdag te zien?" in notification["body"]
    assert notification["navigate"].endswith(f"/l/{follow_up.id}?n={push.token}")
    assert push.payload["follow_up"]["call"] == "+31612345678"
    assert push.payload["app_badge"] == 1


def test_starting_an_attempt_accepts_and_opening_the_screen_does_not(app: Flask, house: House) -> None:
    follow_up, sanne = lead(app, house), Phone(app, house.sanne)
    assert sanne.get(f"follow-ups/{follow_up.id}")["state"] == "assigned"
    sanne.start(follow_up)
    after = again(follow_up)
    assert after.state is FollowUpState.ACCEPTED and after.accepted_at is not None
    assert len(events(follow_up, "accepted")) == 1
    sanne.start(follow_up, "whatsapp")
    assert len(events(follow_up, "accepted")) == 1


def test_two_phones_at_once_have_one_winner_and_two_facts(
    app: Flask, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(database._slots, db.engine.dialect.name, threading.Semaphore(4))
    follow_up = lead(app, house)
    path, codes = f"/api/v1/follow-ups/{follow_up.id}/attempts", []
    phones, together = [Phone(app, house.sanne), Phone(app, house.eva)], threading.Barrier(2)

    def tap(one: Phone) -> None:
        together.wait(10)
        said = {"id": str(uuid.uuid4()), "channel": "call", "started_at": clock.now().isoformat()}
        codes.append(one.client.post(path, json=said).status_code)

    threads = [threading.Thread(target=tap, args=(one,)) for one in phones]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert codes == [201, 201], "a fact is never refused"
    assert len(events(follow_up, "accepted")) == 1
    assert len(events(follow_up, "attempt_started")) == 2
    after = again(follow_up)
    assert after.owner_id == house.sanne.id and after.covered_by_id == house.eva.id


def test_eva_covers_and_sanne_keeps_her_customer(app: Flask, house: House) -> None:
    follow_up, eva = lead(app, house), Phone(app, house.eva)
    answer = eva.post(f"follow-ups/{follow_up.id}/covers")
    assert answer.status_code == 201
    assert answer.json["covered_by"]["first_name"] == "Eva" and answer.json["owner"]["first_name"] == "Sanne"
    assert [f["id"] for f in eva.get("inbox")["follow_ups"]] == [str(follow_up.id)]
    assert [f["id"] for f in Phone(app, house.sanne).get("inbox")["follow_ups"]] == [str(follow_up.id)]
    assert [d.tag for d in told(house.sanne, "taken")] == [follow_up.id.hex]
    eva.post(f"follow-ups/{follow_up.id}/covers")
    assert len(events(follow_up, "covered")) == 1
    assert owners(follow_up) == [(house.sanne.id, None)]


def test_the_first_to_speak_becomes_the_owner_of_a_new_customer(app: Flask, house: House) -> None:
    follow_up, eva = lead(app, house), Phone(app, house.eva)
    eva.call(follow_up, "no_answer")
    assert again(follow_up).owner_id == house.sanne.id, "trying is not speaking"
    eva.call(follow_up, "spoke")
    after = again(follow_up)
    assert after.owner_id == after.customer.owner_id == house.eva.id
    assert after.covered_by_id is None and after.customer.spoke_at is not None
    assert owners(follow_up) == [(house.sanne.id, EndReason.SPOKE_FIRST), (house.eva.id, None)]


def test_a_known_customer_stays_with_sanne_whoever_speaks_with_him(app: Flask, house: House) -> None:
    follow_up = lead(app, house)
    Phone(app, house.sanne).call(follow_up, "spoke")
    Phone(app, house.eva).call(follow_up, "spoke")
    after = again(follow_up)
    assert after.owner_id == house.sanne.id and after.covered_by_id == house.eva.id
    assert owners(follow_up) == [(house.sanne.id, None)]


def test_everyone_elses_notification_is_replaced_by_taken(app: Flask, house: House) -> None:
    follow_up = lead(app, house)
    with write():
        mine = db.session.get_one(FollowUp, follow_up.id)
        eva = db.session.get_one(Person, house.eva.id)
        notify.tell(eva, "escalation", mine, "deputy", clock.now(), person="Sanne")
    Phone(app, house.sanne).start(follow_up)
    (alarm,), (taken,) = told(house.eva, "escalation"), told(house.eva, "taken")
    assert taken.tag == alarm.tag == follow_up.id.hex
    assert "Sanne" in taken.payload["notification"]["title"]
    assert told(house.sanne, "taken") == []


def test_passing_on_goes_to_whose_turn_it_is_with_a_reason_on_the_record(app: Flask, house: House) -> None:
    follow_up, sanne = lead(app, house), Phone(app, house.sanne)
    answer = sanne.post(f"follow-ups/{follow_up.id}/handovers", {"reason": "cannot_now"})
    assert answer.status_code == 201
    assert answer.json["owner"]["first_name"] == "Eva" and answer.json["mine"] is False
    assert owners(follow_up) == [(house.sanne.id, EndReason.CANNOT_NOW), (house.eva.id, None)]
    (event,) = events(follow_up, "handed_over")
    assert event.data["reason"] == "cannot_now" and event.person_id == house.eva.id
    assert [d.kind for d in told(house.eva)] == ["lead"]
    assert again(follow_up).customer.owner_id == house.eva.id
    back = sanne.post(
        f"follow-ups/{follow_up.id}/handovers",
        {"reason": "customers_wish", "to_person_id": str(house.sanne.id)},
    )
    assert back.json["owner"]["first_name"] == "Sanne"


def test_a_handover_without_a_reason_or_to_nobody_is_refused(app: Flask, house: House) -> None:
    follow_up, sanne = lead(app, house), Phone(app, house.sanne)
    path = f"follow-ups/{follow_up.id}/handovers"
    assert sanne.post(path, {}).status_code == 422
    assert sanne.post(path, {"reason": "bored"}).status_code == 422
    assert sanne.post(path, {"reason": "absence", "to_person_id": str(uuid.uuid4())}).status_code == 404
    with write():
        db.session.get_one(Person, house.eva.id).left_at = clock.now()
    gone = {"reason": "absence", "to_person_id": str(house.eva.id)}
    assert sanne.post(path, gone).status_code == 404
    alone = sanne.post(path, {"reason": "absence"})
    assert alone.status_code == 409 and alone.json["type"].endswith("#nobody_else")
    assert owners(follow_up) == [(house.sanne.id, None)]


def test_handed_over_before_the_first_call_it_must_be_accepted_again(app: Flask, house: House) -> None:
    follow_up, sanne = lead(app, house), Phone(app, house.sanne)
    sanne.withdraw(sanne.start(follow_up))
    sanne.post(f"follow-ups/{follow_up.id}/handovers", {"reason": "cannot_now"})
    after = again(follow_up)
    assert after.state is FollowUpState.ASSIGNED and after.accepted_at is None
    assert after.opened_at == follow_up.opened_at, "the customer's clock goes on"


def test_who_is_busy_is_skipped_for_new_customers_but_not_for_their_own(app: Flask, house: House) -> None:
    first = lead(app, house)
    Phone(app, house.sanne).call(first, "no_answer")
    with write():
        db.session.get_one(Person, house.sanne.id).availability = Availability.WITH_CUSTOMER
    assert lead(app, house, 1).owner_id == house.eva.id
    assert lead(app, house, 2).owner_id == house.eva.id
    assert lead(app, house).id == first.id


def test_nobody_on_the_floor_the_manager_has_it(app: Flask, house: House) -> None:
    with write():
        for person in (house.sanne, house.eva):
            db.session.get_one(Person, person.id).left_at = clock.now()
    assert lead(app, house).owner_id == house.bram.id
