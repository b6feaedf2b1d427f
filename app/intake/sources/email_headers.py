"""Header values as people read them: encoded words, and the addresses in From, Reply-To and To.

In: header text. Out: text, names, addresses. Quotes and brackets in a display name cannot pass for an address.
Used by `email_message` and `email`. RFC 2047 and RFC 5322 §3.4, read leniently and in linear time.
"""

from __future__ import annotations

import binascii
import re

from app.intake.names import read_email
from app.intake.sources.reading.text import decode, one_line

_WORD = re.compile(r"=\?([^?\s*]{1,40})(?:\*[^?\s]{1,20})?\?([bBqQ])\?([^?]{0,5000})\?=")
_BETWEEN_WORDS = re.compile(r"(\?=)\s+(?==\?)")
# A quoted string (perhaps without its end), an address in brackets, a comma, or anything else.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|<[^<>]*>?|[,;]|[^"<,;]+')
_ESCAPED = re.compile(r"\\(.)")
_LONGEST = 10_000
_MOST_ADDRESSES = 50


def unfolded(value: str) -> str:
    """One line, blanks kept as single ones."""
    return " ".join(value[:_LONGEST].split())


def decoded(value: str) -> str:
    """Encoded words read; neighbours of one encoding are joined first, a letter may be split between them."""
    text = _BETWEEN_WORDS.sub(r"\1", value[:_LONGEST])
    pieces: list[str] = []
    waiting, charset, position = b"", "", 0
    for word in _WORD.finditer(text):
        between = text[position : word.start()]
        if between or word.group(1).lower() != charset:
            pieces += [_said(waiting, charset), between]
            waiting = b""
        charset, position = word.group(1).lower(), word.end()
        waiting += _word_bytes(word.group(2).lower(), word.group(3))
    return one_line("".join([*pieces, _said(waiting, charset), text[position:]])) or ""


def _said(content: bytes, charset: str) -> str:
    return decode(content, f"text/plain; charset={charset}") if content else ""


def _word_bytes(encoding: str, content: str) -> bytes:
    raw = content.encode("ascii", "ignore")
    if encoding == "q":
        return binascii.a2b_qp(raw, header=True)
    packed = re.sub(rb"[^A-Za-z0-9+/]", b"", raw)
    usable = len(packed) - (1 if len(packed) % 4 == 1 else 0)
    return binascii.a2b_base64(packed[:usable] + b"=" * (-usable % 4))


def addresses(value: str) -> list[tuple[str, str]]:
    """(display name, address) for each address of a raw header value, decoded; unusable ones are left out."""
    found: list[tuple[str, str]] = []
    for name, inner in _mailboxes(value[:_LONGEST]):
        address = read_email(inner)
        if address and len(found) < _MOST_ADDRESSES:
            shown = decoded(name).strip(" \"'")
            found.append(("" if "@" in shown and " " not in shown else shown, address))
    return found


def _mailboxes(text: str) -> list[tuple[str, str]]:
    """Split at commas outside quotes and brackets. What is quoted is part of a name, whatever it holds."""
    found: list[tuple[str, str]] = []
    name: list[str] = []
    inner: str | None = None
    for token in [*_TOKEN.finditer(text), None]:
        words = token.group() if token else ","
        if words.startswith('"'):
            name.append(_ESCAPED.sub(r"\1", words.strip('"')))
        elif words.startswith("<"):
            inner = words.strip("<>")
        elif words in (",", ";"):
            found.append(_mailbox("".join(name), inner))
            name, inner = [], None
        else:
            name.append(words)
    return found


def _mailbox(name: str, inner: str | None) -> tuple[str, str]:
    if inner is not None:
        return name.strip(), inner
    address, _, comment = name.partition("(")
    return comment.rstrip(") "), address
