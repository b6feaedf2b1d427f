"""A whole day of every vendor, delivered three times: nothing is new the second and the third time."""

import csv
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import db
from app.models import Delivery, FollowUp, Source
from tests.intake.vendors import ask_graph, leads, post, source
from tests.people import House, doesburg
from tests.wire.graph import SECRETS, Graph, signed, webhook

CASES = Path(os.environ.get("INTAKE_CASES", Path(__file__).parents[2].parent / "shared" / "cases"))
SERIES = CASES / "series" / "open" / "replay_olist_busiest_day_timed.csv"
OWN = ["website form", "adf e-mail", "google ads", "meta lead ads", "portal adf"] * 4
ADF = (
    '<?adf version="1.0"?><adf><prospect><id>{n}</id><customer><contact><name part="full">Klant {n}</name>'
    "<phone>{phone}</phone></contact><comments>Is hij er nog?</comments></customer></prospect></adf>"
)


@pytest.fixture
def graph() -> Iterator[Graph]:
    with Graph() as running:
        yield running


@pytest.fixture
def environment(environment: dict[str, str], graph: Graph) -> dict[str, str]:
    return {**environment, "GRAPH_API_BASE": graph.url}


def one_a_day(path: Path) -> list[str]:
    """Which source each request of the day came from, in order."""
    with path.open(encoding="utf-8", newline="") as file:
        return [row["source"] for row in csv.DictReader(file)]


DAYS = [
    pytest.param(OWN, id="own"),
    *([pytest.param(one_a_day(SERIES), id="sample")] if SERIES.exists() else []),
]


@pytest.mark.parametrize("day", DAYS)
def test_a_day_three_times_over_changes_nothing(app: Flask, graph: Graph, day: list[str]) -> None:
    sources = made(doesburg())
    for number in range(len(day)):
        graph.knows(f"9{number:05}", full_name=f"Klant {number}", phone_number=phone(number))
    deliver(app, sources, day)
    once = state()
    assert len(leads()) == len(day), "every lead once"
    for _ in range(2):
        deliver(app, sources, day)
    assert state() == once


def made(house: House) -> dict[str, Source]:
    return {
        "website form": house.sources["form"],
        "portal adf": house.sources["adf"],
        "adf e-mail": source(house, "email", {}),
        "google ads": source(house, "google", {"google_key": "geheim"}),
        "meta lead ads": source(house, "meta", SECRETS),
    }


def deliver(app: Flask, sources: dict[str, Source], day: list[str]) -> None:
    for number, name in enumerate(day):
        body = request(name, number)
        proof = signed(body) if name == "meta lead ads" else {}
        assert post(app, sources[name], body, **proof).status_code in (200, 201, 202)
    ask_graph()


def request(name: str, number: int) -> bytes:
    """The same bytes for the same number, as a redelivery is."""
    said = {
        "name": f"Klant {number}",
        "phone": phone(number),
        "lead_id": f"L{number}",
        "message": "Is hij er nog?",
    }
    adf = ADF.format(n=number, phone=phone(number))
    match name:
        case "website form":
            return json.dumps(said).encode()
        case "portal adf":
            return adf.encode()
        case "adf e-mail":
            head = (
                f"From: portal@portal.example\r\nMessage-ID: <{number}@portal.example>\r\nSubject: Lead\r\n"
            )
            return f"{head}Content-Type: text/plain\r\n\r\n{adf}\r\n".encode()
        case "google ads":
            answers = (("FULL_NAME", said["name"]), ("PHONE_NUMBER", said["phone"]))
            columns = [{"column_id": column, "string_value": text} for column, text in answers]
            return json.dumps(
                {"lead_id": f"G{number}", "google_key": "geheim", "user_column_data": columns}
            ).encode()
        case _:
            return webhook(f"9{number:05}")


def phone(number: int) -> str:
    return f"+316{20_000_000 + number}"


def state() -> list[tuple[Any, ...]]:
    """Every lead, every follow-up with its next step, and everything that was sent to anybody."""
    told = db.session.scalars(
        select(Delivery).where(Delivery.channel.in_(("push", "email"))).order_by(Delivery.id)
    )
    return [
        *((x.id, x.question, x.follow_up_id, x.state, x.customer_id) for x in leads()),
        *((one.id, one.kind, one.cause) for one in told),
        *(
            (one.id, one.owner_id, one.state, one.next_due_at)
            for one in db.session.scalars(select(FollowUp).order_by(FollowUp.id))
        ),
    ]
