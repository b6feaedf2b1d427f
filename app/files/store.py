"""Content on disk: ``VAR_DIR/files/<group>/<file>-<start of its SHA-256>``, beside a photo its ``….small``.

Content is there, whole and on the disk, before its row is: a crash in between leaves content that nobody knows, which
``sweep`` takes away. The hash in the name keeps two uploads under one id apart until the row says which one it was.
Folders are 0700, files 0600.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO
from uuid import UUID

from sqlalchemy import or_, select

from app.access import settings
from app.db import db, new_id
from app.errors import Problem, TooLarge
from app.models import File

CHUNK = 64 * 1024
INCOMING = "incoming"
SMALL = ".small"
HASH = 16
"""Characters of the hash that are part of a name."""
UNKNOWN_FOR = timedelta(hours=1)
"""An upload takes minutes: what has no row after an hour never gets one."""
REMOVED_FOR = timedelta(hours=2)
"""Longer than a removal may be undone (``removal.UNDO``), so that nothing is restored whose content is gone."""
AT_ONCE = 500


class NoRoom(Problem):
    """The disk is full or cannot be written: the phone keeps what it sent and sends it again."""

    status, code, title = 503, "no_room", "Nothing can be stored right now"


@dataclass(frozen=True)
class Incoming:
    """What came in, in a file of its own that nobody else sees. ``bytes`` counts, ``sha256`` is in hex."""

    path: Path
    sha256: str
    bytes: int


@contextmanager
def receive(stream: IO[bytes], limit: int) -> Iterator[Incoming]:
    """Read a body to the disk, piece by piece; taken away at the end if it was not placed.

    Raises TooLarge beyond ``limit`` bytes, NoRoom when the disk will not have it.
    """
    path = _folder(INCOMING) / new_id().hex
    try:
        yield _read(stream, limit, path)
    finally:
        for left in path.parent.glob(f"{path.name}*"):
            left.unlink(missing_ok=True)


def place(incoming: Incoming, group_id: UUID, name: str, content: bytes | None = None) -> None:
    """Give what came in, or ``content`` made of it, its name: it survives a power cut from here on. Raises NoRoom."""
    final, source = _folder(group_id.hex) / name, incoming.path
    try:
        if content is not None:
            source = source.with_suffix(".made")
            with _create(source) as out:
                out.write(content)
        _sync(source)
        os.replace(source, final)
        _sync(final.parent)
    except OSError as error:
        raise NoRoom() from error


def name_of(id_: UUID, sha256: str) -> str:
    """What the content of a file is called."""
    return f"{id_.hex}-{sha256[:HASH]}"


def path_of(file: File, *, small: bool = False) -> Path:
    """Where the content of a file lies."""
    name = name_of(file.id, file.sha256) + (SMALL if small else "")
    return _root() / file.group_id.hex / name


def sweep(now: datetime) -> int:
    """Delete content without a row (a crash, an erased customer) and what was removed. Returns how many files.

    Called by the worker, any number of them at the same time.
    """
    before, gone = (now - UNKNOWN_FOR).timestamp(), 0
    for folder in _root().glob("*/"):
        old = [path for path in folder.iterdir() if path.stat().st_mtime < before]
        for start in range(0, len(old), AT_ONCE):
            some = old[start : start + AT_ONCE]
            wanted = set() if folder.name == INCOMING else _wanted(some, now)
            for path in some:
                if path.name.removesuffix(SMALL) not in wanted:
                    path.unlink(missing_ok=True)
                    gone += 1
    return gone


def _wanted(paths: list[Path], now: datetime) -> set[str]:
    """Names that a row still stands for."""
    ids = {UUID(path.name.partition("-")[0]) for path in paths}
    rows = select(File.id, File.sha256).where(
        File.id.in_(ids), or_(File.removed_at.is_(None), File.removed_at > now - REMOVED_FOR)
    )
    names = {name_of(id_, sha256) for id_, sha256 in db.session.execute(rows)}
    db.session.rollback()
    return names


def _read(stream: IO[bytes], limit: int, path: Path) -> Incoming:
    digest, count = hashlib.sha256(), 0
    try:
        with _create(path) as out:
            while chunk := stream.read(CHUNK):
                count += len(chunk)
                if count > limit:
                    raise TooLarge(f"This may be at most {limit // 1024**2} MB.")
                digest.update(chunk)
                out.write(chunk)
    except OSError as error:
        raise NoRoom() from error
    return Incoming(path, digest.hexdigest(), count)


def _create(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _folder(name: str) -> Path:
    path = _root() / name
    for each in (path.parent, path):
        each.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def _root() -> Path:
    return settings().var_dir / "files"
