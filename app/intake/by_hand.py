"""A request that somebody types in: a walk-in, a note of a call, or a customer who scanned a salesperson's own code.

In: three fields as typed, and who typed them (or whose code it is). Out: an ``Answer``, by the way of every request.
A known customer stays with their salesperson, whoever typed (rule 7). Called by the API and the page behind the code.
"""

import json
import secrets
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app import clock
from app.db import db, new_id, write
from app.intake import receive
from app.intake.place import PERSON
from app.intake.take import Answer
from app.models import Person, Role, Showroom, Source
from app.texts import render


def take_in(
    showroom: Showroom, kind: str, said: Mapping[str, str], person: Person | None, key: str | None
) -> Answer:
    """Store and place it. ``kind``: walk_in, manual or qr. ``key``: the same one again is the same request.

    ``person``: a salesperson gets whom nobody knows yet; anybody else's entry goes to whose turn it is.
    """
    theirs = str(person.id) if person is not None and person.role is Role.SALESPERSON else None
    body = json.dumps({**said, PERSON: theirs}, ensure_ascii=False).encode()
    return receive.receive(
        source_of(showroom, kind), body, "application/json", f"hand:{key}" if key else None
    )


def source_of(showroom: Showroom, kind: str) -> Source:
    """The showroom's own source of this kind, made when first needed. It is closed: nothing comes from outside."""
    mine = select(Source).where(Source.showroom_id == showroom.id, Source.kind == kind)
    found = db.session.scalar(mine)
    if found is not None:
        return found
    name = render(f"source_{kind}", showroom.language)
    try:
        with write():
            taken = select(Source.id).where(Source.showroom_id == showroom.id, Source.name == name)
            unique = name if db.session.scalar(taken) is None else f"{name} ({kind})"
            made = {"id": new_id(), "group_id": showroom.group_id, "showroom_id": showroom.id, "kind": kind}
            secret = secrets.token_urlsafe(18)
            db.session.add(Source(**made, name=unique, key=secret, closed_at=clock.now()))
    except IntegrityError:  # somebody else's first walk-in, at the same moment
        db.session.rollback()
    return db.session.scalars(mine).one()
