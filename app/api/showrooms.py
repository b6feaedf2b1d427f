"""My showroom's settings: hours, public holidays, telephone, how and when a silent owner is alerted.

Managers change them. What they typed is checked here, each field with a sentence; what it changes for the follow-ups
under way is decided by the worker, one at a time (``_look_again``).
"""

from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response, jsonify
from pydantic import BaseModel, Field
from sqlalchemy import update

from app import clock
from app.access import managers_only, me, settings, signed_in
from app.api.bodies import Plain
from app.api.once import Answer, once
from app.db import db
from app.errors import Conflict, Unreadable
from app.hours import Hours, NeverOpen, public
from app.models import STILL_OPEN, FollowUp, SecondChannel, Showroom, append
from app.texts.numbers import number

bp = APIBlueprint("showrooms", __name__, url_prefix="/api/v1/showrooms")
RUNGS = 5
LONGEST_RUNG = 4 * 3600


class ShowroomPatch(BaseModel):
    """Only what is sent changes. ``rungs`` null: the setting of the house; an empty text removes."""

    phone: Annotated[Plain, Field(max_length=40)] | None = None
    weekly: dict[str, Any] | None = None
    public_holidays: Annotated[Plain, Field(max_length=10)] | None = None
    second_channel: Literal["none", "sms", "voice"] | None = None
    rungs: list[int] | None = None


@bp.get("/current")
@signed_in
def show() -> Response:
    """The showroom I work in."""
    return jsonify(_json(me().showroom))


@bp.patch("/current")
@signed_in
@managers_only
@bp.input(ShowroomPatch, arg_name="said")
@once
def change(said: ShowroomPatch) -> Answer:
    """Managers only; what is wrong is named field by field and nothing of it is kept."""
    showroom, now = me().showroom, clock.now()
    changed = _checked(said, showroom)
    for name, value in changed.items():
        setattr(showroom, name, value)
    db.session.flush()
    if changed.keys() & {"weekly", "public_holidays"}:
        _look_again(showroom, now)
    append(
        "showroom_changed",
        now,
        group_id=showroom.group_id,
        showroom_id=showroom.id,
        person_id=me().id,
        fields=" ".join(sorted(changed)),
    )
    return _json(showroom), 200


def _checked(said: ShowroomPatch, showroom: Showroom) -> dict[str, Any]:
    """The new values by column. Raises Unreadable with a sentence for each field, Conflict without a provider."""
    changed: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name, check in CHECKS.items():
        sent = getattr(said, name)
        if name in said.model_fields_set and (sent is not None or name == "rungs"):
            try:
                changed[name] = check(sent, showroom)
            except ValueError as error:
                wrong[name] = str(error)
    if wrong:
        raise Unreadable("Please check what is marked.", fields=wrong)
    if (
        changed.get("second_channel", SecondChannel.NONE) is not SecondChannel.NONE
        and not settings().telephony
    ):
        raise Conflict(
            "Text messages and calls need a telephony provider. Whoever runs the server sets TWILIO_ACCOUNT_SID.",
            code="no_telephony",
        )
    return changed


def _phone(text: str, showroom: Showroom) -> str | None:
    found = number(text, showroom.country)
    if text.strip() and found is None:
        raise ValueError(f"{text} is not a number that can be dialled.")
    return found.e164 if found else None


def _weekly(weekly: dict[str, Any], showroom: Showroom) -> dict[str, Any]:
    hours = Hours.from_json(showroom.timezone, weekly, showroom.public_holidays)
    try:
        hours.next_open(clock.now())
    except NeverOpen:
        raise ValueError(
            "These holidays leave no opening within a year, so no call could ever be due."
        ) from None
    return hours.to_json()


def _public_holidays(code: str, _showroom: Showroom) -> str | None:
    code = code.strip().upper()
    if code:
        public.check(code)
    return code or None


def _rungs(rungs: list[int] | None, _showroom: Showroom) -> list[int] | None:
    if rungs is None:
        return None
    rising = all(one < two for one, two in pairwise(rungs))
    if len(rungs) != RUNGS or not rising or rungs[0] < 1 or rungs[-1] > LONGEST_RUNG:
        raise ValueError(
            "Five rising numbers of seconds, such as 10, 30, 60, 120, 300; the last at most four hours."
        )
    return rungs


CHECKS: dict[str, Callable[[Any, Showroom], Any]] = {
    "phone": _phone,
    "weekly": _weekly,
    "public_holidays": _public_holidays,
    "second_channel": lambda word, _showroom: SecondChannel(word),
    "rungs": _rungs,
}


def _look_again(showroom: Showroom, now: datetime) -> None:
    """Other hours, other due times: the worker plans each open follow-up anew, in short transactions of its own."""
    waiting = update(FollowUp).where(
        FollowUp.group_id == showroom.group_id,
        FollowUp.showroom_id == showroom.id,
        STILL_OPEN,
        FollowUp.prompt_at > now,
    )
    db.session.execute(waiting.values(prompt_at=now).execution_options(synchronize_session=False))


def _json(showroom: Showroom) -> dict[str, Any]:
    return {
        "showroom": {
            "id": str(showroom.id),
            "name": showroom.name,
            "slug": showroom.slug,
            "country": showroom.country,
            "timezone": showroom.timezone,
            "language": showroom.language,
            "phone": showroom.phone,
            "weekly": showroom.hours.to_json(),
            "public_holidays": showroom.public_holidays,
            "second_channel": showroom.second_channel.value,
            "rungs": list(showroom.rungs or settings().escalation_rungs),
            "rungs_are_default": showroom.rungs is None,
        },
        "telephony": settings().telephony,
    }
