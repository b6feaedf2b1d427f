"""Security from the first day: who may post from where, what a page may load, how often, and to which name."""

from collections.abc import Iterator

import pytest
from flask import Flask

from app import create_app
from app.db import db, write
from tests.api.phone import Phone, fresh
from tests.people import House, doesburg, jansen, send_lead

SAFE_EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@pytest.fixture
def environment(sqlite_url: str, tmp_path: object) -> dict[str, str]:
    """No rule here depends on the database: SQLite alone."""
    return {"DATABASE_URL": sqlite_url, "VAR_DIR": f"{tmp_path}/var", "SECRET_KEY": "for tests only " * 3}


@pytest.fixture
def house(app: Flask) -> House:
    return doesburg()


def unsafe_routes(app: Flask) -> Iterator[tuple[str, str]]:
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}:
            path = rule.rule.replace("<uuid:id_>", "01a20305-ab66-7198-ac0f-a40ad7baa92e").replace(
                "<token>", "x"
            )
            yield method, path.replace("<key>", "x")


def test_no_other_site_can_act_with_sannes_cookie(app: Flask, house: House) -> None:
    sanne = Phone(app, house.sanne)
    foreign = [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://localhost:81"},
        {"Origin": "http://[bad"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ]
    for method, path in unsafe_routes(app):
        if path.startswith(("/in/", "/c/", "/api/v1/push/receipts")):
            continue  # meant for others; none of these reads a session
        for headers in foreign:
            fresh()
            answer = sanne.client.open(path, method=method, json={}, headers=headers)
            assert answer.status_code == 403, (method, path, headers)
            assert answer.json["type"].endswith("#cross_origin")
    assert sanne.get("me")["person"]["first_name"] == "Sanne"


def test_our_own_pages_and_programs_may_act(app: Flask, house: House) -> None:
    sanne = Phone(app, house.sanne)
    for headers in ({"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"}, {}):
        fresh()
        answer = sanne.client.put("/api/v1/me/availability", json={"state": "break"}, headers=headers)
        assert answer.status_code == 200, headers


def test_what_others_may_post_never_looks_at_a_session(app: Flask, house: House) -> None:
    answer = send_lead(app, house.sources["form"], Origin="https://dealer.example")
    assert answer.status_code == 201 and "Set-Cookie" not in answer.headers


PAGES = [
    "/",
    "/sign-in",
    "/leads",
    "/l/x",
    "/me",
    "/onboarding",
    "/board",
    "/demo",
    "/nothing",
    "/healthz",
    "/api/v1/me",
    "/metrics",
]


def test_every_answer_says_what_a_page_may_load(app: Flask) -> None:
    for path in PAGES:
        with app.test_client().get(path) as answer:
            headers = dict(answer.headers)
        policy = headers["Content-Security-Policy"]
        said = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))
        assert said["default-src"] == said["script-src"] == said["style-src"] == "'self'", path
        assert said["object-src"] == said["base-uri"] == said["frame-ancestors"] == "'none'", path
        assert "unsafe" not in policy and "*" not in policy, path
        assert SAFE_EVERYWHERE.items() <= headers.items(), path
        assert "Strict-Transport-Security" not in headers


def test_the_customers_page_and_refusals_have_the_same_headers(app: Flask, house: House) -> None:
    page = send_lead(app, house.sources["form"]).json["status_url"]
    fresh()
    client = app.test_client()
    refused = client.post("/api/v1/sessions", json={"code": "x"}, headers={"Origin": "https://evil.example"})
    for answer in (client.get(page), client.get("/c/forged"), refused, client.post("/in/nobody", json={})):
        assert "default-src" in answer.headers["Content-Security-Policy"], answer
        assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] in ("same-origin", "no-referrer")


def test_over_https_browsers_are_told_to_stay_there(environment: dict[str, str]) -> None:
    app = create_app({**environment, "PUBLIC_URL": "https://firstcall.example.com"})
    answer = app.test_client().get("/healthz", base_url="https://firstcall.example.com")
    assert "max-age" in answer.headers["Strict-Transport-Security"]


HOSTS = [
        ("firstcall.example.com", True), ("FIRSTCALL.example.com:443", True), ("localhost", True), ("127.0.0.1:8000", True),
        ("evil.example", False), ("firstcall.example.com.evil.example", False), ("169.254.169.254", False),
        ("[::1", False), ("[", False), ("a b", False), ("evil.example@localhost", False), ("", False),
]  # fmt: skip


def test_only_our_own_names_are_answered(environment: dict[str, str]) -> None:
    app = create_app({**environment, "PUBLIC_URL": "https://firstcall.example.com"})
    for host, known in HOSTS:
        status = app.test_client().get("/healthz", headers={"Host": host}).status_code
        assert status == 200 if known else status in (400, 404), (host, status)


def test_the_host_header_never_ends_up_in_a_link(app: Flask, house: House) -> None:
    answer = app.test_client().post(
        f"/in/{house.sources['form'].key}",
        json=jansen(),
        headers={"Host": "127.0.0.1:1", "X-Forwarded-Host": "evil.example"},
    )
    assert answer.json["status_url"].startswith("http://localhost:8000/c/")


def test_an_address_with_nul_or_dots_reaches_no_file(app: Flask) -> None:
    for path in (
        "/assets/%00", "/icons/%00.png", "/assets/../index.html", "/assets/..%2f..%2f..%2fetc/passwd", "/static/%2e%2e/config.py",
        "/customer/..%2froutes.py", "/assets//etc/passwd", "/l/%00", "/c/%00", "/c/%00/stop", "/api/v1/device-links/%00",
    ):  # fmt: skip
        with app.test_client().get(path) as answer:
            assert answer.status_code in (200, 308, 400, 404), (path, answer.status_code)
            assert b"root:" not in answer.data and b"import " not in answer.data


def test_the_demos_doors_are_closed_where_no_demo_is(environment: dict[str, str]) -> None:
    public = {**environment, "PUBLIC_URL": "https://firstcall.example.com"}
    for changed, refused in (({"FIRSTCALL_DEMO": "0"}, 404), ({}, 403)):
        app = create_app({**public, **changed})
        with app.app_context():
            doesburg()  # a real house, and no demo showroom in it
            db.session.remove()
            client = app.test_client()
            for method, path in (("GET", "/demo/state"), ("POST", "/demo/links")):
                answer = client.open(
                    path, method=method, json={"who": "board"}, base_url=public["PUBLIC_URL"]
                )
                assert answer.status_code == 404, path
            killed = client.post("/demo/worker/kill", base_url=public["PUBLIC_URL"])
            assert killed.status_code == refused
            with write():
                for table in reversed(db.metadata.sorted_tables):
                    db.session.execute(table.delete())
            db.session.remove()
            db.engine.dispose()


def test_a_strangers_network_cannot_pretend_to_be_another_to_pass_the_limit(app: Flask, house: House) -> None:
    client, codes = app.test_client(), []
    for n in range(14):
        spoofed = {"X-Forwarded-For": f"10.0.0.{n}"}
        codes.append(
            client.post("/api/v1/sessions", json={"code": f"AAAABBB{n}"}, headers=spoofed).status_code
        )
    assert codes[0] == 404 and codes[-1] == 429
