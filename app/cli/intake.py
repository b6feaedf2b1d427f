"""``intake parse``: what a parser makes of a file, without storing anything."""

import json
from pathlib import Path

import click
from flask.cli import AppGroup

from app.cli.output import command, show
from app.intake import sources
from app.intake.parsed import to_json

intake_cli = AppGroup("intake", help="Reading what comes in.")
COMMANDS: tuple[click.Command, ...] = (intake_cli,)


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


def _guess(body: bytes) -> str:
    """What a sender would have said: JSON, XML, else a form."""
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    return {b"{": "application/json", b"[": "application/json", b"<": "application/xml"}.get(
        start, "application/x-www-form-urlencoded"
    )
