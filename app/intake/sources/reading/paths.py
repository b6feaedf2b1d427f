"""Places in JSON, as text: "form_response.answers[2].text".

In: decoded JSON. Out: every plain value with its path, or the value at one. A key that holds dots is found
too. Bounded in number and depth. Used by `generic` and by its field map's editor.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_STEP = re.compile(r"\[(\d{1,4})\]|\.?([^.\[\]]+)")
_MOST = 3_000
_DEEPEST = 12


def leaves(data: Any) -> Iterator[tuple[str, Any]]:
    """(path, value) of every value that is no object or list, in document order."""
    waiting: list[tuple[str, Any, int]] = [("", data, 0)]
    seen = 0
    while waiting and seen < _MOST:
        seen += 1
        path, value, depth = waiting.pop()
        if isinstance(value, dict) and depth < _DEEPEST:
            pairs = [(f"{path}.{key}" if path else str(key), one, depth + 1) for key, one in value.items()]
            waiting.extend(reversed(pairs[:_MOST]))
        elif isinstance(value, list) and depth < _DEEPEST:
            items = [(f"{path}[{index}]", one, depth + 1) for index, one in enumerate(value[:_MOST])]
            waiting.extend(reversed(items))
        elif not isinstance(value, (dict, list)) and path:
            yield path, value


def at(data: Any, path: str) -> Any:
    """The value at `path`, None if there is none. A whole path that is a key counts as that key."""
    if isinstance(data, dict) and path in data:
        return data[path]
    for index, key in _STEP.findall(path[:500]):
        if index and isinstance(data, list):
            data = data[int(index)] if int(index) < len(data) else None
        elif isinstance(data, dict):
            data = data.get(key or index)
        elif isinstance(data, list) and key.isascii() and key.isdigit():
            data = data[int(key[:4])] if int(key[:4]) < len(data) else None
        else:
            return None
    return data
