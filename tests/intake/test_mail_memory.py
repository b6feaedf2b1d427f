"""What a large mail takes of the listener's own process: ``flask mail-in`` as a dealer runs it, its sender apart."""

import smtplib
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.db import db
from app.intake import mail_in
from app.models import Lead, Submission
from tests.databases import copy_sqlite, free_port
from tests.house import House, until
from tests.memory import peak

MAIL_IN = [sys.executable, "-m", "flask", "--app", "wsgi", "mail-in"]
HEAD = b"Message-ID: <a1@example.com>\r\nFrom: Piet Jansen <piet@example.com>\r\nSubject: Golf\r\n\r\n06 12345678 bel mij\r\n"
MOST_MB = 250
"""Ten times the largest mail. Kept as a list of lines it takes 2,100; as one piece 180."""


@pytest.fixture
def house(sqlite_template: Path, tmp_path: Path) -> Iterator[House]:
    url = copy_sqlite(sqlite_template, tmp_path / "firstcall.db")
    with House(url, tmp_path, MAIL_IN_BIND=f"127.0.0.1:{free_port()}") as house:
        house.start("mail-in", MAIL_IN)
        yield house


def test_a_mail_of_25_mb_of_empty_lines_is_taken_and_a_larger_one_refused_but_never_a_gigabyte(
    house: House,
) -> None:
    made = house.run("source", "add", "Post", "--kind", "email", "--showroom", "doesburg")
    address = f"{made['key']}@in.example.com"
    until("it listens", lambda: "mail-in listens" in house.log("mail-in"))
    port = int(house.environment["MAIL_IN_BIND"].rpartition(":")[2])

    def send(raw: bytes) -> int:
        """The last answer. The mail goes as it is: smtplib would look at each of its 13 million lines."""
        with closing(smtplib.SMTP("127.0.0.1", port, timeout=60)) as smtp:
            for said in (
                b"EHLO x",
                b"MAIL FROM:<piet@example.com>",
                f"RCPT TO:<{address}>".encode(),
                b"DATA",
            ):
                code, text = smtp.docmd(said.decode())
                assert code in (250, 354), text
            smtp.send(raw + b"\r\n.\r\n")
            return smtp.getreply()[0]

    process = house.process("mail-in").pid
    assert send(HEAD) == 250  # what is loaded once is loaded
    fits = HEAD.replace(b"a1@", b"a2@") + b"\r\n" * ((mail_in.LARGEST - len(HEAD) - 2_000) // 2)
    answers: list[int] = []
    assert peak(lambda: answers.append(send(fits)), process) < MOST_MB
    assert peak(lambda: answers.append(send(fits + b"\r\n" * 2_000)), process) < MOST_MB
    assert answers == [250, 552]
    with house.app.app_context():
        kept = db.session.scalars(select(func.length(Submission.body)).order_by(Submission.received_at)).all()
        asked = db.session.scalars(select(Lead.question)).all()
    assert len(kept) == 2 and kept[1] > len(fits)
    assert asked and all("bel mij" in (one or "") for one in asked)
