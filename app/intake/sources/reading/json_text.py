"""JSON as other systems send it, read without surprises.

In: a body as text. Out: plain values, or None for what is no JSON. Called by the parsers of the vendors.
"""

from __future__ import annotations

import json
from typing import Any

from app.intake.sources.form_fields import as_text


def read_json(text: str) -> Any:
    """The decoded value; None if it is no JSON, is nested too deep, or is `null`."""
    try:
        return json.loads(text.strip(), parse_constant=str, strict=False)
    except (ValueError, RecursionError):
        return None


def dig(value: Any, *path: str) -> Any:
    """`value[path[0]][path[1]]…`, None as soon as a step is missing or no object."""
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def text_at(value: Any, *path: str) -> str | None:
    """The plain value at `path` as text: a number too (64-bit ids keep every digit), a list or object not."""
    found = dig(value, *path)
    return None if isinstance(found, (dict, list)) else as_text(found)


def objects(value: Any, most: int = 200) -> list[dict[str, Any]]:
    """The objects of a list, at most `most`; [] when it is no list."""
    return [item for item in value[:most] if isinstance(item, dict)] if isinstance(value, list) else []
