"""Every sentence Firstcall says to a customer or pushes to a phone: one folder a language, one JSON file a
reader.

In: a key, a language and the values of its placeholders. Out: text, never HTML. Called by confirm, push, the
customer's pages and the phone's texts. All languages must have the same keys and placeholders: importing this
module checks it.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from string import Formatter

LANGUAGES = ("nl", "en", "fr", "de")
FALLBACK = "en"
PARTS = ("customer", "page", "staff")


class MissingText(KeyError):
    """There is no such text, or a placeholder was not given; the message names it."""


def render(key: str, language: str | None, **values: object) -> str:
    """The text ``key`` in the given language (any tag, such as ``nl-BE``; unknown: English).

    Raises ``MissingText`` for an unknown key or a placeholder without a value. Values are inserted as they
    are.
    """
    template = TEXTS[known(language)].get(key)
    if template is None:
        raise MissingText(f"there is no text {key!r}")
    missing = placeholders(template) - set(values)
    if missing:
        raise MissingText(f"text {key!r} needs {', '.join(sorted(missing))}")
    return template.format_map(values)


def exists(key: str) -> bool:
    """Whether there is a text with this key."""
    return key in TEXTS[FALLBACK]


def known(language: str | None) -> str:
    """The language of ours that a tag means: ``nl-BE`` → ``nl``; one we do not write in → English."""
    code = (language or "").replace("_", "-").split("-")[0].lower()
    return code if code in LANGUAGES else FALLBACK


def placeholders(template: str) -> frozenset[str]:
    """Names of the placeholders in a template."""
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name)


def load(folder: Path) -> dict[str, dict[str, str]]:
    """Read and check all languages. Raises ``MissingText`` naming what one language lacks."""
    texts = {language: _language(folder / language) for language in LANGUAGES}
    wanted = texts[FALLBACK]
    for language, own in texts.items():
        _compare(language, own, wanted)
    return texts


def _language(folder: Path) -> dict[str, str]:
    merged: dict[str, str] = {}
    for part in PARTS:
        for key, text in json.loads((folder / f"{part}.json").read_text(encoding="utf-8")).items():
            if key in merged:
                raise MissingText(f"{folder.name}: {key} stands in two files")
            merged[key] = "\n".join(text) if isinstance(text, list) else text
    return merged


def _compare(language: str, own: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    if odd := set(own) ^ set(wanted):
        raise MissingText(f"{language} and {FALLBACK} do not have the same texts: {', '.join(sorted(odd))}")
    for key, template in own.items():
        if placeholders(template) != placeholders(wanted[key]):
            raise MissingText(f"{language}: {key} has other placeholders than in {FALLBACK}")


TEXTS = load(Path(__file__).parent)
