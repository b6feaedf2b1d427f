"""A short ``bin/bench fuzz``, the same every time: parsers, intake addresses, and everything the API describes."""

import pytest
from apiflask import APIFlask
from hypothesis import HealthCheck, Phase, settings

from app.db import db, write
from app.intake.parsed import Parsed
from app.intake.sources import KINDS, parse
from app.models import Role
from tests.api.phone import fresh
from tests.fuzz import api, doors, parsers
from tests.fuzz.verdict import TooSlow
from tests.people import House, doesburg, send_lead, stranger


def brief(examples: int, *phases: Phase) -> settings:
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=phases or (Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_bodies_that_were_right_once_never_break_a_parser(kind: str) -> None:
    parsers.fuzz(kind, brief(200), None)


def test_a_parser_that_breaks_is_found_with_the_body_that_breaks_it() -> None:
    def broken(kind: str, body: bytes, content_type: str, region: str) -> Parsed:
        assert b"Jansen" in body or b"Klant" in body or len(body) % 7
        return parse(kind, body, content_type, region)

    with pytest.raises(AssertionError) as found:
        parsers.fuzz("google", brief(200), None, broken)
    assert any("base64.b64decode" in note for note in found.value.__notes__)


def test_a_parser_that_promises_what_cannot_be_dialled_is_found() -> None:
    with pytest.raises(AssertionError, match="nobody to reach"):
        parsers.fuzz(
            "google", brief(50), None, lambda *_: Parsed("lead", parse("form", b"x", "", "NL").leads)
        )


def test_a_parser_that_hangs_is_broken_off() -> None:
    def hanging(kind: str, body: bytes, content_type: str, region: str) -> Parsed:
        while True:
            pass

    with pytest.raises(TooSlow):
        parsers.fuzz("google", brief(1, Phase.generate), None, hanging)


def test_whatever_is_posted_to_an_intake_address_is_placed(app: APIFlask) -> None:
    for door in doors.doors(doesburg()).values():
        doors.fuzz(app, door, brief(15), None)


def test_whatever_is_asked_of_the_api_is_answered(app: APIFlask) -> None:
    visit = visited(app, doesburg())
    visit.go(brief(2, Phase.generate), None)
    assert not visit.wrong, "\n".join(map(str, visit.wrong.values()))
    assert visit.asked[200] > 20, "these people are signed in"


def test_an_address_that_breaks_is_found_with_its_request(app: APIFlask) -> None:
    @app.get("/api/v1/broken/<word>")
    def broken(word: str) -> str:
        return {"fine": "yes"}[word]

    visit = visited(app, doesburg())
    visit.go(brief(2, Phase.generate), None, only="/broken/")
    (wrong,) = visit.wrong.values()
    assert "KeyError" in wrong.what
    assert "curl" in wrong.request


def visited(app: APIFlask, house: House) -> api.Visit:
    """Sanne, Bram, and Eva as the admin, with something to ask about."""
    with write():
        db.session.merge(house.eva).role = Role.ADMIN
    for number in range(3):
        assert send_lead(app, house.sources["form"], stranger(number)).status_code == 201
    fresh()
    return api.Visit(app, list(house.people.values()))
