"""Whatever comes in is kept first and read second: the answer is quick and true, and nothing is lost or doubled."""

import io
import threading
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock
from app.db import db, new_id, write
from app.intake import receive
from app.models import FollowUp, Lead, Person, Source, Submission, SubmissionState
from app.worker import Worker
from tests.api.phone import follow_up_of, fresh
from tests.intake.bad_input import HOSTILE
from tests.people import House, doesburg, jansen, send_lead

ADF = """<?xml version="1.0"?><?adf version="1.0"?><adf><prospect>
<id source="portal">{id}</id><requestdate>2026-11-20T10:00:00+01:00</requestdate>
<vehicle><year>2022</year><make>VW</make><model>Golf</model></vehicle>
<customer><contact><name part="full">Piet Jansen</name><phone>0612345678</phone></contact></customer>
<vendor><contact><name part="full">Autogroep Doesburg</name></contact></vendor></prospect></adf>"""


@pytest.fixture
def house(app: Flask) -> House:
    return doesburg()


def count(model: type[Any]) -> int:
    fresh()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def submissions() -> list[Submission]:
    fresh()
    return list(db.session.scalars(select(Submission).order_by(Submission.received_at, Submission.id)))


def post(app: Flask, source: Source, body: bytes, content_type: str, **headers: str) -> Any:
    return app.test_client().post(f"/in/{source.key}", data=body, content_type=content_type, headers=headers)


def left_behind(house: House, seconds: float, body: bytes = b'{"name":"Piet","phone":"0612345678"}') -> UUID:
    """A submission as a crash between the two commits leaves it."""
    source, id_ = house.sources["form"], new_id()
    with write():
        row = Submission(id=id_, group_id=source.group_id, source_id=source.id, body=body)
        row.content_type, row.received_at = "application/json", clock.now() - timedelta(seconds=seconds)
        db.session.add(row)
    return id_


def test_piet_is_a_lead_with_an_owner_and_a_running_clock(app: Flask, house: House) -> None:
    answer = send_lead(app, house.sources["form"])
    assert answer.status_code == 201
    assert answer.json["state"] == "lead"
    assert answer.json["salesperson"]["first_name"] in ("Sanne", "Eva")
    assert app.test_client().get(answer.json["status_url"]).status_code == 200
    follow_up = follow_up_of(answer)
    assert follow_up.is_open and follow_up.next_due_at is not None
    lead = db.session.get_one(Lead, UUID(answer.json["lead_id"]))
    assert (lead.car, lead.question) == ("VW Golf 2022", "Is hij zaterdag te zien?")
    (kept,) = submissions()
    assert kept.state is SubmissionState.READ
    assert kept.body is not None and b"06 12 34 56 78" in kept.body
    assert lead.arrived_at == kept.received_at


def test_a_crash_before_reading_loses_nothing_and_the_worker_reads_it_once(
    app: Flask, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(_point: str) -> None:
        raise RuntimeError("the power went out")

    with monkeypatch.context() as broken:
        broken.setattr(receive, "fault_point", crash)
        assert send_lead(app, house.sources["form"]).status_code == 500
    (kept,) = submissions()
    assert kept.state is SubmissionState.RECEIVED and count(Lead) == 0
    worker, late = Worker(app), clock.now() + timedelta(seconds=11)
    worker._reread(clock.now())
    assert count(Lead) == 0, "the web process still has ten seconds"
    worker._reread(late)
    worker._reread(late)
    assert count(Lead) == 1 and submissions()[0].state is SubmissionState.READ


def test_two_workers_that_read_the_same_submission_make_one_lead(app: Flask, house: House) -> None:
    id_, together = left_behind(house, 20), threading.Barrier(2)

    def read() -> None:
        with app.app_context():
            together.wait(10)
            receive.read(id_)
            db.session.remove()

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert count(Lead) == 1


def test_the_same_delivery_again_is_nothing_new(app: Flask, house: House) -> None:
    first = send_lead(app, house.sources["form"], Idempotency_Key="portal-1")
    second = send_lead(app, house.sources["form"], Idempotency_Key="portal-1")
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json == {**first.json, "seen_before": True}
    assert count(Lead) == count(Submission) == 1
    other_key = send_lead(app, house.sources["form"], Idempotency_Key="portal-2")
    elsewhere = send_lead(app, house.sources["adf"], Idempotency_Key="portal-1")
    assert (other_key.status_code, elsewhere.status_code) == (201, 202)
    assert other_key.json["follow_up_id"] == first.json["follow_up_id"]
    assert count(Lead) == 3


def test_an_odd_idempotency_key_is_ignored_and_not_refused(app: Flask, house: House) -> None:
    for key in ("x" * 151, "two words", "é"):
        assert send_lead(app, house.sources["form"], Idempotency_Key=key).status_code == 201
    assert count(Lead) == 3


def test_the_same_key_eight_times_at_once_is_one_lead(app: Flask, house: House) -> None:
    path, together, answers = f"/in/{house.sources['form'].key}", threading.Barrier(8), []

    def send() -> None:
        together.wait(10)
        answer = app.test_client().post(path, json=jansen(), headers={"Idempotency-Key": "one"})
        answers.append(answer.status_code)

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(set(answers)) == [200, 201] and answers.count(201) == 1
    assert count(Lead) == 1


def test_the_portals_own_number_inside_the_adf_makes_a_repeat_nothing_new(app: Flask, house: House) -> None:
    first, again, other = (
        post(app, house.sources["adf"], ADF.format(id=id_).encode(), "application/xml")
        for id_ in ("A-1", "A-1", "A-2")
    )
    assert [a.status_code for a in (first, again, other)] == [201, 200, 201]
    assert again.json["lead_id"] == first.json["lead_id"]
    assert other.json["follow_up_id"] == first.json["follow_up_id"]
    assert count(Lead) == 2
    assert all(s.state is SubmissionState.READ for s in submissions())


def test_three_requests_in_one_body_are_three_leads(app: Flask, house: House) -> None:
    people = [jansen(name=f"Klant {n}", phone=f"061234567{n}", email=f"k{n}@example.com") for n in range(3)]
    answer = app.test_client().post(f"/in/{house.sources['form'].key}", json=people)
    assert answer.status_code == 201 and len(set(answer.json["lead_ids"])) == 3
    assert count(FollowUp) == 3


def test_too_large_is_refused_and_an_unknown_address_does_not_exist(app: Flask, house: House) -> None:
    form = house.sources["form"]
    assert post(app, form, b"x" * (256 * 1024 + 1), "text/plain").status_code == 413
    assert (
        post(app, form, b"x=" + b"y" * (256 * 1024 - 2), "application/x-www-form-urlencoded").status_code
        == 202
    )
    for key in ("nobody", form.key[:-1], form.key + "x", "%00", "a%00b", "%F0%9F%98%80", "%ff", "x" * 2000):
        answer = app.test_client().post(f"/in/{key}", json=jansen())
        assert answer.status_code == 404, key
    with write():
        db.session.get_one(Source, form.id).closed_at = clock.now()
    assert send_lead(app, form).status_code == 404
    assert count(Submission) == 1


def test_a_body_of_unknown_length_is_refused_when_it_grows_too_large(app: Flask, house: House) -> None:
    answer = app.test_client().post(
        f"/in/{house.sources['form'].key}",
        input_stream=io.BytesIO(b"x" * (300 * 1024)),
        environ_overrides={
            "wsgi.input_terminated": True,
            "HTTP_TRANSFER_ENCODING": "chunked",
            "CONTENT_LENGTH": "",
        },
    )
    assert answer.status_code == 413 and count(Submission) == 0


@pytest.mark.parametrize("kind", ["form", "adf"])
def test_nothing_that_anybody_sends_is_lost_or_breaks_the_house(app: Flask, house: House, kind: str) -> None:
    wrong = []
    for name, (content_type, body) in HOSTILE.items():
        answer = post(app, house.sources[kind], body, content_type)
        if answer.status_code not in (200, 201, 202):
            wrong.append(f"{name}: {answer.status_code}")
            continue
        newest = submissions()[-1]
        assert newest.body == body and newest.state is not SubmissionState.RECEIVED, name
        follow_up = follow_up_of(answer)
        assert follow_up.is_open and follow_up.owner is not None and follow_up.next_due_at, name
        lead = db.session.get_one(Lead, UUID(answer.json["lead_id"]))
        assert lead.needs_look == (answer.status_code == 202), name
        assert "root:" not in f"{lead.question} {lead.details}", name
    assert not wrong


def test_what_nobody_can_read_is_a_lead_with_its_raw_text_as_the_question(app: Flask, house: House) -> None:
    answer = post(app, house.sources["adf"], b"Goedemiddag, belt u mij? Groet, Piet", "text/plain")
    assert (answer.status_code, answer.json["state"]) == (202, "needs_look")
    lead = db.session.get_one(Lead, UUID(answer.json["lead_id"]))
    assert lead.needs_look and lead.question is not None and "belt u mij" in lead.question
    assert submissions()[0].state is SubmissionState.NEEDS_LOOK


def test_a_machine_that_fills_the_hidden_field_is_kept_but_is_no_lead(app: Flask, house: House) -> None:
    answer = send_lead(app, house.sources["form"], jansen(website_url_confirm="buy pills"))
    assert (answer.status_code, answer.json) == (202, {"state": "ignored"})
    assert count(Lead) == 0 and submissions()[0].state is SubmissionState.IGNORED


def test_a_showroom_where_nobody_works_yet_loses_nothing(app: Flask, house: House) -> None:
    with write():
        for person in db.session.scalars(select(Person)):
            person.left_at = clock.now()
    answer = send_lead(app, house.sources["form"])
    assert answer.status_code == 202
    assert submissions()[0].state is SubmissionState.RECEIVED
    with write():
        db.session.get_one(Person, house.eva.id).left_at = None
    Worker(app)._reread(clock.now() + timedelta(seconds=11))
    fresh()
    assert db.session.scalars(select(FollowUp)).one().owner_id == house.eva.id


def test_a_plain_html_form_goes_on_to_the_thank_you_page(app: Flask, house: House) -> None:
    answer = app.test_client().post(
        f"/in/{house.sources['form'].key}",
        data={"name": "Piet Jansen", "phone": "0612345678"},
        headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"},
    )
    assert answer.status_code == 303
    assert app.test_client().get(answer.headers["Location"]).status_code == 200


def test_any_website_may_post_and_none_may_use_cookies(app: Flask, house: House) -> None:
    path = f"/in/{house.sources['form'].key}"
    asked = app.test_client().options(path, headers={"Origin": "https://dealer.example"})
    sent = app.test_client().post(path, json=jansen(), headers={"Origin": "https://dealer.example"})
    assert (asked.status_code, sent.status_code) == (204, 201)
    for answer in (asked, sent):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers
    assert app.test_client().options("/in/nobody").status_code == 404
