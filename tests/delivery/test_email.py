"""Sanne's customers get real e-mail from a real SMTP server's point of view, and every refusal is typed by
who must act.
"""

import dataclasses
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from app.config import Settings, load
from app.db import new_id
from app.delivery.channels import email
from app.delivery.result import Gone, NotSent, Refused, Retry, Sent
from app.models import Delivery, DeliveryChannel
from tests.wire.certificate import localhost
from tests.wire.loop_thread import LoopThread
from tests.wire.smtp_server import SmtpServer

EVA = "eva@example.test"


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer() as running:
        yield running


@pytest.fixture
def settings_for(tmp_path: Path) -> Callable[..., Settings]:
    def build(url: str, mail_from: str = "Doesburg <post@doesburg.example.test>", **more: str) -> Settings:
        environment = {"VAR_DIR": str(tmp_path), "SECRET_KEY": "for tests only " * 3, **more}
        return load({**environment, "SMTP_URL": url, "MAIL_FROM": mail_from})

    return build


def mail(address: str = EVA, **payload: Any) -> Delivery:
    content = {
        "subject": "Dank u wel. Sanne helpt u verder",
        "text": "Beste Eva,\n\nIk bel u binnen enkele minuten.\n",
        "html": "<p>Beste Eva,</p>",
        "language": "nl",
        "from_name": "Autohuis Doesburg",
        "reply_to": "sanne@doesburg.example.test",
        **payload,
    }
    return Delivery(
        id=new_id(),
        channel=DeliveryChannel.EMAIL,
        kind="confirmation",
        address=address,
        payload=content,
        token="t",
    )


def test_where_mail_comes_in_answers_come_to_us(
    server: SmtpServer, settings_for: Callable[..., Settings]
) -> None:
    email.send(mail(), settings_for(server.url, MAIL_REPLY_TO="answers@in.example.test"))
    (received,) = server.wait_for(1, EVA)
    assert received.message["Reply-To"] == "answers@in.example.test"


def test_eva_gets_the_mail_in_both_forms_and_can_answer_sanne(
    server: SmtpServer, settings_for: Callable[..., Settings]
) -> None:
    delivery = mail()
    result = email.send(delivery, settings_for(server.url))
    (received,) = server.wait_for(1, EVA)
    message = received.message
    assert result == Sent(provider_ref=f"<{delivery.id.hex}@doesburg.example.test>")
    assert message["Message-ID"] == f"<{delivery.id.hex}@doesburg.example.test>"
    assert message["From"] == "Autohuis Doesburg <post@doesburg.example.test>"
    assert message["Reply-To"] == "sanne@doesburg.example.test"
    assert received.sender == "post@doesburg.example.test"
    assert "Ik bel u binnen enkele minuten." in received.text()
    html = message.get_body(("html",))
    assert html is not None and "<p>Beste Eva,</p>" in html.get_content()
    assert message["Auto-Submitted"] == "auto-generated"
    sent_at = message["Date"].datetime
    assert abs(datetime.now(UTC) - sent_at) < timedelta(minutes=5)


def test_without_a_mail_server_it_is_kept_and_says_so(settings_for: Callable[..., Settings]) -> None:
    assert email.send(mail(), settings_for("")) == NotSent("no_mail_server")


def test_line_breaks_in_names_and_subjects_add_no_header(
    server: SmtpServer, settings_for: Callable[..., Settings]
) -> None:
    nasty = mail(
        subject="New lead\r\nBcc: victim@example.test",
        from_name='A\r\nB" <x@example.test>',
        reply_to="sanne@doesburg.example.test\r\nBcc: victim@example.test",
        headers={"List-Unsubscribe": "<https://h/c/t/stop>\r\nX-Evil: 1", "X-Other": "no"},
    )
    assert isinstance(email.send(nasty, settings_for(server.url)), Sent)
    (received,) = server.wait_for(1)
    assert received.recipients == (EVA,)
    assert received.message["Bcc"] is None
    assert received.message["X-Evil"] is None
    assert received.message["X-Other"] is None
    assert received.message["Subject"] == "New lead Bcc: victim@example.test"


def test_half_characters_do_not_stop_the_mail(
    server: SmtpServer, settings_for: Callable[..., Settings]
) -> None:
    assert isinstance(
        email.send(mail(subject="Jan \ud800", text="Jan \ud800"), settings_for(server.url)), Sent
    )
    (received,) = server.wait_for(1)
    assert received.message["Subject"] == "Jan ?"


def test_the_stop_link_in_the_header_stays_one_whole_address(
    server: SmtpServer, settings_for: Callable[..., Settings]
) -> None:
    address = f"<https://firstcall.example.test/c/{'a1B2-_.' * 30}/stop>"
    delivery = mail(
        headers={"List-Unsubscribe": address, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    )
    raw = email.compose(delivery, EVA, settings_for(server.url)).as_bytes()
    assert address.encode() in raw
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in raw


@pytest.mark.parametrize(
    "address", ["", "eva", "eva@a.test, x@b.test", "eva@a.test\r\nRCPT TO:<x@b.test>", "@a.test"]
)
def test_what_is_no_single_address_never_reaches_the_server(
    address: str, server: SmtpServer, settings_for: Callable[..., Settings]
) -> None:
    assert isinstance(email.send(mail(address), settings_for(server.url)), Gone)
    assert server.mails == []


def test_an_address_with_accents_goes_to_the_same_mailbox(
    server: SmtpServer, settings_for: Callable[..., Settings]
) -> None:
    assert isinstance(email.send(mail("eva@münchen.example.test"), settings_for(server.url)), Sent)
    assert isinstance(email.send(mail("zoë@example.test"), settings_for(server.url)), Sent)
    first, second = server.wait_for(2)
    assert first.recipients == ("eva@xn--mnchen-3ya.example.test",)
    assert second.recipients == ("zoë@example.test",)


@pytest.mark.parametrize(
    ("answer", "at", "expected"),
    [
        ("450 4.2.0 try again later", "RCPT", Retry),
        ("550 5.1.1 no such user here", "RCPT", Gone),
        ("551 5.1.6 moved", "RCPT", Gone),
        ("553 5.1.3 bad mailbox name", "RCPT", Gone),
        ("550 5.7.1 relaying denied", "RCPT", Refused),
        ("552 5.2.2 too much", "RCPT", Refused),
        ("451 4.3.0 busy", "DATA", Retry),
        ("554 5.6.0 looks like spam", "DATA", Refused),
    ],
)
def test_who_must_act_is_read_from_the_answer(
    answer: str, at: Any, expected: type, server: SmtpServer, settings_for: Callable[..., Settings]
) -> None:
    server.rule(EVA, answer=answer, at=at)
    result = email.send(mail(), settings_for(server.url))
    assert isinstance(result, expected)
    assert answer.split(" ", 2)[2] in result.reason
    assert server.mails == []


def test_the_reason_does_not_repeat_the_customers_address(
    server: SmtpServer, settings_for: Callable[..., Settings]
) -> None:
    server.rule(EVA, answer=f"550 5.1.1 <{EVA}>: recipient rejected")
    result = email.send(mail(), settings_for(server.url))
    assert isinstance(result, Gone)
    assert EVA not in result.reason


def test_a_server_that_is_away_or_silent_is_tried_again(
    server: SmtpServer, settings_for: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(email, "TIMEOUT", 0.3)
    server.rule(hang=True, at="DATA")
    assert isinstance(email.send(mail(), settings_for(server.url)), Retry)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    assert isinstance(email.send(mail(), settings_for(f"smtp://127.0.0.1:{port}")), Retry)


class Bye:
    """A server that takes the mail and is rude at the goodbye."""

    def __init__(self) -> None:
        self.taken = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.taken += 1
        return "250 2.0.0 kept"

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        return "421 4.3.2 go away"


@contextmanager
def serving(handler: object, context: ssl.SSLContext | None = None, **how: Any) -> Iterator[int]:
    """A mail server with its own handler, on a free port; with ``context`` encrypted from the first byte."""
    thread = LoopThread("mail server")
    start = thread.loop.create_server(
        lambda: SMTP(handler, loop=thread.loop, hostname="mail.example.test", **how),
        "127.0.0.1",
        0,
        ssl=context,
    )
    running = thread.run(start)
    yield running.sockets[0].getsockname()[1]
    thread.call(running.close)
    thread.stop()


def test_a_rude_goodbye_does_not_send_the_mail_twice(settings_for: Callable[..., Settings]) -> None:
    handler = Bye()
    with serving(handler) as port:
        assert isinstance(email.send(mail(), settings_for(f"smtp://127.0.0.1:{port}")), Sent)
    assert handler.taken == 1


@dataclasses.dataclass
class Guarded:
    """A mail server with a certificate and a password, as most are."""

    port: int
    certificate: Path
    handler: Bye


@pytest.fixture(params=["smtps", "smtp+starttls"])
def guarded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Guarded]]:
    public, context = localhost(tmp_path)
    handler = Bye()

    def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        good = isinstance(data, LoginPassword) and data == LoginPassword(b"post", b"p@ss:word")
        return AuthResult(success=good, handled=False)

    implicit = request.param == "smtps"
    # aiosmtpd knows its own STARTTLS only; where the socket itself is encrypted it must not insist on that.
    how: dict[str, Any] = {
        "authenticator": check,
        "auth_require_tls": not implicit,
        "auth_required": not implicit,
    }
    if not implicit:
        how |= {"tls_context": context, "require_starttls": True}
    with serving(handler, context if implicit else None, **how) as port:
        yield request.param, Guarded(port, public, handler)


def test_password_and_encryption_work_over_both_kinds_of_tls(
    guarded: tuple[str, Guarded], settings_for: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    scheme, server = guarded
    monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
    address = f"localhost:{server.port}"
    assert isinstance(email.send(mail(), settings_for(f"{scheme}://post:p%40ss%3Aword@{address}")), Sent)
    refused = email.send(mail(), settings_for(f"{scheme}://post:wrong@{address}"))
    assert isinstance(refused, Refused)
    assert "535" in refused.reason
    assert server.handler.taken == 1


def test_a_certificate_nobody_vouches_for_is_ours_to_repair(
    guarded: tuple[str, Guarded], settings_for: Callable[..., Settings]
) -> None:
    scheme, server = guarded
    result = email.send(mail(), settings_for(f"{scheme}://post:x@localhost:{server.port}"))
    assert isinstance(result, Refused)
    assert "certificate" in result.reason
