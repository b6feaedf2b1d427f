"""What a person must look at: requests that could not be read, corrected here; and mail that was no request."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response, jsonify
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from app import access, clock
from app.access import managers_only, me, signed_in
from app.api.bodies import Plain, Text
from app.api.once import Answer, once
from app.api.shapes import follow_up_json
from app.board.rows import person_json
from app.db import db
from app.errors import Conflict, Gone, NotAllowed, NotFound
from app.intake import correct, receive, sources
from app.models import FollowUp, Lead, LeadState, Person, Role, Source, Submission, SubmissionState
from app.push.notify import iso

bp = APIBlueprint("needs_look", __name__, url_prefix="/api/v1")
MOST = 100
LOOKED_BACK = timedelta(days=14)
"""How far back the list of what was no request goes."""
LONGEST = 20_000
Short = Annotated[Plain, Field(max_length=200)]


class LeadPatch(BaseModel):
    """As typed; only what is sent changes."""

    name: Short = ""
    phone: Short = ""
    email: Annotated[Plain, Field(max_length=254)] = ""
    car: Short = ""
    question: Text = ""


@bp.get("/needs-look")
@signed_in
@managers_only
def index() -> Response:
    """Leads that need a look, newest first; apart from them bounces and automatic replies of the last two weeks."""
    flagged = select(Lead).where(
        Lead.group_id == me().group_id, Lead.needs_look, Lead.state == LeadState.OPEN
    )
    leads = _mine(flagged, Lead.showroom_id).order_by(Lead.arrived_at.desc()).limit(MOST)
    out = select(Submission, Source).join(Source, Source.id == Submission.source_id)
    out = out.where(
        Submission.group_id == me().group_id,
        Submission.state == SubmissionState.IGNORED,
        Submission.received_at > clock.now() - LOOKED_BACK,
    )
    ignored = _mine(out, Source.showroom_id).order_by(Submission.received_at.desc()).limit(MOST)
    return jsonify(
        leads=[_lead_json(lead) for lead in db.session.scalars(leads)],
        ignored=[
            {
                "submission_id": str(one.id),
                "at": iso(one.received_at),
                "source": _source_json(source),
                "note": one.note,
            }
            for one, source in db.session.execute(ignored)
        ],
    )


@bp.get("/submissions/<uuid:id_>/text")
@signed_in
def text(id_: UUID) -> Response:
    """What came in, as a person reads it."""
    submission, source = submission_of(id_)
    if submission.body is None:
        raise Gone("This was too long ago; the raw request is not kept any more.", code="gone")
    parsed = sources.parse(source.kind, submission.body, submission.content_type, source.showroom.country)
    shown = parsed.raw_text or submission.body[:LONGEST].decode("utf-8", "replace")
    return jsonify(text=shown.replace("\x00", "")[:LONGEST])


@bp.post("/submissions/<uuid:id_>/leads")
@signed_in
@once
def is_a_request(id_: UUID) -> Answer:
    """ "This is a request after all": what was left out becomes a lead that needs a look."""
    submission, source = submission_of(id_)
    answer = receive.place_after_all(submission, source, clock.now())
    if answer is None:
        raise Conflict("This is a lead already, or was read as one.", code="not_ignored")
    follow_up = db.session.get_one(FollowUp, UUID(answer.body["follow_up_id"]))
    return follow_up_json(follow_up, me(), timeline=True), 201


@bp.patch("/leads/<uuid:id_>")
@signed_in
@bp.input(LeadPatch, arg_name="said")
@once
def change(id_: UUID, said: LeadPatch) -> Answer:
    """What the request means, says whoever looked at it. Nothing sent: it is right as it is."""
    lead = db.session.get(Lead, id_)
    if lead is None or lead.group_id != me().group_id:
        raise NotFound("We cannot find this request.")
    access.follow_up(lead.follow_up_id)
    follow_up, joined = correct.correct(lead, said.model_dump(), me(), clock.now())
    return {**follow_up_json(follow_up, me(), timeline=True), "joined": joined}, 200


def submission_of(id_: UUID) -> tuple[Submission, Source]:
    """A submission of a source that I may see. Raises NotFound; NotAllowed for whoever manages nothing."""
    query = select(Submission, Source).join(Source, Source.id == Submission.source_id)
    query = query.where(Submission.id == id_, Submission.group_id == me().group_id)
    found = db.session.execute(_mine(query, Source.showroom_id)).first()
    if found is None:
        raise NotFound("We cannot find this.")
    if not me().manages:
        raise NotAllowed("Only a manager can see this.")
    return found[0], found[1]


def _mine(query: Any, showroom_id: InstrumentedAttribute[UUID]) -> Any:
    """A manager sees their showroom's, an admin the group's."""
    return query if me().role is Role.ADMIN else query.where(showroom_id == me().showroom_id)


def _lead_json(lead: Lead) -> dict[str, Any]:
    follow_up = db.session.get_one(FollowUp, lead.follow_up_id)
    submission = db.session.get(Submission, lead.submission_id) if lead.submission_id else None
    phones = lead.details.get("phones") or []
    owner: Person = follow_up.owner
    return {
        "id": str(lead.id),
        "follow_up_id": str(follow_up.id),
        "arrived_at": iso(lead.arrived_at),
        "submission_id": str(lead.submission_id) if lead.submission_id else None,
        "source": _source_json(lead.source),
        "note": submission.note if submission else None,
        "owner": person_json(owner),
        "name": lead.customer.display_name,
        "phone": next((phone.get("raw") for phone in phones), None),
        "email": lead.details.get("email"),
        "car": lead.car,
        "question": lead.question,
    }


def _source_json(source: Source) -> dict[str, str]:
    return {"id": str(source.id), "name": source.name, "kind": source.kind}
