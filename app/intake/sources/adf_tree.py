"""Any ADF text to a tree: real-world XML is tidied first, then parsed by a parser that can do no harm.

In: one document's text from `adf_find`. Out: an lxml element with lower-case names, without namespaces,
comments, entities or DTD. The tidying decides how broken input is read (which element a missing end tag
closes, what a stray `&` or `<` means), so that the result does not depend on a library's recovery. Linear
time; depth and size are capped.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache
from html.entities import html5
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from app.intake.sources.reading.text import visible

# Real documents are six levels deep.
MAX_DEPTH = 40
MAX_CHARS = 500_000
# A hundred prospects have 6,000; what is beyond stays in the raw submission.
MAX_ELEMENTS = 20_000

_TAG = re.compile(
    r"<(/?)([A-Za-z_][A-Za-z0-9_.:-]{0,100})((?:\s(?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+'|[\"'])*+)?+)(/?)>"
)
_ATTRIBUTE = re.compile(
    r"([A-Za-z_][A-Za-z0-9_.:-]{0,60})\s{0,20}=\s{0,20}(?:\"([^\"<]*)\"|'([^'<]*)'"
    r"|[\u201c\u201d]([^\u201c\u201d<]*)[\u201c\u201d]|([^\s\"'<>]+))"
)
_REFERENCE = re.compile(r"&(#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z_][\w.-]{0,100});")
_SECTIONS = {"<![CDATA[": "]]>", "<!--": "-->", "<?": "?>", "<!": ">"}

# Elements that hold text only. One inside another means that an end tag is missing.
_LEAF_WORDS = """
    id requestdate year make model vin stock stocknumber trim doors bodystyle transmission odometer mileage
    condition price pricecomments interiorcolor exteriorcolor name firstname lastname email phone service
    vendorname url locale street city regioncode postalcode country birthday gender
"""
LEAVES = frozenset(_LEAF_WORDS.split())
_CONTAINER_WORDS = """
    prospect vehicle vehicleofinterest tradein tradeinvehicle customer contact vendor provider address option finance
"""
_CONTAINERS = frozenset(_CONTAINER_WORDS.split())


def read_tree(document: str, entities: frozenset[str] = frozenset()) -> etree._Element | None:
    """Parse one document; `entities` are names to read as nothing. None only if no element is left at all."""
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    clean = _Tidy(entities).tidy(visible(document[:MAX_CHARS]))
    return etree.fromstring(clean.encode("utf-8"), parser) if clean else None


class _Tidy:
    """Rewrites a text as well-formed XML. One pass; every character is looked at once or twice."""

    def __init__(self, entities: frozenset[str]) -> None:
        self._entities = entities
        self._out: list[str] = []
        self._open: list[str] = []
        self._too_deep = 0
        self._elements = 0

    def tidy(self, text: str) -> str:
        missing: set[str] = set()  # section ends that do not occur any more: not searched for again
        position = 0
        while (start := text.find("<", position)) >= 0 and self._elements < MAX_ELEMENTS:
            self._text(text[position:start])
            position = self._section(text, start, missing) or self._tag(text, start)
        if start < 0:
            self._text(text[position:])
        while self._open:
            self._close(self._open[-1])
        return "".join(self._out)

    def _section(self, text: str, start: int, missing: set[str]) -> int:
        """CDATA, comment, instruction or declaration at `start`: the place behind it, 0 if it is none."""
        if text[start + 1 : start + 2] not in ("!", "?"):
            return 0
        opening = next((mark for mark in _SECTIONS if text.startswith(mark, start)), "")
        closing = _SECTIONS[opening]
        begin = start + len(opening)
        end = -1 if closing in missing else text.find(closing, begin)
        if end < 0:  # cut off: what follows is still read
            missing.add(closing)
            return begin
        if opening == "<![CDATA[" and self._open:
            self._out.append(escape(text[begin:end]))
        return end + len(closing)

    def _tag(self, text: str, start: int) -> int:
        match = _TAG.match(text, start) if text[start + 1 : start + 2] not in ("<", " ", "") else None
        if match is None:
            self._out.append("&lt;" if self._open else "")
            return start + 1
        ending, name, attributes, empty = match.groups()
        name = local(name)
        if name == "br":
            self._text("\n")
        elif ending:
            self._close(name)
        else:
            self._start(name, attributes)
            if empty or attributes.endswith("/"):
                self._close(name)
        return match.end()

    def _start(self, name: str, attributes: str) -> None:
        top = self._open[-1] if self._open else ""
        if top in LEAVES and (name in LEAVES or name in _CONTAINERS):
            self._close(top)
        if len(self._open) >= MAX_DEPTH:
            self._too_deep += 1
            return
        self._elements += 1
        found = _ATTRIBUTE.finditer(attributes)
        pairs: dict[str, str] = {}
        for one in found:  # of a name that stands there twice, the first counts
            pairs.setdefault(local(one.group(1)), next((value for value in one.groups()[1:] if value), ""))
        written = "".join(f" {key}={quoteattr(self._resolved(value))}" for key, value in pairs.items() if key)
        self._open.append(name)
        self._out.append(f"<{name}{written}>")

    def _close(self, name: str) -> None:
        if self._too_deep:
            self._too_deep -= 1
        elif name in self._open:
            while self._open:
                last = self._open.pop()
                self._out.append(f"</{last}>")
                if last == name:
                    break

    def _text(self, text: str) -> None:
        if self._open and text:
            self._out.append(escape(self._resolved(text)))

    def _resolved(self, text: str) -> str:
        return visible(_REFERENCE.sub(self._reference, text)) if "&" in text else text

    def _reference(self, found: re.Match[str]) -> str:
        name = found.group(1)
        if name.startswith("#") or name + ";" in html5:
            char = html.unescape(found.group())
            return "" if char == "\ufffd" else char  # that is what it gives for NUL and surrogates
        return "" if name in self._entities else found.group()


@lru_cache(maxsize=1000)
def local(name: str) -> str:
    """`soap:StockNumber`, `stock_number` and `Stock-Number` are all `stocknumber`; a namespace is ""."""
    if name.lower().startswith("xmlns"):
        return ""
    bare = re.sub(r"[_.-]", "", name.rsplit(":", 1)[-1].lower())
    return bare if bare[:1].isalpha() else f"x{bare}"
