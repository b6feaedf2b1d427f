"""Notes on a follow-up: a few words, and taking them back. Kept by ``app.files.notes``."""

from typing import Annotated
from uuid import UUID

from apiflask import APIBlueprint
from pydantic import BaseModel, Field

from app import access, clock
from app.access import me, signed_in
from app.api.bodies import Text
from app.api.once import Answer, once
from app.api.shapes import follow_up_json
from app.files import notes, removal
from app.models import Note

bp = APIBlueprint("notes", __name__, url_prefix="/api/v1")


class NoteIn(BaseModel):
    """The id is made by the phone, so that the same note sent twice is one note."""

    id: UUID
    text: Annotated[Text, Field(min_length=1)]


@bp.post("/follow-ups/<uuid:id_>/notes")
@signed_in
@bp.input(NoteIn, arg_name="said")
@once
def add(id_: UUID, said: NoteIn) -> Answer:
    """A few words for whoever looks next; also when the follow-up has ended."""
    follow_up = access.lock_follow_up(access.follow_up(id_).id)
    _, new = notes.add(follow_up, me(), said.id, said.text, clock.now())
    return follow_up_json(follow_up, me(), timeline=True), 201 if new else 200


@bp.post("/notes/<uuid:id_>/removal")
@signed_in
@once
def remove(id_: UUID) -> Answer:
    """Take it away. Who wrote it may, and a manager."""
    note = _seen(id_)
    follow_up = access.lock_follow_up(note.follow_up_id)
    removal.remove(note, follow_up, me(), clock.now())
    return follow_up_json(follow_up, me(), timeline=True), 201


@bp.delete("/notes/<uuid:id_>/removal")
@signed_in
@once
def put_back(id_: UUID) -> Answer:
    """Undo."""
    note = _seen(id_)
    follow_up = access.lock_follow_up(note.follow_up_id)
    removal.restore(note, follow_up, me(), clock.now())
    return follow_up_json(follow_up, me(), timeline=True), 200


def _seen(id_: UUID) -> Note:
    """A note on a follow-up that I may see. Raises NotFound."""
    note = notes.of_group(id_, me().group_id)
    access.follow_up(note.follow_up_id)
    return note
