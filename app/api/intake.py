"""``POST /in/<source key>``: where every lead comes in. The secret address is the proof of origin, and for vendors that
sign, their signature too. Each vendor gets the answer it expects, and never 5xx for content.
"""

import hmac
import re

from apiflask import APIBlueprint
from flask import Response, jsonify, redirect, request
from flask_limiter.util import get_remote_address
from limits import RateLimitItemPerMinute
from sqlalchemy import bindparam, select
from werkzeug.exceptions import TooManyRequests

from app.access import keyed, settings
from app.api.edge import is_slowed_down, limiter, slow_down
from app.db import db
from app.delivery.channels import twiml
from app.errors import NotAllowed, NotFound, NotSignedIn, TooLarge
from app.intake import origin, receive
from app.intake.raw import TEST
from app.intake.sources import BY_HAND
from app.intake.take import SEEN, Answer
from app.models import Source

bp = APIBlueprint("intake", __name__)
GUESSES = RateLimitItemPerMinute(60)
LIMITS = {"email": 25 * 1024 * 1024}
LIMIT = 256 * 1024
SOURCE = select(Source).where(Source.key == bindparam("key"), Source.closed_at.is_(None))
KEY = re.compile(r"[\x21-\x7e]{1,150}")
ADDRESS = re.compile(r"[\w-]{1,64}", re.ASCII)
"""What our own source keys look like; PostgreSQL cannot even be asked for a NUL."""
PLAIN_200 = frozenset({"google", "meta", "whatsapp"})
"""Vendors that take nothing but 200 for "we have it", and send again otherwise."""
TEST_HEADER = "Firstcall-Test"


@bp.post("/in/<key>", provide_automatic_options=False)
@limiter.limit("6000/minute", key_func=lambda: request.path)
def take_in(key: str) -> Response:
    """One request of any kind: 201 new, 200 seen before, 202 a person must look at it."""
    source = _source(key)
    body = _whole_body(source)
    _check_origin(source, body)
    answer = receive.receive(source, body, request.content_type or "", _delivery_key())
    return _tell(source, answer, body)


@bp.get("/in/<key>", provide_automatic_options=False)
@limiter.limit("60/minute")
def handshake(key: str) -> Response:
    """Meta asks whether the address is ours before it sends anything there."""
    return Response(origin.challenge(_source(key), request.args), mimetype="text/plain")


@bp.route("/in/<key>", methods=["OPTIONS"])
def preflight(key: str) -> Response:
    """A form on the showroom's own website may post from the browser."""
    _source(key)
    return Response(status=204, headers=_cors())


def _source(key: str) -> Source:
    source = db.session.scalar(SOURCE, {"key": key}) if ADDRESS.fullmatch(key) else None
    if source is None or source.kind in BY_HAND:
        raise NotFound("There is no such intake address.", code="unknown_key")
    return source


def _check_origin(source: Source, body: bytes) -> None:
    """A signature cannot be guessed, so that a right one is believed however many were wrong before; a key that
    somebody made up can."""
    guesser = request.path, get_remote_address()
    if source.kind in origin.BY_KEY and is_slowed_down(GUESSES, *guesser):
        raise TooManyRequests(retry_after=GUESSES.get_expiry())
    try:
        origin.check(source, _sent(body))
    except (NotAllowed, NotSignedIn):
        slow_down(GUESSES, *guesser)
        raise


def _whole_body(source: Source) -> bytes:
    """All of it, before any transaction begins: a slow sender must not hold one open."""
    limit = LIMITS.get(source.kind, LIMIT)
    request.max_content_length = limit + 1  # a body of unknown length is cut there without a word
    db.session.commit()  # ends the reading; what was read about the source stays
    body = b"" if (request.content_length or 0) > limit else request.get_data(cache=False)
    if max(request.content_length or 0, len(body)) > limit:
        raise TooLarge(f"A request of this kind may be {limit // 1024} KB.")
    return body


def _delivery_key() -> str | None:
    """The sender's own word for "this delivery"; an odd one is ignored, not refused."""
    nonce, _, proof = request.headers.get(TEST_HEADER, "").partition(".")
    if proof and hmac.compare_digest(proof, test_proof(nonce)):
        return f"{TEST}{nonce}"
    key = request.headers.get("Idempotency-Key", "").strip()
    return f"key:{key}" if KEY.fullmatch(key) else None


def test_proof(nonce: str) -> str:
    """Only we can mark a request as a test of ours."""
    return keyed(f"test lead {nonce}")


def _sent(body: bytes) -> origin.Sent:
    """The request as its vendor signed it: at our public address, whatever a proxy has made of it."""
    query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
    address = f"{settings().public_url}{request.path}{query}"
    return origin.Sent(body, request.content_type or "", address, request.headers.get)


def _tell(source: Source, answer: Answer, body: bytes) -> Response:
    """What the vendor expects; JSON for programs; a browser that posted the plain HTML form goes on to the thank-you
    page."""
    if source.kind == "twilio":
        return Response(_twiml(source, answer, body), mimetype="text/xml")
    if source.kind in PLAIN_200:
        return jsonify({})
    page = answer.body.get("status_url")
    wants_page = request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"
    if page and wants_page and request.mimetype == "application/x-www-form-urlencoded":
        return redirect(str(page), 303)  # type: ignore[return-value]
    response = jsonify(answer.body)
    response.status_code = answer.status
    response.headers.extend(_cors())
    return response


def _twiml(source: Source, answer: Answer, body: bytes) -> str:
    """Silence, the one confirmation of a stop, or, where Twilio asks what to do with a call, the number to ring."""
    say = answer.body.get("say")
    ring = (source.settings or {}).get("ring")
    if say and answer.status != SEEN:
        return twiml.message(str(say))
    told = origin.params(body) if ring else {}
    if told.get("CallStatus") == "ringing" and "DialCallStatus" not in told:
        caller = next((n for n in (told.get("From"), told.get("To")) if str(n).startswith("+")), "")
        return twiml.dial(str(ring), str(caller), f"{settings().public_url}{request.path}")
    return twiml.nothing()


def _cors() -> dict[str, str]:
    """Any website may post (the key is the secret), none may use cookies."""
    return {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": "POST",
        "Access-Control-Allow-Headers": "Content-Type, Idempotency-Key",
        "Access-Control-Max-Age": "86400",
    }
