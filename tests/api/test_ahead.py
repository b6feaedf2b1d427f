"""Sanne's phone hears with the page what the screen needs, and fetches it at once."""

import json
from pathlib import Path

import pytest
from flask import Flask

from app.api import app_shell

BUILT = {
    "index.html": {"file": "assets/index.js", "css": ["assets/index.css"], "imports": ["_core.js"]},
    "_core.js": {"file": "assets/core.js"},
    "src/views/Lead.svelte": {
        "file": "assets/Lead.js", "css": ["assets/Lead.css"], "imports": ["_core.js", "_dock.js"],
        "dynamicImports": ["src/views/Leads.svelte"],
    },
    "_dock.js": {"file": "assets/dock.js", "imports": ["_core.js"]},
    "src/views/Leads.svelte": {"file": "assets/Leads.js", "imports": ["_core.js"]},
    "src/i18n/en.json": {"file": "assets/en.js"},
    "src/i18n/nl.json": {"file": "assets/nl.js"},
}  # fmt: skip


@pytest.fixture(autouse=True)
def built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    (tmp_path / "index.html").write_text("<!doctype html>")
    (tmp_path / ".vite").mkdir()
    (tmp_path / ".vite" / "manifest.json").write_text(json.dumps(BUILT))
    monkeypatch.setattr(app_shell, "DIST", tmp_path)
    return tmp_path


def ahead(app: Flask, path: str, language: str = "") -> set[str]:
    answer = app.test_client().get(path, headers={"Accept-Language": language}, buffered=True)
    assert answer.status_code == 200 and "Accept-Language" in answer.headers["Vary"]
    return set(answer.headers.get("Link", "").split(", ")) - {""}


def test_the_page_of_a_lead_names_its_screen_and_her_language_and_nothing_that_comes_anyway(
    app: Flask,
) -> None:
    assert ahead(app, "/l/some-lead", "nl-NL,nl;q=0.9,en;q=0.8") == {
        "</assets/Lead.js>; rel=modulepreload", "</assets/dock.js>; rel=modulepreload",
        "</assets/Lead.css>; rel=preload; as=style", "</assets/nl.js>; rel=modulepreload",
    }  # fmt: skip


def test_a_language_that_we_do_not_speak_is_english(app: Flask) -> None:
    wanted = {"</assets/Leads.js>; rel=modulepreload", "</assets/en.js>; rel=modulepreload"}
    assert ahead(app, "/leads", "pt") == ahead(app, "/") == wanted


def test_other_screens_and_a_build_without_a_manifest_name_nothing(app: Flask, built: Path) -> None:
    assert ahead(app, "/me") == set()
    (built / ".vite" / "manifest.json").unlink()
    assert ahead(app, "/leads") == set()
