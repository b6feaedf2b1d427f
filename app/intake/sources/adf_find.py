"""Find ADF in a text: a bare document, a mail around it, HTML with the XML escaped, several of them.

In: any text (a POST body, a mail part). Out: the text of every ADF document in it, prolog and DOCTYPE left
out. Called by `adf.py`, and by whatever else finds a text that may carry ADF. Takes linear time on any input.
"""

from __future__ import annotations

import html
import re

_ENTITY_DECLARED = re.compile(r"<!ENTITY\s{1,50}(?:%\s{1,50})?([\w.-]{1,100})", re.IGNORECASE)
_LINE_BREAK_TAG = re.compile(r"<(?:br|/p|/div|/tr)\b[^<>]{0,200}>", re.IGNORECASE)
_ANY_TAG = re.compile(r"</?[a-z!][^<>]{0,2000}>", re.IGNORECASE)


def find_documents(text: str) -> list[str]:
    """Every ADF document in `text`, each from its `<adf` to the matching `</adf>` or, if cut off, to the end.

    Looks for `<adf>`, then for XML escaped inside HTML (twice over, too), then for a `<prospect>` without its
    `<adf>`. Returns [] if there is none. The same document twice (text and HTML copy) is returned once.
    """
    for candidate in (text, _unescaped(text), _unescaped(_unescaped(text))):
        found = _blocks(candidate, "adf")
        if found:
            return found
    return _blocks(text, "prospect")


def declared_entities(text: str) -> frozenset[str]:
    """Names of entities that a DOCTYPE declares. Never expanded: a reference to one reads as nothing."""
    return frozenset(_ENTITY_DECLARED.findall(text))


def _unescaped(text: str) -> str:
    """The text that a reader of HTML sees, if escaped markup is in it; else nothing."""
    if "&lt;" not in text and "&amp;lt;" not in text and "&#60;" not in text:
        return ""
    bare = _ANY_TAG.sub("", _LINE_BREAK_TAG.sub("\n", text))
    return html.unescape(bare).replace("\xa0", " ")


def _blocks(text: str, name: str) -> list[str]:
    """Cut out every `<name …>…</name>`, whatever its prefix and case.

    Inside a block CDATA and comments are skipped, so that a customer's text cannot end or begin a document.
    Outside they are not, because some portals put the ADF into an HTML comment or a SOAP CDATA section.
    """
    token = re.compile(rf"<!\[CDATA\[|<!--|<(/?)(?:[\w.-]{{1,40}}:)?{name}(?=[\s/>])", re.IGNORECASE)
    found: list[str] = []
    ends = _Ends(text)
    position, start, depth = 0, -1, 0
    while match := token.search(text, position):
        position = match.end()
        if match.group().startswith("<!"):
            if depth:
                position = ends.after("]]>" if "[" in match.group() else "-->", position)
            continue
        if not match.group(1):
            start = match.start() if depth == 0 else start
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                found.append(text[start : ends.after(">", position)])
    if depth:
        found.append(text[start:])
    return list(dict.fromkeys(found))


class _Ends:
    """Finds ends of sections, and remembers which ones do not occur any more: nothing is searched in vain."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._missing: set[str] = set()

    def after(self, mark: str, position: int) -> int:
        """The place behind the next `mark`; `position` when there is none (then it is no section at all)."""
        end = -1 if mark in self._missing else self._text.find(mark, position)
        if end < 0:
            self._missing.add(mark)
            return position
        return end + len(mark)
