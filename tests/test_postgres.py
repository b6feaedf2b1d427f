"""How PostgreSQL's answers are waited for: quick ones in place, slow ones through gevent's hub; and lost connections."""

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app import create_app, postgres
from app.db import db
from tests.house import NO_DOTENV, ROOT

# Its own process: nobody may patch the one that runs the tests.
WAITS = """
import sys
from gevent import monkey
monkey.patch_all()
import gevent
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from app import create_app
from app.db import db
from app.postgres import Quick

app = create_app({"DATABASE_URL": sys.argv[1], "VAR_DIR": sys.argv[2], "SECRET_KEY": "s" * 40})
ticks = 0

def tick():
    global ticks
    while True:
        ticks += 1
        gevent.sleep(0.005)

def turned(statement, times):
    before = ticks
    for _ in range(times):
        db.session.execute(text(statement)).all()
    return ticks - before

with app.app_context():
    assert isinstance(db.session.connection().connection.dbapi_connection, Quick)
    gevent.spawn(tick)
    gevent.sleep(0)
    print(turned("SELECT 1", 50), turned("SELECT pg_sleep(0.5)", 1))
    try:
        db.session.execute(text("SELECT 1 / 0"))
    except Exception as error:
        print(type(error.orig).__name__)
    db.session.rollback()
    print(db.session.scalar(text("SELECT repeat('x', 5000000)")) == "x" * 5000000)
"""


def test_a_quick_answer_is_waited_for_in_place_and_during_a_slow_one_others_run(
    postgres_url: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", WAITS, postgres_url, str(tmp_path)]
    done = subprocess.run(
        command, cwd=ROOT, env={**NO_DOTENV, "PATH": "/usr/bin"}, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr
    ticks, error, whole = done.stdout.splitlines()
    in_place, meanwhile = map(int, ticks.split())
    assert in_place <= 20 < meanwhile, (
        "fifty answers went through the hub, or nobody ran during half a second"
    )
    assert (error, whole) == ("DivisionByZero", "True")


@pytest.mark.parametrize("idle", [0.0, 3600.0])
def test_a_connection_that_was_cut_while_it_lay_idle_is_made_again(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, idle: float
) -> None:
    """``idle``: what counts as lain long: anything, then nothing. Only the first is pinged, and notices nothing."""
    monkeypatch.setattr(postgres, "IDLE", idle)
    app = create_app({"DATABASE_URL": postgres_url, "VAR_DIR": str(tmp_path), "SECRET_KEY": "s" * 40})
    with app.app_context():
        first = db.session.scalar(text("SELECT pg_backend_pid()"))
        db.session.rollback()
        with psycopg.connect(postgres_url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 10000)", [first])
        if idle:
            with pytest.raises(OperationalError, match=r"terminating connection|closed"):
                db.session.scalar(text("SELECT 1"))
            db.session.rollback()
        assert db.session.scalar(text("SELECT pg_backend_pid()")) != first
        db.session.rollback()
        db.engine.dispose()
