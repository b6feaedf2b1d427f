"""Mails that no program should have written: each is a lead with an owner, quickly, and in little memory."""

from __future__ import annotations

import base64
import gzip
import time
from collections.abc import Callable

import psutil
import pytest
from flask import Flask
from sqlalchemy import select

from app.access import showroom_of
from app.db import db, write
from app.intake.register import make
from app.models import FollowUp, Lead, Submission, SubmissionState
from tests.api.phone import fresh
from tests.people import doesburg

HEAD = b"From: Lotte <lotte@example.nl>\r\nSubject: Polo\r\nMIME-Version: 1.0\r\n"
LARGE = 24 * 1024 * 1024


def nested(depth: int) -> bytes:
    opened = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(depth)
    )
    return HEAD + opened + b"Content-Type: text/plain\r\n\r\nIs de Polo er nog? 06 87654321\r\n"


def letters_in_letters(depth: int) -> bytes:
    return (
        HEAD
        + b"Content-Type: message/rfc822\r\n\r\n"
        + (b"Content-Type: message/rfc822\r\n\r\n" * depth)
        + b"Subject: x\r\n\r\nhallo"
    )


def attached(kind: bytes, content: bytes) -> bytes:
    packed = base64.encodebytes(content)
    return (
        HEAD
        + b"Content-Type: multipart/mixed; boundary=g\r\n\r\n--g\r\nContent-Type: text/plain\r\n\r\nIs de Polo er nog?\r\n--g\r\n"
        b"Content-Type: "
        + kind
        + b"; name=x.xml\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + packed
        + b"\r\n--g--\r\n"
    )


BOMB = (
    b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(
        b'<!ENTITY %c "&%c;&%c;&%c;&%c;&%c;&%c;&%c;&%c;">' % ((98 + n, *[97 + n] * 8)) for n in range(20)
    )
    + b"]><adf>&u;</adf>"
)
MAILS: dict[str, Callable[[], bytes]] = {
    "a photo of 24 MB": lambda: attached(b"image/jpeg", bytes(LARGE * 3 // 4)),
    "parts in parts, 100,000 deep": lambda: nested(100_000),
    "letters in letters": lambda: letters_in_letters(100_000),
    "a million parts": lambda: HEAD + b"Content-Type: multipart/mixed; boundary=g\r\n\r\nhallo\r\n" + b"--g\r\n\r\nx\r\n" * 1_000_000,
    "an XML bomb": lambda: attached(b"application/xml", BOMB),
    "a gzip bomb": lambda: attached(b"application/gzip", gzip.compress(bytes(50_000_000))),
    "an unknown charset": lambda: HEAD + b"Content-Type: text/plain; charset=klingon\r\n\r\nIs de Polo \xe9r nog? 06 87654321",
    "a wrong charset": lambda: HEAD + b"Content-Type: text/plain; charset=utf-16\r\n\r\nIs de Polo er nog?\x00\xd8",
    "one line of 24 MB": lambda: HEAD + b"\r\n" + b"a " * (LARGE // 2),
    "headers without an end": lambda: HEAD + b"X-A: " + b"b" * 5_000_000,
    "a million headers": lambda: HEAD + b"X: y\r\n" * 1_000_000 + b"\r\nhallo",
    "bytes of no kind": lambda: bytes(range(256)) * 40_000,
    "nothing but blanks": lambda: b"\r\n" * 1_000_000,
}  # fmt: skip


@pytest.fixture
def post(app: Flask) -> Callable[[bytes], int]:
    doesburg()
    source = make(showroom_of("doesburg"), "post", "email")
    with write():
        db.session.add(source)
    key = source.key

    def send(raw: bytes) -> int:
        fresh()
        return app.test_client().post(f"/in/{key}", data=raw, content_type="message/rfc822").status_code

    return send


@pytest.mark.parametrize("name", MAILS)
def test_it_is_kept_and_somebody_looks_at_it(post: Callable[[bytes], int], name: str) -> None:
    raw = MAILS[name]()
    before, began = psutil.Process().memory_info().rss, time.process_time()
    assert post(raw) in (201, 202)
    assert time.process_time() - began < 20
    assert psutil.Process().memory_info().rss - before < 300 * 1024 * 1024
    fresh()
    lead = db.session.scalars(select(Lead)).one()
    assert db.session.get_one(FollowUp, lead.follow_up_id).next_due_at is not None
    assert db.session.scalars(select(Submission.state)).one() in (
        SubmissionState.READ,
        SubmissionState.NEEDS_LOOK,
    )


def test_a_mail_larger_than_25_mb_is_too_large(post: Callable[[bytes], int]) -> None:
    assert post(HEAD + b"\r\n" + bytes(25 * 1024 * 1024)) == 413
