"""Bram adds the showroom's sources and sees whether they work; secrets go in and never come out; Dora sees nothing."""

import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.cadence import record
from app.db import db, write
from app.intake import vault
from app.models import ContactPoint, FollowUp, Lead, LeadState, Person, Role, Showroom, Source, Submission
from tests.api.phone import Phone, fresh
from tests.people import ALWAYS, House, doesburg, elsewhere, send_lead
from tests.wire.graph import SECRETS

SIGNED = {
    "google": {"google_key": "geheim-van-google"},
    "meta": SECRETS,
    "whatsapp": {"app_secret": "geheim-van-de-app", "verify_token": "woord"},
    "twilio": {"auth_token": "geheim-van-twilio"},
    "generic": {"signing_key": "geheim-van-zapier"},
    "form": {},
    "adf": {},
    "email": {},
}


@pytest.fixture
def house(app: Flask) -> House:
    return doesburg()


@pytest.fixture
def bram(app: Flask, house: House) -> Phone:
    return Phone(app, house.bram)


def add(by: Phone, kind: str, **more: Any) -> dict[str, Any]:
    answer = by.post("sources", {"name": f"Our {kind}", "kind": kind, "secrets": SIGNED[kind], **more})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json
    return made


def test_a_new_source_says_its_address_what_to_paste_and_what_is_missing(bram: Phone) -> None:
    answer = bram.post(
        "sources", {"name": "Facebook", "kind": "meta", "secrets": {"app_secret": "geheim"}}
    ).json
    made, shown = answer["source"], answer["shown_once"]
    assert (made["ready"], made["missing"]) == (False, ["access_token"])
    assert made["address"].endswith(f"/in/{made['key']}") and len(shown["verify_token"]) > 16
    labels = [one["label"] for one in made["paste"]]
    assert labels == ["callback_url", "verify_token"] and made["paste"][0]["value"] == made["address"]
    changed = bram.client.patch(
        f"/api/v1/sources/{made['id']}", json={"secrets": {"access_token": "EAA"}}
    ).json
    assert changed["source"]["ready"] and changed["shown_once"] == {}


def test_no_answer_ever_holds_a_secret_and_the_database_holds_it_sealed(bram: Phone) -> None:
    made = add(bram, "meta")
    shown = [made["source"], bram.get("sources"), bram.get(f"sources/{made['source']['id']}")]
    stored = db.session.scalars(select(Source).where(Source.kind == "meta")).one()
    assert vault.of(stored) == SECRETS
    for secret in SECRETS.values():
        assert secret not in json.dumps(shown) and secret.encode() not in (stored.secrets or b"")


def test_with_another_secret_key_secrets_read_as_missing(app: Flask, bram: Phone) -> None:
    made = add(bram, "twilio")
    with write():
        stored = db.session.scalars(select(Source).where(Source.kind == "twilio")).one()
        stored.secrets = b"gAAAAAB" + b"x" * 93
    fresh()
    shown = bram.get(f"sources/{made['source']['id']}")
    assert (shown["ready"], shown["missing"]) == (False, ["auth_token"])


WRONG = [
    ({"kind": "fax"}, "kind"),
    ({"kind": "meta", "secrets": {"password": "x"}}, "secrets.password"),
    ({"kind": "meta", "settings": {"page_id": "../../etc"}}, "settings.page_id"),
    ({"kind": "twilio", "settings": {"ring": "call me"}}, "settings.ring"),
    ({"kind": "generic", "settings": {"map": {"shoe_size": "a.b"}}}, "settings.map"),
    ({"kind": "google", "secrets": {"google_key": "a\nb"}}, "secrets.google_key"),
]


@pytest.mark.parametrize(("said", "field"), WRONG, ids=[field for _, field in WRONG])
def test_what_cannot_be_right_is_named(bram: Phone, said: dict[str, Any], field: str) -> None:
    answer = bram.post("sources", {"name": "Odd", **said})
    assert answer.status_code == 422 and list(answer.json["fields"]) == [field]
    assert db.session.scalar(select(Source).where(Source.name == "Odd")) is None


def test_two_sources_of_one_name_would_be_mixed_up(bram: Phone) -> None:
    first = add(bram, "form")["source"]
    assert bram.post("sources", {"name": first["name"], "kind": "adf"}).status_code == 409
    other = add(bram, "adf")["source"]
    renamed = bram.client.patch(f"/api/v1/sources/{other['id']}", json={"name": first["name"]})
    assert renamed.status_code == 409 and renamed.json["type"].endswith("#name_taken")


def test_a_closed_source_takes_nothing_in_until_it_is_opened_again(app: Flask, bram: Phone) -> None:
    made = add(bram, "form")["source"]
    post = {"data": "{}", "content_type": "application/json"}
    for closed, status in ((True, 404), (False, 202)):
        bram.client.patch(f"/api/v1/sources/{made['id']}", json={"closed": closed})
        assert app.test_client().post(f"/in/{made['key']}", **post).status_code == status


@pytest.mark.parametrize("kind", SIGNED)
def test_the_test_button_goes_the_real_way_and_is_marked(app: Flask, bram: Phone, kind: str) -> None:
    made = add(bram, kind)["source"]
    first, second = (bram.post(f"sources/{made['id']}/tests") for _ in range(2))
    for answer in (first, second):
        assert answer.status_code == 201 and answer.json["status"] in (200, 201), answer.text
        shown = answer.json["submission"]
        assert shown["test"] and len(shown["lead_ids"]) == 1 and shown["took_ms"] is not None
    fresh()
    assert [lead.is_test for lead in db.session.scalars(select(Lead))] == [True, True]


def test_a_stranger_cannot_mark_a_lead_as_a_test(app: Flask, house: House) -> None:
    send_lead(app, house.sources["form"], **{"Firstcall-Test": "abc." + "0" * 64})
    fresh()
    assert [lead.is_test for lead in db.session.scalars(select(Lead))] == [False]


def test_a_source_that_waits_for_its_secrets_cannot_be_tried_yet(bram: Phone) -> None:
    made = bram.post("sources", {"name": "Line", "kind": "twilio"}).json["source"]
    answer = bram.post(f"sources/{made['id']}/tests")
    assert answer.status_code == 409 and answer.json["type"].endswith("#not_ready")


def test_bram_sees_the_last_requests_with_result_and_time_but_not_their_words(
    app: Flask, house: House, bram: Phone
) -> None:
    form = house.sources["form"]
    send_lead(app, form)
    app.test_client().post(f"/in/{form.key}", data=b"\x00\x01", content_type="text/plain")
    shown = bram.get(f"sources/{form.id}/submissions")["submissions"]
    assert [one["state"] for one in shown] == ["needs_look", "read"]
    assert all(one["took_ms"] >= 0 and one["follow_up_id"] and one["raw"] for one in shown)
    assert "Jansen" not in json.dumps(shown)
    (listed,) = [one for one in bram.get("sources")["sources"] if one["id"] == str(form.id)]
    assert listed["count_24h"] == 2 and listed["last"]["id"] == shown[0]["id"]


def test_the_words_are_for_admins_and_only_as_a_file(app: Flask, house: House, bram: Phone) -> None:
    body = b"<script>alert(1)</script>"
    app.test_client().post(f"/in/{house.sources['form'].key}", data=body, content_type="text/html")
    fresh()
    id_ = db.session.scalars(select(Submission)).one().id
    assert bram.client.get(f"/api/v1/submissions/{id_}/raw").status_code == 403
    with write():
        db.session.get_one(Person, house.bram.id).role = Role.ADMIN
    fresh()
    answer = bram.client.get(f"/api/v1/submissions/{id_}/raw")
    assert (answer.data, answer.mimetype) == (body, "application/octet-stream")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    with write():
        db.session.get_one(Submission, id_).body = None
    fresh()
    assert bram.client.get(f"/api/v1/submissions/{id_}/raw").status_code == 410


def test_a_map_is_tried_on_a_sample_before_it_is_used(bram: Phone) -> None:
    sample = json.dumps({"answers": [{"text": "Piet Jansen"}, {"text": "0612345678"}]})
    said = {"sample": sample, "map": {"name": "answers[0].text", "phone": "answers[1].text"}}
    shown = bram.post("field-maps/previews", said).json
    assert ["answers[1].text", "0612345678"] in shown["paths"] and "phone" in shown["mappable"]
    assert shown["lead"]["phones"][0]["e164"] == "+31612345678" and shown["outcome"] == "lead"
    assert db.session.scalar(select(Submission)) is None
    deep = bram.post("field-maps/previews", {"sample": "[" * 100_000})
    assert (deep.status_code, deep.json["outcome"]) == (200, "quarantine")


def test_sanne_has_no_business_here(app: Flask, house: House) -> None:
    sanne, form = Phone(app, house.sanne), house.sources["form"]
    for path in ("sources", f"sources/{form.id}", f"sources/{form.id}/submissions"):
        assert sanne.client.get(f"/api/v1/{path}").status_code == 403
    assert sanne.post(f"sources/{form.id}/tests").status_code == 403
    assert sanne.post("sources", {"name": "Mine", "kind": "form"}).status_code == 403


def test_dora_of_another_firm_finds_no_source_request_or_number_of_ours(app: Flask, house: House) -> None:
    send_lead(app, house.sources["form"], {"name": "Jef", "phone": "0475 12 34 56", "message": "Golf?"})
    fresh()
    point = db.session.scalars(select(ContactPoint)).one()
    request = db.session.scalars(select(Submission)).one()
    theirs = elsewhere()
    with write():
        db.session.get_one(Person, theirs.dora.id).role = Role.ADMIN
    dora, ours = Phone(app, theirs.dora), f"sources/{house.sources['form'].id}"
    assert str(house.sources["form"].id) not in json.dumps(dora.get("sources"))
    for path in (ours, f"{ours}/submissions", f"submissions/{request.id}/raw"):
        assert dora.client.get(f"/api/v1/{path}").status_code == 404
    assert dora.client.patch(f"/api/v1/{ours}", json={"closed": True}).status_code == 404
    assert dora.post(f"{ours}/tests").status_code == 404
    assert dora.post("field-maps/previews", {"submission_id": str(request.id)}).status_code == 404
    assert dora.post(f"contact-points/{point.id}/reading", {"e164": "+32475123456"}).status_code == 404
    there = {"name": "X", "kind": "form", "showroom_id": str(house.showroom.id)}
    assert dora.post("sources", there).status_code == 404


def test_a_manager_of_another_showroom_of_ours_sees_only_their_own(app: Flask, house: House) -> None:
    with write():
        arnhem = Showroom(
            group_id=house.group.id, slug="arnhem", name="Arnhem", country="NL", timezone="Europe/Amsterdam",
            weekly=ALWAYS,
        )  # fmt: skip
        db.session.add(arnhem)
        db.session.flush()
        tom = Person(
            group_id=house.group.id, showroom_id=arnhem.id, first_name="Tom", email="tom@arnhem.example",
            role=Role.MANAGER,
        )  # fmt: skip
        db.session.add(tom)
    toms = Phone(app, tom)
    assert toms.client.get(f"/api/v1/sources/{house.sources['form'].id}").status_code == 404
    assert toms.get("sources")["sources"] == []


def test_numbers_are_read_from_the_command_line(app: Flask) -> None:
    typed = ["06-12345678", "0475 12 34 56", "bel na 18u: 0612345678", "00000", "", 'een "aanhaling"']
    lines = "\n".join(json.dumps(one) for one in typed)
    result = app.test_cli_runner().invoke(args=["intake", "phone", "--region", "NL", "--json"], input=lines)
    read = [json.loads(line) for line in result.stdout.splitlines()]
    assert [one["raw"] for one in read] == typed
    assert [one["e164"] for one in read] == ["+31612345678", "+31475123456", "+31612345678", None, None, None]
    assert read[1]["readings"] == ["+31475123456", "+32475123456"] and read[3]["valid"] is False


def test_an_operator_adds_a_source_and_enters_a_new_token(app: Flask, house: House) -> None:
    run = app.test_cli_runner().invoke
    made = run(
        args=[
            "source",
            "add",
            "FB",
            "--kind",
            "meta",
            "--showroom",
            "doesburg",
            "--secret",
            "app_secret=abc",
            "--json",
        ]
    )
    told = json.loads(made.stdout)
    assert told["missing"] == "access_token" and told["verify_token"]
    fresh()
    changed = run(
        args=["source", "set", told["key"], "--secret", "access_token", "--json"], input="EAA-new\n"
    )
    assert changed.exit_code == 0 and "EAA-new" not in changed.output
    fresh()
    assert (
        vault.of(db.session.scalars(select(Source).where(Source.name == "FB")).one())["access_token"]
        == "EAA-new"
    )
    wrong = run(args=["source", "set", told["key"], "--setting", "page_id=../x"])
    assert wrong.exit_code == 1 and "page_id" in wrong.output


def test_a_test_lead_is_shown_and_never_counted(app: Flask, house: House, bram: Phone) -> None:
    bram.post(f"sources/{house.sources['form'].id}/tests")
    send_lead(app, house.sources["form"])
    with write():
        for follow_up in db.session.scalars(select(FollowUp)):
            record.end(follow_up, LeadState.LOST, clock.now())
    day = clock.now().date() + timedelta(days=1)
    assert bram.get(f"reports/continuity?to={day}")["total"]["follow_ups"] == 1
