"""Save a showroom's own cadence as a new version, and move running follow-ups to a version.

In: steps without flaws (draft.py). Out: rows in the running transaction. Called by the API. New follow-ups begin with
the newest version of their showroom; a running one keeps its own until a manager moves it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import NoResultFound

from app.access import lock_follow_up
from app.cadence import draft, own, record
from app.cadence.steps import Step
from app.db import db, new_id
from app.errors import Conflict, NotFound
from app.models import STILL_OPEN, CadenceVersion, FollowUp, Person, Showroom, append, happened

AT_ONCE = 100
"""Follow-ups moved in one transaction: it must stay short while leads come in."""


def save(
    showroom: Showroom,
    name: str,
    steps: Sequence[Step],
    texts: Sequence[Mapping[str, str]],
    based_on: int | None,
    by: Person,
    now: datetime,
) -> CadenceVersion:
    """The next version, counted in the whole group. Raises Conflict when ``based_on`` is not the newest any more."""
    newest = own.newest(showroom.group_id, showroom.id, name)
    if based_on not in (None, newest):
        raise Conflict(
            f"Version {newest} was saved while you were editing. Look at it first.", code="newer_version"
        )
    counted = select(func.coalesce(func.max(CadenceVersion.version), own.FIRST)).where(
        CadenceVersion.group_id == showroom.group_id, CadenceVersion.name == name
    )
    version = int(db.session.scalars(counted).one()) + 1
    said = {str(step.position): dict(text) for step, text in zip(steps, texts, strict=True) if text}
    row = CadenceVersion(
        id=new_id(),
        group_id=showroom.group_id,
        showroom_id=showroom.id,
        name=name,
        version=version,
        data={**draft.cadence(name, version, steps).to_json(), "texts": said},
        created_at=now,
        created_by_id=by.id,
    )
    db.session.add(row)
    db.session.flush()
    append(
        "cadence_saved", now, group_id=row.group_id, showroom_id=showroom.id, person_id=by.id,
        name=name, version=version,
    )  # fmt: skip
    return row


def active(showroom: Showroom, name: str) -> CadenceVersion | None:
    """The version in force; None: the built-in one."""
    query = select(CadenceVersion).where(
        CadenceVersion.group_id == showroom.group_id,
        CadenceVersion.showroom_id == showroom.id,
        CadenceVersion.name == name,
    )
    return db.session.scalars(query.order_by(CadenceVersion.version.desc()).limit(1)).first()


def running(showroom: Showroom, name: str) -> dict[int, int]:
    """How many open follow-ups run on which version."""
    query = (
        select(FollowUp.cadence_version, func.count())
        .where(
            FollowUp.group_id == showroom.group_id,
            FollowUp.showroom_id == showroom.id,
            FollowUp.cadence == name,
            STILL_OPEN,
        )
        .group_by(FollowUp.cadence_version)
        .order_by(FollowUp.cadence_version)
    )
    return {version: count for version, count in db.session.execute(query)}


def move(follow_up: FollowUp, version: int, by: Person, now: datetime) -> FollowUp:
    """Go on with another version of the same cadence; at least its last step stays open.

    Raises NotFound for a version that the group never saved, Conflict for a follow-up that has ended.
    """
    follow_up = lock_follow_up(follow_up.id)
    if not follow_up.is_open:
        raise Conflict("This follow-up has ended; nothing is due any more.", code="follow_up_ended")
    try:
        own.version_of(follow_up.group_id, follow_up.cadence, version)
    except NoResultFound:
        raise NotFound(f"There is no version {version} of this cadence.") from None
    if version != follow_up.cadence_version:
        old, follow_up.cadence_version = follow_up.cadence_version, version
        happened("cadence_moved", follow_up, now, person_id=by.id, from_version=old, to_version=version)
        record.replan(follow_up, now)
    return follow_up


def move_running(to: CadenceVersion, by: Person, now: datetime) -> tuple[int, int]:
    """Move the showroom's running follow-ups to this version, ``AT_ONCE`` at most. How many moved, and are left."""
    others = (
        select(FollowUp)
        .where(
            FollowUp.group_id == to.group_id,
            FollowUp.showroom_id == to.showroom_id,
            FollowUp.cadence == to.name,
            FollowUp.cadence_version != to.version,
            STILL_OPEN,
        )
        .order_by(FollowUp.id)
    )
    found = list(db.session.scalars(others.limit(AT_ONCE)))
    for follow_up in found:
        move(follow_up, to.version, by, now)
    left = db.session.scalar(select(func.count()).select_from(others.order_by(None).subquery())) or 0
    return len(found), int(left)
