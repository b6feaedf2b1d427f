"""A video stays as the phone made it, except that it no longer says where: the location and the like are blanked.

In: the path of what a phone sent. Out: its real content type; the file changed in place. MP4 and QuickTime are boxes
within boxes (ISO/IEC 14496-12 §4.2): ``udta``, ``meta`` and ``uuid`` hold what players do not need (place, maker, a
contact's name), so each becomes a ``free`` box of zeros of the same length, and no offset moves. A track of another
kind than picture and sound (a camera's telemetry) is blanked too: players no longer find its samples.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO

from app.errors import Unreadable

CONTAINERS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"moof", b"traf"})
TELLING = frozenset({b"udta", b"meta", b"uuid"})
SEEN_AND_HEARD = frozenset({b"vide", b"soun"})
WEBM = b"\x1a\x45\xdf\xa3"
DEEPEST, MOST_BOXES = 8, 10_000
ZEROS = bytes(64 * 1024)


@dataclass(frozen=True)
class Box:
    """One box: where it begins, how long its head is, where it ends."""

    kind: bytes
    start: int
    body: int
    end: int


def clean(path: Path) -> str:
    """Blank what tells more than the picture; returns the content type. Raises Unreadable ("not_a_video")."""
    with path.open("r+b") as file:
        head = file.read(64)
        if head.startswith(WEBM) and b"webm" in head:
            return "video/webm"  # made by browsers, which write no place into it
        if head[4:8] != b"ftyp":
            raise _not_a_video()
        boxes = list(islice(_boxes(file, 0, path.stat().st_size, DEEPEST), MOST_BOXES + 1))
        if len(boxes) > MOST_BOXES:
            raise _not_a_video()
        for box in boxes:
            if box.kind in TELLING or (box.kind == b"trak" and not _plays(file, box)):
                _blank(file, box)
    return "video/quicktime" if head[8:12] == b"qt  " else "video/mp4"


def _boxes(file: IO[bytes], start: int, end: int, depth: int) -> Iterator[Box]:
    """The boxes between two places, and those inside them."""
    while start + 8 <= end:
        file.seek(start)
        head = file.read(16)
        length, kind, body = struct.unpack(">I", head[:4])[0], head[4:8], start + 8
        if length == 1 and len(head) == 16:
            length, body = struct.unpack(">Q", head[8:])[0], start + 16
        stop = end if length == 0 else start + length
        if stop > end or stop < body or not depth:
            raise _not_a_video()
        yield Box(kind, start, body, stop)
        if kind in CONTAINERS:
            yield from _boxes(file, body, stop, depth - 1)
        start = stop


def _plays(file: IO[bytes], track: Box) -> bool:
    """Whether a track is picture or sound: its handler says so (§8.4.3)."""
    for box in _boxes(file, track.body, track.end, DEEPEST):
        if box.kind == b"hdlr":
            file.seek(box.body + 4)
            said = file.read(8)
            if not said.startswith(b"dhlr"):  # QuickTime: where the data is, not what it is
                return said[4:] in SEEN_AND_HEARD
    return False


def _blank(file: IO[bytes], box: Box) -> None:
    file.seek(box.start + 4)
    file.write(b"free")
    file.seek(box.body)
    for start in range(box.body, box.end, len(ZEROS)):
        file.write(ZEROS[: box.end - start])


def _not_a_video() -> Unreadable:
    return Unreadable("This is not a video that we can play (MP4, MOV or WebM).", code="not_a_video")
