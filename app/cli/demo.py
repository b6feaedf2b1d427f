"""The demo showroom: seed it, print how to open it, remove it."""

import io
import json

import click
import flask_migrate
import segno
from sqlalchemy import delete, select

from app import access, clock
from app.access import settings
from app.cli.output import command, show
from app.config import is_loopback
from app.db import db, new_id, write
from app.errors import NotFound
from app.intake.register import make as make_source
from app.models import Availability, Group, Person, Role, Showroom, Source, Subscription
from app.push import keys

GROUP = "Demo Autogroep"
SLUG = "demo-doesburg"
PEOPLE = (
    ("Sanne", "Bakker", "sanne@demo.invalid", Role.SALESPERSON, "+31612000001"),
    ("Eva", "Willems", "eva@demo.invalid", Role.SALESPERSON, "+31612000002"),
    ("Tom", "Hendriks", "tom@demo.invalid", Role.SALESPERSON, "+31612000003"),
    ("Bram", "de Vries", "bram@demo.invalid", Role.MANAGER, "+31612000004"),
)
ON_A_BREAK = ("Eva", "Tom")
"""So that every lead rings the one phone that the visitor has open, Sanne's."""
SOURCES = (
    ("Website", "form"),
    ("Marktplaats", "form"),
    ("AutoScout24", "form"),
    ("mobile.de", "form"),
    ("ADF", "adf"),
)


@click.command("seed")
@command
def seed(as_json: bool) -> None:
    """Add the demo showroom (people, sources, hours), once. Always open; removed by demo-remove."""
    if not keys.load(settings().var_dir):
        keys.create(settings().var_dir)
    if access.group_named(GROUP) is None:
        with write():
            _seed()
    show({"group": GROUP, "showroom": SLUG, "people": [email for _, _, email, _, _ in PEOPLE]}, as_json)


@click.command("prepare")
@command
def prepare(as_json: bool) -> None:
    """What bin/run does before it starts: migrations, the first push key, and the demo showroom in an empty house."""
    flask_migrate.upgrade()
    keys.check(keys.load(settings().var_dir), set(db.session.scalars(select(Subscription.key_id).distinct())))
    if not keys.load(settings().var_dir):
        keys.create(settings().var_dir)
    empty = db.session.scalar(select(Group.id).limit(1)) is None
    if empty and settings().demo:
        with write():
            _seed()
        click.echo("  An empty database: added the demo showroom (FIRSTCALL_DEMO=0 leaves it empty).")


@click.command("demo-remove")
@command
def remove(as_json: bool) -> None:
    """Remove everything of the demo: group, people, leads, messages."""
    group = access.group_named(GROUP)
    if group is None:
        raise NotFound("There is no demo to remove.")
    with write():
        for table in reversed(db.metadata.sorted_tables):
            if "group_id" in table.c:
                db.session.execute(delete(table).where(table.c.group_id == group.id))
        db.session.execute(delete(Group).where(Group.id == group.id))
    show({"removed": GROUP}, as_json)


@click.command("demo-links")
@command
def links(as_json: bool) -> None:
    """How to open the demo: board, phone (with a QR code when a phone can reach us), and a curl that sends a lead."""
    board, phone = _link("bram@demo.invalid"), _link("sanne@demo.invalid")
    source = db.session.scalar(
        select(Source)
        .join(Showroom, Showroom.id == Source.showroom_id)
        .where(Showroom.slug == SLUG, Source.name == "Website")
    )
    if source is None:
        raise NotFound("There is no demo showroom. Make it: flask --app wsgi seed")
    url = f"{settings().public_url}/in/{source.key}"
    if as_json:
        show({"demo": f"{settings().public_url}/demo", "board": board, "phone": phone, "intake": url}, True)
        return
    _print(board, phone, url)


def _print(board: str, phone: str, intake: str) -> None:
    lead = {
        "name": "Sanne de Boer",
        "phone": "06 12 34 56 78",
        "email": "sanne.deboer@example.com",
        "vehicle": {"make": "VW", "model": "Golf", "year": "2022"},
        "message": "Is hij zaterdag te zien?",
    }
    click.echo(f"\n  Firstcall is running.\n\n  Start here:  {settings().public_url}/demo")
    click.echo(f"\n  Board (Bram, manager), one-time link, 30 minutes:\n    {board}")
    click.echo(f"\n  Phone (Sanne, salesperson), one-time link, 30 minutes:\n    {phone}\n")
    if is_loopback(settings().public_host):
        click.echo(
            "  (A real phone needs HTTPS: see README, “How a phone reaches it”. Then a QR code stands here.)\n"
        )
    else:
        click.echo(_qr(phone))
    click.echo("  Send a lead:")
    click.echo(f"    curl -H 'Content-Type: application/json' -d '{json.dumps(lead)}' {intake}\n")
    if not settings().smtp_url:
        click.echo(
            "  Mail to customers: not sent: no mail server configured. It is kept and shown here and at /demo.\n"
        )


def _qr(url: str) -> str:
    out = io.StringIO()
    segno.make(url, error="l").terminal(out, compact=True, border=2)
    return out.getvalue()


def _link(email: str) -> str:
    person = db.session.scalar(select(Person).where(Person.email == email))
    if person is None:
        raise NotFound("There is no demo showroom. Make it: flask --app wsgi seed")
    with write():
        token = access.make_link(db.session.get_one(Person, person.id), clock.now())
    return access.link_url(token)


def _seed() -> None:
    group = Group(id=new_id(), name=GROUP, demo=True, created_at=clock.now())
    db.session.add(group)
    db.session.flush()
    showroom = Showroom(
        id=new_id(),
        group_id=group.id,
        slug=SLUG,
        name="Experience Store Demo",
        country="NL",
        timezone="Europe/Amsterdam",
        language="nl",
        phone="+31313000000",
        weekly={"always": True},
    )
    db.session.add(showroom)
    db.session.flush()
    people = {
        first: _person(showroom, first, last, email, role, phone)
        for first, last, email, role, phone in PEOPLE
    }
    db.session.add_all(people.values())
    db.session.flush()
    people["Sanne"].deputy_id = people["Eva"].id
    for name, kind in SOURCES:
        db.session.add(make_source(showroom, name, kind))


def _person(showroom: Showroom, first: str, last: str, email: str, role: Role, phone: str) -> Person:
    return Person(
        id=new_id(),
        group_id=showroom.group_id,
        showroom_id=showroom.id,
        first_name=first,
        last_name=last,
        email=email,
        phone=phone,
        role=role,
        language="nl",
        availability=Availability.BREAK if first in ON_A_BREAK else Availability.ON_DUTY,
    )


COMMANDS: tuple[click.Command, ...] = (prepare, seed, remove, links)
