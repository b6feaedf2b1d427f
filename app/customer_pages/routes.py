"""``/c/<token>``: status, answer, stop and contact card of one customer. The signed token is the only key.

Nothing happens on GET: mail scanners open every link. The blueprint's own headers keep the address from
leaking: no referrer, no cache, no search engine; nothing but our own style sheet and icon is loaded.
"""

from typing import Any

from apiflask import APIBlueprint
from flask import Response, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge, TooManyRequests
from werkzeug.wrappers import Response as AnyResponse

from app import access, clock
from app.customer_pages import vcard, view
from app.customers import answer as say
from app.customers.privacy import stop as stop_contact
from app.db import write
from app.errors import Conflict, NotFound
from app.models import StopScope
from app.outbox import letters

pages = APIBlueprint(
    "customer_pages",
    __name__,
    template_folder="templates",
    static_folder="static",
    static_url_path="/customer",
    enable_openapi=False,
)
LONGEST_BODY = 64 * 1024
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}
ONE_CLICK = ("List-Unsubscribe", "One-Click")


@pages.before_request
def short_bodies_first() -> None:
    """A page's form is small; anything longer is refused before it is read. All of it is read before any
    transaction begins: a slow sender must not hold one open.
    """
    request.max_content_length = LONGEST_BODY
    request.get_data(parse_form_data=True)


@pages.after_request
def private(response: Response) -> Response:
    """The style sheet may be kept; a customer's page may not."""
    if request.endpoint != "customer_pages.static":
        response.headers.extend(HEADERS)
    return response


@pages.get("/c/<token>")
def status(token: str) -> str:
    """Thanks, who calls and when, the direct lines, what was asked, one open question."""
    page = view.status(access.customer_by_token(token), token, clock.now(), request.accept_languages)
    return _page("stopped" if page.stopped else "status", page)


@pages.post("/c/<token>/answer")
def answer(token: str) -> AnyResponse:
    """The customer's words, from the form. Nothing written: back to the page, which says so."""
    customer = access.customer_by_token(token)
    text = request.form.get("text", "").strip()
    if not text:
        return redirect(url_for(".status", token=token, empty=1, _anchor="answer"), 303)
    with write():
        say.answer(view.newest_follow_up(customer), text, clock.now())
    return redirect(url_for(".status", token=token, _anchor="answer"), 303)


@pages.post("/c/<token>/return")
def come_back(token: str) -> AnyResponse:
    """ "I still want an answer": one tap opens a closed request again."""
    customer = access.customer_by_token(token)
    with write():
        say.one_tap(view.newest_follow_up(customer), clock.now())
    return redirect(url_for(".status", token=token), 303)


@pages.get("/c/<token>/stop")
def choose_stop(token: str) -> str:
    """What should stop? A form with a button; the address alone stops nothing."""
    page = view.status(access.customer_by_token(token), token, clock.now(), request.accept_languages)
    return _page("stopped" if page.stopped or "done" in request.args else "stop", page)


@pages.post("/c/<token>/stop")
def stop(token: str) -> AnyResponse | tuple[str, int]:
    """Stop what was chosen; nothing chosen means everything. A mail program's one click (RFC 8058) stops
    e-mail.
    """
    customer = access.customer_by_token(token)
    one_click = request.form.get(ONE_CLICK[0]) == ONE_CLICK[1]
    scope, channel = view.chosen("email" if one_click else request.form.get("what", ""))
    with write():
        stop_contact(view.newest_follow_up(customer), scope, channel, None, clock.now())
    if one_click:
        return "", 200  # RFC 8058: no redirect
    done = None if scope is not StopScope.CHANNEL else 1
    return redirect(url_for(".choose_stop", token=token, done=done), 303)


@pages.get("/c/<token>/contact.vcf")
def contact(token: str) -> Response:
    """The salesperson's contact card, so that their call is recognised."""
    customer = access.customer_by_token(token)
    person = letters.speaker(view.newest_follow_up(customer))
    response = make_response(vcard.card(person, letters.direct_line(person)))
    response.headers["Content-Type"] = "text/vcard; charset=utf-8"
    response.headers["Content-Disposition"] = 'inline; filename="contact.vcf"'
    return response


@pages.errorhandler(NotFound)
def gone(_error: NotFound) -> tuple[str, int]:
    """An incomplete, revoked or forged address."""
    return _page("notice", view.notice("gone", request.accept_languages)), 404


@pages.errorhandler(TooManyRequests)
def too_many(_error: TooManyRequests) -> tuple[str, int]:
    """Somebody, or a machine, sends one form after the other."""
    return _page("notice", view.notice("too_many", request.accept_languages)), 429


@pages.errorhandler(RequestEntityTooLarge)
def too_long(_error: RequestEntityTooLarge) -> tuple[str, int]:
    """More text than the page allows."""
    return _page("notice", view.notice("too_long", request.accept_languages)), 413


@pages.errorhandler(Conflict)
def ended(_error: Conflict) -> AnyResponse:
    """It was stopped meanwhile: the page says so."""
    token = (request.view_args or {}).get("token", "")
    return redirect(url_for(".status", token=token), 303)


def _page(name: str, page: Any) -> str:
    return render_template(f"customer/{name}.html", page=page, t=page.say)
