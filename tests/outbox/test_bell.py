"""Every commit rings: the worker wakes within moments, also when the connection was lost."""

import threading
import time

from flask import Flask

from app.access import settings
from app.config import load
from app.db import db, write
from app.outbox.bell import PostgresBell, bell
from tests.people import doesburg


def rings_within(ring: object, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if ring.wait(0.2):  # type: ignore[attr-defined]
            return True
    return False


def test_somebody_elses_commit_rings_and_silence_does_not(app: Flask) -> None:
    ring = bell(settings())
    while ring.wait(0.05):
        pass  # the first look at a new connection counts as a ring
    assert ring.wait(0.05) is False

    def commit() -> None:
        with app.app_context():
            doesburg()
            db.session.remove()

    thread = threading.Thread(target=commit)
    thread.start()
    assert rings_within(ring, 20)
    thread.join(20)
    ring.close()


def test_an_idle_write_slot_rolls_back_without_ringing(app: Flask) -> None:
    ring = bell(settings())
    while ring.wait(0.05):
        pass
    try:
        with write():
            raise RuntimeError("changed my mind")
    except RuntimeError:
        pass
    assert ring.wait(0.1) is False
    ring.close()


def test_a_lost_connection_counts_as_a_ring_and_heals(postgres_url: str, tmp_path: object) -> None:
    ring = PostgresBell(
        load({"DATABASE_URL": postgres_url, "VAR_DIR": str(tmp_path), "SECRET_KEY": "s" * 40})
    )
    assert ring.wait(1) is True
    assert ring._connection is not None
    ring._connection.close()
    assert ring.wait(1) is True, "nobody knows what was missed"
    assert ring.wait(1) is True and ring.wait(0.05) is False
    ring.close()
