"""One customer stays with one person: who is recognised, by what, and who never is; also when all write at once."""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock
from app import db as database
from app.cadence import record
from app.db import db, is_sqlite, new_id, write
from app.intake.register import make as make_source
from app.models import (
    ContactPoint,
    Customer,
    Delivery,
    DeliveryChannel,
    FollowUp,
    FollowUpState,
    Lead,
    LeadState,
    Person,
    Role,
    Showroom,
    Source,
)
from tests.api.phone import Phone, events, follow_up_of, fresh
from tests.people import House, doesburg, elsewhere, jansen, send_lead, stranger


@pytest.fixture
def house(app: Flask) -> House:
    return doesburg()


def ask(app: Flask, house: House, **said: Any) -> FollowUp:
    """A request with exactly these contact details; what became of it."""
    lead = {"name": "Somebody", "message": "Is hij er nog?", **said}
    return follow_up_of(send_lead(app, house.sources["form"], lead))


def at_once(app: Flask, source: Source, leads: list[dict[str, Any]], *others: Source) -> list[Any]:
    """Post all of them from as many threads at the same moment, in turns to each of the sources."""
    paths = [f"/in/{one.key}" for one in (source, *others)]
    together, answers = threading.Barrier(len(leads)), list[Any]()

    def send(lead: dict[str, Any], path: str) -> None:
        together.wait(60)
        answers.append(app.test_client().post(path, json=lead))

    threads = [
        threading.Thread(target=send, args=(lead, paths[number % len(paths)]))
        for number, lead in enumerate(leads)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100)
    fresh()
    assert sorted({a.status_code for a in answers}) == [201], [
        a.text for a in answers if a.status_code != 201
    ]
    return answers


@pytest.fixture
def racing(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let many connections write at once, as many processes do: only the database keeps them apart."""

    def race() -> None:
        many = threading.Semaphore(3 if is_sqlite() else 12)
        monkeypatch.setitem(database._slots, db.engine.dialect.name, many)

    return race


def test_the_same_number_however_it_is_written_is_the_same_customer(app: Flask, house: House) -> None:
    first = ask(app, house, phone="06 12 34 56 78")
    for number in ("+31612345678", "0031 6 1234 5678", "(06)-12345678", "+31 (0)6 12345678"):
        assert ask(app, house, phone=number).id == first.id, number
    assert len(Phone(app, first.owner).get(f"follow-ups/{first.id}")["leads"]) == 5


def test_the_same_address_in_other_letters_is_the_same_customer(app: Flask, house: House) -> None:
    first = ask(app, house, email="Piet.Jansen@Example.com")
    assert ask(app, house, email=" piet.jansen@example.COM").id == first.id


def test_three_portals_are_three_leads_in_one_follow_up_and_one_confirmation(
    app: Flask, house: House
) -> None:
    portals = ["Marktplaats", "AutoScout24", "mobile.de"]
    with write():
        showroom = db.session.get_one(Showroom, house.showroom.id)
        sources = [make_source(showroom, name, "form") for name in portals]
        db.session.add_all(sources)
    cars = ["Golf", "T-Roc", "Polo"]
    answers = [
        send_lead(app, source, jansen(vehicle={"make": "VW", "model": car}))
        for source, car in zip(sources, cars, strict=True)
    ]
    (follow_up,) = {follow_up_of(answer).id for answer in answers}
    shown = Phone(app, db.session.get_one(FollowUp, follow_up).owner).get(f"follow-ups/{follow_up}")
    assert {lead["source"] for lead in shown["leads"]} == set(portals)
    assert shown["car"] == "VW Polo" and set(shown["also_asks"]) == {"VW T-Roc", "VW Golf"}
    mails = select(Delivery).where(Delivery.channel == DeliveryChannel.EMAIL)
    assert [m.kind for m in db.session.scalars(mails)] == ["confirmation"]
    assert db.session.scalar(select(func.count()).select_from(Customer)) == 1


def test_where_number_and_address_point_to_two_people_the_number_wins(app: Flask, house: House) -> None:
    piet = ask(app, house, phone="0612345678", email="piet@example.com")
    mies = ask(app, house, phone="0687654321", email="mies@example.com")
    assert piet.customer_id != mies.customer_id
    assert ask(app, house, phone="0612345678", email="mies@example.com").id == piet.id
    assert ask(app, house, email="mies@example.com").id == mies.id, "the address still is hers"


SHARED = [
    {"email": "info@garage.example"},
    {"email": "verkoop@garage.example"},
    {"email": "a1b2c3@reply.marktplaats.nl"},
    {"email": "x9@anon.autoscout24.com"},
    {"phone": "0000000000"},
    {"phone": "0612"},
    {"phone": "+31313000000"},
    {"phone": "0313 000 000"},
    {"phone": "06 99 88 77 66"},
    {"phone": "", "email": ""},
]


def test_what_many_people_share_recognises_nobody(app: Flask, house: House) -> None:
    with write():
        db.session.get_one(Person, house.eva.id).phone = "0699887766"
    for shared in SHARED:
        first, second = ask(app, house, name="Piet", **shared), ask(app, house, name="Mies", **shared)
        assert first.customer_id != second.customer_id, shared
        assert first.is_open and second.is_open


def test_charlies_customer_with_the_same_number_is_a_stranger_to_us(app: Flask, house: House) -> None:
    theirs = elsewhere()
    ours, charlies = ask(app, house, phone="0612345678"), ask(app, theirs, phone="0612345678")
    assert ours.customer_id != charlies.customer_id
    assert charlies.owner_id == theirs.charlie.id and charlies.group_id == theirs.group.id


def test_who_comes_back_comes_back_to_the_same_salesperson(app: Flask, house: House) -> None:
    first = ask(app, house, phone="0612345678", language="nl")
    owner = first.owner_id
    with write():
        record.end(db.session.get_one(FollowUp, first.id), LeadState.NOT_A_REQUEST, clock.now())
        other = house.eva if owner == house.sanne.id else house.sanne
        db.session.get_one(Person, other.id).last_assigned_at = None
    later = ask(app, house, phone="0612345678", language="fr", email="other@example.com")
    assert later.id != first.id and later.customer_id == first.customer_id
    assert later.owner_id == owner


def test_an_owner_who_left_does_not_get_the_next_lead(app: Flask, house: House) -> None:
    first = ask(app, house, phone="0612345678")
    with write():
        record.end(db.session.get_one(FollowUp, first.id), LeadState.NOT_A_REQUEST, clock.now())
        db.session.get_one(Person, first.owner_id).left_at = clock.now()
    assert ask(app, house, phone="0612345678").owner_id != first.owner_id


def test_a_number_given_later_joins_the_customer_who_wrote(app: Flask, house: House) -> None:
    written = ask(app, house, email="piet@example.com")
    assert written.next_channel == "email"
    both = ask(app, house, email="piet@example.com", phone="0612345678")
    assert both.id == written.id and both.next_channel == "call"
    assert ask(app, house, phone="0612345678").id == written.id


def test_two_customers_at_the_same_instant_get_two_people(
    app: Flask, house: House, racing: Callable[[], None]
) -> None:
    racing()
    at_once(app, house.sources["form"], [stranger(1), stranger(2)])
    owners = db.session.scalars(select(FollowUp.owner_id)).all()
    assert sorted(owners) == sorted([house.sanne.id, house.eva.id])


def test_fifty_leads_at_once_are_shared_fairly_and_every_customer_once(
    app: Flask, house: House, racing: Callable[[], None]
) -> None:
    racing()
    at_once(app, house.sources["form"], [stranger(n) for n in range(50)])
    follow_ups = db.session.scalars(select(FollowUp)).all()
    assert Counter(f.owner_id for f in follow_ups) == {house.sanne.id: 25, house.eva.id: 25}
    assert len({f.customer_id for f in follow_ups}) == 50
    assert db.session.scalar(select(func.count()).select_from(Lead)) == 50
    assert all(f.state is FollowUpState.ASSIGNED and f.next_due_at for f in follow_ups)
    assert all(len(events(f, "assigned")) == 1 for f in follow_ups[:5])


def test_the_same_new_customer_eight_times_at_once_is_one(
    app: Flask, house: House, racing: Callable[[], None]
) -> None:
    racing()
    answers = at_once(app, house.sources["form"], [jansen()] * 8)
    assert len({a.json["follow_up_id"] for a in answers}) == 1
    assert len({a.json["lead_id"] for a in answers}) == 8
    for model in (Customer, FollowUp):
        assert db.session.scalar(select(func.count()).select_from(model)) == 1
    points = db.session.scalars(select(ContactPoint)).all()
    assert len(points) == 2 and all(p.matches for p in points)


def test_the_same_new_customers_at_once_in_three_showrooms_are_one_each(
    app: Flask, house: House, racing: Callable[[], None]
) -> None:
    """A turn is a showroom's: here nothing but the index of numbers and addresses keeps them apart."""
    racing()
    three = [house.sources["form"], branch(house, "arnhem"), branch(house, "zutphen")]
    leads = [lead for n in range(4) for lead in [jansen(), stranger(n), stranger(n)]]
    answers = at_once(app, three[0], leads, *three[1:])
    assert len({a.json["lead_id"] for a in answers}) == 12
    assert len({a.json["follow_up_id"] for a in answers}) == 5
    for model in (Customer, FollowUp):
        assert db.session.scalar(select(func.count()).select_from(model)) == 5
    points = db.session.scalars(select(ContactPoint)).all()
    assert len(points) == 10 and all(p.matches for p in points)


def branch(house: House, slug: str) -> Source:
    """The form of another showroom of the same group, with one salesperson."""
    of = house.showroom
    showroom = Showroom(
        id=new_id(), group_id=of.group_id, slug=slug, name=slug, country="NL", timezone=of.timezone,
        language="nl", phone=None, weekly=of.weekly,
    )  # fmt: skip
    seller = Person(
        id=new_id(), group_id=of.group_id, showroom_id=showroom.id, first_name=slug.title(), last_name="",
        email=f"sales@{slug}.example", phone=None, role=Role.SALESPERSON, language="nl",
    )  # fmt: skip
    source = make_source(showroom, "form", "form")
    with write():
        for row in (showroom, seller, source):
            db.session.add(row)
            db.session.flush()
    return source


def test_weak_details_are_kept_as_typed_and_never_judged(app: Flask, house: House) -> None:
    follow_up = ask(app, house, name="Doof maar niet dom", phone="0000000000", email="doof@example.com")
    shown = Phone(app, follow_up.owner).get(f"follow-ups/{follow_up.id}")
    assert shown["reach"]["numbers"][0]["raw"] == "0000000000"
    assert shown["reach"]["primary"] == "email" and shown["reach"]["prefers_writing"] is True
    assert shown["reach"]["call"] is None
    text = str(shown).lower()
    assert not any(word in text for word in ("invalid", "fake", "ongeldig"))
    assert UUID(shown["id"]) == follow_up.id
