"""Who wrote to the showroom: the sender, whoever Reply-To names, or whose mail was passed on.

In: a `Mail` and its text. Out: the mail that counts, and the customer's name and address: Reply-To, else From,
unless that is a robot, or somebody of the showroom who passes a mail on. Called by `email_lead`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.intake.sources.email_automatic import is_robot
from app.intake.sources.email_direct import forwarded, own_text
from app.intake.sources.email_headers import addresses
from app.intake.sources.email_message import Mail, readable

# Mailboxes of people at home; of all others one domain is one company.
_HOME_WORDS = """
    gmail.com googlemail.com hotmail.com hotmail.nl hotmail.be hotmail.fr hotmail.de hotmail.co.uk outlook.com
    outlook.be outlook.fr outlook.de live.nl live.be live.com live.fr live.de msn.com icloud.com me.com mac.com
    yahoo.com yahoo.fr yahoo.de yahoo.co.uk ziggo.nl kpnmail.nl planet.nl home.nl hetnet.nl xs4all.nl upcmail.nl
    casema.nl chello.nl telfort.nl online.nl quicknet.nl solcon.nl zeelandnet.nl telenet.be skynet.be proximus.be
    scarlet.be voo.be orange.fr wanadoo.fr free.fr laposte.net sfr.fr gmx.de gmx.net web.de t-online.de freenet.de
    aol.com protonmail.com proton.me pt.lu btinternet.com sky.com
    """
_HOME = frozenset(_HOME_WORDS.split())


@dataclass(frozen=True, slots=True)
class Letter:
    """The mail that counts: the one received, or the one that somebody passed on in it."""

    name: str
    address: str
    subject: str
    text: str
    passed_on: bool = False


def letter_of(mail: Mail, text: str) -> Letter:
    """The innermost mail: attached to, or pasted into, the one that came."""
    name, address = next(iter(_addresses(mail, "from")), ("", ""))
    subject = mail.first("subject")
    if mail.inner:
        inner = mail.inner[0]
        name, address = next(iter(_addresses(inner, "from")), ("", ""))
        return Letter(name, address, inner.first("subject"), readable(inner), True)
    own, _ = own_text(text)
    passed = forwarded(text)
    answers = bool(mail.first("in-reply-to")) and bool(own)
    if passed and not answers and (_is_passed_on(subject) or not own or _of_the_showroom(mail, address)):
        return Letter(passed.name, passed.address, passed.subject, passed.text, True)
    return Letter(name, address, subject, text)


def _is_passed_on(subject: str) -> bool:
    return subject.lower().startswith(("fwd:", "fw:", "doorst:", "wg:", "tr:", "i:", "fwd :", "tr :"))


def writer(mail: Mail, letter: Letter) -> tuple[str, str | None]:
    """(name, address) of whoever asks. A Reply-To beside a robot's From is the customer's."""
    reply = next(iter(_addresses(mail, "reply-to")), None)
    own = (letter.name, letter.address)
    for name, address in (own,) if letter.passed_on else (reply, own) if reply else (own,):
        if address and not is_robot(address) and (letter.passed_on or not _of_the_showroom(mail, address)):
            return name or (own[0] if address == own[1] else ""), address
    return "", None


def answers_to(mail: Mail, letter: Letter) -> str | None:
    """Where an answer to a form's or a portal's mail goes, if that is not the sender itself."""
    if letter.passed_on:
        return None
    reply = next(iter(_addresses(mail, "reply-to")), ("", ""))[1]
    if reply and not is_robot(reply) and not _of_the_showroom(mail, reply):
        return reply if reply.lower() != letter.address.lower() else None
    return None


def _of_the_showroom(mail: Mail, address: str) -> bool:
    """The sender's company is also the addressee: a colleague who passes something on."""
    domain = address.rpartition("@")[2].lower()
    named = {
        one.rpartition("@")[2].lower()
        for name in ("to", "cc", "delivered-to")
        for _, one in _addresses(mail, name)
    }
    return bool(domain) and domain in named and domain not in _HOME


def _addresses(mail: Mail, name: str) -> Iterator[tuple[str, str]]:
    return (pair for value in mail.raw_headers.get(name, ()) for pair in addresses(value))
