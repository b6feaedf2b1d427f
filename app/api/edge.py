"""The edge: problem details, security headers, same-origin check, rate limits, server time. No rule of the product."""

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from apiflask import APIFlask, HTTPError
from flask import Response, jsonify, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import RateLimitItem
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from werkzeug.exceptions import HTTPException, TooManyRequests

from app import clock
from app.api.squeeze import squeezed
from app.config import Settings, is_loopback
from app.db import db
from app.errors import NotAllowed, NotFound, Problem
from app.push.notify import iso

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "connect-src 'self' ws: wss:; font-src 'self'; manifest-src 'self'; worker-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
OPEN_PATHS = ("/in/", "/c/", "/api/v1/push/receipts")
"""Unsafe requests from elsewhere are expected here, and none of these reads a session cookie."""
OWN_BODY = frozenset({"files.put"})
"""Reads a large body itself, to the disk and outside a transaction."""
DATABASE_AWAY = (OperationalError, InterfaceError, NoConnection)
COME_AGAIN = 2
"""Seconds: a restart or a failover takes about that long."""
log = logging.getLogger(__name__)
limiter = Limiter(get_remote_address)


def init_app(app: APIFlask, settings: Settings) -> None:
    """Hook the edge onto the app."""
    app.config["RATELIMIT_STORAGE_URI"] = settings.redis_url or "memory://"
    limiter.init_app(app)
    app.wsgi_app = _counted(app.wsgi_app)  # type: ignore[assignment,method-assign]
    app.before_request(lambda: _known_host(settings))
    app.before_request(_same_origin)
    app.before_request(_whole_body)
    app.after_request(squeezed)
    app.after_request(lambda response: _headers(response, settings))
    app.teardown_request(lambda _error: db.session.rollback())
    app.register_error_handler(Problem, _problem)
    for away in DATABASE_AWAY:
        app.register_error_handler(away, _database_away)
    app.error_processor(_invalid_input)
    # last: error_processor takes these errors over too
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(
        RecursionError, lambda _error: problem("bad_request", 400, "Too deeply nested")
    )


def is_slowed_down(limit: RateLimitItem, *whose: str) -> bool:
    """Whether ``slow_down`` would refuse the next failure."""
    return bool(limiter.enabled and not limiter.limiter.test(limit, *whose))


def slow_down(limit: RateLimitItem, *whose: str) -> None:
    """Count one more failure against a limit. Raises TooManyRequests beyond it. Who does nothing wrong is not counted,
    not even looked up."""
    if limiter.enabled and not limiter.limiter.hit(limit, *whose):
        raise TooManyRequests(retry_after=limit.get_expiry())


def problem(code: str, status: int, title: str, detail: str = "") -> Response:
    """An RFC 9457 response."""
    response = jsonify(
        {"type": f"about:blank#{code}", "title": title, "status": status, "detail": detail or title}
    )
    response.status_code = status
    response.mimetype = "application/problem+json"
    return response


def _known_host(settings: Settings) -> None:
    """Only our own names (against DNS rebinding); on loopback all its names: the demo has two windows."""
    host = _split(f"//{request.host}").hostname or ""
    if host == settings.public_host or is_loopback(host):
        return
    raise NotFound(f"This server is {settings.public_url}.", code="unknown_host")


def _split(address: str) -> SplitResult:
    """An address from a header; one that is none (``[``) is nobody's."""
    try:
        return urlsplit(address.lower())
    except ValueError:
        return urlsplit("")


def _same_origin() -> None:
    """CSRF: an unsafe request must come from our own pages. The browser says so in Origin; a page cannot forge it."""
    if request.method in SAFE or request.path.startswith(OPEN_PATHS):
        return
    origin = request.headers.get("Origin")
    if origin is None and request.headers.get("Sec-Fetch-Site") in (None, "same-origin"):
        return  # not a browser (no cookie of ours), or a browser that vouches for the origin
    if origin is None or _split(origin).netloc != request.host:
        raise NotAllowed("This request came from another site.", code="cross_origin")


def _counted(wsgi_app: "WSGIApplication") -> "WSGIApplication":
    """gunicorn vouches for the end of a body also when its sender went away in the middle. Without its word werkzeug
    counts, and answers 400: half a lead kept under an Idempotency-Key would turn the whole one away.
    """

    def counted(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ.get("CONTENT_LENGTH"):
            environ.pop("wsgi.input_terminated", None)
        return wsgi_app(environ, start_response)

    return counted


def _whole_body() -> None:
    """All of it, before a session is looked up: a slow sender must not hold a transaction open."""
    if request.path.startswith("/api/") and request.endpoint not in OWN_BODY:
        request.get_data()


def _headers(response: Response, settings: Settings) -> Response:
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(), microphone=()")
    if settings.secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.path.startswith("/api/"):
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["X-Server-Time"] = iso(clock.now())
    return response


def _problem(error: Problem) -> Response:
    response = jsonify(error.as_json())
    response.status_code = error.status
    response.mimetype = "application/problem+json"
    return response


def _database_away(error: Exception) -> Response:
    """It does not answer, or has no room. Nothing was written: whoever sent this keeps it and sends it again."""
    log.error("the database cannot be used", extra={"reason": type(error.__cause__ or error).__name__})
    response = problem("try_again", 503, "Please send this again in a moment")
    response.headers["Retry-After"] = str(COME_AGAIN)
    return response


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    names = {
        413: "too_large",
        429: "too_many",
        405: "method_not_allowed",
        404: "not_found",
        400: "bad_request",
    }
    response = problem(names.get(status, f"http_{status}"), status, error.name, error.description or "")
    if retry := (error.get_response().headers.get("Retry-After") if status == 429 else None):
        response.headers["Retry-After"] = retry
    return response


def _invalid_input(error: HTTPError) -> tuple[dict[str, object], int, dict[str, str]]:
    """APIFlask's validation errors in our one shape: which field, and what is wrong with it."""
    fields = {}
    detail = getattr(error, "detail", None) or {}
    for place, messages in detail.items() if isinstance(detail, dict) else ():
        for name, message in messages.items() if isinstance(messages, dict) else ((place, messages),):
            fields[str(name)] = "; ".join(map(str, message)) if isinstance(message, list) else str(message)
    body: dict[str, object] = {
        "type": "about:blank#unreadable",
        "title": "Please check the input",
        "status": error.status_code,
        "detail": error.message or "Please check the input",
        "fields": fields,
    }
    return body, error.status_code, {"Content-Type": "application/problem+json"}
