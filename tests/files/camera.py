"""What a phone's camera makes: photos with everything a camera writes into them, and the boxes of a video.

In: what should be in it. Out: bytes. Called by the tests of files.
"""

import io
import struct
from typing import Any

from PIL import Image, ImageCms

GPS = {1: "N", 2: (52.0, 0.0, 54.0), 3: "E", 4: (6.0, 8.0, 9.0)}
"""Doesburg, as the phone knew it."""
WHO = "Camera of Sanne"
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
"""Made once: it holds the second it was made, and the same photo twice is the same bytes."""


def photo(
    width: int = 400,
    height: int = 300,
    *,
    format_: str = "JPEG",
    orientation: int = 1,
    mode: str = "RGB",
    **more: Any,
) -> bytes:
    """A picture whose left half is red and right half is blue, with place, maker, comment and profile."""
    image = Image.new("RGB", (width, height), "red")
    image.paste("blue", (width // 2, 0, width, height))
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x013B] = orientation, WHO, WHO
    exif.get_ifd(0x8825).update(GPS)
    said: dict[str, Any] = {
        "exif": exif,
        "icc_profile": PROFILE,
    }
    if format_ == "JPEG":
        said["comment"] = WHO.encode()
    out = io.BytesIO()
    image.convert(mode).save(out, format_, **{**said, **more})
    return out.getvalue()


def box(kind: bytes, *content: bytes) -> bytes:
    """One box of a video (ISO/IEC 14496-12 §4.2)."""
    body = b"".join(content)
    return struct.pack(">I", len(body) + 8) + kind + body


def handler(kind: bytes) -> bytes:
    return box(b"hdlr", bytes(4), bytes(4), kind, bytes(12), b"\0")


def track(kind: bytes, *more: bytes) -> bytes:
    return box(b"trak", box(b"mdia", handler(kind), box(b"minf", box(b"stbl", kind * 4))), *more)


PLACE = b"+52.0150+006.1358+010.000/"


def film(brand: bytes = b"isom", *, size: int = 0) -> bytes:
    """A video that names the place three times and carries a track of telemetry."""
    udta = box(b"udta", box(b"\xa9xyz", struct.pack(">HH", len(PLACE), 0), PLACE))
    meta = box(b"meta", bytes(4), box(b"ilst", b"com.apple.quicktime.location.ISO6709", PLACE))
    moov = box(
        b"moov",
        box(b"mvhd", bytes(100)),
        track(b"vide", udta),
        track(b"soun"),
        track(b"meta", box(b"gpmd", PLACE)),
        udta,
        meta,
    )
    return (
        box(b"ftyp", brand, bytes(4), b"isommp42")
        + moov
        + box(b"uuid", bytes(16), PLACE)
        + box(b"mdat", b"picture" * (size // 7 + 4))
    )
