"""Keep a photo or a video: what may come in, made fit, on the disk, and then its row with its event.

In: a body that a phone sends. Out: a ``File``. Called by ``app.api.files``: ``receive`` and ``prepare`` before the
transaction, ``add`` inside it.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import IO, ParamSpec, TypeVar
from uuid import UUID

import gevent
import gevent.monkey
from sqlalchemy import func, select

from app.db import db
from app.errors import Conflict, NotFound, Unreadable
from app.faults import fault_point
from app.files import photo, store, video
from app.files.store import Incoming
from app.models import File, FileKind, FollowUp, Person, happened

KINDS = {
    "image/jpeg": FileKind.PHOTO,
    "image/png": FileKind.PHOTO,
    "image/webp": FileKind.PHOTO,
    "video/mp4": FileKind.VIDEO,
    "video/quicktime": FileKind.VIDEO,
    "video/webm": FileKind.VIDEO,
}
LARGEST = {FileKind.PHOTO: 15 * 1024**2, FileKind.VIDEO: 50 * 1024**2}
MOST = {FileKind.PHOTO: 20, FileKind.VIDEO: 5}
"""Of a follow-up: the trade-in from all sides, and a few takes."""
_decoders = threading.Semaphore(2)
"""A picture of 50 million pixels takes 300 MB while it is decoded: never many at once."""
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Content:
    """Content that lies on the disk under its name; ``sha256`` is of what came in, ``bytes`` of what is kept."""

    kind: FileKind
    content_type: str
    bytes: int
    sha256: str
    width: int | None = None
    height: int | None = None


def kind_of(content_type: str) -> FileKind:
    """What a body of this type would be. Raises Unreadable ("unknown_type")."""
    if content_type not in KINDS:
        raise Unreadable("A photo is JPEG, PNG or WebP; a video is MP4, MOV or WebM.", code="unknown_type")
    return KINDS[content_type]


@contextmanager
def receive(follow_up: FollowUp, id_: UUID, kind: FileKind, stream: IO[bytes]) -> Iterator[Incoming]:
    """The whole body, on the disk and outside any transaction. Raises Conflict, TooLarge, NoRoom."""
    if db.session.get(File, id_) is None:  # what is sent again has its room
        _check_room(follow_up, kind)
    db.session.rollback()  # a slow sender must not hold a transaction open
    with store.receive(stream, LARGEST[kind]) as incoming:
        yield incoming


def prepare(group_id: UUID, id_: UUID, kind: FileKind, incoming: Incoming) -> Content:
    """Made fit and placed. Raises Unreadable when it is not what it says it is."""
    name = store.name_of(id_, incoming.sha256)
    if kind is FileKind.VIDEO:
        content_type = _beside(video.clean, incoming.path)
        store.place(incoming, group_id, name)
        return Content(kind, content_type, incoming.bytes, incoming.sha256)
    made = _beside(photo.shrink, incoming.path)
    store.place(incoming, group_id, name + store.SMALL, made.small)
    store.place(incoming, group_id, name, made.large)
    return Content(kind, "image/jpeg", len(made.large), incoming.sha256, made.width, made.height)


def add(follow_up: FollowUp, person: Person, id_: UUID, content: Content, now: datetime) -> tuple[File, bool]:
    """The row; also of a follow-up that has ended. The same upload again is the same file, and False.

    Inside a write, with the follow-up locked. Raises Conflict ("other_content", "too_many_files"), and NotFound
    when the id is another follow-up's.
    """
    fault_point("file placed")
    known = db.session.get(File, id_)
    if known is not None:
        return _same(known, follow_up, content), False
    _check_room(follow_up, content.kind)
    file = File(
        id=id_,
        group_id=follow_up.group_id,
        customer_id=follow_up.customer_id,
        follow_up_id=follow_up.id,
        person_id=person.id,
        kind=content.kind,
        content_type=content.content_type,
        bytes=content.bytes,
        sha256=content.sha256,
        width=content.width,
        height=content.height,
        created_at=now,
    )
    db.session.add(file)
    db.session.flush()
    happened(f"{file.kind}_added", follow_up, now, person_id=person.id, file=str(id_))
    return file, True


def of_group(id_: UUID, group_id: UUID) -> File:
    """A file, also a removed one: its removal may be undone. Raises NotFound."""
    file = db.session.get(File, id_)
    if file is None or file.group_id != group_id:
        raise NotFound("We cannot find this file.")
    return file


def _same(known: File, follow_up: FollowUp, content: Content) -> File:
    if known.group_id != follow_up.group_id or known.follow_up_id != follow_up.id:
        raise NotFound("This file belongs to something else.")
    if known.sha256 != content.sha256:
        raise Conflict("There is another file with this id.", code="other_content")
    return known


def _check_room(follow_up: FollowUp, kind: FileKind) -> None:
    kept = select(func.count()).where(
        File.group_id == follow_up.group_id,
        File.follow_up_id == follow_up.id,
        File.kind == kind,
        File.removed_at.is_(None),
    )
    if (db.session.scalar(kept) or 0) >= MOST[kind]:
        raise Conflict(
            f"This customer has {MOST[kind]} {kind}s already. Remove one first.", code="too_many_files"
        )


def _beside(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """In a real thread where greenlets share one: a large photo would stop every other request for half a second."""
    with _decoders:
        if not gevent.monkey.is_module_patched("threading"):
            return work(*args, **kwargs)
        done: R = gevent.get_hub().threadpool.apply(work, args, kwargs)
        return done
