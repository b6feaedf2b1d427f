"""Mail to a source's own address, over real SMTP: stored before it is answered, never relayed, never lost."""

from __future__ import annotations

import asyncio
import smtplib
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from app import clock
from app.access import settings, showroom_of
from app.db import db, write
from app.intake import mail_in, receive
from app.intake.register import make as make_source
from app.models import Lead, Source, Submission, SubmissionState
from tests.databases import free_port
from tests.people import doesburg
from tests.wire.certificate import localhost
from tests.wire.loop_thread import LoopThread

PIET = (
    b"Message-ID: <a1@example.com>\r\nFrom: Piet Jansen <piet.jansen@example.com>\r\nTo: leads@in.example.com\r\n"
    b"Subject: Golf\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    b"Is de Golf er nog?\r\n.zaterdag\r\n06 12345678\r\n\r\nPiet Jansen\r\n"
)


class Door:
    """The listener at work, and a sender's view of it."""

    def __init__(self, app: Flask, source: Source, **changed: object) -> None:
        self.source, self._thread = source, LoopThread("mail-in")
        port = free_port()
        own = replace(settings(), mail_in_bind=f"127.0.0.1:{port}", **changed)  # type: ignore[arg-type]
        self.port, self._stop = port, asyncio.Event()
        self._listener = mail_in.Listener(app, own)
        self._serving = asyncio.run_coroutine_threadsafe(
            mail_in.serve(self._listener, own, self._stop), self._thread.loop
        )
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as look:
                look.recv(3)  # now it is counted
                break
            assert not self._serving.done(), self._serving.result()
        while self._listener.conversations:  # ours, that only looked
            time.sleep(0.01)

    def send(self, raw: bytes, to: str | None = None, sender: str = "piet.jansen@example.com") -> None:
        with smtplib.SMTP("127.0.0.1", self.port, timeout=60) as smtp:
            smtp.sendmail(sender, [to or f"{self.source.key}@in.example.com"], raw)

    def close(self) -> None:
        self._thread.call(self._stop.set)
        self._serving.result(20)
        self._thread.stop()


@pytest.fixture
def source(app: Flask) -> Source:
    doesburg()
    made = make_source(showroom_of("doesburg"), "post", "email")
    with write():
        db.session.add(made)
    return made


@pytest.fixture
def door(app: Flask, source: Source) -> Iterator[Door]:
    opened = Door(app, source, mail_in_aliases={"verkoop@doesburg.example": source.key})
    yield opened
    opened.close()


def leads() -> list[Lead]:
    db.session.rollback()
    return list(db.session.scalars(select(Lead).order_by(Lead.arrived_at)))


def submissions() -> list[Submission]:
    db.session.rollback()
    return list(db.session.scalars(select(Submission).order_by(Submission.id)))


@pytest.mark.parametrize(
    "to", ["{key}@in.example.com", "leads+{key}@x.example", "{small}@x.example", "Verkoop@doesburg.example"]
)
def test_piets_mail_is_a_lead_whichever_way_the_address_is_written(door: Door, to: str) -> None:
    door.send(PIET, to.format(key=door.source.key, small=door.source.key.lower()))
    (lead,) = leads()
    assert lead.customer.display_name == "Piet Jansen"
    assert ".zaterdag" in (lead.question or ""), "a line that begins with a dot arrives with it"


def test_the_same_mail_three_times_is_one_lead_and_one_submission(door: Door) -> None:
    for _ in range(3):
        door.send(PIET)
    assert len(leads()) == len(submissions()) == 1


def test_an_address_that_is_none_of_ours_is_refused_and_nothing_is_relayed(door: Door) -> None:
    for to in ("somebody@elsewhere.example", "verkoop@elsewhere.example", "x' or 1=1@in.example.com"):
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            door.send(PIET, to)
        assert next(iter(refused.value.recipients.values()))[0] in (550, 553)
    assert submissions() == []


def test_a_form_sources_key_takes_no_mail_and_neither_does_a_closed_one(door: Door) -> None:
    form = db.session.scalars(select(Source).where(Source.kind == "form")).first()
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        door.send(PIET, f"{form.key}@in.example.com")
    with write():
        db.session.get_one(Source, door.source.id).closed_at = clock.now()
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        door.send(PIET)


def test_while_the_database_is_away_the_sender_keeps_the_mail(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise OperationalError("x", {}, Exception("the server closed the connection"))

    with monkeypatch.context() as patch:
        patch.setattr(receive, "receive", away)
        with pytest.raises(smtplib.SMTPDataError) as refused:
            door.send(PIET)
    assert refused.value.smtp_code == 451
    assert submissions() == []
    door.send(PIET)
    assert len(leads()) == 1, "it came again, as the sender was told"


def test_an_error_of_ours_never_makes_a_mail_bounce(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(receive, "_parse", broken)
        with pytest.raises(smtplib.SMTPDataError) as refused:
            door.send(PIET)
    assert refused.value.smtp_code == 451
    (kept,) = submissions()
    assert kept.state is SubmissionState.RECEIVED, "stored; the worker reads it"


def test_a_bounce_is_told_by_its_empty_return_path(door: Door) -> None:
    door.send(PIET.replace(b"Subject: Golf", b"Subject: Uw bericht").replace(b"06 12345678", b""), sender="")
    (kept,) = submissions()
    assert kept.state is SubmissionState.IGNORED and leads() == []


def test_lines_of_any_length_and_letters_of_any_kind_are_taken(door: Door) -> None:
    with smtplib.SMTP("127.0.0.1", door.port, timeout=60) as smtp:
        smtp.sendmail("piet@example.com", [f"{door.source.key}@x.example"], PIET + b"\xff\xfe\x00" * 40_000)
    assert len(leads()) == 1


def test_one_address_at_a_time(door: Door) -> None:
    with smtplib.SMTP("127.0.0.1", door.port, timeout=60) as smtp:
        both = [f"{door.source.key}@x.example", "verkoop@doesburg.example"]
        refused = smtp.sendmail("piet@example.com", both, PIET)
    assert [code for code, _ in refused.values()] == [452]
    assert db.session.scalar(select(func.count()).select_from(Lead)) == 1


def test_a_sender_who_hangs_up_in_the_middle_was_promised_nothing(door: Door) -> None:
    with socket.create_connection(("127.0.0.1", door.port), 10) as line:
        file = line.makefile("rwb")
        file.readline()
        for said in (
            b"EHLO x",
            b"MAIL FROM:<a@b.example>",
            f"RCPT TO:<{door.source.key}@x>".encode(),
            b"DATA",
        ):
            file.write(said + b"\r\n")
            file.flush()
            while file.readline()[3:4] == b"-":
                pass
        file.write(PIET)
        file.flush()
    door.send(PIET.replace(b"<a1@", b"<a2@"))
    assert len(submissions()) == 1


def test_too_many_at_once_are_asked_to_come_back(door: Door) -> None:
    lines = [socket.create_connection(("127.0.0.1", door.port), 10) for _ in range(mail_in.MOST_SESSIONS)]
    try:
        assert all(line.recv(200).startswith(b"220") for line in lines)
        with socket.create_connection(("127.0.0.1", door.port), 10) as more:
            assert more.recv(200).startswith(b"421")
    finally:
        for line in lines:
            line.close()
    for _ in range(100):
        with suppress(smtplib.SMTPException, OSError):
            door.send(PIET)
            break
    assert len(leads()) == 1


def test_starttls_is_offered_with_a_certificate_and_used(app: Flask, source: Source, tmp_path) -> None:
    cert, _server = localhost(tmp_path)
    trust = ssl.create_default_context(cafile=str(cert))
    door = Door(app, source, mail_in_cert=str(cert), mail_in_cert_key=str(tmp_path / "localhost.key"))
    try:
        with smtplib.SMTP("localhost", door.port, timeout=60) as smtp:
            smtp.starttls(context=trust)
            smtp.sendmail("piet@example.com", [f"{source.key}@x.example"], PIET)
    finally:
        door.close()
    assert len(leads()) == 1
