"""For machines: alive, ready, how it goes. And nothing that anybody wrote or is called ever reaches a log."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app import clock, create_app
from app.assignment import assign
from app.db import db, write
from app.delivery.drain import PushLane
from app.delivery.lanes import MailLane
from app.models import Heartbeat
from app.push.notify import iso
from app.worker import Worker
from tests.api.phone import Phone, follow_up_of, fresh
from tests.people import House, doesburg, jansen, send_lead
from tests.push.phones import phone

SECRETS = ("Piet", "Jansen", "piet.jansen", "12345678", "zaterdag", "Golf", "Sanne", "sanne@")


@pytest.fixture
def house(app: Flask) -> House:
    return doesburg()


@pytest.fixture
def logged(app: Flask) -> io.StringIO:
    """What the app's one handler writes, as it would stand in the log."""
    out = io.StringIO()
    for handler in logging.getLogger("app").handlers:
        handler.stream = out  # type: ignore[attr-defined]
    logging.getLogger("app").setLevel("DEBUG")
    return out


def beat(seconds_ago: float) -> None:
    with write():
        at = clock.now() - timedelta(seconds=seconds_ago)
        db.session.merge(Heartbeat(name="worker 1", pid=1, beat_at=at))
    fresh()


def test_alive_says_only_that(app: Flask) -> None:
    assert app.test_client().get("/healthz").json == {"status": "ok"}


def test_ready_needs_database_migrations_and_a_worker(app: Flask) -> None:
    client = app.test_client()
    lonely = client.get("/readyz")
    assert lonely.status_code == 503
    assert lonely.json == {"status": "not ready", "database": True, "migrations": True, "worker": False}
    beat(60)
    assert client.get("/readyz").status_code == 503
    beat(0)
    assert client.get("/readyz").json == {
        "status": "ok",
        "database": True,
        "migrations": True,
        "worker": True,
    }
    with older_schema():
        old = client.get("/readyz")
    assert old.status_code == 503 and old.json["migrations"] is False


@contextmanager
def older_schema() -> Iterator[None]:
    """As before ``flask db upgrade``. The database is another test's afterwards, so it is put right."""
    newest = db.session.scalar(db.text("SELECT version_num FROM alembic_version"))
    schema_is("older")
    try:
        yield
    finally:
        schema_is(newest)


def schema_is(version: str) -> None:
    with write():
        db.session.execute(db.text("UPDATE alembic_version SET version_num = :to"), {"to": version})
    fresh()


def test_without_its_database_it_is_not_ready_and_says_so(tmp_path: Any) -> None:
    app = create_app(
        {
            "DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none",
            "VAR_DIR": str(tmp_path),
            "SECRET_KEY": "s" * 40,
        }
    )
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503 and answer.json["database"] is False
    assert app.test_client().get("/healthz").status_code == 200


def test_metrics_count_and_name_nobody(app: Flask, house: House) -> None:
    phone(house.sanne)
    phone(house.eva)
    send_lead(app, house.sources["form"])
    fresh()
    answer = app.test_client().get("/metrics")
    assert answer.status_code == 200 and answer.mimetype == "text/plain"
    for line in (
        'firstcall_deliveries{channel="push",state="queued"} 1.0',
        'firstcall_submissions{state="read"} 1.0',
        'firstcall_open_follow_ups{state="assigned"} 1.0',
    ):
        assert line in answer.text
    assert "firstcall_prompts_late_seconds" in answer.text
    assert not any(secret in answer.text for secret in SECRETS)


def test_a_whole_day_leaves_no_name_number_or_word_in_the_log(
    app: Flask, house: House, logged: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone(house.sanne)
    phone(house.eva)
    follow_up = follow_up_of(send_lead(app, house.sources["form"]))
    mine = Phone(app, follow_up.owner)
    mine.call(follow_up, "no_answer", note="Piet Jansen was er niet")
    mine.call(follow_up, "complaint")
    for bad in ({"outcome": "Piet Jansen"}, {}):
        mine.post(f"attempts/{follow_up.id}/outcome", bad)
    lanes = PushLane(app.extensions["settings"], "w"), MailLane(app.extensions["settings"], "w")
    lanes[1].turn()
    lanes[1].flush()
    lanes[0].close()
    with monkeypatch.context() as broken:
        broken.setattr(assign, "assign", _fails)
        for _ in range(2):
            send_lead(app, house.sources["form"])
        worker = Worker(app)
        worker._reread(clock.now() + timedelta(seconds=60))
        worker._pushes.close()
    Phone(app, house.bram).get("board")
    text = logged.getvalue()
    assert "a request failed" in text and "/in/<key>" in text, "the failure itself is in the log"
    for line in text.splitlines():
        assert json.loads(line)["level"]
    assert [secret for secret in SECRETS if secret in text] == []
    assert house.sources["form"].key not in text


def test_the_database_may_quote_a_row_and_the_log_does_not(
    app: Flask, house: House, logged: io.StringIO
) -> None:
    with write():
        app.logger.info("a line", extra={"follow_up": "1"})
    try:
        with write():
            db.session.execute(
                db.text("INSERT INTO person (id, email) VALUES (:id, :email)"),
                {"id": "x", "email": "piet.jansen@example.com"},
            )
    except Exception:  # the point is what is written about it
        logging.getLogger("app").exception("a turn failed")
    text = logged.getvalue()
    assert "a turn failed" in text and "piet.jansen" not in text and "Error" in text
    assert json.loads(text.splitlines()[0])["follow_up"] == "1"
    assert iso(clock.now())[:4] in text


def _fails(*_: object) -> None:
    who = jansen()
    raise ValueError(f"{who['name']} {who['phone']} {who['message']} cannot be assigned")
