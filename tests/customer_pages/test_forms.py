"""Lotte asks on the showroom's own website, or on the plain page that needs no script."""

from __future__ import annotations

import gzip
import json
import re

import pytest
from flask import Flask
from lxml import html as parser
from sqlalchemy import select

from app import clock
from app.customer_pages.forms import SCRIPT, WORDS
from app.db import db, write
from app.models import Lead, Source
from app.texts import LANGUAGES
from tests.api.phone import fresh
from tests.people import House, doesburg


@pytest.fixture
def house(app: Flask) -> House:
    return doesburg()


def script(app: Flask, house: House) -> str:
    got = app.test_client().get(f"/form/{house.sources['form'].key}.js")
    assert got.status_code == 200 and got.mimetype == "text/javascript"
    return got.text


def test_the_script_is_small_sets_no_cookie_and_may_be_loaded_from_anywhere(app: Flask, house: House) -> None:
    got = app.test_client().get(f"/form/{house.sources['form'].key}.js")
    assert len(gzip.compress(got.data)) <= 8 * 1024
    assert "Set-Cookie" not in got.headers and got.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert (
        app.test_client().get(got.request.path, headers={"If-None-Match": got.headers["ETag"]}).status_code
        == 304
    )


def test_it_knows_where_to_post_and_speaks_four_languages(app: Flask, house: House) -> None:
    told = json.loads(re.search(r"told = (\{.*?\}\}\}), tag", script(app, house)).group(1))
    assert told["url"].endswith(f"/in/{house.sources['form'].key}")
    assert set(told["texts"]) == set(LANGUAGES) and told["language"] == "nl"
    assert all(set(words) == set(WORDS) for words in told["texts"].values())
    used = set(re.findall(r"\bt\.([a-z_]+)", SCRIPT.read_text()))
    assert used <= set(WORDS)


def test_it_has_no_trap_that_decides_who_is_a_customer() -> None:
    page = (SCRIPT.parent / "templates/customer/form.html").read_text()
    assert "website_url_confirm" not in page + SCRIPT.read_text()


def test_the_plain_page_posts_to_the_intake_and_leads_on_to_who_calls(app: Flask, house: House) -> None:
    client = app.test_client()
    page = client.get(f"/form/{house.sources['form'].key}?car=VW+Polo", headers={"Accept-Language": "fr"})
    assert page.status_code == 200 and "Votre question" in page.text
    form = parser.fromstring(page.text).forms[0]
    assert all(
        field.xpath("ancestor::label") for field in form.xpath(".//input[not(@type='hidden')]|.//textarea")
    )
    sent = {**dict(form.fields), "name": "Lotte", "phone": "06 87654321", "message": "Is la Polo là ?"}
    answer = client.post(form.action, data=sent, headers={"Accept": "text/html,*/*;q=0.8"})
    assert answer.status_code == 303
    thanks = client.get(
        answer.headers["Location"].partition("localhost:8000")[2], headers={"Accept-Language": "fr"}
    )
    fresh()
    lead = db.session.scalars(select(Lead)).one()
    assert (lead.car, lead.question, lead.language) == ("VW Polo", "Is la Polo là ?", "fr")
    assert "Sanne" in thanks.text or "Eva" in thanks.text


def test_a_car_from_the_address_cannot_bring_markup_along(app: Flask, house: House) -> None:
    page = app.test_client().get(
        f"/form/{house.sources['form'].key}", query_string={"car": '"><script>alert(1)</script>'}
    )
    assert "<script>" not in page.text
    assert (
        "script-src" not in page.headers["Content-Security-Policy"]
        and "'none'" in page.headers["Content-Security-Policy"]
    )


@pytest.mark.parametrize("path", ["/form/{}.js", "/form/{}"])
def test_other_kinds_closed_sources_and_made_up_keys_have_no_form(
    app: Flask, house: House, path: str
) -> None:
    client = app.test_client()
    for key in (house.sources["adf"].key, "made-up", "x" * 300):
        assert client.get(path.format(key)).status_code == 404
    with write():
        db.session.get_one(Source, house.sources["form"].id).closed_at = clock.now()
    assert client.get(path.format(house.sources["form"].key)).status_code == 404
