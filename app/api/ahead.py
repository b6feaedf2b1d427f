"""What the first screen of an address needs beside the app's entry, told to the browser with the page itself: else a
phone learns of it only when the entry has been fetched and read, one round trip later.

In: the path of a page and the languages the browser asks for. Out: a ``Link`` header (RFC 8288). Called by
``app_shell``; the names come from the manifest that the build writes.
"""

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from werkzeug.datastructures import LanguageAccept

from app.texts import LANGUAGES

ENTRY = "index.html"
LEAD, LIST = "src/views/Lead.svelte", "src/views/Leads.svelte"
"""The screens a phone begins at; every other one is opened from there."""


def links(dist: Path, path: str, accepted: LanguageAccept) -> str:
    """The header's value; "" when there is nothing to say. The language is a guess: a phone may remember another."""
    screen = LEAD if path.startswith("/l/") else LIST if path in ("/", "/leads") else None
    manifest = dist / ".vite" / "manifest.json"
    if screen is None or not manifest.exists():
        return ""
    language = accepted.best_match(LANGUAGES) or "en"
    return _links(manifest, manifest.stat().st_mtime_ns, screen, f"src/i18n/{language}.json")


@lru_cache(64)
def _links(manifest: Path, _changed: int, *sources: str) -> str:
    built: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))
    known = set(_files(built, ENTRY))
    wanted = [file for source in sources for file in _files(built, source) if file not in known]
    return ", ".join(_link(file) for file in dict.fromkeys(wanted))


def _files(built: dict[str, Any], source: str) -> Iterator[str]:
    """Its file, its styles, and those of everything it imports."""
    waiting, seen = [source], set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen or name not in built:
            continue
        seen.add(name)
        yield from (built[name]["file"], *built[name].get("css", ()))
        waiting += built[name].get("imports", ())


def _link(file: str) -> str:
    return f"</{file}>; rel=preload; as=style" if file.endswith(".css") else f"</{file}>; rel=modulepreload"
