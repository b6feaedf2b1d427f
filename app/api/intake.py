"""``POST /in/<source key>``: where every lead comes in. The secret address is the proof of origin."""

import re

from apiflask import APIBlueprint
from flask import Response, jsonify, redirect, request
from sqlalchemy import select

from app.api.edge import limiter
from app.db import db
from app.errors import NotFound, TooLarge
from app.intake import receive
from app.intake.receive import Answer
from app.models import Source

bp = APIBlueprint("intake", __name__)
LIMITS = {"email": 25 * 1024 * 1024}
LIMIT = 256 * 1024
KEY = re.compile(r"[\x21-\x7e]{1,150}")
ADDRESS = re.compile(r"[\w-]{1,64}", re.ASCII)
"""What our own source keys look like; PostgreSQL cannot even be asked for a NUL."""


@bp.post("/in/<key>", provide_automatic_options=False)
@limiter.limit("6000/minute", key_func=lambda: request.path)
def take_in(key: str) -> Response:
    """One request of any kind: 201 new, 200 seen before, 202 a person must look at it."""
    source = _source(key)
    body = _whole_body(source)
    answer = receive.receive(source, body, request.content_type or "", _delivery_key())
    return _tell(answer)


@bp.route("/in/<key>", methods=["OPTIONS"])
def preflight(key: str) -> Response:
    """A form on the showroom's own website may post from the browser."""
    _source(key)
    return Response(status=204, headers=_cors())


def _source(key: str) -> Source:
    query = select(Source).where(Source.key == key, Source.closed_at.is_(None))
    source = db.session.scalar(query) if ADDRESS.fullmatch(key) else None
    if source is None:
        raise NotFound("There is no such intake address.", code="unknown_key")
    return source


def _whole_body(source: Source) -> bytes:
    """All of it, before any transaction begins: a slow sender must not hold one open."""
    limit = LIMITS.get(source.kind, LIMIT)
    request.max_content_length = limit + 1  # a body of unknown length is cut there without a word
    db.session.rollback()
    body = b"" if (request.content_length or 0) > limit else request.get_data(cache=False)
    if max(request.content_length or 0, len(body)) > limit:
        raise TooLarge(f"A request of this kind may be {limit // 1024} KB.")
    return body


def _delivery_key() -> str | None:
    """The sender's own word for "this delivery"; an odd one is ignored, not refused."""
    key = request.headers.get("Idempotency-Key", "").strip()
    return f"key:{key}" if KEY.fullmatch(key) else None


def _tell(answer: Answer) -> Response:
    """JSON for programs; a browser that posted the plain HTML form goes on to the thank-you page."""
    page = answer.body.get("status_url")
    wants_page = request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"
    if page and wants_page and request.mimetype == "application/x-www-form-urlencoded":
        return redirect(str(page), 303)  # type: ignore[return-value]
    response = jsonify(answer.body)
    response.status_code = answer.status
    response.headers.extend(_cors())
    return response


def _cors() -> dict[str, str]:
    """Any website may post (the key is the secret), none may use cookies."""
    return {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": "POST",
        "Access-Control-Allow-Headers": "Content-Type, Idempotency-Key",
        "Access-Control-Max-Age": "86400",
    }
