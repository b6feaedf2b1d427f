"""A crowd is taken in together, first come first served; who spoils it for others is served alone."""

import json
import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask, current_app
from sqlalchemy import event, select, update

from app.assignment import assign
from app.db import db
from app.hours import NeverOpen
from app.intake import place, raw, receive
from app.intake.line import AT_ONCE, Line, _Waiting
from app.models import Customer, Delivery, DeliveryChannel, FollowUp, Lead, Showroom, Source, SubmissionState
from tests.api.phone import fresh
from tests.intake.test_receive import ADF, count, submissions
from tests.intake.test_webhooks import google
from tests.intake.vendors import post, source
from tests.people import House, doesburg, jansen, send_lead, stranger
from tests.push.phones import phone


@pytest.fixture
def house(app: Flask) -> House:
    return doesburg()


def together(line: Line[Any, Any], acts: list[Callable[[], Any]]) -> list[Any]:
    """Everybody at once: whose turn it would be is held back until all of them stand in line, in this order."""
    results: list[Any] = [None] * len(acts)

    app = current_app._get_current_object()  # type: ignore[attr-defined]

    def run(number: int) -> None:
        with app.app_context():
            results[number] = acts[number]()

    threads = []
    with line._turn:
        for number in range(len(acts)):
            threads.append(threading.Thread(target=run, args=(number,)))
            threads[-1].start()
            until(lambda: len(line._waiting) == len(threads))
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    return results


def until(true: Callable[[], bool]) -> None:
    for _ in range(4000):
        if true():
            return
        time.sleep(0.005)
    raise AssertionError("nothing came of it")


def crowd(app: Flask, source: Source, leads: list[dict[str, Any]], **headers: str) -> list[Any]:
    """These leads, placed in one go."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    acts = [lambda lead=lead: send_lead(app, source, lead, **headers) for lead in leads]
    return together(receive._line, acts)


def test_all_who_wait_are_served_at_once_in_their_order_and_nobody_is_left(app: Flask) -> None:
    batches: list[list[int]] = []

    def work(some: Any) -> list[int]:
        batches.append(list(some))
        return [-one for one in some]

    many = AT_ONCE * 2 + 3
    line: Line[int, int] = Line(work)
    results = together(line, [lambda n=n: line.take(n) for n in range(many)])
    assert results == [-n for n in range(many)]
    assert [n for batch in batches for n in batch] == list(range(many))
    assert max(map(len, batches)) == AT_ONCE and not line._waiting
    assert line.take(7) == -7, "alone, later"


@pytest.mark.parametrize("broken", [ValueError, raw.ReadAlready, RuntimeError, NeverOpen])
def test_what_goes_wrong_together_is_done_alone_and_the_line_goes_on(
    app: Flask, broken: type[Exception]
) -> None:
    def work(some: Any) -> list[int]:
        if 1 in some:
            raise broken
        return list(some)

    line: Line[int, int] = Line(work)
    assert together(line, [lambda n=n: line.take(n) for n in range(3)]) == [None, None, None]
    assert line.take(5) == 5


def test_a_crowd_is_placed_in_one_transaction_and_each_has_an_owner_whose_turn_it_was(
    app: Flask, house: House
) -> None:
    phone(house.sanne)
    phone(house.eva)
    commits: list[str] = []

    def place_all(some: Any) -> Any:
        commits.append(f"{len(some)}")
        return real(some)

    real, receive._line._work = receive._line._work, place_all
    try:
        answers = crowd(app, house.sources["form"], [stranger(n) for n in range(10)])
    finally:
        receive._line._work = real
    assert [answer.status_code for answer in answers] == [201] * 10 and commits == ["10"]
    names = [answer.json["salesperson"]["first_name"] for answer in answers]
    assert sorted(names[:2]) == ["Eva", "Sanne"] and names == names[:2] * 5, "in turns"
    fresh()
    pushes = db.session.scalars(
        select(Delivery)
        .where(Delivery.channel == DeliveryChannel.PUSH, Delivery.kind == "lead")
        .order_by(Delivery.id)
    )
    badges = [(one.person_id, one.payload["app_badge"]) for one in pushes]
    assert sorted(badge for _, badge in badges) == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5], (
        "each counts those before it"
    )
    assert count(FollowUp) == count(Lead) == 10
    assert {one.state for one in submissions()} == {SubmissionState.READ}


def test_somebody_new_who_asks_twice_in_one_crowd_is_one_customer_with_one_follow_up(
    app: Flask, house: House
) -> None:
    leads = [stranger(1), jansen(), stranger(2), jansen(message="En is hij nog te koop?")]
    answers = crowd(app, house.sources["form"], leads)
    assert [answer.status_code for answer in answers] == [201] * 4
    assert answers[1].json["follow_up_id"] == answers[3].json["follow_up_id"]
    assert count(Customer) == count(FollowUp) == 3 and count(Lead) == 4


def test_the_same_delivery_twice_in_one_crowd_is_one_lead(app: Flask, house: House) -> None:
    key = {"Idempotency-Key": "the-same"}
    acts = [lambda: send_lead(app, house.sources["form"], jansen(), **key)] * 2
    answers = together(raw._line, acts)
    assert sorted(answer.status_code for answer in answers) == [200, 201], [a.json for a in answers]
    assert count(Lead) == 1 and len(submissions()) == 1


def test_the_same_request_by_its_vendors_own_id_twice_in_one_crowd_is_one_lead(
    app: Flask, house: House
) -> None:
    def post() -> Any:
        body = ADF.format(id="P-77")
        return app.test_client().post(
            f"/in/{house.sources['adf'].key}", data=body, content_type="application/xml"
        )

    answers = together(receive._line, [post, post])
    assert sorted(answer.status_code for answer in answers) == [200, 201]
    assert len({answer.json["lead_id"] for answer in answers}) == 1, "the second is told the first one's lead"
    assert count(Lead) == 1 and {one.state for one in submissions()} == {SubmissionState.READ}


def test_who_serves_two_crowds_reads_anew_for_the_second(app: Flask, house: House) -> None:
    names: list[str] = []

    def work(some: Any) -> list[int]:
        names.append(db.session.get_one(Showroom, house.showroom.id).name)
        db.session.commit()
        with db.engine.begin() as elsewhere:
            elsewhere.execute(update(Showroom.__table__).values(name="Renamed meanwhile"))
        return list(some)

    line: Line[int, int] = Line(work)
    line._waiting.extend(_Waiting(n) for n in range(AT_ONCE))
    assert line.take(AT_ONCE) == AT_ONCE, "behind a whole crowd: it serves that one first, then its own"
    assert names[1:] == ["Renamed meanwhile"]


@pytest.mark.parametrize("broken", [TypeError, RuntimeError, NeverOpen])
def test_a_lead_that_breaks_us_fails_alone_and_is_kept(
    app: Flask, house: House, monkeypatch: pytest.MonkeyPatch, broken: type[Exception]
) -> None:
    def fragile(read: Any, *rest: Any) -> Any:
        if read.display_name == "Klant 2":
            raise broken("nobody foresaw this")
        return real(read, *rest)

    real = place.match.customer
    monkeypatch.setattr(place.match, "customer", fragile)
    answers = crowd(app, house.sources["form"], [stranger(n) for n in range(5)])
    assert [answer.status_code for answer in answers] == [201, 201, 500, 201, 201]
    states = [one.state for one in submissions()]
    assert sorted(states) == [*[SubmissionState.READ] * 4, SubmissionState.RECEIVED], (
        "the worker reads it again"
    )
    assert count(Lead) == 4


def test_a_batch_of_leads_is_placed_by_itself(app: Flask, house: House) -> None:
    crowds: list[int] = []

    def place_all(some: Any) -> Any:
        crowds.append(len(some))
        return real(some)

    many = source(house, "generic", {})
    batch = [{"id": f"{n}", "name": f"Klant {n}", "phone": f"+316876543{n:02}"} for n in range(30)]
    real, receive._line._work = receive._line._work, place_all
    try:
        answer = post(app, many, json.dumps(batch).encode())
        assert crowds == [] and len(answer.json["lead_ids"]) == count(Lead) == 30
        assert post(app, many, json.dumps(batch[:1]).encode()).status_code == 201 and crowds == [1]
    finally:
        receive._line._work = real


def test_a_repeat_in_another_envelope_in_the_same_crowd_is_told_the_lead(app: Flask, house: House) -> None:
    ads = source(house, "google", {"google_key": "geheim"})
    acts = [lambda n=n: post(app, ads, google(), Idempotency_Key=f"sent-{n}") for n in (1, 2)]
    assert [answer.status_code for answer in together(receive._line, acts)] == [200, 200] and count(Lead) == 1
    first, again = (one.answer for one in submissions())
    assert first["lead_id"] and again == {**first, "seen_before": True}


def test_in_a_crowd_one_insert_a_table_carries_all(app: Flask, house: House) -> None:
    inserts: list[str] = []

    @event.listens_for(db.engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO"):
            inserts.append(statement.split()[2])

    crowd(app, house.sources["form"], [stranger(n) for n in range(8)])
    placed = [table for table in inserts if table != "submission"]
    assert len(placed) == len(set(placed)), placed
    assert {"customer", "contact_point", "follow_up", "assignment", "lead", "event"} <= set(placed)


def test_showrooms_are_locked_in_one_order(app: Flask, house: House) -> None:
    ids = [UUID(int=3), UUID(int=1), UUID(int=2)]
    asked: list[Any] = []
    if db.engine.dialect.name == "sqlite":
        assert assign.take_turns(ids) is None
        return

    @event.listens_for(db.engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        asked.append((statement, values))

    assign.take_turns(ids)
    ((statement, values),) = [one for one in asked if "FOR NO KEY UPDATE" in one[0]]
    assert "ORDER BY showroom.id" in statement and sorted(ids) == list(values.values())
