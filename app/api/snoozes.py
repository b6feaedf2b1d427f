"""A snooze: the customer's own time before there was contact."""

from uuid import UUID

from apiflask import APIBlueprint
from pydantic import AwareDatetime, BaseModel

from app import access, clock
from app.access import me, signed_in
from app.api.once import Answer, once
from app.api.shapes import follow_up_json
from app.cadence import snooze
from app.cadence.snooze import SnoozeReason

bp = APIBlueprint("snoozes", __name__, url_prefix="/api/v1")


class SnoozeIn(BaseModel):
    until: AwareDatetime
    reason: SnoozeReason


@bp.post("/follow-ups/<uuid:id_>/snoozes")
@signed_in
@bp.input(SnoozeIn, arg_name="said")
@once
def wait(id_: UUID, said: SnoozeIn) -> Answer:
    """ "Call me Saturday": no step is used up, and nobody calls before."""
    follow_up = access.lock_follow_up(access.follow_up(id_).id)
    snooze.snooze(follow_up, said.until, said.reason, me(), clock.now())
    return follow_up_json(follow_up, me(), timeline=True), 201


@bp.delete("/follow-ups/<uuid:id_>/snoozes")
@signed_in
@once
def lift(id_: UUID) -> Answer:
    """Undo it, instead of "are you sure"."""
    follow_up = access.lock_follow_up(access.follow_up(id_).id)
    snooze.lift(follow_up, me(), clock.now())
    return follow_up_json(follow_up, me(), timeline=True), 200
