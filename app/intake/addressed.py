"""Which source a mail's envelope names: ``KEY@anything``, ``leads+KEY@anything``, or an alias from the settings.

In: an address. Out: the id of an open source of kind ``email``, or None. Called by the SMTP listener and the mailboxes.
"""

import re
from uuid import UUID

from sqlalchemy import func, select

from app.config import Settings
from app.db import db
from app.models import Source

KEY = re.compile(r"[\w-]{1,64}", re.ASCII)


def source_id(address: str, settings: Settings) -> UUID | None:
    """Some mail programs write the whole address in small letters: then the key is compared so, if it is one only."""
    key = settings.mail_in_aliases.get(address.lower()) or address.rpartition("@")[0]
    return next((id_ for one in (key, key.partition("+")[2]) if one and (id_ := by_key(one))), None)


def by_key(key: str) -> UUID | None:
    """The open e-mail source with this key."""
    if not KEY.fullmatch(key):
        return None
    mine = select(Source.id, Source.key).where(Source.kind == "email", Source.closed_at.is_(None))
    found = db.session.execute(mine.where(func.lower(Source.key) == key.lower())).all()
    exact = [id_ for id_, own in found if own == key]
    if exact:
        return exact[0]
    return found[0][0] if len(found) == 1 else None
