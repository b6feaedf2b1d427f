"""A mailbox that we read, on a real Dovecot: every mail becomes a submission once, whatever dies in between."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app import clock
from app.access import showroom_of
from app.db import db, write
from app.intake import mailbox, receive
from app.intake.register import make as make_source
from app.models import Lead, Source, Submission
from tests.house import NO_DOTENV, ROOT
from tests.people import doesburg
from tests.wire.dovecot import Dovecot
from tests.wire.tether import Tethered


def mail(number: int, message_id: bool = True) -> bytes:
    head = f"Message-ID: <n{number}@example.com>\r\n" if message_id else ""
    return (
        f"{head}From: Klant {number} <klant{number}@example.com>\r\nSubject: Golf\r\n\r\n"
        f"Is de Golf er nog? Mijn nummer is +316{20000000 + number}.\r\n"
    ).encode()


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    with Dovecot() as server:
        yield server


@pytest.fixture
def server(dovecot: Dovecot) -> Dovecot:
    dovecot.empty()
    return dovecot


@pytest.fixture
def source(app: Flask) -> Source:
    doesburg()
    made = make_source(showroom_of("doesburg"), "post", "email")
    with write():
        db.session.add(made)
    return made


@contextmanager
def reading(app: Flask, server: Dovecot, source: Source) -> Iterator[None]:
    stop = threading.Event()
    thread = mailbox.Mailbox(app, server.url(source.key), stop)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()


def until(look: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not look():
        assert time.monotonic() < end, "not in a minute"
        time.sleep(0.05)


def found(model: type) -> list:
    db.session.rollback()
    return list(db.session.scalars(select(model).order_by(model.id)))


def all_marked(server: Dovecot, count: int) -> bool:
    flags = server.flags()
    return len(flags) == count and all("$Firstcall" in line for line in flags)


def test_what_waits_and_what_comes_while_we_listen_become_leads_and_stay_unread_for_people(
    app: Flask, server: Dovecot, source: Source
) -> None:
    server.deliver(mail(1))
    with reading(app, server, source):
        until(lambda: len(found(Lead)) == 1)
        server.deliver(mail(2))
        until(lambda: len(found(Lead)) == 2)
        until(lambda: all_marked(server, 2))
    assert not any("Seen" in line for line in server.flags())
    with reading(app, server, source):  # again, as after a restart
        server.deliver(mail(3))
        until(lambda: len(found(Lead)) == 3)
    assert len(found(Submission)) == 3


def test_a_mailbox_full_of_old_mail_is_not_a_thousand_leads(
    app: Flask, server: Dovecot, source: Source
) -> None:
    server.deliver(mail(1), at=clock.now() - timedelta(days=400))
    server.deliver(mail(2), at=clock.now() - timedelta(hours=2))
    server.deliver(mail(3))
    with reading(app, server, source):
        until(lambda: len(found(Lead)) >= 1)
    assert [lead.customer.display_name for lead in found(Lead)] == ["Klant 3"]


def test_the_mail_server_restarts_and_nothing_is_missed(app: Flask, server: Dovecot, source: Source) -> None:
    with reading(app, server, source):
        server.deliver(mail(1))
        until(lambda: len(found(Lead)) == 1)
        server.stop()
        time.sleep(0.5)
        server.start()
        server.deliver(mail(2))
        until(lambda: len(found(Lead)) == 2)
    assert sorted(lead.customer.display_name for lead in found(Lead)) == ["Klant 1", "Klant 2"]


def test_while_the_database_is_away_the_mail_stays_as_it_is(
    app: Flask, server: Dovecot, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def away(*_: object) -> None:
        asked.append(1)
        raise OperationalError("x", {}, Exception("the server closed the connection"))

    with reading(app, server, source):
        with monkeypatch.context() as patch:
            patch.setattr(receive, "receive", away)
            server.deliver(mail(1))
            until(lambda: bool(asked))
        assert not all_marked(server, 1)
        until(lambda: len(found(Lead)) == 1)


@pytest.mark.parametrize("message_id", [True, False])
def test_killed_between_commit_and_mark_it_is_still_one_lead(
    app: Flask, environment: dict[str, str], server: Dovecot, source: Source, message_id: bool
) -> None:
    server.deliver(mail(1, message_id))
    env = {
        **os.environ, **NO_DOTENV, **environment, "MAIL_IN_BIND": "off", "IMAP_MAILBOXES": server.url(source.key),
        "FAULT_POINT": "mail committed",
    }  # fmt: skip
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "mail-in"]
    killed = Tethered(command, env=env, cwd=ROOT)
    try:
        assert killed.process.wait(60) == 128 + 9
    finally:
        killed.stop()
    assert len(found(Lead)) == 1 and not all_marked(server, 1)
    with reading(app, server, source):
        until(lambda: all_marked(server, 1))
    assert len(found(Lead)) == len(found(Submission)) == 1


def test_the_process_of_both_ends_when_it_is_told_to(
    environment: dict[str, str], server: Dovecot, source: Source
) -> None:
    env = {
        **os.environ,
        **NO_DOTENV,
        **environment,
        "MAIL_IN_BIND": "off",
        "IMAP_MAILBOXES": server.url(source.key),
    }
    process = Tethered([sys.executable, "-m", "flask", "--app", "wsgi", "mail-in"], env=env, cwd=ROOT)
    server.deliver(mail(1))
    try:
        until(lambda: len(found(Lead)) == 1)
    finally:
        process.stop(20)
    assert process.process.returncode in (0, 143)
