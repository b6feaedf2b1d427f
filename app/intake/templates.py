"""The house's own mail templates: kept as data, read with the mail, drafted from a mail that somebody has corrected.

In: plain fields as an administrator typed them. Out: what the parser of kind ``email`` takes as its settings, and
``draft``, a proposal. Called by ``receive`` and by the API.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import or_, select

from app.db import db
from app.intake.sources.email_headers import addresses
from app.intake.sources.email_message import Mail, read_mail, readable
from app.intake.sources.email_posted import raw_mail
from app.models import Source, SourceTemplate

MOST = 200
"""Templates of one group that a mail is compared with."""
LONGEST_LABEL = 40


def settings_of(source: Source) -> Mapping[str, Any] | None:
    """The source's settings, with the templates of its showroom and group: newest first."""
    mine = or_(SourceTemplate.showroom_id.is_(None), SourceTemplate.showroom_id == source.showroom_id)
    own = select(SourceTemplate.data).where(SourceTemplate.group_id == source.group_id, mine)
    found = list(db.session.scalars(own.order_by(SourceTemplate.created_at.desc()).limit(MOST)))
    return {**(source.settings or {}), "templates": found} if found else source.settings


def draft(body: bytes, content_type: str, corrected: Mapping[str, str]) -> dict[str, Any]:
    """A template for mails like this one: its sender, its subject with gaps, and labels beside the corrected values.

    ``corrected``: what a person says the mail means, by our field names (name, phone, email, car). A proposal: the
    preview shows what it would read.
    """
    mail = read_mail(raw_mail(body, content_type) or b"")
    sender = next(iter(addresses(", ".join(mail.raw_headers.get("from", ())))), ("", ""))
    domain = sender[1].rpartition("@")[2].lower()
    text = readable(mail)
    labels = {
        label: field for field, value in corrected.items() if value and (label := _label(text, field, value))
    }
    subject = _with_gaps(mail, corrected)
    return {
        "name": sender[0] or domain or "?",
        "senders": [domain] if domain else [],
        **({"subject": [subject]} if subject else {}),
        **({"labels": labels} if labels else {}),
    }


def _label(text: str, field: str, value: str) -> str | None:
    """The words before the colon of the first line that holds this value."""
    wanted = _bare(value, field)
    for line in text.split("\n"):
        label, colon, said = line.partition(":")
        label = label.strip(" *\t-•")
        if colon and 0 < len(label) <= LONGEST_LABEL and wanted and wanted in _bare(said, field):
            return label
    return None


def _bare(value: str, field: str) -> str:
    """Numbers are compared by their last digits: "+31 6…" is what stood there as "06…"."""
    if field == "phone":
        return "".join(char for char in value if char.isdigit())[-8:]
    return " ".join(value.split()).lower()


def _with_gaps(mail: Mail, corrected: Mapping[str, str]) -> str | None:
    """The subject with each corrected value as a gap; None when no value stands in it (then any subject will do)."""
    subject = mail.first("subject")
    for field, value in corrected.items():
        place = subject.lower().find(value.strip().lower()) if value.strip() else -1
        if place >= 0:
            subject = f"{subject[:place]}{{{field}}}{subject[place + len(value.strip()) :]}"
    words = subject.replace("{", "").strip()
    return subject if "{" in subject and words else None
