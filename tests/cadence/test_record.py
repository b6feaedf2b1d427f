"""What a logged fact does to the follow-up: the clock, the next step, the state; and undoing it undoes all of that.

Also the rules that the database itself keeps: one open follow-up a customer, none without a next step or an owner.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app import clock
from app.cadence import record
from app.db import db, new_id, write
from app.models import Assignment, FollowUp, FollowUpState, Lead, LeadState, StepKind
from tests.api.phone import Phone, again, events, follow_up_of, fresh
from tests.people import House, doesburg, elsewhere, jansen, send_lead, stranger

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
MISSES = ["no_answer", "voicemail", "busy"]


@pytest.fixture
def house(app: Flask) -> House:
    return doesburg()


def lead(app: Flask, house: House, **said: Any) -> tuple[FollowUp, Phone]:
    """A new customer, and the phone of whoever has them."""
    follow_up = follow_up_of(send_lead(app, house.sources["form"], jansen(**said)))
    return follow_up, Phone(app, follow_up.owner)


def step(follow_up: FollowUp) -> tuple[Any, ...]:
    """What is next, and since when it counts (when it is due moves with the time once that has passed)."""
    row = again(follow_up)
    return (
        row.next_kind, row.next_channel, row.position, row.ladder_from, row.rung, row.first_try_at,
        row.contacted_at, row.end_reason,
    )  # fmt: skip


def test_the_clock_stops_at_the_tap_once_the_outcome_is_logged(app: Flask, house: House) -> None:
    with time_machine.travel(NOON, tick=False) as time:
        follow_up, phone = lead(app, house)
        time.shift(20)
        attempt = phone.start(follow_up)
        assert phone.get(f"follow-ups/{follow_up.id}")["clock"]["running"] is True
        time.shift(90)
        shown = phone.log(attempt, "no_answer", away_seconds=88)
        assert shown["clock"]["running"] is False and shown["clock"]["stopped_after"] == 20
        assert shown["next_step"]["due_at"].startswith("2026-11-23T11:10:20")
        assert shown["next_step"]["position"] == 2 and shown["attempts_made"] == 1


def test_a_message_never_stops_the_clock_of_somebody_who_can_be_called(app: Flask, house: House) -> None:
    follow_up, phone = lead(app, house)
    for channel in ("whatsapp", "sms", "email", "video"):
        phone.log(phone.start(follow_up, channel), "message_sent")
    row = again(follow_up)
    assert row.first_try_at is None and (row.position, row.next_kind) == (1, StepKind.ATTEMPT)


def test_a_message_does_stop_it_for_somebody_who_asked_to_write(app: Flask, house: House) -> None:
    follow_up, phone = lead(app, house, phone="0000000000")
    assert (follow_up.cadence, follow_up.next_channel) == ("written", "email")
    phone.log(phone.start(follow_up, "email"), "message_sent")
    row = again(follow_up)
    assert row.first_try_at is not None and row.position == 2


def test_six_tries_are_the_plan_and_then_it_ends_as_unreachable(app: Flask, house: House) -> None:
    with time_machine.travel(NOON, tick=False) as time:
        follow_up, phone = lead(app, house)
        dues = []
        for number in range(6):
            due = again(follow_up).next_due_at
            assert due is not None and again(follow_up).position == number + 1
            dues.append(due)
            time.move_to(max(due, clock.now()))
            phone.call(follow_up, MISSES[number % 3])
        assert again(follow_up).state is FollowUpState.ENDED and step(follow_up)[-1] == "unreachable"
        assert dues == sorted(dues) and timedelta(days=7) <= dues[-1] - dues[0] <= timedelta(days=10)
        assert dues[3] - dues[0] <= timedelta(hours=20)
    assert db.session.scalars(select(Lead)).one().state is LeadState.UNREACHABLE
    ended = again(follow_up)
    assert ended.next_kind is None and ended.prompt_at is None and ended.escalate_at is None
    assert db.session.scalars(select(Assignment)).one().ended_at is not None


def test_every_outcome_but_stop_can_be_undone_as_if_it_had_not_been_logged(app: Flask, house: House) -> None:
    for number, outcome in enumerate(
        [*MISSES, "spoke", "called_us", "call_back", "complaint", "wrong_number"]
    ):
        with time_machine.travel(NOON, tick=False) as time:
            follow_up, phone = lead(app, house, **stranger(number))
            time.shift(20)
            attempt = phone.start(follow_up)
            time.shift(400)
            before, due = step(follow_up), (NOON + timedelta(days=1)).isoformat()
            phone.log(attempt, outcome, call_back_at=due if outcome == "call_back" else None)
            assert step(follow_up) != before, outcome
            undone = phone.undo(attempt)
            assert undone.status_code == 200, undone.text
            assert undone.json["attempt"]["outcome"] is None
            assert step(follow_up) == before, outcome
            assert again(follow_up).state is FollowUpState.ACCEPTED
            assert undone.json["follow_up"]["clock"]["running"] is True
            assert all(not n["wrong"] for n in undone.json["follow_up"]["reach"]["numbers"])
            assert len(events(follow_up, "outcome_undone")) == 1


def test_while_sanne_corrects_an_outcome_nobody_is_alarmed(app: Flask, house: House) -> None:
    with time_machine.travel(NOON, tick=False) as time:
        follow_up, phone = lead(app, house)
        time.shift(20)
        attempt = phone.start(follow_up)
        time.shift(400)
        phone.log(attempt, "no_answer")
        phone.undo(attempt)
        row = again(follow_up)
        assert row.escalate_at is None, "the call is still open: it holds the escalation"
        assert row.hold_check_at is not None
        phone.log(attempt, "spoke")
        assert again(follow_up).state is FollowUpState.CONTACTED


def test_the_last_miss_undone_opens_the_follow_up_again(app: Flask, house: House) -> None:
    with time_machine.travel(NOON, tick=False) as time:
        follow_up, phone = lead(app, house)
        for _ in range(6):
            time.move_to(max(again(follow_up).next_due_at or NOON, clock.now()))
            attempt = phone.call(follow_up, "no_answer")
        assert not again(follow_up).is_open
        assert phone.undo(attempt).status_code == 200
        row = again(follow_up)
        assert row.is_open and row.position == 6 and row.next_due_at is not None
    assert db.session.scalars(select(Lead)).one().state is LeadState.OPEN
    assert db.session.scalars(select(Assignment)).one().ended_at is None


def test_undoing_an_old_outcome_does_not_wake_a_customer_who_asked_us_to_stop(
    app: Flask, house: House
) -> None:
    follow_up, phone = lead(app, house)
    attempt = phone.call(follow_up, "no_answer")
    phone.call(follow_up, "stop")
    assert again(follow_up).end_reason == "stopped"
    phone.undo(attempt)
    row = again(follow_up)
    assert row.state is FollowUpState.ENDED and row.end_reason == "stopped"
    assert db.session.scalars(select(Lead)).one().state is LeadState.STOPPED


def test_a_stop_is_not_undone_with_a_tap(app: Flask, house: House) -> None:
    follow_up, phone = lead(app, house)
    answer = phone.undo(phone.call(follow_up, "stop"))
    assert answer.status_code == 409 and answer.json["type"].endswith("#cannot_undo")
    assert not again(follow_up).is_open


def test_a_spoke_that_was_a_slip_leaves_the_customer_as_one_we_never_spoke_with(
    app: Flask, house: House
) -> None:
    follow_up, phone = lead(app, house)
    phone.undo(phone.call(follow_up, "spoke"))
    assert again(follow_up).customer.spoke_at is None


def test_didnt_call_and_the_plan_is_as_before(app: Flask, house: House) -> None:
    follow_up, phone = lead(app, house)
    before = step(follow_up)
    attempt = phone.start(follow_up)
    assert phone.withdraw(attempt).status_code in (200, 201)
    assert step(follow_up) == before
    assert phone.get(f"follow-ups/{follow_up.id}")["attempts_made"] == 0
    again_withdrawn = phone.withdraw(attempt)
    assert again_withdrawn.status_code in (200, 201)
    assert len(events(follow_up, "attempt_withdrawn")) == 1


def test_an_early_call_taken_back_leaves_the_prompt_of_the_step_in_place(app: Flask, house: House) -> None:
    follow_up, phone = lead(app, house)
    phone.call(follow_up, "no_answer")
    due = again(follow_up).next_due_at
    assert again(follow_up).prompt_at == due
    phone.withdraw(phone.start(follow_up))
    assert again(follow_up).next_due_at == due
    assert again(follow_up).prompt_at == due


def test_an_early_call_before_an_appointment_leaves_its_prompt_in_place(app: Flask, house: House) -> None:
    follow_up, phone = lead(app, house)
    when = (clock.now() + timedelta(days=2)).replace(microsecond=0)
    phone.call(follow_up, "spoke", next_step={"kind": "appointment", "due_at": when.isoformat()})
    assert again(follow_up).prompt_at == when
    phone.call(follow_up, "no_answer")
    assert (again(follow_up).next_kind, again(follow_up).next_due_at) == (StepKind.APPOINTMENT, when)
    assert again(follow_up).prompt_at == when


def test_contact_asks_for_a_dated_next_step_and_takes_it(app: Flask, house: House) -> None:
    follow_up, phone = lead(app, house)
    phone.call(follow_up, "spoke")
    assert again(follow_up).next_kind is StepKind.NAME_NEXT_STEP
    when = (clock.now() + timedelta(days=3)).replace(microsecond=0)
    for kind in ("quote", "appointment"):
        named = phone.post(
            f"follow-ups/{follow_up.id}/next-steps", {"kind": kind, "due_at": when.isoformat()}
        )
        assert named.status_code == 201
        assert named.json["next_step"]["kind"] == kind
    assert again(follow_up).next_due_at == when
    assert again(follow_up).state is FollowUpState.CONTACTED


def test_call_back_at_half_past_five_is_a_snooze_and_uses_up_no_step(app: Flask, house: House) -> None:
    follow_up, phone = lead(app, house)
    when = (clock.now() + timedelta(hours=6)).replace(microsecond=0)
    phone.call(follow_up, "call_back", call_back_at=when.isoformat())
    row = again(follow_up)
    assert (row.next_kind, row.next_due_at) == (StepKind.SNOOZE, when)
    assert row.position == 1 and row.prompt_at == when


def test_a_complaint_rests_the_follow_up_until_the_manager_has_answered(app: Flask, house: House) -> None:
    follow_up, phone = lead(app, house)
    phone.call(follow_up, "no_answer")
    phone.call(follow_up, "complaint", note="u belt te vaak")
    row = again(follow_up)
    assert row.next_kind is StepKind.MANAGER_ANSWERS and row.is_open
    (event,) = events(follow_up, "complaint_logged")
    assert event.data["attempts"] == 2


def test_a_reply_pauses_the_cadence_for_an_answer_in_five_minutes(app: Flask, house: House) -> None:
    with time_machine.travel(NOON, tick=False) as time:
        follow_up, phone = lead(app, house)
        phone.call(follow_up, "no_answer")
        time.shift(60)
        phone.log(phone.start(follow_up, "whatsapp"), "replied")
        row = again(follow_up)
        assert row.next_kind is StepKind.ANSWER
        assert row.next_due_at == NOON + timedelta(minutes=6)
        assert row.contacted_at is None, "a reply is no conversation yet"


def test_they_called_me_is_contact(app: Flask, house: House) -> None:
    follow_up, phone = lead(app, house)
    phone.call(follow_up, "called_us")
    assert again(follow_up).state is FollowUpState.CONTACTED


def test_a_wrong_number_is_never_offered_again(app: Flask, house: House) -> None:
    follow_up, phone = lead(app, house)
    send_lead(app, house.sources["form"], jansen(phone="0687654321"))
    newest = phone.get(f"follow-ups/{follow_up.id}")["reach"]
    assert newest["call"] == "+31687654321"
    wrong = next(n["id"] for n in newest["numbers"] if n["e164"] == "+31687654321")
    shown = phone.log(phone.start(follow_up), "wrong_number")
    assert shown["reach"]["call"] == "+31612345678"
    assert [n["id"] for n in shown["reach"]["numbers"] if n["wrong"]] == [wrong]
    last = phone.log(phone.start(follow_up), "wrong_number")
    assert last["reach"]["call"] is None and last["reach"]["primary"] == "email"
    send_lead(app, house.sources["form"], jansen(phone="0687654321"))
    assert phone.get(f"follow-ups/{follow_up.id}")["reach"]["call"] is None


def test_no_way_left_to_reach_them_is_the_managers_to_find(app: Flask, house: House) -> None:
    follow_up, phone = lead(app, house, email="")
    phone.log(phone.start(follow_up), "wrong_number")
    row = again(follow_up)
    assert row.next_kind is StepKind.FIND_CONTACT and row.next_due_at is not None


def test_an_outcome_that_comes_after_the_end_is_still_written_down(app: Flask, house: House) -> None:
    for number, outcome in enumerate(["no_answer", "spoke", "wrong_number", "complaint", "stop", "replied"]):
        follow_up, phone = lead(app, house, **stranger(number))
        early = phone.start(follow_up)
        with write():
            record.end(db.session.get_one(FollowUp, follow_up.id), LeadState.NOT_A_REQUEST, clock.now())
        late = phone.start(follow_up)
        for attempt in (early, late):
            shown = phone.log(attempt, outcome)
            assert shown["state"] == "ended" and shown["next_step"] is None, outcome
        assert len(events(follow_up, "outcome_logged")) == 2
        assert again(follow_up).end_reason == "not_a_request"


def test_a_lead_cannot_lie_still(app: Flask, house: House) -> None:
    follow_up, _ = lead(app, house)
    refuse(f"UPDATE follow_up SET next_due_at = NULL WHERE id = {literal(follow_up.id)}")
    refuse(f"UPDATE follow_up SET state = 'ended' WHERE id = {literal(follow_up.id)}")
    refuse(f"UPDATE follow_up SET ended_at = opened_at WHERE id = {literal(follow_up.id)}")
    refuse(f"UPDATE follow_up SET owner_id = NULL WHERE id = {literal(follow_up.id)}")
    refuse(f"UPDATE follow_up SET state = 'resting' WHERE id = {literal(follow_up.id)}")
    refuse(f"UPDATE lead SET state = 'lost' WHERE follow_up_id = {literal(follow_up.id)}")


def test_a_customer_cannot_have_two_open_follow_ups_or_two_owners(app: Flask, house: House) -> None:
    follow_up, _ = lead(app, house)
    with pytest.raises(IntegrityError), write():
        copy = FollowUp(
            id=new_id(), group_id=follow_up.group_id, showroom_id=follow_up.showroom_id,
            customer_id=follow_up.customer_id, owner_id=follow_up.owner_id, state=FollowUpState.ASSIGNED,
            cadence="six_in_ten", opened_at=clock.now(), assigned_at=clock.now(),
            next_kind=StepKind.ATTEMPT, next_due_at=clock.now(),
        )  # fmt: skip
        db.session.add(copy)
    with pytest.raises(IntegrityError), write():
        db.session.add(
            Assignment(
                group_id=follow_up.group_id,
                follow_up_id=follow_up.id,
                person_id=house.bram.id,
                started_at=clock.now(),
            )
        )
    assert again(follow_up).is_open


def test_the_database_refuses_a_row_of_another_group(app: Flask, house: House) -> None:
    follow_up, _ = lead(app, house)
    theirs = elsewhere()
    for column, id_ in (
        ("owner_id", theirs.charlie.id),
        ("covered_by_id", theirs.charlie.id),
        ("showroom_id", theirs.showroom.id),
        ("group_id", theirs.group.id),
    ):
        refuse(f"UPDATE follow_up SET {column} = {literal(id_)} WHERE id = {literal(follow_up.id)}")
    refuse(f"UPDATE lead SET source_id = {literal(theirs.sources['form'].id)}")
    refuse(f"UPDATE assignment SET person_id = {literal(theirs.dora.id)}")
    refuse(f"UPDATE customer SET owner_id = {literal(theirs.charlie.id)}")


def refuse(statement: str) -> None:
    """The database itself says no to this SQL."""
    fresh()
    with pytest.raises(IntegrityError), write():
        db.session.execute(text(statement))
    fresh()


def literal(id_: Any) -> str:
    """An id as this database writes it: 32 digits on SQLite, a UUID on PostgreSQL."""
    return f"'{id_.hex}'" if db.engine.dialect.name == "sqlite" else f"'{id_}'"
