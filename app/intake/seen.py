"""The same request again is nothing new, also when it comes in another envelope (intake.md).

In: what a parser read. Out: those that have not been here, and the submission in which the others were. Called by
``receive`` inside its transaction. Without keys of the vendor's it asks the database nothing.
"""

from sqlalchemy import select

from app.db import db
from app.intake.parsed import ParsedLead
from app.models import Lead, Source, Submission


def sift(
    found: list[ParsedLead], source: Source, submission: Submission
) -> tuple[list[ParsedLead], Submission | None]:
    """Each new request once; and (the last) submission that brought what is not new, or None."""
    keys = {one.delivery_key[:200] for one in found if one.delivery_key}
    if not keys:
        return found, None
    known = _placed(keys, source)
    if said := {(one.delivery_key or "")[:200] for one in found if one.via} - {""}:
        known |= _answered(said, source, submission)
    new: dict[str, ParsedLead] = {}
    for place, one in enumerate(found):
        key = (one.delivery_key or "")[:200]
        if key not in known:
            new.setdefault(key or f" {place}", one)
    return list(new.values()), next(iter(known.values()), None)


def _placed(keys: set[str], source: Source) -> dict[str, Submission]:
    query = (
        select(Lead.delivery_key, Submission)
        .join(Submission, Submission.id == Lead.submission_id)
        .where(Lead.source_id == source.id, Lead.delivery_key.in_(keys))
    )
    return {key: before for key, before in db.session.execute(query) if key}


def _answered(keys: set[str], source: Source, submission: Submission) -> dict[str, Submission]:
    """Messages that became no lead of their own, but an answer in a follow-up: their delivery is known by its key."""
    whole = {f"in:{key}"[:200]: key for key in keys}
    query = select(Submission).where(
        Submission.source_id == source.id, Submission.delivery_key.in_(whole), Submission.id != submission.id
    )
    return {whole[before.delivery_key or ""]: before for before in db.session.scalars(query)}
