"""Bridged calls, and the addresses that the telephony provider asks during a call and reports to.

The provider's requests carry no cookie: the token in the address and the provider's signature over address and
parameters are the proof. They are never answered 5xx for what they say. Contract:
twilio.com/docs/usage/webhooks/webhooks-security, /voice/twiml/gather, /voice/twiml/dial.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec
from urllib.parse import parse_qsl
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response, g, request
from pydantic import BaseModel
from sqlalchemy.exc import IntegrityError, OperationalError

from app import access, clock
from app.access import me, settings, signed_in
from app.api.edge import limiter
from app.api.once import Answer, once
from app.api.shapes import attempt_json, follow_up_json
from app.customers import bridge
from app.db import db, write
from app.delivery import reports
from app.delivery.channels import twiml
from app.errors import NotAllowed, NotFound
from app.intake.sources.twilio import verify_signature
from app.models import Attempt
from app.texts import staff

bp = APIBlueprint("telephony", __name__, url_prefix="/api/v1")
P = ParamSpec("P")
MOST_FIELDS = 200
OVER = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})


class BridgedCallIn(BaseModel):
    """One tap. The id is made by the phone, as for every attempt."""

    id: UUID
    contact_point_id: UUID | None = None


@bp.post("/follow-ups/<uuid:id_>/bridged-calls")
@signed_in
@bp.input(BridgedCallIn, arg_name="said")
@once
def start(id_: UUID, said: BridgedCallIn) -> Answer:
    """My phone rings, says who it is about, and on "1" rings the customer."""
    follow_up = access.lock_follow_up(access.follow_up(id_).id)
    known = db.session.get(Attempt, said.id) is not None
    attempt = bridge.begin(follow_up, me(), said.id, said.contact_point_id, clock.now())
    shown = follow_up_json(follow_up, me(), timeline=True)
    return {"attempt": attempt_json(attempt), "follow_up": shown}, 200 if known else 201


def from_provider(handler: Callable[P, Response]) -> Callable[P, Response]:
    """Decorator: only what our provider signed gets in, inside one write. ``g.told`` has its parameters."""

    @wraps(handler)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> Response:
        g.told = _signed()
        try:
            with write():
                return handler(*args, **kwargs)
        except (IntegrityError, OperationalError):
            # two reports at one instant: once more, on what stands now
            with write():
                return handler(*args, **kwargs)

    return wrapper


@bp.post("/telephony/messages/<token>")
@limiter.limit("6000/minute")
@from_provider
def message_report(token: str) -> Response:
    """What became of a text message."""
    status = _said("MessageStatus") or _said("SmsStatus")
    reports.report(token, status.lower(), _said("MessageSid"), _said("ErrorCode"), clock.now())
    return Response(status=204)


@bp.post("/telephony/calls/<token>/statuses")
@limiter.limit("6000/minute")
@from_provider
def call_report(token: str) -> Response:
    """How far the call to the salesperson has got; its end is the end of a bridged call too."""
    status, now = _said("CallStatus").lower(), clock.now()
    reports.report(token, status, _said("CallSid"), _said("ErrorCode"), now)
    if status in OVER and bridge.exists(token):
        bridge.over(token, now)
    return Response(status=204)


@bp.post("/telephony/calls/<token>/answers")
@limiter.limit("6000/minute")
@from_provider
def whisper(token: str) -> Response:
    """The salesperson has picked up: say who it is about, and wait for a key."""
    words, language = bridge.answered(token), bridge.language_of(token)
    reports.report(token, "answered", _said("CallSid"), "", clock.now())
    if words is None:
        return _xml(twiml.say(staff.spoken("over", language), language))
    return _xml(twiml.ask_for_a_key(words, language, _address(token, "keys")))


@bp.post("/telephony/calls/<token>/keys")
@limiter.limit("6000/minute")
@from_provider
def key(token: str) -> Response:
    """1 rings the customer; anything else, or silence, was no try."""
    number = bridge.pressed(token, _said("Digits"), _said("CallSid"), clock.now())
    if number is None:
        language = bridge.language_of(token)
        return _xml(twiml.say(staff.spoken("nobody", language), language))
    return _xml(twiml.dial(number, settings().twilio_from, _address(token, "results")))


@bp.post("/telephony/calls/<token>/results")
@limiter.limit("6000/minute")
@from_provider
def result(token: str) -> Response:
    """How it went with the customer's phone."""
    seconds = _said("DialCallDuration")
    talked = int(seconds[:6]) if seconds.isascii() and seconds.isdigit() else 0
    bridge.rang(token, _said("DialCallStatus").lower(), talked, clock.now())
    return _xml(twiml.hang_up())


def _signed() -> dict[str, str]:
    """The provider's parameters. Raises NotFound without a provider, NotAllowed without its signature."""
    if not settings().telephony:
        raise NotFound("This house has no telephony provider.", code="no_telephony")
    try:
        pairs = parse_qsl(request.get_data(as_text=True), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        pairs = []
    told = dict(pairs)
    query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
    address = f"{settings().public_url}{request.path}{query}"
    header = request.headers.get("X-Twilio-Signature")
    if not verify_signature(settings().twilio_auth_token, address, told, header):
        raise NotAllowed("This did not come from our telephony provider.", code="bad_signature")
    return told


def _said(name: str) -> str:
    told: dict[str, str] = g.told
    return told.get(name, "").replace("\x00", "").strip()


def _address(token: str, what: str) -> str:
    return f"{settings().public_url}/api/v1/telephony/calls/{token}/{what}"


def _xml(document: str) -> Response:
    return Response(document, mimetype="text/xml")
