"""``ASYNC_MODE=eventlet python wsgi.py``: the other way to serve, on SQLite; on PostgreSQL it refuses and says why."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from socketio import SimpleClient

from tests.house import NO_DOTENV, PATIENCE, ROOT, House
from tests.people import jansen

SERVE = [sys.executable, "wsgi.py"]
EVENTLET = {"ASYNC_MODE": "eventlet"}


def test_eventlet_serves_the_house_on_sqlite(sqlite_url: str, tmp_path: Path) -> None:
    with House(sqlite_url, tmp_path) as house:
        house.start("web", SERVE, **EVENTLET)
        house.wait_web()
        bram, sanne = house.sign_in("bram@doesburg.example"), house.sign_in("sanne@doesburg.example")
        with SimpleClient() as board:
            board.connect(house.origin, headers={"Cookie": bram.cookie})
            arrived = house.stranger().ask("POST", house.intake, jansen())
            name, news = board.receive(timeout=PATIENCE)
        assert (arrived.status, arrived.body["salesperson"]["first_name"]) == (201, "Sanne")
        [waiting] = sanne.ask("GET", "/api/v1/inbox").body["follow_ups"]
        assert waiting["id"] == arrived.body["follow_up_id"]
        assert (name, [row["customer"] for row in news["rows"]]) == ("feed", ["Piet Jansen"])


@pytest.mark.parametrize("url", ["postgresql://firstcall@127.0.0.1/firstcall", "postgres://db/firstcall"])
def test_eventlet_refuses_postgresql_in_a_sentence(url: str, tmp_path: Path) -> None:
    settings = {"DATABASE_URL": url, "VAR_DIR": str(tmp_path), "SECRET_KEY": "for tests only " * 3}
    env = {**os.environ, **NO_DOTENV, **EVENTLET, **settings}
    refused = subprocess.run(SERVE, env=env, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert refused.returncode != 0
    last = refused.stderr.strip().splitlines()[-1]
    assert "ASYNC_MODE=eventlet works on SQLite only" in last
    assert "Leave ASYNC_MODE unset" in last
