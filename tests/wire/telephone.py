"""The telephone lane against a Twilio of our own, in this process: what tests of messages and calls share.

In: the app and a ``Twilio``. Out: ``drain`` (what the worker's lane does until nothing is due), ``numbers`` (people get
telephones), ``into`` (Twilio's callbacks go straight into the app).
"""

from flask import Flask
from sqlalchemy import update

from app import clock
from app.access import settings
from app.db import db, write
from app.delivery.channels import telephone
from app.delivery.lanes import BlockingLane
from app.models import Delivery, Person, Showroom
from tests.api.phone import fresh
from tests.people import House
from tests.wire.twilio import Post, Said

SANNES = "+31612345001"


def into(app: Flask) -> Post:
    """Callbacks go to the app's own routes, whatever host their address names."""

    def post(address: str, params: dict[str, str], headers: dict[str, str]) -> Said:
        public_url = app.extensions["settings"].public_url
        assert address.startswith(public_url), address
        fresh()
        answer = app.test_client().post(address.removeprefix(public_url), data=params, headers=headers)
        fresh()
        return Said(answer.status_code, answer.text)

    return post


def drain() -> None:
    """Send what is due, and record it."""
    lane = BlockingLane(settings(), "worker", telephone.CHANNELS, telephone.send)
    while lane.turn() == 0:
        lane.flush()
    lane.close()
    fresh()


def due_now() -> None:
    """What was queued at a moment that the test only thought of leaves now."""
    with write():
        now = clock.now()
        later = update(Delivery).where(Delivery.channel.in_(telephone.CHANNELS), Delivery.due_at > now)
        db.session.execute(later.values(due_at=now))
    fresh()


def numbers(house: House, **changed: object) -> None:
    """Sanne has a telephone of her own; the showroom changes as asked."""
    with write():
        db.session.get_one(Person, house.sanne.id).phone = "06 12 34 50 01"
        showroom = db.session.get_one(Showroom, house.showroom.id)
        for name, value in changed.items():
            setattr(showroom, name, value)
    fresh()
