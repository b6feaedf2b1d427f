"""What an admin tries out: a test lead through the real way, a field map on a sample, a raw request, a number's other
reading."""

import secrets
import time
from typing import Annotated, Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response, current_app, jsonify
from pydantic import BaseModel, Field
from sqlalchemy import select
from werkzeug.test import TestResponse

from app import clock
from app.access import managers_only, me, settings, signed_in
from app.api.bodies import Plain
from app.api.intake import TEST_HEADER, test_proof
from app.api.once import Answer, once
from app.api.shapes import follow_up_json
from app.api.source_shapes import LISTED, submissions_json
from app.api.sources import mine
from app.db import db
from app.errors import Conflict, Gone, NotAllowed, NotFound
from app.intake import kinds, readings, samples, vault
from app.intake.parsed import to_json
from app.intake.raw import TEST
from app.intake.sources import generic
from app.models import ContactPoint, Customer, Role, Showroom, Source, Submission

bp = APIBlueprint("source_tests", __name__, url_prefix="/api/v1")
Map = Annotated[dict[str, Annotated[str, Field(max_length=300)]], Field(max_length=60)]


class MapPreviewIn(BaseModel):
    """A payload to try a map on: as text, or a request that came in (admins)."""

    sample: Annotated[str, Field(max_length=262_144)] = ""
    submission_id: UUID | None = None
    content_type: Annotated[str, Field(max_length=200)] = "application/json"
    map: Map = {}
    region: Annotated[str, Field(pattern="^[A-Za-z]{2}$")] | None = None


class ReadingIn(BaseModel):
    e164: Annotated[Plain, Field(max_length=20)]


@bp.post("/sources/<uuid:id_>/tests")
@signed_in
def send_test(id_: UUID) -> tuple[Response, int]:
    """A marked test lead, posted to the source's own address with its vendor's signature; never counted."""
    source = mine(id_)
    known, nonce = vault.of(source), secrets.token_hex(12)
    if source.closed_at or any(not known.get(name) for name in kinds.of(source.kind).proofs):
        raise Conflict("Enter what is missing first.", code="not_ready")
    db.session.rollback()  # what is posted below begins transactions of its own
    began = time.monotonic()
    answer = _post(source, known, nonce)
    took = int((time.monotonic() - began) * 1000)
    stored = LISTED.where(Submission.source_id == id_, Submission.delivery_key == f"{TEST}{nonce}")
    shown = submissions_json(list(db.session.scalars(stored)))
    told = answer.get_json(silent=True) or answer.get_data(as_text=True)
    return jsonify(
        status=answer.status_code, answer=told, submission=next(iter(shown), None), took_ms=took
    ), 201


@bp.get("/submissions/<uuid:id_>/raw")
@signed_in
def raw(id_: UUID) -> Response:
    """The request as it came in, to download; admins only. Shown as a file, never as a page."""
    body, _ = _raw(id_)
    answer = Response(body, mimetype="application/octet-stream")
    answer.headers["Content-Disposition"] = f'attachment; filename="{id_}.bin"'
    return answer


@bp.post("/field-maps/previews")
@signed_in
@managers_only
@bp.input(MapPreviewIn, arg_name="said")
def preview_map(said: MapPreviewIn) -> Response:
    """What a sample holds, and what a map makes of it. Nothing is stored."""
    body, content_type = said.sample.encode(), said.content_type
    if said.submission_id is not None:
        body, content_type = _raw(said.submission_id)
    region = said.region or db.session.get_one(Showroom, me().showroom_id).country
    parsed = generic.parse_mapped(body, content_type, region.upper(), said.map)
    shown = to_json(parsed)
    return jsonify(
        paths=generic.paths(body, content_type),
        mappable=sorted(generic.MAPPABLE),
        outcome=parsed.outcome,
        note=parsed.note,
        lead=next(iter(shown["leads"]), None),
    )


@bp.post("/contact-points/<uuid:id_>/reading")
@signed_in
@bp.input(ReadingIn, arg_name="said")
@once
def switch_reading(id_: UUID, said: ReadingIn) -> Answer:
    """ "It is a Belgian mobile": one tap, and the Call button dials the other reading."""
    point, customer = _point(id_)
    showroom = db.session.get_one(Showroom, customer.showroom_id)
    follow_up = readings.open_follow_up(customer)
    readings.choose(point, said.e164, showroom, follow_up, me(), clock.now())
    shown: dict[str, Any] | None = follow_up_json(follow_up, me(), timeline=True) if follow_up else None
    return {
        "contact_point": {"id": str(point.id), "raw": point.raw, "e164": point.value},
        "follow_up": shown,
    }, 200


def _post(source: Source, known: dict[str, str], nonce: str) -> TestResponse:
    """Through the whole app, as if the vendor had sent it."""
    path = f"/in/{source.key}"
    sample = samples.sample(source, known, nonce, f"{settings().public_url}{path}")
    return current_app.test_client().post(
        path,
        base_url=settings().public_url,
        data=sample.body,
        content_type=sample.content_type,
        headers={**sample.headers, TEST_HEADER: f"{nonce}.{test_proof(nonce)}"},
    )


def _raw(id_: UUID) -> tuple[bytes, str]:
    """A stored request of the group. Raises NotFound, NotAllowed for whoever is no admin, Gone when it was pruned."""
    found = db.session.scalar(
        select(Submission).where(Submission.id == id_, Submission.group_id == me().group_id)
    )
    if found is None:
        raise NotFound("We cannot find this request.")
    if me().role is not Role.ADMIN:
        raise NotAllowed("Only an admin can see what came in word for word.")
    if found.body is None:
        raise Gone(f"Requests are kept for {settings().raw_days} days.")
    return found.body, found.content_type


def _point(id_: UUID) -> tuple[ContactPoint, Customer]:
    point = db.session.scalar(
        select(ContactPoint).where(ContactPoint.id == id_, ContactPoint.group_id == me().group_id)
    )
    customer = db.session.get_one(Customer, point.customer_id) if point else None
    if point is None or customer is None or not _sees(customer):
        raise NotFound("We cannot find this number.")
    return point, customer


def _sees(customer: Customer) -> bool:
    """Whoever may see their follow-up: the showroom's people, their owner, admins."""
    mine = customer.showroom_id == me().showroom_id or customer.owner_id == me().id
    return mine or me().role is Role.ADMIN
