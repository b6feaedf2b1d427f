"""Sanne leaves the firm: in one transaction her open customers have somebody else, and her phone shows nothing more."""

import threading
import uuid
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app import clock
from app.assignment import absence, leave, rota
from app.db import db, write
from app.errors import Conflict
from app.intake import raw
from app.models import Absence, Delivery, DeliveryState, Device, EndReason, FollowUp, OnCall, Person
from tests.api.phone import Phone, again, events, follow_up_of, fresh, told
from tests.assignment.office import HOUR, MONDAY, NIGHT, TUESDAY_AT_NINE, WEEK, change, letters, mine, owners
from tests.people import House, doesburg, elsewhere, send_lead, stranger
from tests.push.phones import phone


@pytest.fixture
def house(app: Flask) -> House:
    """The next lead is Sanne's; everybody has a phone."""
    with time_machine.travel(MONDAY, tick=False):
        house = doesburg(WEEK)
        for person in house.people.values():
            phone(person)
    change(house.eva, last_assigned_at=MONDAY)
    return house


def lead(app: Flask, house: House, number: int) -> FollowUp:
    with time_machine.travel(MONDAY, tick=False):
        return follow_up_of(send_lead(app, house.sources["form"], stranger(number)))


def leaves(person: Person, by: Person | None = None, at: Any = MONDAY + HOUR) -> leave.Departure:
    with time_machine.travel(at, tick=False), write():
        return leave.leave(mine(person), mine(by) if by else None, at)


def test_her_open_customers_have_somebody_else_and_are_told(app: Flask, house: House) -> None:
    hers, evas = lead(app, house, 1), lead(app, house, 2)
    assert (hers.owner_id, evas.owner_id) == (house.sanne.id, house.eva.id)
    gone = leaves(house.sanne, house.bram)
    assert (gone.handed_over, gone.told, gone.devices) == (1, 1, 1)
    assert owners(hers) == [(house.sanne.id, EndReason.LEFT), (house.eva.id, None)]
    assert owners(evas) == [(house.eva.id, None)] and letters(evas, "introduction") == []
    assert letters(hers, "introduction")[0].payload["subject"] == "Eva neemt het over van Sanne"
    assert [d.tag for d in told(house.eva, "lead")] == [evas.id.hex, hers.id.hex]
    assert [d.kind for d in told(house.sanne)] == ["lead"], "her phone hears nothing more"


def test_whoever_takes_over_two_customers_at_once_is_told_about_both(app: Flask, house: House) -> None:
    four = [lead(app, house, number) for number in range(1, 5)]
    hers = {one.id.hex for one in four if one.owner_id == house.sanne.id}
    assert len(hers) == 2
    assert leaves(house.sanne, house.bram).handed_over == 2
    assert hers <= {push.tag for push in told(house.eva, "lead")}


def test_round_after_round_her_customers_are_shared_out(app: Flask, house: House) -> None:
    with write():
        tom = Person(id=uuid.uuid4(), group_id=house.group.id, showroom_id=house.showroom.id, first_name="Tom",
                     email="tom@doesburg.example", role=house.eva.role, last_assigned_at=MONDAY)  # fmt: skip
        db.session.add(tom)
    with time_machine.travel(MONDAY, tick=False):
        for person in (house.eva, tom):
            change(person, availability="off")
        ours = [lead(app, house, number) for number in range(4)]
        for person in (house.eva, tom):
            change(person, availability="on_duty")
    assert {f.owner_id for f in ours} == {house.sanne.id}
    assert leaves(house.sanne).handed_over == 4
    new = [again(f).owner_id for f in ours]
    assert new.count(house.eva.id) == new.count(tom.id) == 2


def test_whoever_covered_her_customer_keeps_them(app: Flask, house: House) -> None:
    hers = lead(app, house, 1)
    with write():
        absence.announce(mine(house.sanne), mine(house.bram), MONDAY, TUESDAY_AT_NINE, MONDAY)
    leaves(house.sanne)
    after = again(hers)
    assert (after.owner_id, after.covered_by_id) == (house.bram.id, None)
    assert db.session.scalars(select(Absence)).all() == []


def test_a_customer_without_an_open_request_is_told_nothing_and_gets_somebody_when_they_return(
    app: Flask, house: House
) -> None:
    hers = lead(app, house, 1)
    with time_machine.travel(MONDAY, tick=False):
        sanne = Phone(app, house.sanne)
        sanne.call(hers, "spoke")
        assert sanne.post(f"follow-ups/{hers.id}/closure", {"reason": "lost"}).status_code == 201
    gone = leaves(house.sanne)
    assert (gone.handed_over, gone.told) == (0, 0) and letters(hers, "introduction") == []
    with time_machine.travel(TUESDAY_AT_NINE, tick=False):
        back = follow_up_of(send_lead(app, house.sources["form"], stranger(1)))
    assert back.id != hers.id and back.customer_id == hers.customer_id
    assert back.owner_id == house.eva.id


def test_an_appointment_to_come_is_a_reason_to_be_told(app: Flask, house: House) -> None:
    hers = lead(app, house, 1)
    with time_machine.travel(MONDAY, tick=False):
        step = {"kind": "appointment", "due_at": "2026-11-25T10:00:00Z"}
        Phone(app, house.sanne).call(hers, "spoke", next_step=step)
    assert leaves(house.sanne).told == 1
    after = again(hers)
    assert after.next_kind == "appointment" and after.next_due_at.isoformat().startswith("2026-11-25T10:00")
    assert [d.kind for d in told(house.eva)] == ["handover"]


def test_the_last_salespersons_customers_go_to_the_manager(app: Flask, house: House) -> None:
    hers = lead(app, house, 1)
    change(house.eva, left_at=MONDAY)
    assert leaves(house.sanne).handed_over == 1
    assert again(hers).owner_id == house.bram.id


def test_with_nobody_left_nothing_happens_at_all(app: Flask, house: House) -> None:
    hers, sanne = lead(app, house, 1), Phone(app, house.sanne)
    with pytest.raises(Conflict, match="only manager"):
        leaves(house.bram)
    change(house.bram, left_at=MONDAY)
    change(house.eva, left_at=MONDAY)
    with pytest.raises(Conflict) as problem:
        leaves(house.sanne)
    assert problem.value.code == "nobody_else"
    fresh()
    assert mine(house.sanne).left_at is None and owners(hers) == [(house.sanne.id, None)]
    assert sanne.get("me")["person"]["first_name"] == "Sanne", "still signed in"


def test_her_devices_and_what_waits_for_them_are_shut_out(app: Flask, house: House) -> None:
    lead(app, house, 1)
    sanne = Phone(app, house.sanne)
    leaves(house.sanne)
    fresh()
    assert sanne.client.get("/api/v1/me").status_code == 401
    assert all(
        d.revoked_at for d in db.session.scalars(select(Device).where(Device.person_id == house.sanne.id))
    )
    (push,) = told(house.sanne)
    assert push.state is DeliveryState.CANCELLED
    evas = db.session.scalars(select(Delivery).where(Delivery.person_id == house.eva.id)).all()
    assert evas and all(d.state is DeliveryState.QUEUED for d in evas)


def test_nobody_counts_on_her_any_more(app: Flask, house: House) -> None:
    evas = lead(app, house, 1)
    with write():
        db.session.get_one(FollowUp, evas.id).covered_by_id = None
        absence.announce(mine(house.eva), mine(house.sanne), MONDAY, TUESDAY_AT_NINE, MONDAY)
        rota.volunteer(mine(house.sanne), NIGHT, NIGHT + HOUR, MONDAY)
    change(house.eva, deputy_id=house.sanne.id)
    change(house.bram, deputy_id=house.sanne.id)
    other = lead(app, house, 2)
    leaves(house.sanne)
    fresh()
    assert mine(house.eva).deputy_id is None and mine(house.bram).deputy_id is None
    assert db.session.scalars(select(OnCall)).all() == []
    assert db.session.scalars(select(Absence)).one().deputy_id == house.bram.id
    assert again(other).covered_by_id != house.sanne.id and again(evas).covered_by_id != house.sanne.id
    assert events(evas, "handed_over") != [] or again(evas).owner_id == house.eva.id


def test_over_the_api_only_whoever_manages_her_and_not_herself(app: Flask, house: House) -> None:
    lead(app, house, 1)
    theirs = elsewhere()
    path = f"people/{house.sanne.id}/departure"
    with time_machine.travel(MONDAY + HOUR, tick=False):
        assert Phone(app, theirs.dora).post(path).status_code == 404
        assert Phone(app, house.eva).post(path).status_code == 403
        bram = Phone(app, house.bram)
        own = bram.post(f"people/{house.bram.id}/departure")
        assert own.status_code == 409 and own.json["type"].endswith("#not_yourself")
        done = bram.post(path, key="once")
        assert done.status_code == 201
        assert done.json == {
            "person": {"id": str(house.sanne.id), "first_name": "Sanne", "name": "Sanne"},
            "handed_over": 1, "told": 1, "devices": 1,
        }  # fmt: skip
        assert bram.post(path, key="once").json == done.json, "sent twice, done once"
        twice = bram.post(path)
        assert twice.status_code == 409 and twice.json["type"].endswith("#left_already")
        assert [p["first_name"] for p in bram.get("people")["people"]] == ["Bram", "Eva"]


def test_a_lead_that_is_being_placed_with_her_is_not_left_behind(
    app: Flask, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    placing, gone = threading.Event(), threading.Event()

    def slowly(*some: Any) -> None:
        placing.set()
        gone.wait(0.5)
        real(*some)

    def send() -> None:
        with app.app_context():
            send_lead(app, house.sources["form"], stranger(1))

    real = raw.settle
    monkeypatch.setattr(raw, "settle", slowly)
    sending = threading.Thread(target=send)
    sending.start()
    assert placing.wait(20)
    with write():
        leave.leave(mine(house.sanne), None, clock.now())
    gone.set()
    sending.join(20)
    fresh()
    (hers,) = db.session.scalars(select(FollowUp)).all()
    assert hers.owner_id == house.eva.id
