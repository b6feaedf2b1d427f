"""A showroom's own cadence: which version is in force, what a version holds, and the message of the step in hand.

In: names and numbers of versions. Out: ``Own``. Reads only. Called by record (at every plan), by the screens (how many
steps, which words) and by edit.py. Versions are never changed once written, so each is read once by a process.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import bindparam, func, select

from app.cadence.steps import SIX_IN_TEN, WRITTEN, Cadence
from app.db import db
from app.models import CadenceVersion, FollowUp, StepKind
from app.rows import look

BUILT_IN: Mapping[str, Cadence] = MappingProxyType({"six_in_ten": SIX_IN_TEN, "written": WRITTEN})
"""Version 1 of both, which every showroom starts with."""
FIRST = 1
NEWEST = select(func.coalesce(func.max(CadenceVersion.version), FIRST)).where(
    CadenceVersion.group_id == bindparam("group_id"),
    CadenceVersion.name == bindparam("name"),
    CadenceVersion.showroom_id == bindparam("showroom_id"),
)
VERSION = select(CadenceVersion.data).where(
    CadenceVersion.group_id == bindparam("group_id"),
    CadenceVersion.name == bindparam("name"),
    CadenceVersion.version == bindparam("version"),
)


@dataclass(frozen=True)
class Own:
    """The steps, and the showroom's words: position of the step → language → text with placeholders."""

    cadence: Cadence
    texts: Mapping[int, Mapping[str, str]]


def newest(group_id: UUID, showroom_id: UUID, name: str) -> int:
    """The version that this showroom's new follow-ups begin with; 1 when it never made its own."""
    known = {"group_id": group_id, "showroom_id": showroom_id, "name": name}
    ((version,),) = look(NEWEST, known, once=True)
    return int(version)


def version_of(group_id: UUID, name: str, version: int) -> Own:
    """What a version holds. No query for version 1, nor for one that this process has read before.

    Raises KeyError for another name and NoResultFound for a version that was never saved.
    """
    return Own(BUILT_IN[name], {}) if version == FIRST else _saved(group_id, name, version)


@lru_cache(maxsize=1024)
def _saved(group_id: UUID, name: str, version: int) -> Own:
    """Never asked for in the transaction that writes the version: what is rolled back must not be remembered."""
    data = db.session.scalars(VERSION, {"group_id": group_id, "name": name, "version": version}).one()
    return of_data(data)


def of_data(data: Mapping[str, object]) -> Own:
    """Read what ``edit.save`` wrote: ``Cadence.to_json`` with a ``texts`` member."""
    texts = data.get("texts")
    own = {int(position): said for position, said in texts.items()} if isinstance(texts, dict) else {}
    return Own(Cadence.from_json(data), MappingProxyType(own))


def own_of(follow_up: FollowUp) -> Own:
    """The version this follow-up began with, or was moved to."""
    return version_of(follow_up.group_id, follow_up.cadence, follow_up.cadence_version)


def steps_of(follow_up: FollowUp) -> int:
    """How many attempts its cadence asks for."""
    return len(own_of(follow_up).cadence.steps)


def words(
    follow_up: FollowUp, now: datetime, *, dialled: bool, writing: bool
) -> tuple[str, Mapping[str, str]] | None:
    """The message that goes with the step in hand: key of the built-in one, and the showroom's own by language.

    A message goes along with a call: it stays the one of the call just made until the next step is due or
    ``dialled``. Who is written to (``writing``) gets the one of the step to come. None after contact: then no step of
    the cadence is due.
    """
    if follow_up.contacted_at is not None:
        return None
    due = follow_up.next_due_at is not None and follow_up.next_due_at <= now
    made = follow_up.next_kind is StepKind.ATTEMPT and follow_up.first_try_at is not None
    just_made = made and not (due or dialled or writing)
    own = own_of(follow_up)
    last = len(own.cadence.steps)
    position = min(max(follow_up.position - just_made, 1), last)
    key = own.cadence.steps[position - 1].text
    return (key, own.texts.get(position, {})) if key else None
