"""The board's snapshot; Socket.IO continues it (``app.board.socket``)."""

from apiflask import APIBlueprint
from flask import Response, jsonify

from app import clock
from app.access import managers_only, me, signed_in
from app.api.me import SLA
from app.board.snapshot import showroom_json, snapshot
from app.push.notify import iso

bp = APIBlueprint("board", __name__, url_prefix="/api/v1")


@bp.get("/board")
@signed_in
@managers_only
def show() -> Response:
    """Who has and who hasn't called, now."""
    now = clock.now()
    return jsonify(
        server_time=iso(now), sla=SLA, showroom=showroom_json(me().showroom), **snapshot(me(), now)
    )
