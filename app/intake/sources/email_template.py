"""Known senders of lead mails, described and not programmed: one small TOML file each in `templates/`.

In: a template's fields. Out: what a matching mail says. An administrator's own templates are the same fields
as JSON (`template_from`), so that a new sender needs no release. Called by `email`.

Fields: `name` (shown as the source) · `senders` (domains, their subdomains included) · `subject` (patterns; any
must fit, none given: every subject) · `lines` (patterns for lines of the text) · `labels` ({"Gebeld door":
"phone"}) · `call` (true: a missed call) · `message_after`, `message_before` (the lines around the customer's
words) · `service` (the kind of request, shown with the source).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from app.intake.sources.form_fields import key_of
from app.intake.sources.reading.pattern import Pattern, compile_pattern, match

_FOLDER = Path(__file__).with_name("templates")
_FORWARDED = ("fwd:", "fw:", "doorst:", "wg:", "tr:", "re:", "aw:", "antw:")
_MOST_LINES = 2_000
_MOST_PATTERNS = 100
_TEXTS = ("name", "service")
_LISTS = ("senders", "subject", "lines", "message_after", "message_before")


@dataclass(frozen=True, slots=True)
class Template:
    """How one sender writes one sort of lead mail."""

    name: str
    senders: tuple[str, ...]
    subject: tuple[Pattern, ...] = ()
    lines: tuple[Pattern, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    call: bool = False
    message_after: tuple[str, ...] = ()
    message_before: tuple[str, ...] = ()
    service: str | None = None


def template_from(data: Mapping[str, Any]) -> Template:
    """A template from plain fields. Raises ValueError in plain words for what cannot work."""
    unknown = sorted(set(data) - {*_TEXTS, *_LISTS, "labels", "call"})
    if unknown:
        raise ValueError(f"unknown field: {unknown[0]}")
    for field in _LISTS:
        value = data.get(field, [])
        if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
            raise ValueError(f"{field} is a list of texts")
        if len(value) > _MOST_PATTERNS:
            raise ValueError(f"{field} has at most {_MOST_PATTERNS} texts")
    labels = data.get("labels", {})
    if not isinstance(labels, dict) or not all(isinstance(one, str) for one in labels.values()):
        raise ValueError("labels say which word means which field")
    if len(labels) > _MOST_PATTERNS:
        raise ValueError(f"there are at most {_MOST_PATTERNS} labels")
    name, senders = data.get("name"), data.get("senders", [])
    if not isinstance(name, str) or not name.strip() or not senders:
        raise ValueError("a template needs a name and at least one sender")
    return Template(
        name=name.strip(),
        senders=tuple(one.strip().lower().removeprefix("@") for one in senders),
        subject=tuple(map(compile_pattern, data.get("subject", []))),
        lines=tuple(map(compile_pattern, data.get("lines", []))),
        labels=tuple((key_of(label), field) for label, field in labels.items()),
        call=data.get("call") is True,
        message_after=tuple(map(_plain, data.get("message_after", []))),
        message_before=tuple(map(_plain, data.get("message_before", []))),
        service=data.get("service") if isinstance(data.get("service"), str) else None,
    )


def usable(all_data: Iterable[Mapping[str, Any]]) -> tuple[Template, ...]:
    """Templates from plain fields; one that cannot work (any more) is passed over: no mail waits for it."""
    found: list[Template] = []
    for data in all_data:
        with suppress(ValueError):
            found.append(template_from(data))
    return tuple(found)


@cache
def built_in() -> tuple[Template, ...]:
    """The templates that come with the product, by file name."""
    return tuple(map(template_from, built_in_data()))


@cache
def built_in_data() -> tuple[Mapping[str, Any], ...]:
    """The same as plain fields, for an administrator to look at."""
    found: list[Mapping[str, Any]] = []
    for path in sorted(_FOLDER.glob("*.toml")):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        shared = {key: value for key, value in data.items() if key != "mail"}
        found += [{**shared, **mail} for mail in data.get("mail", [{}])]
    return tuple(found)


def find(templates: Sequence[Template], sender: str, subject: str) -> tuple[Template, dict[str, str]] | None:
    """The first template for this sender and subject, with what the subject says."""
    domain = sender.rpartition("@")[2].lower()
    if not domain:
        return None
    for template in templates:
        if not any(domain == one or domain.endswith("." + one) for one in template.senders):
            continue
        if not template.subject:
            return template, {}
        for pattern in template.subject:
            found = match(pattern, _bare(subject))
            if found is not None:
                return template, found
    return None


def read_lines(template: Template, text: str) -> dict[str, str]:
    """What the patterns find in the text, and the customer's words between the given lines."""
    found: dict[str, str] = {}
    words: list[str] | None = None
    for line in text.split("\n")[:_MOST_LINES]:
        plain = _plain(line)
        if words is not None and plain and plain.startswith(template.message_before):
            found.setdefault("message", "\n".join(words).strip())
            words = None
        elif words is not None:
            words.append(line)
        elif template.message_after and plain.startswith(template.message_after) and "message" not in found:
            words = []
        for pattern in template.lines:
            for name, value in (match(pattern, line) or {}).items():
                found.setdefault(name, value)
    if words:
        found.setdefault("message", "\n".join(words).strip())
    return {name: value for name, value in found.items() if value}


def _plain(line: str) -> str:
    return " ".join(line.split()).lower()


def _bare(subject: str) -> str:
    """Without the marks of forwarding and replying."""
    while subject.lower().startswith(_FORWARDED):
        subject = subject.partition(":")[2].strip()
    return subject
