"""Who works when: absences, on call, own hours, and leaving the firm. Times are local to the person's showroom."""

from datetime import datetime, time, timedelta
from pathlib import Path

import click
from sqlalchemy import select

from app import clock
from app.assignment import absence, leave, profile, rota
from app.cli.output import command, show
from app.cli.people import weekly_of
from app.db import db, write
from app.errors import NotFound
from app.models import Absence, OnCall, Person

LOCAL = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"])


@click.command("absence")
@click.argument("email")
@click.option("--from", "start", type=LOCAL, required=True, help="2026-12-01 or 2026-12-01T13:00")
@click.option("--to", "end", type=LOCAL, required=True, help="A day alone is included.")
@click.option("--deputy", required=True, help="The e-mail address of who covers meanwhile.")
@command
def add_absence(email: str, start: datetime, end: datetime, deputy: str, as_json: bool) -> None:
    """Somebody is away; their deputy covers."""
    with write():
        person, covers = person_of(email), person_of(deputy)
        made = absence.announce(person, covers, _instant(person, start), _end(person, end), clock.now())
        row = {"id": str(made.id), "person": person.name, "deputy": covers.name, **_span(made)}
    show(row, as_json)


@click.command("on-call")
@click.argument("email")
@click.option("--from", "start", type=LOCAL, required=True)
@click.option("--to", "end", type=LOCAL, required=True, help="A day alone is included.")
@command
def add_on_call(email: str, start: datetime, end: datetime, as_json: bool) -> None:
    """Somebody is told about leads outside opening hours."""
    with write():
        person = person_of(email)
        made = rota.volunteer(person, _instant(person, start), _end(person, end), clock.now())
        row = {"id": str(made.id), "person": person.name, **_span(made)}
    show(row, as_json)


@click.command("hours")
@click.argument("email")
@click.option("--hours", "file", type=click.Path(exists=True, dir_okay=False), help="Own hours as JSON.")
@click.option("--as-showroom", is_flag=True, help="Whenever the showroom is open.")
@command
def set_hours(email: str, file: str | None, as_showroom: bool, as_json: bool) -> None:
    """Somebody's own working hours."""
    if (file is None) is not as_showroom:
        raise click.UsageError("Give --hours FILE or --as-showroom.")
    with write():
        person = person_of(email)
        profile.set_weekly(person, weekly_of(Path(file)) if file else None)
        row = {"person": person.name, "weekly": person.weekly}
    show(row, as_json)


@click.command("leave")
@click.argument("email")
@command
def depart(email: str, as_json: bool) -> None:
    """Somebody leaves: customers handed over, devices signed out, at once or not at all."""
    with write():
        person = person_of(email)
        gone = leave.leave(person, None, clock.now())
    show({"person": person.name, **vars(gone)}, as_json)


COMMANDS: tuple[click.Command, ...] = (add_absence, add_on_call, set_hours, depart)
"""Of the group ``person``."""


def person_of(email: str) -> Person:
    """Somebody by e-mail address, also who has left. Raises NotFound."""
    found = db.session.scalar(select(Person).where(Person.email == email.strip().lower()))
    if found is None:
        raise NotFound(f"Nobody here has the address {email}.")
    return found


def _instant(person: Person, local: datetime) -> datetime:
    since_midnight = timedelta(hours=local.hour, minutes=local.minute)
    return person.showroom.hours.instant(local.date(), since_midnight)


def _end(person: Person, local: datetime) -> datetime:
    """A day without a time is meant to its end."""
    if local.time() == time():
        return person.showroom.hours.instant(local.date() + timedelta(days=1))
    return _instant(person, local)


def _span(made: Absence | OnCall) -> dict[str, str]:
    return {"starts_at": made.starts_at.isoformat(), "ends_at": made.ends_at.isoformat()}
