"""A photo keeps its picture and loses everything else: where it was taken, with what, by whom."""

import io
import random
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from app.errors import Unreadable
from app.files.photo import LONGEST, SMALL, shrink
from tests.files.camera import WHO, photo


@pytest.fixture
def sent(tmp_path: Path) -> Path:
    return tmp_path / "sent"


def kept(sent: Path, content: bytes) -> Image.Image:
    sent.write_bytes(content)
    return Image.open(io.BytesIO(shrink(sent).large))


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
def test_nothing_of_what_the_camera_wrote_is_kept(sent: Path, format_: str) -> None:
    content = photo(format_=format_)
    before = Image.open(io.BytesIO(content))
    assert before.getexif().get_ifd(0x8825) and before.info.get("icc_profile"), (
        "there was something to take away"
    )
    sent.write_bytes(content)
    made = shrink(sent)
    for jpeg in (made.large, made.small):
        image = Image.open(io.BytesIO(jpeg))
        assert image.format == "JPEG" and dict(image.getexif()) == {}
        assert set(image.info) <= {
            "jfif",
            "jfif_version",
            "jfif_unit",
            "jfif_density",
            "progressive",
            "progression",
        }
        assert WHO.encode() not in jpeg and b"Exif" not in jpeg and b"ICC_PROFILE" not in jpeg


def test_a_photo_taken_upright_stands_upright(sent: Path) -> None:
    image = kept(sent, photo(400, 300, orientation=6))  # turn it a quarter clockwise to see it as it was
    assert image.size == (300, 400)
    top, bottom = image.getpixel((150, 50)), image.getpixel((150, 350))
    assert top[0] > 200 > 60 > top[2] and bottom[2] > 200 > 60 > bottom[0], "red, which was left, is above"


def test_a_large_photo_becomes_smaller_and_a_small_one_does_not_grow(sent: Path) -> None:
    sent.write_bytes(photo(4000, 3000))
    made = shrink(sent)
    assert (made.width, made.height) == (LONGEST, LONGEST * 3 // 4)
    assert max(Image.open(io.BytesIO(made.small)).size) == SMALL
    assert kept(sent, photo(100, 80)).size == (100, 80)


def test_a_transparent_drawing_lies_on_white_paper(sent: Path) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (40, 40), (255, 0, 0, 0)).save(out, "PNG")
    assert min(kept(sent, out.getvalue()).getpixel((20, 20))) > 250


@pytest.mark.parametrize(
    ("format_", "mode"), [("JPEG", "L"), ("JPEG", "CMYK"), ("PNG", "P"), ("PNG", "1"), ("PNG", "LA")]
)
def test_a_photo_in_other_colours_is_a_photo_too(sent: Path, format_: str, mode: str) -> None:
    assert kept(sent, photo(format_=format_, mode=mode)).mode == "RGB"


def test_the_colours_of_an_iphone_stay_what_they_were(sent: Path) -> None:
    image = Image.new("RGB", (64, 64), (255, 0, 0))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=95, icc_profile=swapped())
    plain = kept(sent, out.getvalue()).getpixel((32, 32))
    assert plain[0] < 100 and plain[1] > 150, "the profile says that its red is green"


def swapped() -> bytes:
    """An sRGB profile whose red and green have changed places: no reader could take it for no profile at all."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = profile.find(b"rXYZ", 128), profile.find(b"gXYZ", 128)
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile)


def png_header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    ihdr = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", ihdr) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [7_500, 60_000])
def test_a_picture_that_unpacks_into_gigabytes_is_refused_before_it_does(sent: Path, side: int) -> None:
    sent.write_bytes(png_header(side, side))
    with pytest.raises(Unreadable) as refused:
        shrink(sent)
    assert refused.value.code == "too_many_pixels"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a letter, called photo.jpg",
        b"%PDF-1.7",
        b"GIF89a" + bytes(40),
        photo()[:2000],
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    ],
)
def test_what_is_no_photo_is_refused_in_a_sentence(sent: Path, content: bytes) -> None:
    sent.write_bytes(content)
    with pytest.raises(Unreadable, match="not a photo") as refused:
        shrink(sent)
    assert refused.value.code == "not_a_photo"


@pytest.mark.filterwarnings("ignore:.*:UserWarning:PIL")  # about the tags, which are thrown away anyway
def test_a_damaged_photo_never_raises_anything_else(sent: Path) -> None:
    dice = random.Random(4)
    for format_ in ("JPEG", "PNG", "WEBP"):
        whole = photo(format_=format_)
        for _ in range(120):
            damaged = bytearray(whole)
            for _ in range(dice.randint(1, 20)):
                damaged[dice.randrange(len(damaged))] = dice.randrange(256)
            sent.write_bytes(bytes(damaged[: dice.randint(1, len(damaged))]))
            try:
                assert shrink(sent).large.startswith(b"\xff\xd8")
            except Unreadable as refused:
                assert refused.code in ("not_a_photo", "too_many_pixels")
