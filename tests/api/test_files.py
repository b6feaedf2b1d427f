"""Sanne photographs Jansen's trade-in, makes him a video and writes a note; her colleagues see it, strangers do not."""

import io
import os
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from PIL import Image
from werkzeug.test import TestResponse

from app import clock
from app.access import settings
from app.db import db, write
from app.files import keep, notes, store
from app.models import Customer, File, FollowUp, Note
from tests.api.phone import Phone, follow_up_of, fresh
from tests.files.camera import PLACE, WHO, film, photo
from tests.people import House, doesburg, elsewhere, jansen, send_lead


@pytest.fixture
def house(app: Flask) -> House:
    return doesburg()


@pytest.fixture
def follow_up(app: Flask, house: House) -> FollowUp:
    return follow_up_of(send_lead(app, house.sources["form"]))


@pytest.fixture
def sanne(app: Flask, house: House) -> Phone:
    return Phone(app, house.sanne)


def upload(
    phone: Phone, follow_up: FollowUp, content: bytes, type_: str = "image/jpeg", id_: str = ""
) -> TestResponse:
    fresh()
    path = f"/api/v1/follow-ups/{follow_up.id}/files/{id_ or uuid.uuid4()}"
    return phone.client.put(path, data=content, content_type=type_)


def added(answer: TestResponse) -> dict[str, Any]:
    """The newest file of the timeline that came back."""
    assert answer.status_code == 201, answer.text
    file: dict[str, Any] = next(item["file"] for item in answer.json["timeline"] if item["file"])
    return file


def download(phone: Phone, id_: str, query: str = "", **headers: str) -> TestResponse:
    fresh()
    return phone.client.get(f"/api/v1/files/{id_}{query}", headers=headers, buffered=True)


def code(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.json["type"].partition("#")[2]


def on_disk() -> list[str]:
    return sorted(path.name for path in (settings().var_dir / "files").glob("*/*"))


def test_a_photo_of_the_trade_in_is_there_for_everybody_who_works_on_it(
    app: Flask, house: House, sanne: Phone, follow_up: FollowUp
) -> None:
    file = added(upload(sanne, follow_up, photo(3000, 2000)))
    assert (file["kind"], file["width"], file["height"], file["page"]) == ("photo", 2048, 1365, None)
    eva = Phone(app, house.eva)
    shown = download(eva, file["id"])
    assert shown.status_code == 200 and shown.mimetype == "image/jpeg"
    assert Image.open(io.BytesIO(shown.data)).size == (2048, 1365)
    assert WHO.encode() not in shown.data and b"Exif" not in shown.data
    small = download(eva, file["id"], "?size=small")
    assert Image.open(io.BytesIO(small.data)).size == (320, 213)
    assert "immutable" in shown.headers["Cache-Control"] and "private" in shown.headers["Cache-Control"]
    assert (
        shown.headers["X-Content-Type-Options"] == "nosniff"
        and "sandbox" in shown.headers["Content-Security-Policy"]
    )
    assert shown.headers["Content-Disposition"] == "inline"
    item = eva.get(f"follow-ups/{follow_up.id}")["timeline"][0]
    assert (item["type"], item["person"]["first_name"], item["file"]["removable"]) == (
        "photo_added",
        "Sanne",
        False,
    )


def test_only_we_can_read_it_on_the_disk(sanne: Phone, follow_up: FollowUp) -> None:
    added(upload(sanne, follow_up, photo()))
    root = settings().var_dir / "files"
    assert {path.stat().st_mode & 0o777 for path in (root, *root.glob("*/"))} == {0o700}
    kept = list(root.glob("*/*"))
    assert len(kept) == 2 and {path.stat().st_mode & 0o777 for path in kept} == {0o600}


def test_the_same_upload_twice_is_one_photo_and_another_under_its_id_is_refused(
    app: Flask, house: House, sanne: Phone, follow_up: FollowUp
) -> None:
    id_, content = str(uuid.uuid4()), photo()
    assert upload(sanne, follow_up, content, id_=id_).status_code == 201
    before = on_disk()
    assert upload(sanne, follow_up, content, id_=id_).status_code == 200
    assert on_disk() == before
    assert code(upload(sanne, follow_up, photo(50, 50), id_=id_)) == (409, "other_content")
    shown = sanne.get(f"follow-ups/{follow_up.id}")["timeline"]
    assert [item["type"] for item in shown].count("photo_added") == 1
    assert Image.open(io.BytesIO(download(sanne, id_).data)).size == (400, 300), "the first one stands"
    other = follow_up_of(
        send_lead(app, house.sources["form"], jansen(name="Eva", phone="0622222222", email="e@x.example"))
    )
    assert upload(sanne, other, content, id_=id_).status_code == 404


def test_what_is_no_photo_is_refused_and_nothing_stays(sanne: Phone, follow_up: FollowUp) -> None:
    assert code(upload(sanne, follow_up, b"a letter, called photo.jpg")) == (422, "not_a_photo")
    assert code(upload(sanne, follow_up, b"a letter", "video/mp4")) == (422, "not_a_video")
    assert code(upload(sanne, follow_up, photo(), "text/html")) == (422, "unknown_type")
    assert code(upload(sanne, follow_up, photo(), "image/svg+xml")) == (422, "unknown_type")
    assert on_disk() == []


def test_a_photo_is_at_most_15_mb_and_a_video_50(
    sanne: Phone, follow_up: FollowUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert {kind.value: size >> 20 for kind, size in keep.LARGEST.items()} == {"photo": 15, "video": 50}
    monkeypatch.setattr(keep, "LARGEST", dict.fromkeys(keep.LARGEST, 5000))
    large = photo(400, 300, comment=b"x" * 6000)
    assert code(upload(sanne, follow_up, large)) == (413, "too_large")
    fresh()
    path = f"/api/v1/follow-ups/{follow_up.id}/files/{uuid.uuid4()}"
    unknown = sanne.client.put(
        path,
        input_stream=io.BytesIO(large),
        content_type="image/jpeg",
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert code(unknown) == (413, "too_large"), "also when its length is not said beforehand"
    assert on_disk() == []


def test_twenty_photos_are_enough(sanne: Phone, follow_up: FollowUp, monkeypatch: pytest.MonkeyPatch) -> None:
    assert keep.MOST[keep.FileKind.PHOTO] == 20
    monkeypatch.setitem(keep.MOST, keep.FileKind.PHOTO, 2)
    first = added(upload(sanne, follow_up, photo(20, 20)))
    again = str(uuid.uuid4())
    assert upload(sanne, follow_up, photo(21, 20), id_=again).status_code == 201
    assert upload(sanne, follow_up, photo(21, 20), id_=again).status_code == 200, "its answer was lost"
    assert code(upload(sanne, follow_up, photo(22, 20))) == (409, "too_many_files")
    assert sanne.post(f"files/{first['id']}/removal").status_code == 201
    assert upload(sanne, follow_up, photo(23, 20)).status_code == 201


def test_a_photo_is_taken_back_and_undone(
    app: Flask, house: House, sanne: Phone, follow_up: FollowUp
) -> None:
    file = added(upload(sanne, follow_up, photo()))
    assert code(Phone(app, house.eva).post(f"files/{file['id']}/removal")) == (403, "not_allowed")
    gone = sanne.post(f"files/{file['id']}/removal").json["timeline"]
    assert gone[0]["type"] == "file_removed" and not any(item["file"] for item in gone)
    assert download(sanne, file["id"]).status_code == 404
    fresh()
    back = sanne.client.delete(f"/api/v1/files/{file['id']}/removal").json["timeline"]
    assert back[0]["type"] == "file_restored" and any(item["file"] for item in back)
    assert download(sanne, file["id"]).status_code == 200
    assert Phone(app, house.bram).post(f"files/{file['id']}/removal").status_code == 201, "a manager may too"
    with time_machine.travel(clock.now() + timedelta(hours=2)):
        fresh()
        late = sanne.client.delete(f"/api/v1/files/{file['id']}/removal")
    assert code(late) == (410, "removed")


def age(hours: float) -> None:
    """Everything on the disk has lain there for some hours."""
    for path in (settings().var_dir / "files").glob("*/*"):
        before = clock.now().timestamp() - hours * 3600
        os.utime(path, (before, before))


def test_content_goes_when_undo_is_over_and_when_a_customer_is_erased(
    app: Flask, house: House, sanne: Phone, follow_up: FollowUp
) -> None:
    kept, removed = (
        added(upload(sanne, follow_up, photo(30, 30))),
        added(upload(sanne, follow_up, photo(40, 40))),
    )
    sanne.post(f"files/{removed['id']}/removal")
    age(3)
    fresh()
    assert store.sweep(clock.now()) == 0, "it can still be undone"
    assert store.sweep(clock.now() + timedelta(hours=3)) == 2
    assert {name[:32] for name in on_disk()} == {uuid.UUID(kept["id"]).hex}
    with write():
        db.session.delete(
            db.session.get_one(File, uuid.UUID(kept["id"]))
        )  # what erasing a customer does to its files
    assert store.sweep(clock.now()) == 2 and on_disk() == []


def test_content_that_is_just_coming_in_is_left_alone(sanne: Phone, follow_up: FollowUp) -> None:
    added(upload(sanne, follow_up, photo()))
    for name in ("incoming/half", f"{follow_up.group_id.hex}/{uuid.uuid4().hex}-0123456789abcdef"):
        (settings().var_dir / "files" / name).write_bytes(b"half")
    assert store.sweep(clock.now()) == 0
    age(2)
    assert store.sweep(clock.now()) == 2 and len(on_disk()) == 2


def test_erasing_a_customer_takes_photos_and_notes_along(sanne: Phone, follow_up: FollowUp) -> None:
    added(upload(sanne, follow_up, photo()))
    sanne.post(f"follow-ups/{follow_up.id}/notes", {"id": str(uuid.uuid4()), "text": "Has a dog"})
    for model in (File, Note):
        keys = [key for key in model.__table__.foreign_key_constraints if "customer_id" in key.column_keys]
        assert [key.ondelete for key in keys] == ["CASCADE"] and keys[
            0
        ].referred_table.name == Customer.__tablename__


def test_a_video_is_played_in_ranges_and_does_not_say_where_it_was_made(
    sanne: Phone, follow_up: FollowUp
) -> None:
    file = added(upload(sanne, follow_up, film(size=2000), "video/mp4"))
    assert file["kind"] == "video" and file["page"].endswith(f"/v/{file['id']}")
    whole = download(sanne, file["id"])
    assert (
        whole.mimetype == "video/mp4"
        and PLACE not in whole.data
        and whole.headers["Accept-Ranges"] == "bytes"
    )
    part = download(sanne, file["id"], Range="bytes=100-199")
    assert part.status_code == 206 and part.data == whole.data[100:200]
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(whole.data)}"


def test_a_note_is_read_by_colleagues_and_taken_back_by_who_wrote_it(
    app: Flask, house: House, sanne: Phone, follow_up: FollowUp
) -> None:
    said = {"id": str(uuid.uuid4()), "text": "Brings his daughter on Saturday"}
    assert sanne.post(f"follow-ups/{follow_up.id}/notes", said).status_code == 201
    assert sanne.post(f"follow-ups/{follow_up.id}/notes", said).status_code == 200
    eva = Phone(app, house.eva)
    shown = [
        item for item in eva.get(f"follow-ups/{follow_up.id}")["timeline"] if item["type"] == "note_added"
    ]
    assert [(item["text"], item["note"]["removable"]) for item in shown] == [(said["text"], False)]
    assert eva.post(f"notes/{said['id']}/removal").status_code == 403
    gone = sanne.post(f"notes/{said['id']}/removal").json["timeline"]
    assert said["text"] not in str(gone)
    fresh()
    assert said["text"] in str(sanne.client.delete(f"/api/v1/notes/{said['id']}/removal").json["timeline"])
    assert (
        sanne.post(
            f"follow-ups/{follow_up.id}/notes", {**said, "id": str(uuid.uuid4()), "text": ""}
        ).status_code
        == 422
    )


def test_the_words_of_a_removed_note_go_for_good(sanne: Phone, follow_up: FollowUp) -> None:
    id_ = str(uuid.uuid4())
    sanne.post(f"follow-ups/{follow_up.id}/notes", {"id": id_, "text": "Not about this customer"})
    sanne.post(f"notes/{id_}/removal")
    for hours, text in ((1, "Not about this customer"), (3, "")):
        with write():
            notes.sweep(clock.now() + timedelta(hours=hours))
        fresh()
        assert db.session.get_one(Note, uuid.UUID(id_)).text == text


def test_something_can_be_added_after_the_end(sanne: Phone, follow_up: FollowUp) -> None:
    attempt = sanne.call(follow_up, "spoke")
    assert attempt and sanne.post(f"follow-ups/{follow_up.id}/closure", {"reason": "won"}).status_code == 201
    assert upload(sanne, follow_up, photo()).status_code == 201
    assert (
        sanne.post(f"follow-ups/{follow_up.id}/notes", {"id": str(uuid.uuid4()), "text": "Sold"}).status_code
        == 201
    )


def test_charlie_reaches_no_file_and_cannot_take_its_id(
    app: Flask, house: House, sanne: Phone, follow_up: FollowUp
) -> None:
    theirs = elsewhere()
    charlie = Phone(app, theirs.charlie)
    file = added(upload(sanne, follow_up, photo()))
    own = follow_up_of(send_lead(app, theirs.sources["form"]))
    assert download(charlie, file["id"]).status_code == 404
    assert upload(charlie, follow_up, photo()).status_code == 404
    assert upload(charlie, own, photo(), id_=file["id"]).status_code == 404
    assert download(sanne, file["id"]).status_code == 200


def test_a_full_disk_loses_nothing_the_phone_sends_it_again(
    sanne: Phone, follow_up: FollowUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "_sync", full)
    id_ = str(uuid.uuid4())
    assert code(upload(sanne, follow_up, photo(), id_=id_)) == (503, "no_room")
    monkeypatch.undo()
    assert upload(sanne, follow_up, photo(), id_=id_).status_code == 201
