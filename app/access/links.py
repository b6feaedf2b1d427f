"""One-time device links and the codes that stand for them: made for a person, looked at, used once.

In: a person, or what somebody typed or opened. Out: the link's token, or whose it is. Called by the API, the command
line and the demo.
"""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import select, update

from app.access.hashes import digest, keyed, settings
from app.db import db, new_id
from app.errors import Gone, NotFound
from app.models import DeviceLink, Person

LINK_LIFE = timedelta(minutes=30)
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no 0/O, 1/I: typed from one screen into another


def _code(token: str) -> str:
    """The 8 characters that stand for a link's token, to be typed into the installed app."""
    number = int(keyed("device code " + token), 16)
    letters = []
    for _ in range(8):
        number, rest = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[rest])
    return "".join(letters)


def make_link(person: Person, now: datetime) -> str:
    """A new one-time device link for a person; returns its token. Inside a write."""
    token = secrets.token_urlsafe(24)
    link = DeviceLink(
        id=new_id(),
        group_id=person.group_id,
        person_id=person.id,
        token_hash=digest(token),
        code_hash=keyed(_code(token)),
        created_at=now,
        expires_at=now + LINK_LIFE,
    )
    db.session.add(link)
    return token


def link_url(token: str, base: str | None = None) -> str:
    """The address to open or scan; the token is in the fragment, so no scanner or log ever redeems it."""
    return f"{base or settings().public_url}/sign-in#t={token}"


def look_at_link(token: str, now: datetime) -> tuple[Person, str, datetime]:
    """Whose link, its code and when it expires, without using it. Raises NotFound or Gone."""
    link = _valid(db.session.scalar(select(DeviceLink).where(DeviceLink.token_hash == digest(token))), now)
    person = db.session.get_one(Person, link.person_id)
    return person, _code(token), link.expires_at


def redeem(token: str | None, code: str | None, now: datetime) -> Person:
    """Use a link or its code, once. Inside a write. Raises NotFound or Gone."""
    if token:
        wanted = DeviceLink.token_hash == digest(token)
    else:
        cleaned = "".join(c for c in (code or "").upper() if c in ALPHABET)
        wanted = DeviceLink.code_hash == keyed(cleaned)
    newest = select(DeviceLink).where(wanted).order_by(DeviceLink.created_at.desc()).limit(1)
    link = _valid(db.session.scalar(newest), now)
    used = (
        update(DeviceLink).where(DeviceLink.id == link.id, DeviceLink.used_at.is_(None)).values(used_at=now)
    )
    if db.session.execute(used).rowcount != 1:  # type: ignore[attr-defined]
        raise Gone("This link was used already. Ask your manager for a new one.", code="link_used")
    person = db.session.get_one(Person, link.person_id)
    if person.left_at:
        raise NotFound("This person no longer works here.", code="unknown_code")
    return person


def _valid(link: DeviceLink | None, now: datetime) -> DeviceLink:
    if link is None:
        raise NotFound(
            "We do not know this link or code. Check it, or ask your manager.", code="unknown_code"
        )
    if link.used_at:
        raise Gone("This link was used already. Ask your manager for a new one.", code="link_used")
    if link.expires_at <= now:
        raise Gone("This link is older than 30 minutes. Ask your manager for a new one.", code="link_expired")
    return link
