"""``source``: where leads come from, with what each vendor needs."""

from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy import select

from app import access, clock
from app.access import settings
from app.cli.output import command, show
from app.db import db, write
from app.errors import NotFound, Unreadable
from app.intake import kinds, register, vault
from app.intake.sources import KINDS
from app.models import Source

source_cli = AppGroup("source", help="Where leads come from.")
COMMANDS: tuple[click.Command, ...] = (source_cli,)
entered = (
    click.option("--setting", "said", multiple=True, metavar="NAME=VALUE", help="Such as page_id=1234."),
    click.option(
        "--secret", "told", multiple=True, metavar="NAME[=VALUE]", help="Without a value it is asked for."
    ),
)


@source_cli.command("add")
@click.argument("name")
@click.option("--kind", required=True, type=click.Choice(sorted(KINDS)))
@click.option("--showroom", "slug", required=True)
@entered[0]
@entered[1]
@command
def add_source(
    name: str, kind: str, slug: str, said: tuple[str, ...], told: tuple[str, ...], as_json: bool
) -> None:
    """Add a source; prints its secret key and address, and what we made up for the vendor."""
    showroom, settings_, secrets = access.showroom_of(slug), _pairs(said), _secrets(told)
    with _sentences(), write():
        source, made = register.add(showroom, name, kind, settings_, secrets)
    source = db.session.get_one(Source, source.id)
    missing = ", ".join(kinds.missing(kind, vault.of(source)))
    show({**source_row(source), **made, **({"missing": missing} if missing else {})}, as_json)


@source_cli.command("set")
@click.argument("key")
@entered[0]
@entered[1]
@command
def set_source(key: str, said: tuple[str, ...], told: tuple[str, ...], as_json: bool) -> None:
    """Change what the source with this KEY knows: a new token, a field map."""
    settings_, secrets = _pairs(said), _secrets(told)
    source = source_of(key)
    with _sentences(), write():
        made = register.change(source, settings_, secrets, clock.now())
    show({**source_row(source), **made}, as_json)


@source_cli.command("list")
@click.option("--showroom", "slug")
@command
def list_sources(slug: str | None, as_json: bool) -> None:
    """Sources with their addresses."""
    query = select(Source).where(Source.closed_at.is_(None)).order_by(Source.name)
    if slug:
        query = query.where(Source.showroom_id == access.showroom_of(slug).id)
    show([source_row(s) for s in db.session.scalars(query)], as_json)


def source_of(key: str) -> Source:
    """A source by its key. Raises NotFound."""
    found = db.session.scalar(select(Source).where(Source.key == key))
    if found is None:
        raise NotFound("There is no source with this key. See: flask --app wsgi source list")
    return found


def source_row(source: Source) -> dict[str, str]:
    """Without its secrets."""
    return {
        "id": str(source.id),
        "name": source.name,
        "kind": source.kind,
        "key": source.key,
        "url": f"{settings().public_url}/in/{source.key}",
    }


def _pairs(said: tuple[str, ...]) -> dict[str, Any]:
    """NAME=VALUE; a map's paths as ``map.phone=answers[2].text``."""
    found: dict[str, Any] = {}
    for one in said:
        name, equals, value = one.partition("=")
        if not equals:
            raise Unreadable(f"--setting {name} needs a value: {name}=…")
        group, dot, part = name.partition(".")
        if dot:
            found.setdefault(group, {})[part] = value
        else:
            found[name] = value
    return found


def _secrets(told: tuple[str, ...]) -> dict[str, str]:
    """From the command line, or (better: nobody else sees it) typed when asked."""
    found = {}
    for one in told:
        name, equals, value = one.partition("=")
        found[name] = value if equals else click.prompt(name, hide_input=True)
    return found


class _sentences:
    """A command has no fields to mark: their sentences become its error."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _where: object) -> None:
        if isinstance(error, Unreadable) and error.fields:
            raise Unreadable(" ".join(f"{name}: {text}" for name, text in error.fields.items())) from error
