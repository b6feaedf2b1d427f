"""The lines of a lead mail, each brought to "label: value" where senders write it in another way.

In: a mail's text, and whether a text is a known label. Out: its lines. Read so: "Naam - Jan", "Naam => Jan",
"Naam: Jan | Tel: 06…" on one line, and a table whose labels stand above the values. Called by `email_labels`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_MOST_LINES = 1_500
_MOST_CELLS = 20
_LONGEST = 2_000
_ARROW = re.compile(r"\s*([^\W\d_][^:\t=>\n]{0,40}?)\s(?:[=-]>|\u2192|[-\u2013\u2014])\s(\S.*)")
_BETWEEN = re.compile(r"[|;\t]")

IsLabel = Callable[[str], bool]


def lines_of(text: str, known: IsLabel) -> list[str]:
    """The first lines of a text, with one label and its value on each where that can be told."""
    lines = text.split("\n")[:_MOST_LINES]
    arrows = sum(_arrow(line, known) is not None for line in lines) > 1
    return [one for line in _paired(lines, known) for one in _single(line, known, arrows)]


def _single(line: str, known: IsLabel, arrows: bool) -> list[str]:
    """A dash is a label's sign only in a mail that uses it more than once: "Golf - automaat" is a car."""
    if arrows and (found := _arrow(line, known)):
        return [": ".join(found)]
    cut = _BETWEEN.split(line) if len(line) <= _LONGEST else []
    pieces = [piece.strip() for piece in cut if piece.strip()]
    labels = [label for label, colon, _ in (piece.partition(":") for piece in pieces) if colon]
    if 1 < len(labels) == len(pieces) <= _MOST_CELLS and sum(map(known, labels)) > 1:
        return pieces
    return [line]


def _arrow(line: str, known: IsLabel) -> tuple[str, str] | None:
    found = _ARROW.fullmatch(line) if len(line) <= _LONGEST else None
    return (found.group(1), found.group(2)) if found and known(found.group(1)) else None


def _paired(lines: list[str], known: IsLabel) -> Iterator[str]:
    """A row of nothing but labels above a row of as many values."""
    waiting: list[str] = []
    for line in lines:
        cells = [cell.strip() for cell in line.split("\t")]
        if waiting and len(cells) == len(waiting):
            yield from (f"{label}: {value}" for label, value in zip(waiting, cells, strict=True))
            waiting = []
            continue
        if waiting:
            yield "\t".join(waiting)
        waiting = cells if 2 < len(cells) <= _MOST_CELLS and all(map(known, cells)) else []
        if not waiting:
            yield line
    if waiting:
        yield "\t".join(waiting)
