"""Sanne's phone on a slow network waits for bytes: what the app sends it is small, and says the same."""

import gzip
import json
from pathlib import Path

import pytest
from flask import Flask

from app.api import app_shell
from tests.people import doesburg, send_lead, sign_in, stranger

SMALL = {"Accept-Encoding": "gzip, deflate, br"}


def test_sannes_inbox_comes_small_and_says_the_same(app: Flask) -> None:
    house = doesburg()
    for number in range(3):
        send_lead(app, house.sources["form"], stranger(number))
    sanne = sign_in(app, house.sanne)
    small = sanne.get("/api/v1/inbox", headers=SMALL)
    whole = sanne.get("/api/v1/inbox")
    assert small.headers["Content-Encoding"] == "gzip" and "Accept-Encoding" in small.headers["Vary"]
    assert "Content-Encoding" not in whole.headers and "Accept-Encoding" in whole.headers["Vary"]
    assert len(small.data) < len(whole.data) / 3
    same = json.loads(gzip.decompress(small.data))
    assert same["follow_ups"] == whole.json["follow_ups"] != []


def test_a_file_of_the_app_comes_small_and_is_not_sent_twice(
    app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "core.js").write_bytes(b"// sanne\n" * 500)
    monkeypatch.setattr(app_shell, "DIST", tmp_path)
    small = app.test_client().get("/assets/core.js", headers=SMALL, buffered=True)
    assert gzip.decompress(small.data) == b"// sanne\n" * 500
    known = {**SMALL, "If-None-Match": small.headers["ETag"]}
    again = app.test_client().get("/assets/core.js", headers=known, buffered=True)
    assert (again.status_code, again.data) == (304, b"")


def test_what_fits_a_packet_a_picture_and_a_customers_page_stay_as_they_are(app: Flask) -> None:
    house = doesburg()
    arrived = send_lead(app, house.sources["form"]).json
    assert arrived is not None
    customer = app.test_client().get(arrived["status_url"], headers=SMALL)
    assert customer.status_code == 200 and len(customer.data) > 1400
    refused = app.test_client().get("/api/v1/inbox", headers=SMALL)
    assert refused.status_code == 401
    for answer in (customer, refused):
        assert "Content-Encoding" not in answer.headers
