"""``intake``: what a parser makes of a file, how numbers are read, and leads of Meta that its webhook did not bring."""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from app import clock
from app.access import settings
from app.cli.output import command, show
from app.cli.sources import source_of
from app.db import db, write
from app.delivery.channels import graph
from app.errors import Conflict, Unreadable
from app.intake import graph as waiting
from app.intake import receive, sources, take, vault
from app.intake.parsed import to_json
from app.intake.phones import read_phones
from app.models import Source

intake_cli = AppGroup("intake", help="Reading what comes in.")
COMMANDS: tuple[click.Command, ...] = (intake_cli,)
MOST_PAGES = 1000


@intake_cli.command("parse")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kind", required=True, type=click.Choice(sorted(sources.KINDS)))
@click.option("--region", default="NL", show_default=True, help="Country for numbers without a country code.")
@click.option("--content-type", default="", help="As the sender would say it.")
@command
def parse(file: Path, kind: str, region: str, content_type: str, as_json: bool) -> None:
    """Parse FILE as this kind and print the outcome and every lead read."""
    body = file.read_bytes()
    parsed = to_json(sources.parse(kind, body, content_type or _guess(body), region.upper()))
    if as_json:
        show(parsed, True)
    else:
        click.echo(json.dumps(parsed, ensure_ascii=False, indent=2))


@intake_cli.command("phone")
@click.option("--region", default="NL", show_default=True, help="Country for numbers without a country code.")
@command
def phone(region: str, as_json: bool) -> None:
    """Read numbers from standard input, one a line (with --json each a JSON string), and print one object a line."""
    for line in sys.stdin:
        if text := line.rstrip("\r\n"):
            click.echo(json.dumps(_read_number(_typed(text) if as_json else text, region)))


@intake_cli.command("backfill")
@click.option("--source", "key", required=True, help="The key of a source of kind meta.")
@click.option("--since", required=True, help="A day or a moment: 2026-11-20 or 2026-11-20T14:00:00Z.")
@command
def backfill(key: str, since: str, as_json: bool) -> None:
    """Take in what Meta has kept since then and its webhook did not bring. What is here already changes nothing."""
    source, began = source_of(key), _moment(since)
    if source.kind != "meta":
        raise Conflict(f"{source.name} is of kind {source.kind}; only Meta can be asked for what was.")
    counted = {"read": 0, "new": 0}
    for lead in _kept_by_meta(source, began):
        counted["read"] += 1
        counted["new"] += _take_in(source, str(lead.get("id")), json.dumps(lead).encode())
    show(counted, as_json)


def _take_in(source: Source, id_: str, body: bytes) -> bool:
    """Whether it was new, or completed a lead that waited for its content."""
    with write():
        completed = waiting.complete(source, id_, body, clock.now())
    if completed:
        return True
    answer = receive.receive(source, body, "application/json", f"meta:{id_}")
    return answer.status != take.SEEN


def _read_number(text: str, region: str) -> dict[str, Any]:
    found = next(iter(read_phones(text, region.upper())), None)
    return {
        "raw": text,
        "e164": found.e164 if found else None,
        "valid": bool(found and found.valid),
        "readings": list(found.readings or ([found.e164] if found.e164 else [])) if found else [],
    }


def _typed(line: str) -> str:
    try:
        text = json.loads(line)
    except ValueError:
        text = None
    if not isinstance(text, str):
        raise Unreadable(f"Each line must be a JSON string, not {line[:40]}")
    return text


def _moment(since: str) -> datetime:
    try:
        at = datetime.fromisoformat(since)
    except ValueError as error:
        raise Unreadable(f"--since {since} is no day or moment, such as 2026-11-20.") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _kept_by_meta(source: Source, since: datetime) -> Iterator[dict[str, Any]]:
    """Every lead of every form of the page."""
    secrets = vault.of(source)
    page = (source.settings or {}).get("page_id", "me")
    later = {"field": "time_created", "operator": "GREATER_THAN", "value": int(since.timestamp())}
    db.session.rollback()
    for form in _pages(secrets, f"{page}/leadgen_forms", {"fields": "id"}):
        query = {"fields": graph.FIELDS, "filtering": json.dumps([later])}
        yield from _pages(secrets, f"{form['id']}/leads", query)


def _pages(secrets: dict[str, str], path: str, query: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Every item of a list, page by page. Raises Conflict with what Meta says."""
    after: dict[str, str] = {}
    for _ in range(MOST_PAGES):
        answer = graph.get(settings(), secrets, path, {**query, **after, "limit": "100"})
        if answer.kind != "good":
            raise Conflict(answer.reason)
        said = json.loads(answer.body)
        yield from said.get("data", [])
        paging = said.get("paging", {})
        if not paging.get("next"):
            return
        after = {"after": paging["cursors"]["after"]}


def _guess(body: bytes) -> str:
    """What a sender would have said: JSON, XML, else a form."""
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    return {b"{": "application/json", b"[": "application/json", b"<": "application/xml"}.get(
        start, "application/x-www-form-urlencoded"
    )
