"""What an operator types: each command works on a fresh house, prints JSON for programs, and says what is wrong."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.config import ROOT
from app.db import db
from app.models import Group, Lead, Person
from app.push import keys
from tests.api.phone import fresh
from tests.people import jansen

FORM = {
    "name": "Piet Jansen",
    "phone": "06 12 34 56 78",
    "email": "piet@example.com",
    "message": "Is hij er nog?",
}


class Operator:
    """Somebody at a terminal."""

    def __init__(self, app: Flask) -> None:
        self.runner = app.test_cli_runner()

    def does(self, *words: str) -> Any:
        """Type a command with --json; what it printed."""
        fresh()
        result = self.runner.invoke(args=[*words, "--json"], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        fresh()
        return json.loads(result.stdout)

    def fails(self, *words: str) -> str:
        """Type a command that cannot work; the sentence it answers with."""
        fresh()
        result = self.runner.invoke(args=list(words), catch_exceptions=False)
        assert result.exit_code != 0, result.output
        assert "Traceback" not in result.output
        return str(result.output)


@pytest.fixture
def operator(app: Flask) -> Operator:
    return Operator(app)


@pytest.fixture
def house(operator: Operator) -> Operator:
    """A group with a showroom, Sanne and Bram, made by typing."""
    operator.does("group", "add", "Autogroep Doesburg")
    operator.does("showroom", "add", "Doesburg", "--group", "Autogroep Doesburg", "--phone", "0313 123456")
    operator.does("person", "add", "Sanne de Boer", "--email", "Sanne@Example.com", "--showroom", "doesburg")
    operator.does(
        "person", "add", "Bram", "--email", "bram@example.com", "--showroom", "doesburg", "--role", "manager"
    )
    operator.does("vapid", "new")
    return operator


def test_from_an_empty_database_to_a_lead_that_can_be_looked_at(app: Flask, house: Operator) -> None:
    (showroom,) = house.does("showroom", "list")
    assert (showroom["slug"], showroom["country"], showroom["timezone"]) == (
        "doesburg",
        "NL",
        "Europe/Amsterdam",
    )
    source = house.does("source", "add", "Website", "--kind", "form", "--showroom", "doesburg")
    assert source["url"].endswith(f"/in/{source['key']}") and len(source["key"]) >= 20
    sent = app.test_client().post(f"/in/{source['key']}", json=jansen())
    assert sent.status_code == 201 and sent.json["salesperson"]["name"] == "Sanne de Boer"
    (lead,) = house.does("lead", "list")
    assert lead["id"] == sent.json["lead_id"] and lead["salesperson"] == "Sanne de Boer"
    assert house.does("lead", "list", "--showroom", "doesburg", "--limit", "1") == [lead]
    shown = house.does("lead", "show", lead["id"])
    assert shown["question"] == "Is hij zaterdag te zien?" and shown["follow_up"]["state"] == "assigned"
    assert {i["type"] for i in shown["timeline"]} >= {"lead_arrived", "assigned"}
    assert [(d["channel"], d["kind"]) for d in shown["deliveries"]] == [("email", "confirmation")]


def test_a_device_link_opens_the_door_once(app: Flask, house: Operator) -> None:
    made = house.does("person", "link", "SANNE@example.com")
    assert "/sign-in#t=" in made["url"] and made["expires_at"] and len(made["code"]) == 9
    token = made["url"].partition("#t=")[2]
    client = app.test_client()
    assert client.get(f"/api/v1/device-links/{token}").json["code"] == made["code"]
    assert (
        client.post("/api/v1/sessions", json={"code": made["code"]}).json["person"]["first_name"] == "Sanne"
    )
    assert "Nobody here" in house.fails("person", "link", "nobody@example.com")


MISTAKES: list[tuple[list[str], str]] = [
    (["group", "add", "Autogroep Doesburg"], "exists already"),
    (["showroom", "add", "Arnhem", "--group", "Nobody"], "There is no group"),
    (["showroom", "add", "Doesburg", "--group", "Autogroep Doesburg"], "exists already"),
    (["showroom", "add", "X", "--group", "Autogroep Doesburg", "--country", "XX"], "--country"),
    (["showroom", "add", "X", "--group", "Autogroep Doesburg", "--timezone", "Mars/Base"], "--timezone"),
    (["showroom", "add", "!!!", "--group", "Autogroep Doesburg"], "--slug"),
    (
        ["person", "add", "Eva", "--email", "sanne@example.com", "--showroom", "doesburg"],
        "exists already",
    ),
    (
        ["person", "add", "Eva", "--email", "eva@example.com", "--showroom", "nowhere"],
        "There is no showroom",
    ),
    (
        [
            "person",
            "add",
            "Eva",
            "--email",
            "eva@example.com",
            "--showroom",
            "doesburg",
            "--role",
            "boss",
        ],
        "boss",
    ),
    (["source", "add", "Fax", "--kind", "fax", "--showroom", "doesburg"], "fax"),
    (["lead", "show", "x"], "is not an id"),
    (["lead", "show", "01a20305-ab66-7198-ac0f-a40ad7baa92e"], "There is no lead"),
    (["vapid", "new"], "--rotate"),
]


def test_a_mistake_is_answered_with_a_sentence(house: Operator) -> None:
    for words, sentence in MISTAKES:
        assert sentence in house.fails(*words), words


def test_wrong_opening_hours_are_refused_with_the_day(house: Operator, tmp_path: Path) -> None:
    file = tmp_path / "hours.json"
    words = ["showroom", "add", "Arnhem", "--group", "Autogroep Doesburg", "--hours", str(file)]
    for text in ('{"mon": [["18:00", "09:00"]]}', "{}", '{"monday": []}', '{"mon": 5}', "not json", "[]"):
        file.write_text(text)
        assert "Error" in house.fails(*words), text
    file.write_text('{"sat": [["10:00", "16:00"]]}')
    assert house.does(*words)["slug"] == "arnhem"


def test_lists_are_arrays_also_when_there_is_nothing(operator: Operator) -> None:
    for words in (["showroom", "list"], ["lead", "list"], ["source", "list"], ["vapid", "list"]):
        assert operator.does(*words) == []


def test_people_get_a_table_and_programs_json(house: Operator) -> None:
    table = house.runner.invoke(args=["showroom", "list"]).output
    assert table.splitlines()[0].split()[:2] == ["id", "slug"] and "doesburg" in table
    assert "(none)" in house.runner.invoke(args=["lead", "list"]).output


FILES = [
        ("form", json.dumps(FORM), "lead"),
        ("form", "name=Piet&phone=0612345678", "lead"),
        ("form", "{", "quarantine"),
        ("adf", "<adf><prospect><customer><contact><name>Piet</name><phone>0612345678</phone></contact></customer></prospect></adf>", "lead"),
        ("adf", "hello", "no_adf"),
]  # fmt: skip


def test_parsing_a_file_prints_what_was_read_and_stores_nothing(operator: Operator, tmp_path: Path) -> None:
    file = tmp_path / "lead.txt"
    for kind, content, outcome in FILES:
        file.write_text(content)
        read = operator.does("intake", "parse", "--kind", kind, "--region", "nl", str(file))
        assert read["outcome"] == outcome and isinstance(read["leads"], list), content
        if outcome == "lead":
            (phone,) = read["leads"][0]["phones"]
            assert phone["e164"] == "+31612345678"
            assert set(phone) == {"raw", "e164", "valid", "type", "preferred"}
    assert db.session.scalar(select(func.count()).select_from(Lead)) == 0


def test_the_demo_is_sown_once_and_removed_without_a_trace(app: Flask, house: Operator) -> None:
    for _ in range(2):
        assert "demo-doesburg" in house.does("seed")["showroom"]
    assert db.session.scalar(select(func.count()).select_from(Group)) == 2
    links = house.does("demo-links")
    assert links["demo"].endswith("/demo") and "/sign-in#t=" in links["board"]
    key = links["intake"].rpartition("/in/")[2]
    assert app.test_client().post(f"/in/{key}", json=jansen()).status_code == 201
    house.does("demo-remove")
    assert [g.name for g in db.session.scalars(select(Group))] == ["Autogroep Doesburg"]
    assert db.session.scalar(select(func.count()).select_from(Lead)) == 0
    assert {p.first_name for p in db.session.scalars(select(Person))} == {"Sanne", "Bram"}
    assert "no demo" in house.fails("demo-remove")


def test_in_the_clone_a_command_needs_no_export(sqlite_url: str, tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if k not in ("FLASK_APP", "DATABASE_URL", "VAR_DIR")}
    environment |= {"DATABASE_URL": sqlite_url, "VAR_DIR": str(tmp_path / "var")}

    def flask(*words: str) -> Any:
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *words, "--json"],
            env=environment, cwd=ROOT, capture_output=True, text=True, timeout=100,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    assert flask("seed")["showroom"] == "demo-doesburg"
    assert [s["slug"] for s in flask("showroom", "list")] == ["demo-doesburg"]
    assert len(keys.load(tmp_path / "var")) == 1
