"""A mail server on a free port that keeps what it gets, and misbehaves on demand.

In: SMTP. Out: `Mail` objects, and answers by rule: 4xx, 5xx, or none at all. Called by tests.
"""

from __future__ import annotations

import asyncio
import email.policy
import threading
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesParser
from types import TracebackType
from typing import Literal, Self

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.wire.loop_thread import LoopThread

Stage = Literal["RCPT", "DATA"]


@dataclass(frozen=True)
class Mail:
    """One accepted message: the envelope, and the message parsed."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage

    def text(self) -> str:
        """The plain text part; empty when there is none."""
        part = self.message.get_body(("plain",))
        return str(part.get_content()) if part is not None else ""


@dataclass
class _Rule:
    answer: str | None
    times: int | None


class SmtpServer:
    """`with SmtpServer() as mail:` serves on `mail.host`:`mail.port`."""

    host = "127.0.0.1"
    port: int

    def __init__(self) -> None:
        self._mails: list[Mail] = []
        self._changed = threading.Condition()
        self._rules: dict[tuple[Stage, str], _Rule] = {}

    @property
    def url(self) -> str:
        return f"smtp://{self.host}:{self.port}"

    @property
    def mails(self) -> list[Mail]:
        with self._changed:
            return list(self._mails)

    def rule(
        self,
        recipient: str = "*",
        *,
        answer: str = "450 4.2.0 try again later",
        hang: bool = False,
        at: Stage = "RCPT",
        times: int | None = None,
    ) -> None:
        """Answers `at` RCPT or DATA for this recipient ("*": any) with `answer` or never, `times` times."""
        self._rules[(at, recipient.lower())] = _Rule(None if hang else answer, times)

    def clear(self) -> None:
        """Forgets the rules; the mails stay."""
        self._rules.clear()

    def wait_for(self, count: int, recipient: str | None = None, timeout: float = 10.0) -> list[Mail]:
        """The accepted mails (to `recipient`), once there are `count`; AssertionError after `timeout` s."""

        def chosen() -> list[Mail]:
            return [m for m in self._mails if recipient is None or recipient in m.recipients]

        with self._changed:
            there = self._changed.wait_for(lambda: len(chosen()) >= count, timeout)
            assert there, f"{len(chosen())} of {count} mails after {timeout} s"
            return chosen()

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = await self._ruled("RCPT", [address])
        if answer is not None:
            return answer
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = await self._ruled("DATA", envelope.rcpt_tos)
        if answer is not None:
            return answer
        assert isinstance(envelope.content, bytes)
        message = BytesParser(policy=email.policy.default).parsebytes(envelope.content)
        with self._changed:
            self._mails.append(Mail(envelope.mail_from or "", tuple(envelope.rcpt_tos), message))
            self._changed.notify_all()
        return "250 2.0.0 kept"

    async def _ruled(self, at: Stage, recipients: list[str]) -> str | None:
        for name in [*(address.lower() for address in recipients), "*"]:
            rule = self._rules.get((at, name))
            if rule is None or rule.times == 0:
                continue
            if rule.times is not None:
                rule.times -= 1
            if rule.answer is None:
                await asyncio.Event().wait()
            return rule.answer
        return None

    def __enter__(self) -> Self:
        self._thread = LoopThread("mail server")
        serving = self._thread.loop.create_server(
            lambda: SMTP(self, hostname="mail.example.test", enable_SMTPUTF8=True, loop=self._thread.loop),
            self.host,
            0,
        )
        self._server = self._thread.run(serving)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._thread.call(self._server.close)
        self._thread.stop()
