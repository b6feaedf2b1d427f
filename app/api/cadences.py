"""A showroom's own cadence: what is in force, a new version, a preview, and moving running follow-ups to a version."""

from datetime import timedelta
from typing import Annotated, Literal
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response, jsonify, request
from pydantic import BaseModel, Field

from app import access, clock
from app.access import managers_only, me, signed_in
from app.api.bodies import Plain, Planned
from app.api.cadence_shapes import cadence_json, cadences_json, preview_json, refuse_flaws, warnings_json
from app.api.once import Answer, once
from app.api.shapes import follow_up_json
from app.cadence import draft, edit
from app.cadence.steps import Channel, Step, StepPart
from app.db import db
from app.errors import NotAllowed, NotFound, Unreadable
from app.models import CadenceVersion, Showroom

bp = APIBlueprint("cadences", __name__, url_prefix="/api/v1")
Name = Literal["six_in_ten", "written"]
Seconds = Annotated[float, Field(ge=-1e8, le=1e8, allow_inf_nan=False)]


class StepIn(BaseModel):
    """One attempt as the editor has it; what it may be is said by ``app.cadence.draft``, field by field."""

    offset_s: Seconds
    channel: Channel
    day_part: StepPart = "any"
    voicemail: bool = False
    latest_s: Seconds | None = None
    texts: dict[str, Annotated[Plain, Field(max_length=4000)]] = Field(default_factory=dict, max_length=10)


class StepsIn(BaseModel):
    name: Name
    showroom_id: UUID | None = None
    steps: Annotated[list[StepIn], Field(max_length=50)]

    def planned(self) -> list[Step]:
        """The steps in order, counted from 1."""
        return [
            Step(
                position=position,
                offset=timedelta(seconds=said.offset_s),
                channel=said.channel,
                day_part=said.day_part,
                voicemail=said.voicemail,
                latest=None if said.latest_s is None else timedelta(seconds=said.latest_s),
            )
            for position, said in enumerate(self.steps, start=1)
        ]

    def texts(self) -> list[dict[str, str]]:
        """The showroom's own words of each step; a blank text is none."""
        return [{lang: text.strip() for lang, text in s.texts.items() if text.strip()} for s in self.steps]


class CadenceIn(StepsIn):
    based_on: int | None = None


class PreviewIn(StepsIn):
    starts_at: Planned


class MoveIn(BaseModel):
    version: Annotated[int, Field(ge=1, le=2**31 - 1)]


@bp.get("/cadences")
@signed_in
@managers_only
def show() -> Response:
    """Both cadences of a showroom, and what may be made of them."""
    return jsonify(cadences_json(_showroom(_asked_for())))


@bp.post("/cadences")
@signed_in
@managers_only
@bp.input(CadenceIn, arg_name="said")
@once
def save(said: CadenceIn) -> Answer:
    """A new version: new follow-ups begin with it, running ones keep theirs."""
    showroom, steps, texts = _showroom(said.showroom_id), said.planned(), said.texts()
    refuse_flaws(draft.flaws(said.name, steps, texts), me().language)
    edit.save(showroom, said.name, steps, texts, said.based_on, me(), clock.now())
    warnings = warnings_json(said.name, steps, me().language)
    return {"cadence": cadence_json(showroom, said.name), "warnings": warnings}, 201


@bp.post("/cadence-previews")
@signed_in
@managers_only
@bp.input(PreviewIn, arg_name="said")
def preview(said: PreviewIn) -> Response:
    """ "If a lead comes on Saturday at 17:50": when each step would be due. Writes nothing."""
    showroom, steps = _showroom(said.showroom_id), said.planned()
    refuse_flaws(draft.flaws(said.name, steps, said.texts()), me().language)
    return jsonify(preview_json(showroom, said.name, steps, said.starts_at, me().language))


@bp.post("/cadences/<uuid:id_>/follow-ups")
@signed_in
@once
def move_running(id_: UUID) -> Answer:
    """Running follow-ups go on with this version, a hundred a request."""
    moved, left = edit.move_running(_version(id_), me(), clock.now())
    return {"moved": moved, "left": left}, 201


@bp.post("/follow-ups/<uuid:id_>/cadence")
@signed_in
@bp.input(MoveIn, arg_name="said")
@once
def move(id_: UUID, said: MoveIn) -> Answer:
    """One follow-up goes on with another version."""
    follow_up = access.follow_up(id_)
    _managers_decide()
    return follow_up_json(edit.move(follow_up, said.version, me(), clock.now()), me(), timeline=True), 201


def _version(id_: UUID) -> CadenceVersion:
    found = db.session.get(CadenceVersion, id_)
    if found is None or found.group_id != me().group_id:
        raise NotFound("We cannot find this cadence.")
    _showroom(found.showroom_id)
    _managers_decide()
    return found


def _managers_decide() -> None:
    """After loading: a stranger learns nothing, a colleague learns who may."""
    if not me().manages:
        raise NotAllowed("Only a manager changes the cadence.")


def _showroom(id_: UUID | None) -> Showroom:
    """My own, or as an admin another one of the group. Raises NotFound."""
    own = me().showroom
    if id_ in (None, own.id):
        return own
    found = db.session.get(Showroom, id_) if me().role == "admin" else None
    if found is None or found.group_id != me().group_id:
        raise NotFound("We cannot find this showroom.")
    return found


def _asked_for() -> UUID | None:
    try:
        return UUID(request.args["showroom_id"]) if "showroom_id" in request.args else None
    except ValueError:
        raise Unreadable("showroom_id is not an id.") from None
