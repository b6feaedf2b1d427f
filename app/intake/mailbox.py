"""Mailboxes that we read: each mail becomes a submission once, and is marked only after that is committed.

In: a mailbox's address with the key of its source (``IMAP_MAILBOXES``), an IMAP server. Out: submissions, by way of
``receive``. IDLE tells of new mail at once; without it we look every few seconds. What was read gets a keyword, which
people's mail programs do not show; where a server keeps none, it moves to the folder "Firstcall". Called by
``flask mail-in``.
"""

import logging
import ssl
import threading
import time
from datetime import datetime, timedelta
from imaplib import IMAP4
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

from flask import Flask
from imapclient import IMAPClient  # type: ignore[import-untyped]
from sqlalchemy.exc import SQLAlchemyError

from app.db import db
from app.errors import NotFound, Problem
from app.faults import fault_point
from app.intake import addressed
from app.intake.mail_in import LARGEST, take_in
from app.intake.sources import email
from app.models import Source

log = logging.getLogger(__name__)
READ = b"$Firstcall"
FOLDER = "Firstcall"
TIMEOUT = 60
"""Seconds for each answer of the mail server."""
LOOK_EVERY = 15.0
"""Seconds between two looks where the server has no IDLE."""
RENEW = 240.0
"""Seconds of one IDLE: servers and routers forget longer silence (RFC 2177 allows 29 minutes)."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
AT_ONCE = 50
ROUNDED = timedelta(seconds=1)
"""Mail servers keep whole seconds."""


class Mailbox(threading.Thread):
    """One mailbox, one thread, one connection; for ever, until ``stop``."""

    def __init__(self, app: Flask, url: str, stop: threading.Event) -> None:
        self._parts = urlsplit(url)
        super().__init__(name=f"mailbox {self._parts.hostname}", daemon=True)
        self._app, self._stop_asked = app, stop
        self._older: set[int] = set()
        self._moves = False

    def run(self) -> None:
        """A broad ``except`` as in the worker's loop: whatever it is, mail must be read again as soon as it is over."""
        pause = FIRST_PAUSE
        while not self._stop_asked.is_set():
            began = time.monotonic()
            try:
                self._connected()
            except (OSError, IMAP4.error, SQLAlchemyError, Problem) as error:
                said = {"mailbox": self.name, "reason": type(error).__name__}
                log.warning("mailbox: not reading; trying again", extra=said)
            except Exception:
                log.exception("mailbox: an error of ours", extra={"mailbox": self.name})
            pause = FIRST_PAUSE if time.monotonic() - began > LONGEST_PAUSE else min(pause * 2, LONGEST_PAUSE)
            self._stop_asked.wait(pause)

    def _connected(self) -> None:
        with self._connect() as client:
            client.login(unquote(self._parts.username or ""), unquote(self._parts.password or ""))
            chosen = client.select_folder(unquote(self._parts.path.lstrip("/")) or "INBOX")
            self._moves = rb"\*" not in chosen.get(b"PERMANENTFLAGS", ())
            if self._moves and not client.folder_exists(FOLDER):
                client.create_folder(FOLDER)
            log.info("mailbox: reading", extra={"mailbox": self.name})
            while not self._stop_asked.is_set():
                self._take_all(client, chosen[b"UIDVALIDITY"])
                self._wait(client)

    def _connect(self) -> IMAPClient:
        host, secure = self._parts.hostname, self._parts.scheme == "imaps"
        context = ssl.create_default_context()
        port = self._parts.port or (993 if secure else 143)
        more = {"ssl_context": context} if secure else {}
        client = IMAPClient(host, port=port, ssl=secure, timeout=TIMEOUT, **more)
        client.normalise_times = False  # aware, as the server says them
        if self._parts.scheme == "imap+starttls":
            client.starttls(context)
        return client

    def _take_all(self, client: IMAPClient, validity: int) -> None:
        """Everything that is not marked and came after the source was made: an old mailbox is not a thousand leads."""
        with self._app.app_context():
            id_, since = self._source()
        day = (since - timedelta(days=1)).date()  # servers compare days, of their own zone
        unread = ["UNDELETED", "SINCE", day, *([] if self._moves else ["UNKEYWORD", READ.decode()])]
        waiting = [uid for uid in sorted(client.search(unread)) if uid not in self._older]
        for start in range(0, len(waiting), AT_ONCE):
            seen = client.fetch(waiting[start : start + AT_ONCE], ["RFC822.SIZE", "INTERNALDATE"])
            for uid in sorted(seen):
                if seen[uid][b"INTERNALDATE"] < since - ROUNDED:
                    self._older.add(uid)
                else:
                    self._take(client, uid, seen[uid][b"RFC822.SIZE"], id_, validity)

    def _take(self, client: IMAPClient, uid: int, size: int, source_id: UUID, validity: int) -> None:
        """Commit, then mark: after a crash in between the mail is known by its Message-ID or its place here."""
        part = b"BODY[]" if size <= LARGEST else b"BODY[]<0>"
        asked = "BODY.PEEK[]" if size <= LARGEST else f"BODY.PEEK[]<0.{LARGEST}>"
        raw = client.fetch([uid], [asked]).get(uid, {}).get(part)
        if raw is None:
            return  # somebody deleted it meanwhile
        with self._app.app_context():
            take_in(source_id, raw, email.key_of(raw) or f"imap:{validity}.{uid}")
        fault_point("mail committed")
        if not self._moves:
            client.add_flags([uid], [READ], silent=True)
        elif client.has_capability("MOVE"):
            client.move([uid], FOLDER)
        else:
            client.copy([uid], FOLDER)
            client.delete_messages([uid], silent=True)

    def _source(self) -> tuple[UUID, datetime]:
        id_ = addressed.by_key(self._parts.fragment)
        if id_ is None:
            raise NotFound("IMAP_MAILBOXES names a source that does not exist or is closed.")
        return id_, db.session.get_one(Source, id_).created_at

    def _wait(self, client: IMAPClient) -> None:
        """Until there may be new mail, or ``stop``."""
        if not client.has_capability("IDLE"):
            self._stop_asked.wait(LOOK_EVERY)
            client.noop()
            return
        client.idle()
        try:
            end = time.monotonic() + RENEW
            while not self._stop_asked.is_set() and time.monotonic() < end:
                told: list[Any] = client.idle_check(timeout=1)
                if any(isinstance(one, tuple) and b"EXISTS" in one for one in told):
                    return
        finally:
            client.idle_done()
