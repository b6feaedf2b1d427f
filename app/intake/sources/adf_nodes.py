"""Walking an ADF tree: what belongs to which section, and an element's text.

In: elements of `adf_tree`. Out: elements and texts. Nothing here knows what a field means. Used by
`adf_prospect`, `adf_customer` and `adf_cars`.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml.etree import _Element

from app.intake.sources.adf_tree import LEAVES
from app.intake.sources.reading.text import block, is_blank, one_line

WANTED = frozenset({"vehicle", "vehicleofinterest", "desiredvehicle"})
VEHICLES = (*sorted(WANTED), "tradein", "tradeinvehicle", "vehicletradein")
SECTIONS = frozenset({*VEHICLES, "customer", "vendor", "provider", "prospect"})
# The largest real prospect that we know has 60 elements.
_MOST_NODES = 5_000


def sections(prospect: _Element, *names: str) -> Iterator[_Element]:
    """The prospect's own sections of these names, at any depth (a missing end tag nests them)."""
    return (node for node in inside(prospect, frozenset({"prospect"})) if node.tag in names)


def inside(node: _Element | None, without: frozenset[str] = SECTIONS) -> Iterator[_Element]:
    """Everything below `node` in document order, leaving out whole subtrees named in `without`."""
    waiting = [] if node is None else list(reversed(node))
    seen = 0
    while waiting and seen < _MOST_NODES:
        seen += 1
        child = waiting.pop()
        if child.tag not in without:
            yield child
            waiting.extend(reversed(child))


def first(node: _Element | None, *names: str) -> _Element | None:
    """The first child of one of these names that has text, by order of the names."""
    if node is None:
        return None
    found: dict[object, _Element] = {}
    for child in node.iterchildren(*names):
        if child.tag not in found and line(child):
            found[child.tag] = child
    return next((found[name] for name in names if name in found), None)


def line(node: _Element | None) -> str | None:
    """The text on one line; None for nothing and for what templates print for nothing ("null")."""
    text = one_line(_words(node))
    return None if is_blank(text) else text


def lines(node: _Element | None) -> str | None:
    """The text with its own line breaks."""
    text = block(_words(node))
    return None if is_blank(text) else text


def attribute(node: _Element | None, name: str) -> str | None:
    """An attribute's text; None when it is absent or empty."""
    return one_line(node.get(name)) if node is not None else None


def _words(node: _Element | None) -> str:
    """An element's text with that of inline markup in it, without that of fields nested by mistake."""
    if node is None:
        return ""
    pieces = [node.text or ""]
    for child in node:
        pieces.append("" if child.tag in LEAVES or child.tag in SECTIONS else _words(child))
        pieces.append(child.tail or "")
    return "".join(pieces)
