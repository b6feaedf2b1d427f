"""Sources: where leads come from. Managers see and change their showroom's, admins the group's; strangers find nothing.

Secrets are written and never read back: an answer says only which are set. Those that we made up are shown once.
"""

from typing import Annotated, Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response, jsonify
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy import select

from app import clock
from app.access import managers_only, me, signed_in
from app.api.bodies import Plain
from app.api.once import Answer, once
from app.api.source_shapes import LISTED, kind_json, source_json, sources_json, submissions_json
from app.db import db
from app.errors import NotAllowed, NotFound, Unreadable
from app.intake import register
from app.intake.sources import KINDS
from app.models import Role, Showroom, Source, Submission

bp = APIBlueprint("sources", __name__, url_prefix="/api/v1/sources")
Name = Annotated[Plain, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Words = Annotated[dict[str, Any], Field(max_length=20)]


class SourceIn(BaseModel):
    """A new source. ``showroom_id``: admins may name another showroom of the group."""

    name: Name
    kind: Annotated[str, Field(max_length=20)]
    showroom_id: UUID | None = None
    settings: Words = {}
    secrets: Words = {}


class SourcePatch(BaseModel):
    """Only what is sent changes; null inside ``settings`` or ``secrets`` forgets."""

    name: Name | None = None
    settings: Words = {}
    secrets: Words = {}
    closed: bool | None = None


@bp.get("")
@signed_in
@managers_only
def index() -> Response:
    """All sources that are mine to see, and what each kind needs to know."""
    query = (
        select(Source).where(Source.group_id == me().group_id, Source.kind.in_(KINDS)).order_by(Source.name)
    )
    if me().role is not Role.ADMIN:
        query = query.where(Source.showroom_id == me().showroom_id)
    return jsonify(sources=sources_json(list(db.session.scalars(query))), kinds=[kind_json(k) for k in KINDS])


@bp.post("")
@signed_in
@managers_only
@bp.input(SourceIn, arg_name="said")
@once
def add(said: SourceIn) -> Answer:
    """A new source with its secret address."""
    if said.kind not in KINDS:
        raise Unreadable("Please check what is marked.", fields={"kind": f"There is no kind {said.kind}."})
    showroom = _showroom(said.showroom_id)
    source, made = register.add(showroom, said.name, said.kind, said.settings, said.secrets)
    db.session.refresh(source)
    return {"source": source_json(source), "shown_once": made}, 201


@bp.get("/<uuid:id_>")
@signed_in
def show(id_: UUID) -> Response:
    """One source."""
    return jsonify(source_json(mine(id_)))


@bp.patch("/<uuid:id_>")
@signed_in
@bp.input(SourcePatch, arg_name="said")
@once
def change(id_: UUID, said: SourcePatch) -> Answer:
    """Rename it, enter a new token, close it."""
    source, now = mine(id_), clock.now()
    if said.name is not None:
        register.rename(source, said.name)
    made = register.change(source, said.settings, said.secrets, now)
    if said.closed is not None:
        register.close(source, said.closed, now)
    db.session.flush()
    return {"source": source_json(source), "shown_once": made}, 200


@bp.get("/<uuid:id_>/submissions")
@signed_in
def submissions(id_: UUID) -> Response:
    """The last requests with their results; never their content."""
    newest = LISTED.where(Submission.source_id == mine(id_).id).order_by(
        Submission.received_at.desc(), Submission.id.desc()
    )
    return jsonify(submissions=submissions_json(list(db.session.scalars(newest.limit(20)))))


def mine(id_: UUID) -> Source:
    """A source of my showroom (admins: of the group). Raises NotFound; NotAllowed for whoever manages nothing."""
    query = select(Source).where(Source.id == id_, Source.group_id == me().group_id)
    if me().role is not Role.ADMIN:
        query = query.where(Source.showroom_id == me().showroom_id)
    source = db.session.scalar(query)
    if source is None:
        raise NotFound("We cannot find this source.")
    if not me().manages:
        raise NotAllowed("Only a manager can see this.")
    return source


def _showroom(id_: UUID | None) -> Showroom:
    if id_ is None or id_ == me().showroom_id:
        return db.session.get_one(Showroom, me().showroom_id)
    found = db.session.get(Showroom, id_)
    if found is None or found.group_id != me().group_id or me().role is not Role.ADMIN:
        raise NotFound("We cannot find this showroom.")
    return found
