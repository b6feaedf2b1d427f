"""How commands answer: a table for people, JSON for programs; an error in one sentence and exit code 1."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import IntegrityError, OperationalError

from app.errors import Problem

P = ParamSpec("P")
R = TypeVar("R")


def command(handler: Callable[P, R]) -> Callable[P, R]:
    """A command inside the app, with ``--json``; a Problem becomes a sentence, never a traceback."""

    @wraps(handler)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return handler(*args, **kwargs)
        except Problem as problem:
            raise click.ClickException(problem.detail) from problem
        except IntegrityError as error:
            raise click.ClickException("That exists already (same name, slug or e-mail address).") from error
        except OperationalError as error:
            raise click.ClickException(
                f"The database is not ready ({str(error.orig)[:120]}). Run: flask --app wsgi db upgrade"
            ) from error

    with_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
    return with_appcontext(with_json(wrapper))


def show(what: Mapping[str, Any] | Sequence[Mapping[str, Any]], as_json: bool) -> None:
    """Print one thing or a list of them."""
    if as_json:
        click.echo(json.dumps(what, ensure_ascii=False, default=str))
    elif isinstance(what, Mapping):
        for name, value in what.items():
            click.echo(f"{name + ':':<16}{value}")
    else:
        _table(what)


def _table(rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        click.echo("(none)")
        return
    names = list(rows[0])
    cells = [[("" if row.get(n) is None else str(row.get(n))) for n in names] for row in rows]
    widths = [max(len(n), *(len(line[i]) for line in cells)) for i, n in enumerate(names)]
    for line in (names, *cells):
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
