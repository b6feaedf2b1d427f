"""The feed tells everybody concerned every event exactly once, also when a lower one is committed later."""

import threading
import time
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select

from app import clock, create_app
from app.board import cursor, feed
from app.board.cursor import Cursor
from app.db import db, write
from app.models import Event, Person
from tests.api.phone import Phone, follow_up_of, fresh
from tests.people import House, doesburg, elsewhere, send_lead, stranger


@pytest.fixture
def house(app: Flask) -> House:
    house = doesburg()
    with write():
        db.session.get_one(Person, house.eva.id).last_assigned_at = clock.now()
    return house


class Ear:
    """What each room heard."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, dict[str, Any], str]] = []

    def __call__(self, name: str, message: dict[str, Any], room: str) -> None:
        self.heard.append((name, message, room))

    def items(self, room: str) -> list[str]:
        """Ids of the events this room was told, in order."""
        return [i["id"] for name, m, r in self.heard if name == "feed" and r == room for i in m["items"]]


def newest() -> Cursor:
    fresh()
    place = cursor.newest()
    db.session.rollback()
    return place


def test_every_event_is_told_once_to_the_showroom_and_the_phones_concerned(app: Flask, house: House) -> None:
    place, ear = newest(), Ear()
    follow_up = follow_up_of(send_lead(app, house.sources["form"]))
    fresh()
    place = feed.read_on(place, ear)
    Phone(app, house.sanne).start(follow_up)
    fresh()
    place = feed.read_on(place, ear)
    assert feed.read_on(place, ear) == place
    room = feed.room_of_showroom(house.showroom.id)
    told = ear.items(room)
    expected = [str(e.id) for e in db.session.scalars(select(Event).order_by(Event.id)) if e.follow_up_id]
    assert told == expected and len(told) == len(set(told))
    inbox = {r for name, m, r in ear.heard if name == "inbox" and str(follow_up.id) in m["follow_up_ids"]}
    assert inbox == {feed.room_of_person(house.sanne.id)}
    rows = [r for name, m, rm in ear.heard if name == "feed" and rm == room for r in m["rows"]]
    assert [r["state"] for r in rows][-1] == "accepted"


def test_strangers_rooms_hear_nothing_of_ours(app: Flask, house: House) -> None:
    theirs, place, ear = elsewhere(), newest(), Ear()
    send_lead(app, house.sources["form"])
    send_lead(app, theirs.sources["form"])
    fresh()
    feed.read_on(place, ear)
    ours = {feed.room_of_showroom(house.showroom.id), feed.room_of_group(house.group.id)}
    ours |= {feed.room_of_person(p.id) for p in house.people.values()}
    for _, message, room in ear.heard:
        text = str(message)
        assert (str(house.sanne.id) in text or "Sanne" in text) <= (room in ours)
        assert ("Charlie" in text) <= (room not in ours)


def test_what_has_ended_is_said_to_be_gone(app: Flask, house: House) -> None:
    follow_up = follow_up_of(send_lead(app, house.sources["form"]))
    place, ear = newest(), Ear()
    Phone(app, house.sanne).call(follow_up, "stop")
    fresh()
    feed.read_on(place, ear)
    gone = {id_ for name, m, _ in ear.heard if name == "feed" for id_ in m["gone"]}
    assert gone == {str(follow_up.id)}
    assert all(not m["rows"] for name, m, _ in ear.heard if name == "feed")


def test_more_than_one_batch_is_read_on_to_the_end(
    app: Flask, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "BATCH", 3)
    place, ear = newest(), Ear()
    follow_up = follow_up_of(send_lead(app, house.sources["form"]))
    sanne = Phone(app, house.sanne)
    for _ in range(3):
        sanne.call(follow_up, "no_answer")
    fresh()
    feed.read_on(place, ear)
    total = [str(e.id) for e in db.session.scalars(select(Event).order_by(Event.id)) if e.follow_up_id]
    assert ear.items(feed.room_of_showroom(house.showroom.id)) == total and len(total) > 6


def test_a_manager_who_was_away_hears_exactly_what_was_missed(app: Flask, house: House) -> None:
    bram = Phone(app, house.bram)
    send_lead(app, house.sources["form"])
    snapshot = bram.get("board")
    follow_up = follow_up_of(send_lead(app, house.sources["form"], {"name": "Mies", "phone": "0687654321"}))
    fresh()
    place = cursor.parse(snapshot["cursor"])
    assert place is not None
    missed = feed.backlog(db.session.get_one(Person, house.bram.id), place)
    assert missed is not None
    before, after = {i["id"] for i in snapshot["feed"]}, {i["id"] for i in missed["items"]}
    everything = {str(e.id) for e in db.session.scalars(select(Event)) if e.follow_up_id}
    assert before | after == everything and not before & after
    assert [r["id"] for r in missed["rows"]] == [str(follow_up.id)]
    again = cursor.parse(missed["cursor"])
    assert again is not None
    nothing = feed.backlog(db.session.get_one(Person, house.bram.id), again)
    assert nothing is not None and nothing["items"] == []


def test_a_place_that_does_not_exist_here_asks_for_a_new_snapshot(app: Flask, house: House) -> None:
    send_lead(app, house.sources["form"])
    bram = db.session.get_one(Person, house.bram.id)
    assert feed.backlog(bram, Cursor(2**60, 2**40)) is None
    for text in ("", "x", "1", "1-", "-1-2", "1-2-3", "1-x", "9" * 70 + "-1", None, {}, 5):
        assert cursor.parse(text) is None
    assert cursor.parse("12-34") == Cursor(12, 34)


def test_the_tail_runs_by_itself_and_wakes_for_a_commit(app: Flask, house: House) -> None:
    stop, ear, first = threading.Event(), Ear(), threading.Event()

    def emit(name: str, message: dict[str, Any], room: str) -> None:
        ear(name, message, room)
        first.set()

    tail = threading.Thread(target=feed.tail, args=(app, emit, stop.is_set))
    tail.start()
    try:
        for number in range(60):  # until the tail stands: what came before it is not its to tell
            send_lead(
                app, house.sources["form"], {"name": f"Klant {number}", "phone": f"06123400{number:02}"}
            )
            if first.wait(0.5):
                break
        assert first.wait(20)
    finally:
        stop.set()
        tail.join(20)
    assert not tail.is_alive()


def test_an_event_that_is_committed_after_a_higher_one_is_not_skipped(
    postgres_url: str, tmp_path: Any
) -> None:
    """Two connections to PostgreSQL: the first writes its event first and commits last."""
    app = create_app({"DATABASE_URL": postgres_url, "VAR_DIR": str(tmp_path / "v"), "SECRET_KEY": "s" * 40})
    with app.app_context():
        house = doesburg()
        place, seen = newest(), []
        insert = (
            "INSERT INTO event (group_id, showroom_id, type, version, at, data)"
            f" VALUES ('{house.group.id}', '{house.showroom.id}', %s, 1, now(), '{{}}')"
        )
        with psycopg.connect(postgres_url) as slow, psycopg.connect(postgres_url) as quick:
            slow.execute(insert, ("slow",))
            quick.execute(insert, ("quick",))
            quick.commit()
            for _ in range(2):
                events = cursor.after(place, 10)
                seen += [e.type for e in events]
                place = cursor.of(events[-1]) if events else place
                assert cursor.newest() <= place or not seen
                db.session.rollback()
            slow.commit()
        events = cursor.after(place, 10)
        seen += [e.type for e in events]
        place = cursor.of(events[-1])
        assert seen == ["slow", "quick"]
        assert cursor.after(place, 10) == [] and cursor.known(place)
        db.session.remove()
        db.engine.dispose()


def test_an_event_that_cannot_be_shown_does_not_silence_the_boards_after_it(app: Flask, house: House) -> None:
    told, done = Ear(), threading.Event()
    bad: set[str] = set()

    def emit(name: str, message: dict[str, Any], room: str) -> None:
        if name == "feed":
            bad.add(min(bad, default=message["items"][0]["id"]))
            if bad & {item["id"] for item in message["items"]}:
                raise ValueError("a row that nobody foresaw")
        told(name, message, room)

    tail = threading.Thread(target=feed.tail, args=(app, emit, done.is_set))
    tail.start()
    try:
        deadline = time.monotonic() + 60
        number = 0
        while not told.heard and time.monotonic() < deadline:
            number += 1
            assert send_lead(app, house.sources["form"], stranger(number)).status_code == 201
            db.session.rollback()
            time.sleep(0.3)
    finally:
        done.set()
        tail.join(20)
    assert bad and told.items(feed.room_of_showroom(house.showroom.id))
