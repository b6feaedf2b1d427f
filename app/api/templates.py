"""Mail templates of the house's own: how to read the mails of one sender, added and tried out without a release."""

from typing import Annotated, Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response, jsonify
from pydantic import BaseModel, Field
from sqlalchemy import or_, select

from app.access import managers_only, me, signed_in
from app.api.bodies import Plain
from app.api.needs_look import submission_of
from app.api.once import Answer, once
from app.board.rows import person_json
from app.db import db, new_id
from app.errors import Conflict, Gone, NotAllowed, NotFound, Unreadable
from app.intake import templates
from app.intake.parsed import to_json
from app.intake.sources import email
from app.intake.sources.email_template import built_in_data, template_from
from app.models import Person, Role, Showroom, SourceTemplate, Submission
from app.push.notify import iso

bp = APIBlueprint("templates", __name__, url_prefix="/api/v1")
LARGEST_SAMPLE = 256 * 1024
FIELDS = (
    "name", "first_name", "last_name", "phone", "mobile", "email", "message", "car", "make", "model", "trim", "year",
    "price", "stock", "plate", "odometer", "trade_in", "lead_id", "company", "language", "created_at",
)  # fmt: skip
"""What a gap or a label may mean; another name is kept with the lead."""
Data = dict[str, Any]


class TemplateIn(BaseModel):
    """``showroom_id`` null: for the whole group."""

    data: Data
    showroom_id: UUID | None = None


class PreviewIn(BaseModel):
    """A template, and a mail to try it on: one that came in, or pasted."""

    data: Data
    submission_id: UUID | None = None
    sample: Annotated[str, Field(max_length=LARGEST_SAMPLE)] | None = None


class DraftIn(BaseModel):
    """A mail that came in, and what a person says it means."""

    submission_id: UUID
    name: Annotated[Plain, Field(max_length=200)] = ""
    phone: Annotated[Plain, Field(max_length=200)] = ""
    email: Annotated[Plain, Field(max_length=254)] = ""
    car: Annotated[Plain, Field(max_length=200)] = ""


@bp.get("/templates")
@signed_in
@managers_only
def index() -> Response:
    """The house's own, then those that come with Firstcall."""
    query = select(SourceTemplate).where(SourceTemplate.group_id == me().group_id)
    if me().role is not Role.ADMIN:
        here = SourceTemplate.showroom_id == me().showroom_id
        query = query.where(or_(SourceTemplate.showroom_id.is_(None), here))
    own = [_json(one) for one in db.session.scalars(query.order_by(SourceTemplate.created_at.desc()))]
    ours = [{**EMPTY, "name": data["name"], "built_in": True, "data": data} for data in built_in_data()]
    return jsonify(templates=own + ours, fields=FIELDS)


@bp.post("/templates")
@signed_in
@bp.input(TemplateIn, arg_name="said")
@once
def add(said: TemplateIn) -> Answer:
    """Admins; from now on every mail is read with it."""
    _admin()
    template = SourceTemplate(id=new_id(), group_id=me().group_id, created_by_id=me().id)
    _fill(template, said)
    db.session.add(template)
    db.session.flush()
    return _json(template), 201


@bp.put("/templates/<uuid:id_>")
@signed_in
@bp.input(TemplateIn, arg_name="said")
@once
def change(id_: UUID, said: TemplateIn) -> Answer:
    """Admins."""
    template = _own(id_)
    _fill(template, said)
    db.session.flush()
    return _json(template), 200


@bp.delete("/templates/<uuid:id_>")
@signed_in
@once
def remove(id_: UUID) -> Answer:
    """Admins; leads that were read with it stay as they are."""
    db.session.delete(_own(id_))
    return {"id": str(id_)}, 200


@bp.post("/template-previews")
@signed_in
@managers_only
@bp.input(PreviewIn, arg_name="said")
def preview(said: PreviewIn) -> Response:
    """What a mail would be read as. Nothing is written."""
    _checked(said.data)
    body, content_type, country = _mail(said)
    with_it = email.parse(body, content_type, country, {"templates": [said.data]})
    without = email.parse(body, content_type, country)
    lead = to_json(with_it)["leads"][0] if with_it.leads else None
    applies = bool(with_it.leads) and with_it.leads != without.leads
    return jsonify(applies=applies, outcome=with_it.outcome, note=with_it.note, lead=lead)


@bp.post("/template-drafts")
@signed_in
@managers_only
@bp.input(DraftIn, arg_name="said")
def propose(said: DraftIn) -> Response:
    """ "Save as template": a proposal from a mail that somebody has corrected."""
    submission, _source = submission_of(said.submission_id)
    corrected = said.model_dump(include={"name", "phone", "email", "car"})
    return jsonify(data=templates.draft(_body(submission), submission.content_type, corrected))


EMPTY: dict[str, Any] = {
    "id": None,
    "built_in": False,
    "showroom": None,
    "created_at": None,
    "created_by": None,
}


def _admin() -> None:
    if me().role is not Role.ADMIN:
        raise NotAllowed("Only an admin of the group can change templates.")


def _own(id_: UUID) -> SourceTemplate:
    """A template of my group. Raises NotFound to strangers, NotAllowed to whoever is no admin."""
    found = db.session.get(SourceTemplate, id_)
    if found is None or found.group_id != me().group_id:
        raise NotFound("We cannot find this template.")
    _admin()
    return found


def _fill(template: SourceTemplate, said: TemplateIn) -> None:
    name = _checked(said.data)
    taken = select(SourceTemplate.id).where(
        SourceTemplate.group_id == me().group_id,
        SourceTemplate.name == name,
        SourceTemplate.id != template.id,
    )
    if db.session.scalar(taken) is not None:
        raise Conflict(f"There is a template {name} already.", code="name_taken")
    showroom = db.session.get(Showroom, said.showroom_id) if said.showroom_id else None
    if said.showroom_id and (showroom is None or showroom.group_id != me().group_id):
        raise NotFound("We cannot find this showroom.")
    template.name, template.data, template.showroom_id = name, said.data, said.showroom_id


def _checked(data: Data) -> str:
    """Its name. Raises Unreadable with the reason why it cannot work."""
    try:
        return template_from(data).name[:120]
    except ValueError as error:
        raise Unreadable("Please check what is marked.", fields={"data": str(error)}) from error


def _mail(said: PreviewIn) -> tuple[bytes, str, str]:
    if said.submission_id is None:
        return (said.sample or "").encode("utf-8", "replace"), "message/rfc822", me().showroom.country
    submission, source = submission_of(said.submission_id)
    return _body(submission), submission.content_type, source.showroom.country


def _body(submission: Submission) -> bytes:
    if submission.body is None:
        raise Gone("This was too long ago; the raw request is not kept any more.", code="gone")
    return submission.body


def _json(template: SourceTemplate) -> dict[str, Any]:
    showroom = db.session.get(Showroom, template.showroom_id) if template.showroom_id else None
    by = db.session.get(Person, template.created_by_id) if template.created_by_id else None
    return {
        "id": str(template.id),
        "name": template.name,
        "built_in": False,
        "showroom": {"id": str(showroom.id), "name": showroom.name} if showroom else None,
        "data": template.data,
        "created_at": iso(template.created_at),
        "created_by": person_json(by),
    }
