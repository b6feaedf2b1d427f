"""Rows kept back: they are there for whoever asks, written together at the end, and gone with what is taken back."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import IntegrityError

from app import clock
from app.db import db, new_id, write
from app.models import ContactPoint, Customer, Event, Person, PointKind, append
from app.rows import change, change_last, changed, kept, look, put, put_away
from tests.people import House, doesburg

POINTS = select(ContactPoint.value).order_by(ContactPoint.value)


@pytest.fixture
def house(app: Flask) -> House:
    return doesburg()


@pytest.fixture
def asked(house: House) -> list[str]:
    """The statements from here on: the first two words of each."""
    said: list[str] = []

    @event.listens_for(db.engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(" ".join(statement.split()[:3]))

    return said


def somebody(house: House, name: str) -> Customer:
    return Customer(
        id=new_id(), group_id=house.group.id, showroom_id=house.showroom.id, first_name=name, display_name=name,
        language="nl", page_key=new_id().hex, created_at=clock.now(),
    )  # fmt: skip


def number(customer: Customer, value: str) -> ContactPoint:
    return ContactPoint(
        id=new_id(), group_id=customer.group_id, customer_id=customer.id, kind=PointKind.PHONE, raw=value, value=value,
        matches=True, created_at=clock.now(),
    )  # fmt: skip


def test_rows_of_a_table_share_one_insert_and_come_behind_what_they_refer_to(
    house: House, asked: list[str]
) -> None:
    with write():
        for name in ("Piet", "Lotte"):
            customer = somebody(house, name)
            put_away(number(customer, f"+3161234567{len(name)}"))  # before its customer
            put(customer)
    assert [one for one in asked if one.startswith("INSERT")] == [
        "INSERT INTO customer",
        "INSERT INTO contact_point",
    ]
    assert db.session.scalar(select(func.count()).select_from(ContactPoint)) == 2


def test_who_asks_for_a_table_finds_what_is_kept_back_and_others_do_not_make_it_written(
    house: House, asked: list[str]
) -> None:
    with write():
        piet = somebody(house, "Piet")
        put(piet)
        put_away(number(piet, "+31612345678"))
        assert db.session.get(Customer, piet.id) is piet and kept(Customer) == [piet]
        look(select(Event.id))
        assert not [one for one in asked if one.startswith("INSERT")]
        assert look(POINTS, counted=True) == [], "who counts them, does so alone"
        assert look(POINTS) == [("+31612345678",)] and kept(Customer) == []
        put_away(number(piet, "+31687654321"))
        assert list(db.session.scalars(POINTS)) == ["+31612345678", "+31687654321"]
        put_away(number(piet, "+31600000000"))
        assert db.session.scalar(text("SELECT count(*) FROM contact_point")) == 3, (
            "of a bare text nobody knows"
        )


def test_a_row_is_changed_in_its_insert_while_it_is_kept_back_and_by_an_update_afterwards(
    house: House, asked: list[str]
) -> None:
    with write():
        piet = somebody(house, "Piet")
        put(piet)
        change(piet, owner_id=house.sanne.id)
    assert not [one for one in asked if one.startswith("UPDATE")]
    with write():
        change(db.session.get_one(Customer, piet.id), owner_id=house.eva.id)
    assert [one for one in asked if one.startswith("UPDATE")] == ["UPDATE customer SET"]
    db.session.expire_all()
    assert db.session.get_one(Customer, piet.id).owner_id == house.eva.id


def test_what_is_taken_back_is_not_written_by_the_next(house: House) -> None:
    with pytest.raises(ZeroDivisionError), write():
        put(somebody(house, "Piet"))
        append("lead_arrived", clock.now(), group_id=house.group.id)
        raise ZeroDivisionError
    with write():
        append("person_left", clock.now(), group_id=house.group.id)
    assert db.session.scalar(select(func.count()).select_from(Customer)) == 0
    assert list(db.session.scalars(select(Event.type))) == ["person_left"]


def test_what_the_database_refuses_takes_all_of_it_back(house: House) -> None:
    piet, lotte = somebody(house, "Piet"), somebody(house, "Lotte")
    with pytest.raises(IntegrityError), write():
        put(piet, lotte)
        put_away(number(piet, "+31612345678"), number(lotte, "+31612345678"))
    assert db.session.scalar(select(func.count()).select_from(Customer)) == 0


def test_what_no_lead_changes_is_asked_once_a_transaction(house: House, asked: list[str]) -> None:
    query = select(Customer.first_name)
    for name in ("Piet", "Lotte"):
        with write():
            before = look(query, once=True)
            put(somebody(house, name))
            db.session.flush()
            assert look(query, once=True) == before
    assert sorted(name for (name,) in look(query)) == ["Lotte", "Piet"]
    assert asked.count("SELECT customer.first_name FROM") == 3


def test_what_is_changed_last_is_one_update_a_row_at_the_end_in_the_order_of_their_ids(
    house: House, asked: list[str]
) -> None:
    now = clock.now()
    first, second = sorted((house.sanne, house.eva), key=lambda one: one.id)
    with write():
        eva, sanne = (db.session.get_one(Person, one.id) for one in (second, first))
        change_last(eva, last_assigned_at=now - timedelta(hours=1))
        change_last(sanne, last_assigned_at=now)
        change_last(eva, last_assigned_at=now)
        assert changed(Person, eva.id) == {"last_assigned_at": now} and changed(Person, house.bram.id) == {}
        db.session.execute(text("SELECT 1"))
        assert not [one for one in asked if one.startswith("UPDATE")]
        updated = listen_for_updates()
    assert updated == [first.id, second.id]
    query = select(Person.id).where(Person.last_assigned_at == now).order_by(Person.id)
    assert list(db.session.scalars(query)) == [first.id, second.id]
    with pytest.raises(KeyError), write():
        change_last(db.session.get_one(Person, first.id), last_assigned_at=None)
        raise KeyError
    assert changed(Person, first.id) == {}
    assert list(db.session.scalars(query)) == [first.id, second.id], "taken back with the rest"


def listen_for_updates() -> list[Any]:
    """The ids of the people who are updated from here on."""
    ids: list[Any] = []

    @event.listens_for(db.engine, "before_execute")
    def note(_connection: Any, statement: Any, _several: Any, values: Any, _options: Any) -> None:
        if getattr(statement, "is_update", False):
            ids.append(values["row"])

    return ids
