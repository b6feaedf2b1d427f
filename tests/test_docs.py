"""What the documents say against what the program does: settings, commands, links, names of rules, metrics and figures.

A document that a newcomer follows and that is wrong costs more than none; a change that forgets one fails here by name.
"""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from flask import Flask
from sqlalchemy import UniqueConstraint

from app import access, config, create_app
from app.api.intake import LIMIT
from app.db import db
from app.intake import sources
from app.outbox import enqueue

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
README = (ROOT / "README.md").read_text()
ARCHITECTURE = (ROOT / "docs/architecture.md").read_text()
SETTING = re.compile(r'(?:env(?:iron)?\.get\(|\(env, )"([A-Z_]+)"')
ROW = re.compile(r"^\| `([A-Z_]+)` \| (.*?) \| .+ \|$", re.MULTILINE)
ANCHOR = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)


@pytest.fixture
def house(tmp_path: Path) -> Flask:
    """The program with its commands; no database is touched."""
    return create_app({"VAR_DIR": str(tmp_path)})


def settings_of_the_program() -> set[str]:
    """Every name that the settings or gunicorn's file read from the environment."""
    read = (*(ROOT / "app/config").glob("*.py"), ROOT / "gunicorn.conf.py")
    names = {name for path in read for name in SETTING.findall(path.read_text())}
    assert len(names) >= len(config.names()), "the pattern misses settings"
    return names


def test_every_setting_is_in_the_readme_and_the_example_and_no_other() -> None:
    wanted = settings_of_the_program()
    assert {name for name, _ in ROW.findall(README)} == wanted
    example = (ROOT / ".env.example").read_text()
    compose = {"DOMAIN", "POSTGRES_PASSWORD"}
    assert set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE)) == wanted | compose


def test_the_defaults_in_the_readme_are_the_programs(tmp_path: Path) -> None:
    base = {"VAR_DIR": str(tmp_path)}
    plain = config.load(base)
    stated = {name: text.strip("`") for name, text in ROW.findall(README) if text.startswith("`")}
    assert len(stated) > 10
    for name, default in stated.items():
        assert config.load({**base, name: default}) == plain, f"{name} is not {default} by default"


def test_the_example_is_accepted_as_it_stands_when_everything_in_it_is_used(tmp_path: Path) -> None:
    lines = re.findall(r"^#([A-Z_]+)=(.+)$", (ROOT / ".env.example").read_text(), re.MULTILINE)
    used = {name: value for name, value in lines if name != "SECRET_KEY_FILE"}
    assert config.load({**used, "VAR_DIR": str(tmp_path)}).smtp_url


def commands(group: click.Group, words: tuple[str, ...] = ()) -> Iterator[str]:
    for name, command in group.commands.items():
        yield " ".join((*words, name))
        if isinstance(command, click.Group):
            yield from commands(command, (*words, name))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: str(document.relative_to(ROOT)))
def test_every_command_a_document_names_exists(document: Path, house: Flask) -> None:
    known = set(commands(house.cli)) | {"db upgrade", "db downgrade", "db migrate", "db check"}
    words = re.findall(
        r"(?:flask --app wsgi|(?<![\w/])fc) ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?", document.read_text()
    )
    for first, second in words:
        assert first in known, f"{document.name}: no command {first!r}"
        if any(name.startswith(f"{first} ") for name in known):
            assert f"{first} {second}" in known, f"{document.name}: no command {first} {second!r}"


def test_the_readmes_table_has_every_command_of_ours(house: Flask) -> None:
    table = README[README.index("| Command | What it does |") :]
    named = set(re.findall(r"`([a-z][a-z-]*(?: [a-z-]+)?)(?: [A-Z-].*?)?`", table))
    groups = {name.split()[0] for name in commands(house.cli) if " " in name}
    assert {name for name in commands(house.cli) if name not in groups and ours(house.cli, name)} <= named


def ours(group: click.Group, name: str) -> bool:
    """Not Flask's, Flask-Migrate's or Flask-Limiter's command."""
    command: click.Command = group
    for word in name.split():
        assert isinstance(command, click.Group)
        command = command.commands[word]
    code = inspect.unwrap(command.callback).__code__ if command.callback else None
    return code is not None and code.co_filename.startswith(str(ROOT / "app"))


def anchors(document: Path) -> set[str]:
    """Addresses of a page's headings, as the repository's web pages make them."""
    titles = ANCHOR.findall(document.read_text())
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: str(document.relative_to(ROOT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    text = re.sub(r"```.*?```", "", document.read_text(), flags=re.DOTALL)
    links = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'src="([^"]+)"', text)
    for link in links:
        path, _, anchor = link.partition("#")
        if "://" in link or link.startswith("mailto:"):
            continue
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), f"{document.name} links to {link}"
        assert not anchor or anchor in anchors(target), f"{document.name} links to {link}: no such heading"


def test_every_decision_record_is_listed_in_order() -> None:
    records = sorted(path.name for path in (ROOT / "docs/adr").glob("[0-9]*.md"))
    assert re.findall(r"\((\d{4}-[^)]+)\)", (ROOT / "docs/adr/README.md").read_text()) == records
    for number, name in enumerate(records, start=1):
        text = (ROOT / "docs/adr" / name).read_text()
        assert text.startswith(f"# {number}. "), name
        assert all(part in text for part in ("Status: ", "## Context", "## Decision", "## Consequences")), (
            name
        )


def test_every_rule_is_where_the_architecture_says() -> None:
    places = re.findall(r"`((?:app|tests|frontend)/[\w/.-]+?\.(?:py|ts))(?::(\w+))?`", ARCHITECTURE)
    assert len(places) > 50
    for path, name in places:
        assert (ROOT / path).is_file(), path
        written = rf"^\s*(?:def|class) {name}\b|^{name}\b.*=" if name else ""
        assert re.search(written, (ROOT / path).read_text(), re.MULTILINE), f"{path} has no {name}"


def test_every_constraint_the_architecture_names_is_in_the_database() -> None:
    table = ARCHITECTURE[ARCHITECTURE.index("## Invariants") : ARCHITECTURE.index("## Where each rule lives")]
    constraints = {str(c.name) for t in db.metadata.tables.values() for c in t.constraints}
    existing = constraints | {str(i.name) for t in db.metadata.tables.values() for i in t.indexes}
    named = re.findall(r"`((?:uq|ix)_\w+|open_has_next_step)`", table)
    assert named
    for name in named:
        assert any(one.endswith(name) for one in existing), name
    unique = {
        (table.name, tuple(column.name for column in constraint.columns))
        for table in db.metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint)
    }
    assert ("delivery", ("subscription_id", "cause")) in unique
    assert ("submission", ("source_id", "delivery_key")) in unique


def test_every_room_of_the_house_is_described() -> None:
    rooms = [path for path in (ROOT / "app").iterdir() if not path.name.startswith("_")]
    rooms_table = ARCHITECTURE[ARCHITECTURE.index("## Rooms") : ARCHITECTURE.index("## Invariants")]
    for room in rooms:
        assert f"`{room.name}`" in rooms_table, room.name


def test_every_metric_and_log_event_in_the_handbook_exists() -> None:
    handbook = (ROOT / "docs/operate.md").read_text()
    source = "".join(path.read_text() for path in sorted((ROOT / "app").rglob("*.py")))
    metrics = set(re.findall(r"firstcall_[a-z_]+", handbook))
    assert metrics == set(re.findall(r'"(firstcall_[a-z_]+)"', source))
    logged = handbook[handbook.index("| `event` |") : handbook.index("## What to do when")]
    for event in re.findall(r"`([a-z][^`{}]+ [^`]+)`", logged):
        assert f'"{event}"' in source, event


def test_figures_that_documents_repeat_are_the_programs() -> None:
    privacy = (ROOT / "docs/privacy.md").read_text()
    integrate = (ROOT / "docs/integrate.md").read_text()
    phones = (ROOT / "docs/phones.md").read_text()
    operate = (ROOT / "docs/operate.md").read_text()
    assert f"({config.load({'SECRET_KEY': 'x' * 32}).raw_days} days)" in privacy
    assert f"larger than {LIMIT // 1024} KB" in integrate
    assert f"for {int(access.LINK_LIFE.total_seconds() // 60)} minutes" in phones
    hours, days = enqueue.PUSH_TTL.total_seconds() / 3600, enqueue.EMAIL_TTL.days
    assert f"pushes older than {hours:g} hours and mails older than {days} days" in operate


def test_the_handbook_for_senders_offers_only_kinds_that_exist() -> None:
    integrate = (ROOT / "docs/integrate.md").read_text()
    table = integrate[integrate.index("| Kind | Takes |") : integrate.index("## Answers")]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == set(sources.KINDS)


def test_pictures_of_the_readme_are_made_by_the_command() -> None:
    made = set(re.findall(r'out / "([\w-]+\.png)"', (ROOT / "docs/screens/make.py").read_text()))
    assert {path.name for path in (ROOT / "docs/screens").glob("*.png")} == made
    assert set(re.findall(r'src="docs/screens/([\w-]+\.png)"', README)) <= made


def test_production_files_switch_the_demo_off() -> None:
    assert 'FIRSTCALL_DEMO: "0"' in (ROOT / "compose.yaml").read_text()
    for unit in ("web", "worker"):
        assert "Environment=FIRSTCALL_DEMO=0" in (ROOT / f"deploy/firstcall-{unit}.service").read_text()
