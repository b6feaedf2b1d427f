"""``/c/<token>/v/<id>``: a personal video, made for one customer. The signed token is the only key.

Plain HTML without a script; the video itself answers range requests, which Safari needs. Another customer's token
opens nothing, and neither does a photo or what was removed.
"""

from uuid import UUID

from apiflask import APIBlueprint
from flask import Response, render_template, request

from app import access
from app.customer_pages import view
from app.customer_pages.routes import HEADERS, POLICY
from app.db import db
from app.errors import NotFound
from app.files import serve
from app.models import File, FileKind, FollowUp

videos = APIBlueprint("videos", __name__, template_folder="templates", enable_openapi=False)


@videos.after_request
def private(response: Response) -> Response:
    """The pages' own headers, and the one thing this page plays."""
    if response.mimetype == "text/html":
        response.headers.update(HEADERS)
        response.headers["Content-Security-Policy"] = f"{POLICY}; media-src 'self'"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@videos.get("/c/<token>/v/<uuid:id_>")
def page(token: str, id_: UUID) -> str:
    """Who made it, and the video."""
    video = _video(token, id_)
    follow_up = db.session.get_one(FollowUp, video.follow_up_id)
    shown = view.around_video(follow_up, token, request.accept_languages)
    return render_template("customer/video.html", page=shown, video=video, t=shown.say)


@videos.get("/c/<token>/v/<uuid:id_>/content")
def content(token: str, id_: UUID) -> Response:
    """The video itself, whole or in ranges."""
    return serve.content(_video(token, id_))


@videos.errorhandler(NotFound)
def gone(_error: NotFound) -> tuple[str, int]:
    """An incomplete or forged address, or a video that was taken back."""
    notice = view.notice("gone", request.accept_languages)
    return render_template("customer/notice.html", page=notice, t=notice.say), 404


def _video(token: str, id_: UUID) -> File:
    """Raises NotFound for anything but a video of the customer whose token this is."""
    customer, video = access.customer_by_token(token), db.session.get(File, id_)
    if (
        video is None
        or (video.group_id, video.customer_id) != (customer.group_id, customer.id)
        or video.kind is not FileKind.VIDEO
        or video.removed_at is not None
    ):
        raise NotFound("This page does not exist (any more).")
    return video
