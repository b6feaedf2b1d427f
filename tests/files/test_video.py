"""A video plays as before and no longer says where it was made."""

import random
from pathlib import Path

import pytest

from app.errors import Unreadable
from app.files.video import clean
from tests.files.camera import PLACE, box, film, track


@pytest.fixture
def sent(tmp_path: Path) -> Path:
    return tmp_path / "sent"


@pytest.mark.parametrize(("brand", "content_type"), [(b"isom", "video/mp4"), (b"qt  ", "video/quicktime")])
def test_the_place_is_gone_and_nothing_has_moved(sent: Path, brand: bytes, content_type: str) -> None:
    before = film(brand)
    assert before.count(PLACE) >= 5
    sent.write_bytes(before)
    assert clean(sent) == content_type
    after = sent.read_bytes()
    assert len(after) == len(before) and PLACE not in after
    assert after.index(b"mdat") == before.index(b"mdat") and after.endswith(before[before.index(b"mdat") :])
    assert after.count(b"trak") == 2, "picture and sound; the telemetry is not a track any more"
    assert b"udta" not in after and b"meta" not in after and b"vide" in after and b"soun" in after


def test_a_quicktime_track_says_what_it_is_before_where_its_data_is(sent: Path) -> None:
    where = box(b"hdlr", bytes(4), b"dhlr", b"url ", bytes(12))
    what = box(b"hdlr", bytes(4), b"mhlr", b"vide", bytes(12))
    film_ = box(b"ftyp", b"qt  ", bytes(4)) + box(
        b"moov", box(b"trak", box(b"mdia", box(b"minf", where), what))
    )
    sent.write_bytes(film_)
    clean(sent)
    assert sent.read_bytes() == film_


def test_a_video_with_a_long_head_and_one_to_the_end_of_the_file(sent: Path) -> None:
    head = box(b"ftyp", b"isom", bytes(4)) + box(b"moov", track(b"vide"), box(b"udta", PLACE))
    long = (1).to_bytes(4, "big") + b"mdat" + (24).to_bytes(8, "big") + b"pictures"
    sent.write_bytes(head + long + (0).to_bytes(4, "big") + b"mdat" + b"more pictures")
    assert clean(sent) == "video/mp4"
    assert PLACE not in sent.read_bytes() and sent.read_bytes().endswith(b"more pictures")


def test_a_browsers_recording_is_a_video(sent: Path) -> None:
    sent.write_bytes(b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm" + bytes(50))
    assert clean(sent) == "video/webm"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a letter",
        b"\xff\xd8\xff\xe0 a photo",
        film()[:60] + b"\xff\xff\xff\xffmoov",
        b"\x1a\x45\xdf\xa3matroska",
    ],
)
def test_what_is_no_video_is_refused(sent: Path, content: bytes) -> None:
    sent.write_bytes(content)
    with pytest.raises(Unreadable) as refused:
        clean(sent)
    assert refused.value.code == "not_a_video"


def test_boxes_within_boxes_within_boxes_are_refused(sent: Path) -> None:
    deep = b""
    for _ in range(50):
        deep = box(b"trak", deep)
    sent.write_bytes(box(b"ftyp", b"isom", bytes(4)) + box(b"moov", deep))
    with pytest.raises(Unreadable):
        clean(sent)


def test_a_damaged_video_never_raises_anything_else(sent: Path) -> None:
    dice, whole = random.Random(4), film()
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(dice.randint(1, 10)):
            damaged[dice.randrange(12, len(damaged))] = dice.randrange(256)
        sent.write_bytes(bytes(damaged))
        try:
            assert clean(sent).startswith("video/")
        except Unreadable as refused:
            assert refused.code == "not_a_video"
