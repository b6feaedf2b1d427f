"""Groups, showrooms and people: what a new house needs before its first lead."""

import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
import phonenumbers
from flask.cli import AppGroup
from sqlalchemy import select

from app import access, clock
from app.cli.output import command, show
from app.db import db, new_id, write
from app.errors import Conflict, NotFound, Unreadable
from app.hours import Hours
from app.models import Group, Person, Role, Showroom

group_cli = AppGroup("group", help="Groups of showrooms.")
showroom_cli = AppGroup("showroom", help="Showrooms.")
person_cli = AppGroup("person", help="People who work here.")
COMMANDS: tuple[click.Command, ...] = (group_cli, showroom_cli, person_cli)
OFFICE: dict[str, Any] = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")} | {
    "sat": [["09:00", "17:00"]]
}


@group_cli.command("add")
@click.argument("name")
@command
def add_group(name: str, as_json: bool) -> None:
    """Add a group (the firm)."""
    group = Group(id=new_id(), name=name, created_at=clock.now())
    with write():
        db.session.add(group)
    show({"id": str(group.id), "name": group.name}, as_json)


@showroom_cli.command("add")
@click.argument("name")
@click.option("--group", "group_name", required=True, help="The group's name.")
@click.option("--slug", help="Short name for commands; made from the name when left out.")
@click.option("--country", default="NL", show_default=True, help="Two letters; decides how numbers are read.")
@click.option("--timezone", default="Europe/Amsterdam", show_default=True)
@click.option("--language", default="nl", show_default=True, type=click.Choice(["nl", "en", "fr", "de"]))
@click.option("--phone", help="The showroom's own number.")
@click.option(
    "--hours", "hours_file", type=click.Path(exists=True, dir_okay=False), help="Opening hours as JSON."
)
@click.option("--public-holidays", help='Closed on those of a country or a part of it: "NL", "DE-BY".')
@command
def add_showroom(name: str, group_name: str, slug: str | None, as_json: bool, **said: Any) -> None:
    """Add a showroom to a group."""
    group = access.group_named(group_name)
    if group is None:
        raise NotFound(f"There is no group {group_name!r}. Add it: flask --app wsgi group add")
    weekly = weekly_of(Path(said["hours_file"])) if said["hours_file"] else OFFICE
    _check_showroom(said, weekly)
    showroom = Showroom(
        id=new_id(),
        group_id=group.id,
        slug=slug or _slug(name),
        name=name,
        country=said["country"].upper(),
        timezone=said["timezone"],
        language=said["language"],
        phone=said["phone"],
        weekly=weekly,
        public_holidays=said["public_holidays"],
    )
    with write():
        db.session.add(showroom)
    show(showroom_row(showroom), as_json)


@showroom_cli.command("list")
@command
def list_showrooms(as_json: bool) -> None:
    """All showrooms."""
    show([showroom_row(s) for s in db.session.scalars(select(Showroom).order_by(Showroom.slug))], as_json)


@person_cli.command("add")
@click.argument("name")
@click.option("--email", required=True)
@click.option("--showroom", "slug", required=True)
@click.option("--role", default="salesperson", show_default=True, type=click.Choice([r.value for r in Role]))
@click.option("--phone", help="The number customers see and call back.")
@click.option("--language", help="Default: the showroom's.")
@command
def add_person(
    name: str, email: str, slug: str, role: str, phone: str | None, language: str | None, as_json: bool
) -> None:
    """Add somebody to a showroom: NAME is first and last name."""
    showroom = access.showroom_of(slug)
    first, _, last = name.strip().partition(" ")
    person = Person(
        id=new_id(),
        group_id=showroom.group_id,
        showroom_id=showroom.id,
        first_name=first,
        last_name=last,
        email=email.strip().lower(),
        phone=phone,
        role=Role(role),
        language=language or showroom.language,
    )
    with write():
        db.session.add(person)
    show(
        {"id": str(person.id), "name": person.name, "email": person.email, "role": role, "showroom": slug},
        as_json,
    )


@person_cli.command("link")
@click.argument("email")
@command
def person_link(email: str, as_json: bool) -> None:
    """A one-time device link for a person (30 minutes), and the code for an installed app."""
    now = clock.now()
    person = db.session.scalar(
        select(Person).where(Person.email == email.strip().lower(), Person.left_at.is_(None))
    )
    if person is None:
        raise NotFound(f"Nobody here has the address {email}.")
    with write():
        token = access.make_link(db.session.get_one(Person, person.id), now)
    _, code, expires_at = access.look_at_link(token, now)
    url = access.link_url(token)
    show({"url": url, "code": f"{code[:4]}-{code[4:]}", "expires_at": expires_at.isoformat()}, as_json)


def showroom_row(showroom: Showroom) -> dict[str, str]:
    return {
        "id": str(showroom.id),
        "slug": showroom.slug,
        "name": showroom.name,
        "country": showroom.country,
        "timezone": showroom.timezone,
        "language": showroom.language,
    }


def weekly_of(file: Path) -> dict[str, Any]:
    """Opening or working hours from a file of JSON. Raises Unreadable."""
    try:
        weekly = json.loads(file.read_text())
    except ValueError as error:
        raise Unreadable(f"--hours {file} is not JSON: {error}") from error
    if not isinstance(weekly, dict):
        raise Unreadable(f'--hours {file} must hold an object such as {{"mon": [["09:00", "18:00"]]}}.')
    return weekly


def _check_showroom(said: dict[str, Any], weekly: dict[str, Any]) -> None:
    if said["country"].upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise Unreadable(f"--country {said['country']} is not a country's two letters (NL, BE, DE, …).")
    try:
        ZoneInfo(said["timezone"])
        Hours.from_json(said["timezone"], weekly, said["public_holidays"])
    except ZoneInfoNotFoundError as error:
        raise Unreadable(
            f"--timezone {said['timezone']} is not known; use a name like Europe/Amsterdam."
        ) from error
    except ValueError as error:
        raise Unreadable(str(error)) from error


def _slug(name: str) -> str:
    slug = "-".join("".join(c if c.isalnum() else " " for c in name.lower()).split())
    if not slug:
        raise Conflict("Give a --slug: none can be made from this name.")
    return slug[:60]
