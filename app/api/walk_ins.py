"""By hand: a walk-in or a note of a call in three fields, whose customer it is while typing, one's own QR code."""

import secrets
from typing import Annotated, Any, Literal
from uuid import UUID

import segno
from apiflask import APIBlueprint
from flask import Response, jsonify, request
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy import Select, or_, select

from app.access import me, settings, signed_in
from app.api.bodies import Plain, Text
from app.api.once import Answer, once
from app.api.shapes import follow_up_json
from app.board.rows import person_json
from app.customers import match
from app.db import db
from app.errors import Conflict, Unreadable
from app.intake import by_hand
from app.intake.parsed import ParsedLead
from app.intake.sources.by_hand import read_reach
from app.models import Attempt, ContactPoint, Customer, FollowUp, Person, Showroom
from app.push.notify import iso

bp = APIBlueprint("walk_ins", __name__, url_prefix="/api/v1")
MOST, SHORTEST = 5, 3
Line = Annotated[Plain, StringConstraints(strip_whitespace=True, max_length=200)]


class WalkIn(BaseModel):
    """Three fields as typed, and whether they stood here or called."""

    name: Line = ""
    reach: Annotated[Line, Field(max_length=300)] = ""
    about: Text = ""
    came_by: Literal["walk_in", "phone"] = "walk_in"


@bp.post("/walk-ins")
@signed_in
@bp.input(WalkIn, arg_name="said")
def take_in(said: WalkIn) -> Response:
    """It goes the way of every request; the Idempotency-Key is the delivery's."""
    if not (said.name or said.reach or said.about.strip()):
        raise Unreadable("Write down a name, a number or what it is about.", fields={"name": "missing"})
    person, known = me(), _known(said.reach) is not None
    kind = "walk_in" if said.came_by == "walk_in" else "manual"
    typed = {"name": said.name, "reach": said.reach, "about": said.about, "language": ""}
    key = request.headers.get("Idempotency-Key", "")[:100]
    answer = by_hand.take_in(_showroom(), kind, typed, person, f"{person.id.hex}:{key}" if key else None)
    if "follow_up_id" not in answer.body:
        raise Conflict("It is kept and will be placed in a moment.", code="kept")
    follow_up = db.session.get_one(FollowUp, UUID(answer.body["follow_up_id"]))
    body = {
        "lead_id": answer.body.get("lead_id"),
        "owner": person_json(follow_up.owner),
        "known": known,
        "mine": follow_up.owner_id == person.id,
        "follow_up": follow_up_json(follow_up, person),
    }
    return _created(body)


@bp.get("/customer-matches")
@signed_in
def matches() -> Response:
    """Who this may be, while somebody types: "Sanne's customer, called 3 min ago"."""
    typed = request.args.get("q", "").replace("\x00", "").strip()[:200]
    if len(typed) < SHORTEST:
        return jsonify(matches=[])
    exact = _known(typed)
    found = [exact] if exact else []
    found += [one for one in db.session.scalars(_alike(typed)) if exact is None or one.id != exact.id]
    return jsonify(matches=[_match_json(one, one is exact) for one in found[:MOST]])


@bp.get("/me/qr-code")
@signed_in
def my_code() -> Response:
    """My own code, if I have one."""
    return jsonify(_code(me()))


@bp.post("/me/qr-code")
@signed_in
@once
def make_code() -> Answer:
    """A new code; an older one leads nowhere any more."""
    person = db.session.get_one(Person, me().id)
    person.qr_key = secrets.token_urlsafe(12)
    db.session.flush()
    return _code(person), 201


def _showroom() -> Showroom:
    return db.session.get_one(Showroom, me().showroom_id)


def _known(reach: str) -> Customer | None:
    """Whom this number or address identifies."""
    showroom = _showroom()
    email, phones = read_reach(reach, showroom.country)
    return match.known(ParsedLead(email=email, phones=phones), showroom)


def _alike(typed: str) -> Select[Customer]:
    """By part of a number, the beginning of an address, or part of a name."""
    digits = "".join(char for char in typed if char.isdigit()).lstrip("0")
    alike = [Customer.display_name.icontains(typed, autoescape=True)]
    points = [ContactPoint.value.startswith(typed.lower(), autoescape=True)]
    if len(digits) >= SHORTEST and not any(char.isalpha() for char in typed):
        points.append(ContactPoint.value.contains(digits, autoescape=True))
    if points:
        reached = select(ContactPoint.customer_id).where(
            ContactPoint.group_id == me().group_id, ContactPoint.wrong_at.is_(None), or_(*points)
        )
        alike.append(Customer.id.in_(reached))
    query = select(Customer).where(Customer.group_id == me().group_id, or_(*alike))
    return query.order_by(Customer.created_at.desc()).limit(MOST)


def _match_json(customer: Customer, exact: bool) -> dict[str, Any]:
    newest = (
        select(FollowUp)
        .where(FollowUp.group_id == customer.group_id, FollowUp.customer_id == customer.id)
        .order_by(FollowUp.opened_at.desc())
    )
    follow_up = db.session.scalars(newest.limit(1)).first()
    owner = db.session.get(Person, customer.owner_id) if customer.owner_id else None
    return {
        "customer_id": str(customer.id),
        "display_name": customer.display_name,
        "owner": person_json(owner),
        "covered_by": person_json(follow_up.covered_by) if follow_up else None,
        "follow_up_id": str(follow_up.id) if follow_up else None,
        "open": bool(follow_up and follow_up.is_open),
        "last": _last(follow_up) if follow_up else None,
        "exact": exact,
    }


def _last(follow_up: FollowUp) -> dict[str, Any] | None:
    """The last attempt, if there was one."""
    made = select(Attempt).where(Attempt.follow_up_id == follow_up.id, Attempt.withdrawn_at.is_(None))
    attempt = db.session.scalars(made.order_by(Attempt.started_at.desc()).limit(1)).first()
    if attempt is None:
        return None
    return {
        "what": "called" if attempt.channel == "call" else "wrote",
        "at": iso(attempt.started_at),
        "person": person_json(attempt.person),
        "outcome": attempt.outcome.value if attempt.outcome else None,
    }


def _code(person: Person) -> dict[str, Any]:
    if person.qr_key is None:
        return {"url": None, "svg": None}
    url = f"{settings().public_url}/q/{person.qr_key}"
    return {"url": url, "svg": segno.make(url, error="m", micro=False).svg_inline(border=2, scale=4)}


def _created(body: dict[str, Any]) -> Response:
    response = jsonify(body)
    response.status_code = 201
    return response
