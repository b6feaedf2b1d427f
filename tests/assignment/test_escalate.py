"""Attention escalates, ownership does not: who is told at which height, once, and what holds it."""

import threading
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app import access, clock
from app import db as database
from app.assignment import escalate
from app.db import db, new_id, write
from app.models import (
    Absence,
    Availability,
    Delivery,
    FollowUp,
    FollowUpState,
    OnCall,
    Person,
    Role,
    Subscription,
)
from app.worker import Worker
from tests.api.phone import Phone, again, events, follow_up_of, fresh, told
from tests.people import House, doesburg, jansen, send_lead, stranger
from tests.push.phones import phone

HOUR = timedelta(hours=1)
WEEK = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


@pytest.fixture
def house(app: Flask) -> House:
    """Everybody has a phone that has proven itself; the next lead is Sanne's."""
    house = doesburg()
    with write():
        db.session.get_one(Person, house.eva.id).last_assigned_at = clock.now()
    for person in house.people.values():
        phone(person, proven=clock.now())
    return house


def lead(app: Flask, house: House) -> FollowUp:
    return follow_up_of(send_lead(app, house.sources["form"]))


def climb_until(follow_up: FollowUp, moment: datetime) -> None:
    """What a worker does until this moment, rung by rung, each at its own time."""
    for _ in range(20):
        at = again(follow_up).escalate_at
        if at is None or at > moment:
            return
        assert follow_up.id in escalate.due_rungs(at)
        assert escalate.climb(follow_up.id, at) is True
    raise AssertionError("the ladder has no end")


def after(follow_up: FollowUp, seconds: float) -> datetime:
    return follow_up.opened_at + timedelta(seconds=seconds)


def rungs(follow_up: FollowUp) -> list[str]:
    return [e.data["rung"] for e in events(follow_up, "escalated")]


def kinds(person: Person) -> list[str]:
    return [d.kind for d in told(person)]


def test_two_customers_whose_clocks_began_together_climb_each_by_itself(app: Flask, house: House) -> None:
    """Leads of one night wait from the same instant, the opening of the doors: nobody hears of the first alone."""
    two = [follow_up_of(send_lead(app, house.sources["form"], stranger(number))) for number in (1, 2)]
    together = clock.now()
    with write():
        for follow_up in two:
            row = db.session.get_one(FollowUp, follow_up.id)
            row.ladder_from, row.escalate_at = together, together + timedelta(seconds=10)
    for follow_up in two:
        climb_until(follow_up, together + timedelta(hours=1))
    for person, kind in ((house.bram, "escalation"), (house.bram, "alarm")):
        assert {push.tag for push in told(person, kind)} == {one.id.hex for one in two}, kind


def test_the_first_call_that_is_not_made_climbs_to_everybody(app: Flask, house: House) -> None:
    follow_up = lead(app, house)
    climb_until(follow_up, after(follow_up, 9))
    assert rungs(follow_up) == [] and kinds(house.sanne) == ["lead"]
    climb_until(follow_up, after(follow_up, 11))
    assert kinds(house.eva) == ["escalation"], "Sanne's phone is silent: her deputy is told"
    climb_until(follow_up, after(follow_up, 31))
    assert kinds(house.sanne) == ["lead", "reminder"]
    climb_until(follow_up, after(follow_up, 61))
    assert kinds(house.eva) == ["escalation"] * 2 and kinds(house.bram) == []
    climb_until(follow_up, after(follow_up, 121))
    assert kinds(house.eva) == ["escalation"] * 3 and kinds(house.bram) == ["escalation"]
    climb_until(follow_up, after(follow_up, 301))
    assert kinds(house.bram) == ["escalation", "alarm"]
    climb_until(follow_up, after(follow_up, 86400))
    assert rungs(follow_up) == [
        "deputy_if_silent", "owner_again", "deputy", "everyone", "alarm", "group_manager",
    ]  # fmt: skip
    end = again(follow_up)
    assert end.owner_id == house.sanne.id and end.covered_by_id is None
    assert end.state is FollowUpState.ASSIGNED and end.escalate_at is None
    assert "Sanne" in told(house.eva)[0].payload["notification"]["body"]


def test_who_is_alarmed_sees_the_customer_among_what_waits_until_somebody_takes_it(
    app: Flask, house: House
) -> None:
    follow_up, eva = lead(app, house), Phone(app, house.eva)
    assert eva.get("inbox")["follow_ups"] == []
    climb_until(follow_up, after(follow_up, 61))
    assert [f["id"] for f in eva.get("inbox")["follow_ups"]] == [str(follow_up.id)]
    Phone(app, house.sanne).start(follow_up)
    assert eva.get("inbox")["follow_ups"] == []
    assert len(told(house.eva, "taken")) == 1


def test_at_the_alarm_the_customer_hears_a_concrete_time_once(app: Flask, house: House) -> None:
    follow_up = lead(app, house)
    climb_until(follow_up, after(follow_up, 86400))
    mails = db.session.scalars(select(Delivery).where(Delivery.customer_id == follow_up.customer_id))
    assert sorted(m.kind for m in mails) == ["confirmation", "delay"]


def test_a_phone_that_reported_back_needs_no_deputy(app: Flask, house: House) -> None:
    follow_up = lead(app, house)
    (push,) = told(house.sanne)
    app.test_client().post("/api/v1/push/receipts", json={"token": push.token, "event": "received"})
    climb_until(follow_up, after(follow_up, 11))
    assert kinds(house.eva) == [] and rungs(follow_up) == []
    climb_until(follow_up, after(follow_up, 61))
    assert kinds(house.eva) == ["escalation"], "received is not called"


def test_a_phone_that_never_reported_anything_proves_nothing_by_silence(app: Flask, house: House) -> None:
    with write():
        for subscription in db.session.scalars(select(Subscription)):
            subscription.last_received_at = None
    follow_up = lead(app, house)
    climb_until(follow_up, after(follow_up, 11))
    assert kinds(house.eva) == []


def test_an_owner_without_any_phone_is_as_silent_as_can_be(app: Flask, house: House) -> None:
    with write():
        for subscription in db.session.scalars(select(Subscription)):
            if subscription.person_id == house.sanne.id:
                subscription.device.revoked_at = clock.now()
    follow_up = lead(app, house)
    assert kinds(house.sanne) == []
    climb_until(follow_up, after(follow_up, 11))
    assert kinds(house.eva) == ["escalation"]


def test_the_owners_own_deputy_comes_before_whose_turn_it_is(app: Flask, house: House) -> None:
    with write():
        tom = Person(
            id=new_id(), group_id=house.group.id, showroom_id=house.showroom.id, first_name="Tom",
            last_name="", email="tom@doesburg.example", role=Role.SALESPERSON, last_assigned_at=clock.now(),
            availability=Availability.BREAK,
        )  # fmt: skip
        db.session.add(tom)
        db.session.flush()
        db.session.get_one(Person, house.sanne.id).deputy_id = tom.id
    phone(tom)
    follow_up = lead(app, house)
    climb_until(follow_up, after(follow_up, 61))
    assert "escalation" in kinds(tom) and kinds(house.eva) == []
    climb_until(follow_up, after(follow_up, 121))
    assert kinds(house.eva) == ["escalation"], "everyone on duty; Tom is at lunch"
    with write():
        db.session.get_one(Person, tom.id).availability = Availability.OFF
        db.session.get_one(Person, house.eva.id).last_assigned_at = None
    second = follow_up_of(send_lead(app, house.sources["form"], stranger(1)))
    with write():
        db.session.get_one(FollowUp, second.id).owner_id = house.sanne.id
    before = len(kinds(house.eva))
    climb_until(again(second), after(second, 61))
    assert "escalation" in kinds(house.eva)[before:], "a deputy who is off is silent: a colleague is told"


def test_a_group_manager_hears_of_an_alarm_that_nobody_answered(app: Flask, house: House) -> None:
    admin, follow_up = gerda(house), lead(app, house)
    climb_until(follow_up, after(follow_up, 599))
    before = len(kinds(admin))
    climb_until(follow_up, after(follow_up, 601))
    assert kinds(admin)[before:] == ["alarm"]


def test_two_workers_climb_the_same_rung_once(
    app: Flask, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(database._slots, db.engine.dialect.name, threading.Semaphore(4))
    follow_up, together, results = lead(app, house), threading.Barrier(2), []
    id_, moment = follow_up.id, after(follow_up, 10)

    def climb() -> None:
        with app.app_context():
            together.wait(10)
            results.append(escalate.climb(id_, moment))
            db.session.remove()

    threads = [threading.Thread(target=climb) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(results) == [False, True]
    assert rungs(follow_up) == ["deputy_if_silent"] and kinds(house.eva) == ["escalation"]


def test_a_started_call_holds_the_escalation_and_didnt_call_resumes_the_original_clock(
    app: Flask, house: House
) -> None:
    follow_up, sanne = lead(app, house), Phone(app, house.sanne)
    climb_until(follow_up, after(follow_up, 31))
    due = again(follow_up).escalate_at
    attempt = sanne.start(follow_up)
    assert again(follow_up).escalate_at is None
    assert sanne.get(f"follow-ups/{follow_up.id}")["clock"]["held_since"] is not None
    assert escalate.climb(follow_up.id, after(follow_up, 400)) is False
    assert sanne.withdraw(attempt).status_code in (200, 201)
    resumed = again(follow_up)
    assert resumed.escalate_at == due, "the sixty seconds count from the arrival, not from the tap"
    shown = sanne.get(f"follow-ups/{follow_up.id}")["clock"]
    assert shown["running"] is True and shown["held_since"] is None


def test_a_message_does_not_hold_the_escalation_when_there_is_a_number(app: Flask, house: House) -> None:
    follow_up, sanne = lead(app, house), Phone(app, house.sanne)
    sanne.log(sanne.start(follow_up, "whatsapp"), "message_sent")
    assert again(follow_up).escalate_at == after(follow_up, 10)
    assert sanne.get(f"follow-ups/{follow_up.id}")["clock"]["running"] is True


def test_later_steps_escalate_more_slowly(app: Flask, house: House) -> None:
    follow_up, sanne = lead(app, house), Phone(app, house.sanne)
    sanne.call(follow_up, "no_answer")
    due = again(follow_up).next_due_at
    assert due is not None
    expected = [("owner_again", 5), ("deputy", 15), ("manager", 30)]
    for rung, minutes in expected:
        at = again(follow_up).escalate_at
        assert at == due + timedelta(minutes=minutes)
        escalate.climb(follow_up.id, at)
        assert rungs(follow_up)[-1] == rung
    assert again(follow_up).escalate_at is None
    for position in (2, 3):
        sanne.call(follow_up, "busy")
        assert again(follow_up).position == position + 1
    fourth = again(follow_up)
    assert fourth.ladder_from is not None
    assert fourth.escalate_at == fourth.ladder_from + timedelta(hours=2)
    escalate.climb(follow_up.id, fourth.escalate_at)
    assert rungs(follow_up)[-1] == "manager" and again(follow_up).escalate_at is None


def test_at_night_nobody_is_alarmed_before_the_opening(app: Flask) -> None:
    with time_machine.travel("2026-11-22T20:30:00Z", tick=False):  # a Sunday evening
        house = doesburg(WEEK)
        phone(house.bram)
        follow_up = lead(app, house)
    opening = datetime.fromisoformat("2026-11-23T08:00:00Z")
    assert follow_up.next_due_at == opening
    assert follow_up.escalate_at == opening + timedelta(seconds=10)
    climb_until(follow_up, opening)
    assert rungs(follow_up) == [] and kinds(house.bram) == []


def test_the_workers_own_turn_climbs_and_prompts(app: Flask, house: House) -> None:
    follow_up = lead(app, house)
    with write():
        row = db.session.get_one(FollowUp, follow_up.id)
        row.escalate_at = clock.now()
    worker = Worker(app)
    worker._due()
    assert rungs(follow_up) == ["deputy_if_silent"]
    worker._pushes.close()


def test_the_showrooms_own_seconds_replace_the_setting(app: Flask, house: House) -> None:
    fresh()
    with write():
        access.showroom_of("doesburg").rungs = [1, 2, 3, 4, 5]
    follow_up = lead(app, house)
    assert follow_up.escalate_at == after(follow_up, 1)
    climb_until(follow_up, after(follow_up, 5))
    assert rungs(follow_up)[-1] == "alarm"


def test_a_lead_that_joins_does_not_start_the_ladder_again(app: Flask, house: House) -> None:
    follow_up = lead(app, house)
    climb_until(follow_up, after(follow_up, 61))
    told_before = len(rungs(follow_up))
    send_lead(app, house.sources["form"], jansen(vehicle={"make": "VW", "model": "Polo"}))
    assert again(follow_up).escalate_at == after(follow_up, 120)
    assert len(rungs(follow_up)) == told_before


def test_a_customer_whose_salesperson_is_with_somebody_else_is_covered_at_once(
    app: Flask, house: House
) -> None:
    lead(app, house)
    with write():
        sanne = db.session.get_one(Person, house.sanne.id)
        sanne.availability, sanne.availability_until = Availability.WITH_CUSTOMER, clock.now() + HOUR
    follow_up = follow_up_of(send_lead(app, house.sources["form"], jansen(message="En zondag?")))
    assert follow_up.owner_id == house.sanne.id, "attention moves, ownership does not"
    assert kinds(house.eva) == ["escalation"] and rungs(follow_up) == ["deputy_at_once"]
    [told_eva] = events(follow_up, "escalated")
    assert (told_eva.person_id, told_eva.data["people"]) == (house.eva.id, str(house.eva.id))


def test_a_new_customer_goes_to_who_is_free_and_nobody_else_is_told(app: Flask, house: House) -> None:
    with write():
        sanne = db.session.get_one(Person, house.sanne.id)
        sanne.availability, sanne.availability_until = Availability.WITH_CUSTOMER, clock.now() + HOUR
    follow_up = lead(app, house)
    assert follow_up.owner_id == house.eva.id and rungs(follow_up) == []
    assert kinds(house.sanne) == [] and kinds(house.bram) == []


def test_a_customer_on_the_line_needs_no_deputy(app: Flask, house: House) -> None:
    follow_up = lead(app, house)
    with write():
        db.session.get_one(Person, house.sanne.id).availability = Availability.BREAK
    Phone(app, house.sanne).start(follow_up)
    send_lead(app, house.sources["form"], jansen(vehicle={"make": "VW", "model": "Polo"}))
    assert rungs(follow_up) == [] and kinds(house.eva) == []


def test_the_deputy_named_for_an_absence_stands_in(app: Flask, house: House) -> None:
    follow_up = lead(app, house)
    absence = Absence(
        id=new_id(), group_id=house.group.id, person_id=house.sanne.id, deputy_id=house.bram.id,
        starts_at=follow_up.opened_at - HOUR, ends_at=follow_up.opened_at + HOUR,
    )  # fmt: skip
    with write():
        db.session.add(absence)
    climb_until(follow_up, after(follow_up, 61))
    assert "escalation" in kinds(house.bram) and kinds(house.eva) == []
    with write():
        db.session.delete(db.session.get_one(Absence, absence.id))
    second = follow_up_of(send_lead(app, house.sources["form"], stranger(1)))
    assert second.owner_id == house.eva.id
    climb_until(second, after(second, 61))
    assert "escalation" in kinds(house.sanne), "back: it is her turn again"


def test_at_night_whoever_is_on_call_is_told_at_once_though_off(app: Flask) -> None:
    with time_machine.travel("2026-11-22T20:30:00Z", tick=False):  # a Sunday evening
        house = doesburg(WEEK)
        for person in house.people.values():
            phone(person, proven=clock.now())
        with write():
            for name in ("sanne", "eva"):
                db.session.get_one(Person, house.people[name].id).availability = Availability.OFF
            db.session.add(
                OnCall(
                    id=new_id(),
                    group_id=house.group.id,
                    showroom_id=house.showroom.id,
                    person_id=house.eva.id,
                    starts_at=clock.now() - HOUR,
                    ends_at=clock.now() + HOUR,
                )
            )
        follow_up = lead(app, house)
        assert kinds(house.eva)[-1:] == (["lead"] if follow_up.owner_id == house.eva.id else ["escalation"])
        assert rungs(follow_up) == ["on_call"] and kinds(house.bram) == []
        assert kinds(house.sanne) == [], "off is silent"
        assert follow_up.next_due_at == datetime.fromisoformat("2026-11-23T08:00:00Z")
    with time_machine.travel("2026-11-22T23:30:00Z", tick=False):
        late = follow_up_of(send_lead(app, house.sources["form"], stranger(1)))
        assert rungs(late) == [], "nobody is on call any more"


def test_a_rung_that_was_missed_wakes_nobody_at_night(app: Flask) -> None:
    with time_machine.travel("2026-11-23T16:59:30Z", tick=False):  # Monday, half a minute before closing
        house = doesburg(WEEK)
        phone(house.bram)
        follow_up = lead(app, house)
        assert follow_up.escalate_at == after(follow_up, 10)
    night = datetime.fromisoformat("2026-11-23T22:00:00Z")
    assert escalate.climb(follow_up.id, night) is False
    assert kinds(house.bram) == [] and rungs(follow_up) == []
    assert again(follow_up).escalate_at == datetime.fromisoformat("2026-11-24T08:00:00Z")


def gerda(house: House) -> Person:
    """Who manages the group."""
    with write():
        gerda = Person(
            id=new_id(), group_id=house.group.id, showroom_id=house.showroom.id, first_name="Gerda",
            last_name="", email="gerda@doesburg.example", role=Role.ADMIN,
        )  # fmt: skip
        db.session.add(gerda)
    phone(gerda)
    return gerda


def test_bram_acknowledges_the_alarm_and_it_climbs_no_further_but_the_clock_runs(
    app: Flask, house: House
) -> None:
    admin, follow_up = gerda(house), lead(app, house)
    bram, sanne = Phone(app, house.bram), Phone(app, house.sanne)
    path = f"follow-ups/{follow_up.id}/acknowledgements"
    assert bram.post(path).status_code == 409, "there is no alarm yet"
    climb_until(follow_up, after(follow_up, 301))
    assert sanne.post(path).status_code == 403
    assert bram.get(f"follow-ups/{follow_up.id}")["escalation"]["acknowledged"] is False
    answer = bram.post(path)
    assert answer.status_code == 201 and answer.json is not None
    assert (answer.json["escalation"]["rung"], answer.json["escalation"]["acknowledged"]) == ("alarm", True)
    assert answer.json["clock"]["running"] is True and answer.json["owner"]["id"] == str(house.sanne.id)
    [row] = bram.get("board")["rows"]
    assert row["escalation"]["acknowledged"] is True
    before = len(kinds(admin))
    climb_until(follow_up, after(follow_up, 86400))
    assert len(kinds(admin)) == before and rungs(follow_up)[-1] == "alarm"
    [seen] = events(follow_up, "alarm_acknowledged")
    assert seen.person_id == house.bram.id


def test_the_timeline_names_who_was_alerted_on_each_rung(app: Flask, house: House) -> None:
    follow_up = lead(app, house)
    climb_until(follow_up, after(follow_up, 301))
    timeline = Phone(app, house.bram).get(f"follow-ups/{follow_up.id}")["timeline"]
    raised = {i["params"]["rung"]: i["told"] for i in reversed(timeline) if i["type"] == "escalated"}
    assert raised == {
        "deputy_if_silent": ["Eva"], "owner_again": ["Sanne"], "deputy": ["Eva"], "everyone": ["Eva", "Bram"],
        "alarm": ["Bram"],
    }  # fmt: skip


def test_covering_answers_the_alarm_too(app: Flask, house: House) -> None:
    admin, follow_up = gerda(house), lead(app, house)
    climb_until(follow_up, after(follow_up, 301))
    before = len(kinds(admin))
    assert Phone(app, house.eva).post(f"follow-ups/{follow_up.id}/covers").status_code == 201
    assert again(follow_up).escalate_at is None
    assert len(told(house.bram, "taken")) == len(told(house.sanne, "taken")) == 1
    assert len(told(admin, "taken")) == 1, "alarmed with Bram, now told that Eva has him"
    climb_until(follow_up, after(follow_up, 86400))
    assert len(kinds(admin)) == before + 1


def test_covering_before_the_alarm_does_not_stop_it(app: Flask, house: House) -> None:
    follow_up = lead(app, house)
    climb_until(follow_up, after(follow_up, 61))
    Phone(app, house.eva).post(f"follow-ups/{follow_up.id}/covers")
    climb_until(follow_up, after(follow_up, 301))
    assert "alarm" in kinds(house.bram), "saying I'll cover is not calling"


def test_who_covers_is_not_her_own_deputy(app: Flask, house: House) -> None:
    follow_up = lead(app, house)
    Phone(app, house.eva).post(f"follow-ups/{follow_up.id}/covers")
    climb_until(follow_up, after(follow_up, 61))
    assert kinds(house.eva) == ["reminder"] and "escalation" in kinds(house.bram)


def test_the_next_step_can_be_alarmed_about_anew(app: Flask, house: House) -> None:
    follow_up = lead(app, house)
    climb_until(follow_up, after(follow_up, 301))
    Phone(app, house.bram).post(f"follow-ups/{follow_up.id}/acknowledgements")
    Phone(app, house.sanne).call(follow_up, "no_answer")
    assert again(follow_up).rung == 0 and again(follow_up).escalate_at is not None
    assert Phone(app, house.bram).get(f"follow-ups/{follow_up.id}")["escalation"] is None


def test_everybody_who_was_alerted_learns_who_took_it_on_every_rung_and_once(
    app: Flask, house: House
) -> None:
    admin, follow_up = gerda(house), lead(app, house)
    climb_until(follow_up, after(follow_up, 86400))
    Phone(app, house.eva).start(follow_up)
    for person in (house.sanne, house.bram, admin):
        assert [d.payload["notification"]["title"] for d in told(person, "taken")] == ["Opgepakt door Eva"]
    assert told(house.eva, "taken") == []


def test_also_at_a_later_step_who_was_alerted_learns_that_the_owner_called(app: Flask, house: House) -> None:
    follow_up, sanne = lead(app, house), Phone(app, house.sanne)
    sanne.call(follow_up, "no_answer")
    climb_until(follow_up, after(follow_up, 86400))
    assert kinds(house.eva) == ["escalation"] and kinds(house.bram) == ["escalation"]
    sanne.call(follow_up, "no_answer")
    assert sorted(kinds(house.eva)) == sorted(kinds(house.bram)) == ["escalation", "taken"]
    sanne.call(follow_up, "no_answer")
    assert len(told(house.eva, "taken")) == 1, "nobody was alerted since: nothing to take back"


def test_a_customer_who_wrote_back_escalates_like_the_second_step(app: Flask, house: House) -> None:
    follow_up, sanne = lead(app, house), Phone(app, house.sanne)
    sanne.call(follow_up, "no_answer")
    sanne.log(sanne.start(follow_up, "whatsapp"), "replied")
    due = again(follow_up).next_due_at
    assert again(follow_up).next_kind == "answer" and due is not None
    for rung, minutes in [("owner_again", 5), ("deputy", 15), ("manager", 30)]:
        at = again(follow_up).escalate_at
        assert at == due + timedelta(minutes=minutes)
        escalate.climb(follow_up.id, at)
        assert rungs(follow_up)[-1] == rung
