"""Only pushes may be quicker than the disk: a lead, an SMS and a call are never taken back by a power cut."""

import threading

from flask import Flask
from sqlalchemy import text

from app.db import db, is_sqlite
from app.worker import PUSH, Worker


def patience() -> str:
    """What this thread's transactions wait for."""
    said = db.session.scalar(text("PRAGMA synchronous" if is_sqlite() else "SHOW synchronous_commit"))
    db.session.rollback()
    return str(said)


def in_thread(app: Flask, name: str) -> str:
    said: list[str] = []

    def look() -> None:
        with app.app_context():
            said.append(patience())

    thread = threading.Thread(target=look, name=name)
    thread.start()
    thread.join(20)
    return said[0]


def test_the_push_lane_alone_does_not_wait_for_the_disk(app: Flask) -> None:
    always = patience()
    worker = Worker(app)
    for _ in range(2):
        assert in_thread(app, PUSH) == ("1" if is_sqlite() else "off")
        for other in ("telephone", "mail", "due", "upkeep"):
            assert in_thread(app, other) == always
    worker._pushes.close()
