"""A photo as it is kept: a JPEG of at most 2,048 px without a word of what the camera wrote into it.

In: the path of whatever a phone sent as a photo. Out: two JPEGs, the photo and a small one for lists. Pure work of tens
to hundreds of milliseconds, which ``keep`` does beside the requests. Nothing of the original's bytes survives: it is
decoded, turned as its orientation says, brought to sRGB, and encoded anew.
"""

import io
import struct
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageCms, ImageOps

from app.errors import Unreadable

FORMATS = ("JPEG", "PNG", "WEBP")
"""An iPhone makes a JPEG of its HEIC by itself when a page asks for ``image/jpeg``."""
LONGEST = 2048
SMALL = 320
QUALITY = 82
PIXELS = 50_000_000
"""More than any phone takes in one picture that it shares; decoded at most 150 MB."""
Image.MAX_IMAGE_PIXELS = PIXELS
BROKEN = (
    OSError, SyntaxError, ValueError, TypeError, EOFError, IndexError, KeyError, struct.error, OverflowError,
    ZeroDivisionError, MemoryError, Image.DecompressionBombError, Image.DecompressionBombWarning,
)  # fmt: skip
"""What Pillow's readers raise for bytes that are no picture (its own documentation names only the first)."""
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


@dataclass(frozen=True)
class Photo:
    """Two JPEGs, and the pixels of the large one."""

    large: bytes
    small: bytes
    width: int
    height: int


def shrink(source: Path) -> Photo:
    """The photo as it is kept.

    Raises Unreadable ("not_a_photo") for anything but a whole JPEG, PNG or WebP, and ("too_many_pixels").
    """
    try:
        with Image.open(source, formats=FORMATS) as image:
            if image.width * image.height > PIXELS:
                raise Image.DecompressionBombError
            photo = _upright(image)
            photo.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Unreadable(
            "This picture has too many pixels (at most 50 million).", code="too_many_pixels"
        ) from error
    except BROKEN as error:
        raise Unreadable(
            "This is not a photo that we can read (JPEG, PNG or WebP).", code="not_a_photo"
        ) from error
    large, (width, height) = _encoded(photo), photo.size
    photo.thumbnail((SMALL, SMALL), Image.Resampling.LANCZOS)
    return Photo(large, _encoded(photo), width, height)


def _upright(image: Image.Image) -> Image.Image:
    """Smaller, turned, in plain sRGB, and with nothing in its pockets."""
    image.draft("RGB", (LONGEST, LONGEST))  # a JPEG is decoded at a fraction of its size
    profile = image.info.get("icc_profile")
    sharp = image.convert("RGBA") if image.mode in ("1", "P") else image  # a palette cannot be made smaller
    sharp.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)  # first: the rest then works on little
    plain = _coloured(_opaque(ImageOps.exif_transpose(sharp)), profile)
    plain.info.clear()
    return plain


def _opaque(image: Image.Image) -> Image.Image:
    """RGB; what is transparent becomes white."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    layered = image.convert("RGBA")
    paper = Image.new("RGB", layered.size, "white")
    paper.paste(layered, mask=layered.getchannel("A"))
    return paper


def _coloured(image: Image.Image, profile: object) -> Image.Image:
    """An iPhone's colours are Display P3: without their profile they would look pale."""
    if not isinstance(profile, bytes):
        return image
    try:
        made = ImageCms.profileToProfile(image, ImageCms.ImageCmsProfile(io.BytesIO(profile)), SRGB)
    except (ImageCms.PyCMSError, OSError):
        return image  # a profile for another kind of picture (CMYK, grey), or none at all
    return made or image


def _encoded(photo: Image.Image) -> bytes:
    out = io.BytesIO()
    photo.save(out, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return out.getvalue()
