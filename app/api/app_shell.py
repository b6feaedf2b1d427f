"""The built frontend: the app's one HTML page for all its addresses, its assets, and the service worker at the root."""

from apiflask import APIBlueprint
from flask import Response, request, send_from_directory

from app.access import settings
from app.api import ahead
from app.config import ROOT
from app.errors import NotFound

bp = APIBlueprint("app_shell", __name__, enable_openapi=False)
DIST = ROOT / "frontend" / "dist"
FOR_EVER = 31536000


@bp.get("/")
@bp.get("/sign-in")
@bp.get("/leads")
@bp.get("/l/<path:_id>")
@bp.get("/me")
@bp.get("/onboarding")
@bp.get("/me/hours")
@bp.get("/board")
@bp.get("/showroom")
@bp.get("/people")
@bp.get("/cadence")
def page(_id: str = "") -> Response:
    """The app finds its own way from the address."""
    if not (DIST / "index.html").exists():
        raise NotFound("The app has not been built yet: run bin/setup.", code="not_built")
    response = send_from_directory(DIST, "index.html")
    response.headers["Cache-Control"] = "no-cache"
    if ahead_of := ahead.links(DIST, request.path, request.accept_languages):
        response.headers["Link"] = ahead_of
    response.vary.add("Accept-Language")
    return response


@bp.get("/_design")
def design() -> Response:
    """Every component in every state, for who builds this: in demo mode only."""
    if not settings().demo:
        raise NotFound("This page is there in demo mode only.")
    return page()


@bp.get("/sw.js")
def service_worker() -> Response:
    """At the root, so that its scope is the whole app; always revalidated, so that an update arrives."""
    response = send_from_directory(DIST, "sw.js", mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    return response


@bp.get("/manifest.webmanifest")
def manifest() -> Response:
    return send_from_directory(DIST, "manifest.webmanifest", mimetype="application/manifest+json")


@bp.get("/assets/<path:name>")
def asset(name: str) -> Response:
    """Named by content: may be kept for ever."""
    return send_from_directory(DIST / "assets", name, max_age=FOR_EVER)


@bp.get("/icons/<path:name>")
def icon(name: str) -> Response:
    return send_from_directory(DIST / "icons", name, max_age=86400)


@bp.get("/favicon.ico")
def favicon() -> Response:
    return send_from_directory(DIST / "icons", "icon-192.png", max_age=86400)
