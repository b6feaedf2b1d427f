"""Our own SMTP listener: mail for ``KEY@anything`` (or an alias) is stored in the database before it is answered.

In: SMTP. Out: submissions, by way of ``receive``; 250 only for what is stored, 550 for an address that is no source of
ours (no relaying), 4xx when we cannot store, so that the sender keeps it and tries again. Called by ``flask mail-in``.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from app.config import Settings
from app.db import db
from app.errors import Problem
from app.intake import addressed, receive
from app.intake.sources import email
from app.intake.take import Answer
from app.models import Source

log = logging.getLogger(__name__)
LARGEST = 25 * 1024 * 1024
"""Bytes of one mail, as for mail that is posted."""
MOST_SESSIONS = 20
THREADS = 2
"""Mails that are stored and read side by side: each may be large."""
PATIENCE = 60
"""Seconds that a sender may be silent."""
END = b"\r\n.\r\n"
UNKNOWN = "550 5.1.1 There is no such intake address"
ONE_BY_ONE = "452 4.5.3 One address at a time, please"
AWAY = "451 4.3.0 Not stored, try again later"
KEPT = "250 2.0.0 Stored"
TOO_LARGE = f"552 5.3.4 A mail may be {LARGEST // 1024 // 1024} MB"
T = TypeVar("T")


class Listener:
    """What happens at RCPT and DATA. The database's work is done in threads of its own."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._app, self._settings = app, settings
        self.conversations = 0
        """That are open now."""
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="mail-in")

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if envelope.rcpt_tos:
            return ONE_BY_ONE  # a mail for two sources is stored for both or answered for each
        try:
            known = await self._in_thread(lambda: addressed.source_id(address, self._settings) is not None)
        except SQLAlchemyError:
            return AWAY
        if not known:
            return UNKNOWN
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        address = envelope.rcpt_tos[0]
        raw = _with_envelope(content, envelope.mail_from or "", address)
        envelope.content = envelope.original_content = None
        try:
            return await self._in_thread(partial(self._store, address, raw))
        except (SQLAlchemyError, Problem) as error:  # its text may hold what was to be written
            log.warning(
                "a mail was not stored: its sender tries again", extra={"reason": type(error).__name__}
            )
            return AWAY

    async def handle_exception(self, error: Exception) -> str:
        """Whatever it was, it is not the sender's fault: the mail stays with them for now."""
        log.error("a mail could not be taken in", exc_info=error)
        return AWAY

    def close(self) -> None:
        """What is being stored may end."""
        self._pool.shutdown(wait=True)

    def _store(self, address: str, raw: bytes) -> str:
        id_ = addressed.source_id(address, self._settings)
        if id_ is None:
            return UNKNOWN  # closed since RCPT
        answer = take_in(id_, raw, email.key_of(raw))
        log.info("mail in", extra={"source": str(id_), "bytes": len(raw), "status": answer.status})
        return KEPT

    async def _in_thread(self, act: Callable[[], T]) -> T:
        def inside() -> T:
            with self._app.app_context():
                return act()

        return await asyncio.get_running_loop().run_in_executor(self._pool, inside)


class Conversation(SMTP):
    """aiosmtpd's SMTP, with two limits of ours: how many talk at once, and how much a mail takes in memory.

    The library keeps every line of a mail as an object of its own; 25 MB of empty lines would take a gigabyte.
    """

    def __init__(self, listener: Listener, **options: Any) -> None:
        super().__init__(listener, **options)
        self._listener = listener

    def connection_made(self, transport: Any) -> None:
        self._counted = self._listener.conversations < MOST_SESSIONS or hasattr(self, "_counted")
        if not self._counted:
            transport.write(b"421 4.3.2 Too many at once, try again later\r\n")
            transport.close()
            return
        if self.transport is None:  # after STARTTLS it is made again
            self._listener.conversations += 1
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if getattr(self, "_counted", False):
            self._counted = False
            self._listener.conversations -= 1
            super().connection_lost(error)

    async def smtp_DATA(self, arg: str) -> None:
        """RFC 5321 §4.1.1.4. Only CRLF . CRLF ends a mail; what follows it before our answer is not looked at."""
        if await self.check_helo_needed():
            return
        assert self.envelope is not None
        if not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 Error: need RCPT command")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        content = await self._content()
        if content is None:
            await self.push(TOO_LARGE)
        else:
            self.envelope.content = content
            del content
            await self.push(await self._call_handler_hook("DATA"))
        self._set_post_data_state()  # type: ignore[no-untyped-call]

    async def _content(self) -> bytes | None:
        """The mail without its dots; None when it is too large (then it was read to its end and dropped)."""
        data, large = bytearray(b"\r\n"), False
        while True:
            chunk = await self._reader.read(65536)
            if not chunk:
                raise asyncio.CancelledError  # they hung up in the middle: nothing was promised
            self._reset_timeout()
            searched = max(0, len(data) - len(END))
            data += chunk
            end = data.find(END, searched)
            if end >= 0:
                break
            if len(data) > LARGEST:
                large = True
                del data[: -len(END)]
        if large or end > LARGEST:
            return None
        del data[end + 2 :]
        if b"\r\n." in data:
            data = data.replace(b"\r\n.", b"\r\n")
        return bytes(memoryview(data)[2:])


def take_in(source_id: UUID, raw: bytes, key: str | None) -> Answer:
    """One raw mail into the intake; ``key``: its delivery key when it is known before it is read.

    The same key as the parser would give it: a mail that comes in by two ways is one. Raises SQLAlchemyError.
    """
    source = db.session.get_one(Source, source_id)
    return receive.receive(source, raw, "message/rfc822", f"in:{key}"[:200] if key else None)


async def serve(listener: Listener, settings: Settings, stop: asyncio.Event) -> None:
    """Listen until ``stop``."""
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # the library would log addresses
    loop = asyncio.get_running_loop()
    host, _, port = settings.mail_in_bind.rpartition(":")
    tls = _tls(settings)

    def conversation() -> SMTP:
        return Conversation(
            listener,
            data_size_limit=LARGEST,
            enable_SMTPUTF8=True,
            hostname=settings.mail_in_host,
            ident="Firstcall",
            timeout=PATIENCE,
            tls_context=tls,
            loop=loop,
        )

    server = await loop.create_server(conversation, host.strip("[]"), int(port))
    log.info("mail-in listens", extra={"bind": settings.mail_in_bind, "starttls": tls is not None})
    async with server:
        await stop.wait()
    await loop.run_in_executor(None, listener.close)


def _tls(settings: Settings) -> ssl.SSLContext | None:
    if not settings.mail_in_cert:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(settings.mail_in_cert, settings.mail_in_cert_key or None)
    return context


def _with_envelope(content: bytes, sender: str, address: str) -> bytes:
    """As a mail server delivers it (RFC 5321 §4.4): an empty return path tells a bounce."""
    with suppress(UnicodeEncodeError):
        head = f"Return-Path: <{sender}>\r\nDelivered-To: {address}\r\n".encode()
        return head + content
    return content
