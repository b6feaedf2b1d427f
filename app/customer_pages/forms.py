"""Forms for somebody else's page and for paper: one script tag, the same as a plain page, and a salesperson's own code.

In: a form source's key, or the key in a salesperson's QR code. Out: a script, or a page that works without one.
Whatever is typed is taken in. No cookies; nothing is loaded from elsewhere.
"""

import json
import re
import secrets
from functools import cache
from pathlib import Path
from typing import Any

from apiflask import APIBlueprint
from flask import Response, make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response as AnyResponse

from app.access import settings
from app.customer_pages import view
from app.db import db
from app.errors import NotFound
from app.intake import by_hand
from app.models import Person, Showroom, Source
from app.texts import LANGUAGES, render

forms = APIBlueprint("forms", __name__, template_folder="templates", enable_openapi=False)
KEY = re.compile(r"[\w-]{1,64}", re.ASCII)
LONGEST_BODY = 64 * 1024
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
SCRIPT = Path(__file__).with_name("form.js")
WORDS = (
    "name", "phone", "email", "message", "send", "sending", "reach", "failed", "thanks", "thanks_nobody", "call",
    "page",
)  # fmt: skip
"""Texts of the form: ``form_<word>`` in ``app/texts``."""


@forms.before_request
def short_bodies_first() -> None:
    """All of a body before any transaction begins, and no long one."""
    request.max_content_length = LONGEST_BODY
    request.get_data(parse_form_data=True)


@forms.after_request
def private(response: Response) -> Response:
    """The pages' own headers; the script may be kept for some minutes and loaded by anybody's page."""
    if response.mimetype == "text/html":
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@forms.get("/form/<key>.js")
def script(key: str) -> AnyResponse:
    """The form as a script: it builds itself where its tag stands."""
    source = _source(key)
    told = {
        "url": f"{settings().public_url}/in/{source.key}",
        "language": source.showroom.language,
        "texts": _all_texts(),
    }
    said = json.dumps(told, ensure_ascii=True).replace("<", "\\u003c")
    response = make_response(_script().replace("__TOLD__", said))
    response.headers["Content-Type"] = "text/javascript; charset=utf-8"
    response.headers["Cache-Control"] = "public, max-age=300"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.add_etag()
    return response.make_conditional(request)


@forms.get("/form/<key>")
def page(key: str) -> str:
    """The same form as a page, for whoever has no script; the intake it posts to leads on to the customer's page."""
    source = _source(key)
    return _page("form", source.showroom, action=f"/in/{source.key}", car=request.args.get("car", "")[:200])


@forms.get("/q/<key>")
def ask_person(key: str) -> str:
    """A salesperson's own code was scanned."""
    person = _person(key)
    return _page("ask", person.showroom, person=person, once=secrets.token_urlsafe(12))


@forms.post("/q/<key>")
def asked(key: str) -> AnyResponse | tuple[str, int]:
    """Three fields; on to the customer's page."""
    person = _person(key)
    said = {name: request.form.get(name, "").strip()[:4000] for name in ("name", "reach", "about")}
    if not any(said.values()):
        again = _page("ask", person.showroom, person=person, once=request.form.get("once", ""), empty=True)
        return again, 422
    typed = {**said, "language": view.language_of(None, request.accept_languages)}
    once = request.form.get("once", "")[:60]
    answer = by_hand.take_in(
        person.showroom, "qr", typed, person, f"{person.id.hex}:{once}" if once else None
    )
    return redirect(answer.body.get("status_url") or url_for(".ask_person", key=key), 303)


@forms.errorhandler(NotFound)
def gone(_error: NotFound) -> tuple[str, int]:
    """A closed source, an old code."""
    told = view.notice("gone", request.accept_languages)
    return render_template("customer/notice.html", page=told, t=told.say), 404


@forms.errorhandler(TooManyRequests)
def too_many(_error: TooManyRequests) -> tuple[str, int]:
    """Somebody, or a machine, sends one form after the other."""
    told = view.notice("too_many", request.accept_languages)
    return render_template("customer/notice.html", page=told, t=told.say), 429


def _source(key: str) -> Source:
    query = select(Source).where(Source.key == key, Source.kind == "form", Source.closed_at.is_(None))
    source = db.session.scalar(query) if KEY.fullmatch(key) else None
    if source is None:
        raise NotFound("There is no such form.")
    return source


def _person(key: str) -> Person:
    query = select(Person).where(Person.qr_key == key, Person.left_at.is_(None))
    person = db.session.scalar(query) if KEY.fullmatch(key) else None
    if person is None:
        raise NotFound("This code leads nowhere any more.")
    return person


def _page(name: str, showroom: Showroom, **more: Any) -> str:
    plain = view.notice("", request.accept_languages)
    initials = view.initials(more["person"]) if "person" in more else ""
    return render_template(
        f"customer/{name}.html", page=plain, t=plain.say, showroom=showroom.name, initials=initials, **more
    )


@cache
def _script() -> str:
    return SCRIPT.read_text(encoding="utf-8")


@cache
def _all_texts() -> dict[str, dict[str, str]]:
    """Placeholders stay: the script fills in who calls."""
    return {
        language: {word: render(f"form_{word}", language, name="{name}") for word in WORDS}
        for language in LANGUAGES
    }
