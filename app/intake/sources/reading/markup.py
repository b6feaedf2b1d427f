"""HTML to the text that its reader sees.

In: a mail's HTML part. Out: plain text (table cells divided by a tab), or the contents of its comments, where
some portals hide their data. Nothing is fetched, run or shown. Linear in time on any input.
"""

from __future__ import annotations

import html
import re

_HIDDEN = re.compile(r"<(/?)(script|style|head|title|template)\b[^<>]{0,2000}>", re.IGNORECASE)
_CELL_END = re.compile(r"</t[dh]\s*>\s*(?=<t[dh]\b)|</dt\s*>\s*(?=<dd\b)", re.IGNORECASE)
_LINE_END = re.compile(
    r"<(?:br|/?p|/?div|/tr|/?table|/?h\d|/?li|/?blockquote|hr|/?pre|/?dl|dt|/dd|/?section|/?[uo]l)\b[^<>]{0,2000}>",
    re.IGNORECASE,
)
_TAG = re.compile(r"</?[a-z!?][^<>]{0,5000}>", re.IGNORECASE)
_BLANKS = re.compile(r"[ \f\v\xa0]{1,1000}")
_PREFORMATTED = re.compile(r"<pre\b", re.IGNORECASE)


def html_to_text(markup: str) -> str:
    """The visible text, one line a paragraph or table row; blank lines in a row become one."""
    seen = _without_hidden(without_comments(markup))
    if not _PREFORMATTED.search(seen):
        seen = re.sub(r"[\r\n]", " ", seen)
    seen = _LINE_END.sub("\n", _CELL_END.sub("\t", seen))
    text = html.unescape(_TAG.sub("", seen))
    lines = (_BLANKS.sub(" ", line).strip(" ") for line in text.split("\n"))
    kept: list[str] = []
    for line in lines:
        if line.strip() or (kept and kept[-1]):
            kept.append(line.strip())
    return "\n".join(kept).strip()


def comments_of(markup: str) -> list[str]:
    """The texts of `<!-- … -->`."""
    return [piece.partition("-->")[0] for piece in markup.split("<!--")[1:200]]


def without_comments(markup: str) -> str:
    """The markup without comments; what an unclosed one hides stays."""
    first, *rest = markup.split("<!--")
    return first + "".join(
        after if end else inside for inside, end, after in (p.partition("-->") for p in rest)
    )


def _without_hidden(markup: str) -> str:
    """Scripts, styles and the head cut out, to their end tag or, without one, not at all."""
    kept: list[str] = []
    position, hidden = 0, ""
    for tag in _HIDDEN.finditer(markup):
        closes, name = bool(tag.group(1)), tag.group(2).lower()
        if not hidden and not closes:
            kept.append(markup[position : tag.start()])
            position, hidden = tag.start(), name
        elif hidden == name and closes:
            position, hidden = tag.end(), ""
    return "".join([*kept, markup[position:]])
