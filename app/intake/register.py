"""Add and change sources. Called by the commands and the API, inside a write.

In: a showroom or a source, and what somebody entered. Out: the row, and the secrets that we made up, which are shown
this once: they are entered at the vendor and never read back.
"""

import secrets as random
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import null, select

from app.db import db, new_id
from app.errors import Conflict
from app.intake import graph, kinds, vault
from app.models import Showroom, Source

Entered = Mapping[str, Any]


def make(showroom: Showroom, name: str, kind: str) -> Source:
    """A source with a new unguessable key (144 bits), not yet in the session."""
    return Source(
        id=new_id(),
        group_id=showroom.group_id,
        showroom_id=showroom.id,
        name=name,
        kind=kind,
        key=random.token_urlsafe(18),
    )


def add(
    showroom: Showroom, name: str, kind: str, settings: Entered, secrets: Entered
) -> tuple[Source, dict[str, str]]:
    """A new source; what is missing and can be made up is. Raises Unreadable, or Conflict for a name that is taken."""
    kinds.checked(kind, settings, secrets)
    source = make(showroom, name, kind)
    _free(source, name)
    made = kinds.made(kind, secrets)
    source.secrets = vault.seal({**_given(secrets), **made})
    if kept := _given(settings):
        source.settings = kept
    db.session.add(source)
    db.session.flush()
    return source, made


def change(source: Source, settings: Entered, secrets: Entered, now: datetime) -> dict[str, str]:
    """Only what is named changes; None forgets. A secret that the source needs and we can make up is made anew."""
    kinds.checked(source.kind, settings, secrets)
    if settings:
        kept = _given({**(source.settings or {}), **settings})
        source.settings = kept or null()
    if not secrets:
        return {}
    known = _given({**vault.of(source), **secrets})
    made = kinds.made(source.kind, known)
    source.secrets = vault.seal({**known, **made})
    source.trouble = source.trouble_at = None
    graph.ask_again(source, now)
    return made


def rename(source: Source, name: str) -> None:
    """Raises Conflict for a name that another source of the showroom has."""
    _free(source, name)
    source.name = name


def close(source: Source, closed: bool, now: datetime) -> None:
    """A closed source takes in nothing more; what came stays. It can be opened again."""
    source.closed_at = (source.closed_at or now) if closed else None


def _free(source: Source, name: str) -> None:
    taken = select(Source.id).where(
        Source.showroom_id == source.showroom_id, Source.name == name, Source.id != source.id
    )
    if db.session.scalar(taken) is not None:
        raise Conflict(f"There is a source named {name} already.", code="name_taken")


def _given(entered: Entered) -> dict[str, Any]:
    return {name: value for name, value in entered.items() if value is not None}
