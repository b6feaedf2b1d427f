"""From bytes to text that can be stored and shown.

In: a body as it came over the wire and what its sender says about it. Out: text without characters that a
database or XML refuses. Nothing here raises for content: a wrong encoding is read as well as it can be.
"""

from __future__ import annotations

import codecs
import re

# What a sender may declare and mean. Anything else (utf-7, punycode, unicode_escape, …) is not tried: those
# decoders are slow or change plain text.
_SINGLE_BYTE = re.compile(
    r"(?:iso-?8859-?\d{1,2}|windows-125\d|cp125\d|latin-?[19]|us-ascii|ascii)", re.IGNORECASE
)
_DECLARED = re.compile(rb"""(?:encoding|charset)\s*=\s*["']?([A-Za-z0-9_.:-]{1,40})""", re.IGNORECASE)
_HEADER_CHARSET = re.compile(r"charset\s*=\s*\"?([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# C0 and C1 controls but tab and newline, surrogates, non-characters and the byte order mark.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]")
_TEMPLATE_BLANKS = frozenset({"null", "(null)", "undefined", "NULL", "None", "N/A", "n/a"})


def _cp1252(byte: int) -> str:
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:  # five bytes have no meaning there
        return chr(byte)


_CP1252 = tuple(_cp1252(byte) for byte in range(256))
# Python's "surrogateescape" keeps a byte that is no UTF-8 as U+DC00 + byte.
_STRAY_BYTES = {0xDC00 + byte: _CP1252[byte] for byte in range(0x80, 0x100)}


def stray_bytes(text: str) -> str:
    """Bytes kept by `errors="surrogateescape"`, read as Windows-1252: the usual mix is one pasted word."""
    return text if text.isascii() else text.translate(_STRAY_BYTES)


def decode(body: bytes, content_type: str = "") -> str:
    """Bytes to text. A byte order mark wins, then valid UTF-8, then the declared encoding, then Windows-1252.

    Valid UTF-8 beats a declaration because senders declare by template and encode by library.
    """
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    if body[1:2] == b"\0" and body[3:4] == b"\0" and body[:1] != b"\0":
        return body.decode("utf-16-le", "replace")
    if body[:1] == b"\0" and body[2:3] == b"\0" and body[1:2] != b"\0":
        return body.decode("utf-16-be", "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return _decode_declared(body, content_type)


def _decode_declared(body: bytes, content_type: str) -> str:
    header = _HEADER_CHARSET.search(content_type)
    inside = _DECLARED.search(body[:400])
    for name in (inside.group(1).decode("ascii") if inside else "", header.group(1) if header else ""):
        # Browsers read Latin-1 as Windows-1252 (WHATWG Encoding); ASCII with high bytes is the same case.
        if _SINGLE_BYTE.fullmatch(name) and not re.search(r"ascii|latin-?1|8859-?1$", name, re.IGNORECASE):
            try:
                return body.decode(name)
            except (LookupError, UnicodeDecodeError):
                continue
        if _SINGLE_BYTE.fullmatch(name):
            return "".join(map(_CP1252.__getitem__, body))
    return stray_bytes(body.decode("utf-8", "surrogateescape"))


def visible(text: str) -> str:
    """Line ends as newline; characters that are not text removed (also NUL, which PostgreSQL refuses)."""
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str | None) -> str | None:
    """A short value: every run of blanks is one space; None when nothing is left."""
    return " ".join(visible(text).split()) or None if text else None


def block(text: str | None) -> str | None:
    """A longer text: its own line breaks stay, outer blanks go; None when nothing is left."""
    return visible(text).strip() or None if text else None


def is_blank(text: str | None) -> bool:
    """True for nothing, and for what a template prints for nothing ("null", "undefined")."""
    return not text or not text.strip() or text.strip() in _TEMPLATE_BLANKS
