"""E-mail over any SMTP server: one delivery in, one ``Result`` out. Called by ``app.delivery.drain``, in the
worker.

In: a delivery whose payload is subject, text, html, language, from_name, reply_to and headers; SMTP_URL and
MAIL_FROM. The delivery's id is the Message-ID, so that a mail sent twice after a crash is recognisable as
one.
"""

import re
import smtplib
import ssl
from contextlib import suppress
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from urllib.parse import SplitResult, unquote, urlsplit

from app import clock
from app.config import Settings
from app.delivery.result import Gone, NotSent, Refused, Result, Retry, Sent
from app.models import Delivery

TIMEOUT = 10.0
"""Seconds for each answer of the mail server."""
PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
NO_SUCH_MAILBOX = frozenset({550, 551, 553})
PASSED_ON = ("List-Unsubscribe", "List-Unsubscribe-Post")
"""Headers a payload may set; everything else is ours."""


class _Policy(EmailPolicy):
    """As RFC 5321 wants it; a stop link stays whole where the standard library would encode a long one."""

    def fold_binary(self, name: str, value: str) -> bytes:
        if name in PASSED_ON:
            return f"{name}: {value}\r\n".encode("ascii", "replace")
        return super().fold_binary(name, value)


PLAIN = _Policy(linesep="\r\n", max_line_length=78)
INTERNATIONAL = PLAIN.clone(utf8=True)
_ADDRESS = re.compile(r"<?[^\s<>]+@[^\s<>:,;]+>?")


def send(delivery: Delivery, settings: Settings) -> Result:
    """Send one e-mail. Never raises: whatever the mail server does is a ``Result``."""
    if not settings.smtp_url:
        return NotSent("no_mail_server")
    recipient = _recipient(delivery.address)
    if recipient is None:
        return Gone("not an address that e-mail can reach")
    message = compose(delivery, recipient, settings)
    try:
        return _hand_over(message, _sender(settings), recipient, urlsplit(settings.smtp_url))
    except smtplib.SMTPRecipientsRefused as refused:
        return _recipient_refused(*next(iter(refused.recipients.values())))
    except smtplib.SMTPResponseException as answer:
        return _answered(answer.smtp_code, _words(answer.smtp_error))
    except smtplib.SMTPNotSupportedError as error:
        return Refused(f"the mail server cannot do what this needs: {error}")
    except ssl.SSLCertVerificationError as error:
        return Refused(f"the mail server's certificate is not valid: {error.verify_message}")
    except (smtplib.SMTPException, OSError) as error:
        return Retry(f"the mail server did not answer: {type(error).__name__}")


def compose(delivery: Delivery, recipient: str, settings: Settings) -> EmailMessage:
    """The message as it goes over the wire. Line breaks in names and subjects become spaces: no header is
    injected.
    """
    payload = delivery.payload
    sender = _sender(settings)
    message = EmailMessage(policy=PLAIN if recipient.isascii() else INTERNATIONAL)
    message["Subject"] = one_line(payload.get("subject"))
    message["From"] = Address(one_line(payload.get("from_name")), addr_spec=sender)
    message["To"] = recipient
    # To us, when we read it (the answer joins its follow-up and rings); else to the salesperson's own mailbox.
    if reply_to := _recipient(settings.mail_reply_to or payload.get("reply_to")):
        message["Reply-To"] = reply_to
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = f"<{delivery.id.hex}@{sender.rpartition('@')[2]}>"
    message["Content-Language"] = one_line(payload.get("language")) or "en"
    # RFC 3834: an out-of-office reply to this one would be read as the customer's answer.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    for name in PASSED_ON:
        if value := one_line(payload.get("headers", {}).get(name)):
            message[name] = value
    message.set_content(_encodable(payload.get("text")))
    if html := payload.get("html"):
        message.add_alternative(_encodable(html), subtype="html")
    return message


def one_line(text: object) -> str:
    """A header's value: control characters become spaces, halves of broken characters become "?"."""
    plain = "".join(char if char.isprintable() or char == " " else " " for char in _encodable(text))
    return " ".join(plain.split())


def _encodable(text: object) -> str:
    return str(text or "").encode("utf-8", "replace").decode()


def _sender(settings: Settings) -> str:
    return parseaddr(settings.mail_from)[1] or settings.mail_from


def _recipient(address: object) -> str | None:
    """One bare address with its domain in ASCII, or None when it is none (or several)."""
    text = str(address or "").strip()
    local, at, domain = text.rpartition("@")
    if not local or not at or not text.isprintable() or any(char in text for char in " ,;<>"):
        return None
    try:
        domain = domain.encode("idna").decode()
        # The library's parser knows ASCII only; letters with accents are fine where the server takes them.
        Address(addr_spec="".join(char if char.isascii() else "x" for char in f"{local}@{domain}"))
    except (UnicodeError, ValueError, IndexError, HeaderParseError):
        return None
    return f"{local}@{domain}"


def _hand_over(message: EmailMessage, sender: str, recipient: str, server: SplitResult) -> Result:
    host, port = server.hostname or "localhost", server.port or PORTS[server.scheme]
    if server.scheme == "smtps":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(
            host, port, timeout=TIMEOUT, context=ssl.create_default_context()
        )
    else:
        smtp = smtplib.SMTP(host, port, timeout=TIMEOUT)
    try:
        if server.scheme == "smtp+starttls":
            smtp.starttls(context=ssl.create_default_context())
        if server.username:
            smtp.login(unquote(server.username), unquote(server.password or ""))
        smtp.send_message(message, sender, [recipient])
        # From here on it is sent: what the server does with our goodbye must not send it twice.
        with suppress(smtplib.SMTPException, OSError):
            smtp.quit()
        return Sent(provider_ref=str(message["Message-ID"]))
    finally:
        smtp.close()


def _recipient_refused(code: int, words: bytes | str) -> Result:
    text = _words(words)
    # 5.7.x is policy (relaying, blocked sender): our matter, the mailbox may well exist (RFC 3463).
    if code in NO_SUCH_MAILBOX and not text.startswith("5.7."):
        return Gone(f"{code} {text}")
    return _answered(code, text)


def _answered(code: int, text: str) -> Result:
    """4xx: later. 5xx, wrong password included: somebody must change something here. -1 and the like: no
    answer.
    """
    reason = f"{code} {text}"[:200]
    return Refused(reason) if 500 <= code < 600 else Retry(reason)


def _words(error: bytes | str) -> str:
    """What the server said, without the customer's address: reasons are shown and logged."""
    text = one_line(error.decode("utf-8", "replace") if isinstance(error, bytes) else error)
    return _ADDRESS.sub("<…>", text)[:180]
