"""Photos of the trade-in and personal videos: the body is the file, its id is the phone's. Kept by ``app.files``."""

from uuid import UUID

from apiflask import APIBlueprint
from flask import Response, jsonify, request

from app import access, clock
from app.access import me, signed_in
from app.api.once import Answer, once
from app.api.shapes import follow_up_json
from app.db import write
from app.files import keep, removal, serve
from app.models import File

bp = APIBlueprint("files", __name__, url_prefix="/api/v1")


@bp.put("/follow-ups/<uuid:id_>/files/<uuid:file_id>")
@signed_in
def put(id_: UUID, file_id: UUID) -> Response:
    """One photo or video. Sent again it is the same file (200); other content under its id is refused (409)."""
    follow_up, group_id = access.follow_up(id_), me().group_id
    kind = keep.kind_of(request.mimetype)
    request.max_content_length = keep.LARGEST[kind] + 1  # a body of unknown length is cut there in silence
    with keep.receive(follow_up, file_id, kind, request.stream) as incoming:
        content = keep.prepare(group_id, file_id, kind, incoming)
    with write():
        follow_up = access.lock_follow_up(access.follow_up(id_).id)
        _, new = keep.add(follow_up, me(), file_id, content, clock.now())
        answer = jsonify(follow_up_json(follow_up, me(), timeline=True))
    answer.status_code = 201 if new else 200
    return answer


@bp.get("/files/<uuid:id_>")
@signed_in
def show(id_: UUID) -> Response:
    """The content; ``?size=small`` for a list."""
    return serve.content(_seen(id_), small=request.args.get("size") == "small")


@bp.post("/files/<uuid:id_>/removal")
@signed_in
@once
def remove(id_: UUID) -> Answer:
    """Take it away. Who added it may, and a manager."""
    file = _seen(id_)
    follow_up = access.lock_follow_up(file.follow_up_id)
    removal.remove(file, follow_up, me(), clock.now())
    return follow_up_json(follow_up, me(), timeline=True), 201


@bp.delete("/files/<uuid:id_>/removal")
@signed_in
@once
def put_back(id_: UUID) -> Answer:
    """Undo."""
    file = _seen(id_)
    follow_up = access.lock_follow_up(file.follow_up_id)
    removal.restore(file, follow_up, me(), clock.now())
    return follow_up_json(follow_up, me(), timeline=True), 200


def _seen(id_: UUID) -> File:
    """A file of a follow-up that I may see. Raises NotFound."""
    file = keep.of_group(id_, me().group_id)
    access.follow_up(file.follow_up_id)
    return file
