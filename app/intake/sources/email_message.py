"""A mail's bytes to its headers and texts (RFC 5322, MIME), whatever is wrong with them.

In: a raw mail of up to 25 MB. Out: `Mail`. Linear in time; a large attachment is never copied or decoded. The
standard library reads the header blocks; the parts are cut here, because its parser keeps several copies of a
mail and takes one step of recursion for each nested part. Called by `email`.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email import message_from_string
from email.message import Message
from email.policy import compat32

from app.intake.sources.email_headers import decoded, unfolded
from app.intake.sources.reading.flowed import unflow
from app.intake.sources.reading.markup import html_to_text
from app.intake.sources.reading.text import decode, visible

MAX_TEXT = 400_000
_MAX_ALL_TEXTS = 600_000
LONGEST_TEXT = 100_000
_MAX_HEADERS = 128 * 1024
_MAX_PART_HEADERS = 16 * 1024
_MOST_HEADERS = 300
_LONGEST_TYPE = 2_000
_MAX_DEPTH = 8
_MAX_PARTS = 100
_NO_HEADERS = re.compile(rb"\A(?:\r?\n)+")
_HEADERS_END = re.compile(rb"\n(?=\r?\n)")
_FIRST_LINE = re.compile(rb"\A\s*--([^\r\n]{1,200}?)[ \t]*\r?\n")
_XML_TYPES = frozenset({"text/xml", "application/xml", "application/x-adf+xml", "application/adf+xml"})
_XML_NAME = re.compile(r"\.(?:xml|adf)\s*\Z", re.IGNORECASE)
_MAIL_NAME = re.compile(r"\.eml\s*\Z", re.IGNORECASE)
_NO_TEXT = ("image/", "audio/", "video/", "font/", "application/pdf", "application/zip", "message/")
_ADF = re.compile(r"<(?:[\w.-]{1,40}:)?adf[\s>]|<\?adf", re.IGNORECASE)
_SOFT_QUOTE = re.compile(rb"=3D[\"']")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")


@dataclass
class Mail:
    """`headers`: decoded values by lower-case name, in order. `attached`: XML that may be ADF. `inner`: mails
    forwarded as attachments. `kind`: the whole mail's content type."""

    headers: Mapping[str, list[str]] = field(default_factory=dict)
    raw_headers: Mapping[str, list[str]] = field(default_factory=dict)
    kind: str = "text/plain"
    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    attached: list[str] = field(default_factory=list)
    inner: list[Mail] = field(default_factory=list)

    def first(self, name: str) -> str:
        """The first value of a header, "" if it is absent."""
        return next(iter(self.headers.get(name, ())), "")

    def walk(self) -> Iterator[Mail]:
        """This mail and those inside it."""
        yield self
        for mail in self.inner:
            yield from mail.walk()


def read_mail(body: bytes) -> Mail:
    """Read a raw mail. Never raises: without headers all of it is text."""
    return _Reader().mail(_view(body), 0)


def head_of(body: bytes) -> Mail:
    """Only the headers of a raw mail, however long it is."""
    return _with_headers(split_head(_view(body[:_MAX_HEADERS]), _MAX_HEADERS)[0])


def readable(mail: Mail) -> str:
    """The mail's text as its reader sees it: plain text, else HTML, else that of a mail inside it."""
    plain = "\n\n".join(one for one in mail.plain if one.strip())
    text = plain or "\n\n".join(html_to_text(one) for one in mail.html)
    inner = next(iter(mail.inner), None)
    return text[:LONGEST_TEXT] if text.strip() or inner is None else readable(inner)


def _view(body: bytes) -> memoryview:
    if b"\n" not in body[:_MAX_HEADERS]:
        body = body.replace(b"\r", b"\n")
    return memoryview(body.removeprefix(b"\xef\xbb\xbf"))


def _with_headers(head: Message) -> Mail:
    raw: dict[str, list[str]] = {}
    for name, value in head.items()[:_MOST_HEADERS]:
        raw.setdefault(name.lower(), []).append(unfolded(str(value)))
    headers = {name: [decoded(value) for value in values] for name, values in raw.items()}
    return Mail(headers, raw, head.get_content_type())


class _Reader:
    """Counts the parts of one mail, so that no nesting can multiply them."""

    def __init__(self) -> None:
        self._parts = 0
        self._left = _MAX_ALL_TEXTS

    def mail(self, view: memoryview, depth: int) -> Mail:
        head, content = split_head(view, _MAX_PART_HEADERS if depth else _MAX_HEADERS)
        mail = _with_headers(head)
        self._part(mail, head, content, depth)
        return mail

    def _part(self, mail: Mail, head: Message, view: memoryview, depth: int) -> None:
        self._parts += 1
        if self._parts > _MAX_PARTS or depth > _MAX_DEPTH:
            return
        kind = head.get_content_type()
        if kind.startswith("multipart/"):
            parts = list(pieces(view, param(head, "boundary"), _MAX_PARTS - self._parts))
            if parts:
                for piece in parts:
                    self._part(mail, *split_head(piece), depth + 1)
                return
            kind = "text/plain"
        if kind == "message/rfc822" or _MAIL_NAME.search(_filename(head)):
            inner = content_of(head, view, None)
            mail.inner.append(self.mail(inner, depth + 1))
            return
        self._leaf(mail, kind, head, view)

    def _text(self, head: Message, view: memoryview) -> str:
        """A part's text, as long as not too much of the mail was read already."""
        header = str(head.get("content-type") or "")
        content = bytes(content_of(head, view, min(MAX_TEXT, self._left)))
        self._left -= len(content)
        return visible(decode(content, header))

    def _leaf(self, mail: Mail, kind: str, head: Message, view: memoryview) -> None:
        name = _filename(head)
        if kind in _XML_TYPES or kind.endswith("+xml") or _XML_NAME.search(name):
            mail.attached.append(self._text(head, view))
        elif kind == "text/html":
            mail.html.append(self._text(head, view))
        elif kind == "text/plain":
            text = self._text(head, view)
            if param(head, "format").lower() == "flowed":
                text = unflow(text, param(head, "delsp").lower() == "yes")
            mail.plain.append(text)
        elif not kind.startswith(_NO_TEXT) and len(view) < MAX_TEXT:
            text = self._text(head, view)
            if _ADF.search(text):
                mail.attached.append(text)


def split_head(view: memoryview, most: int = _MAX_PART_HEADERS) -> tuple[Message, memoryview]:
    """(header block, content). Without an empty line everything is headers, if it looks like them."""
    start = _NO_HEADERS.match(view)
    if start and start.end() < len(view) and not _looks_like_headers(view[start.end() :]):
        return headers_of(""), view[start.end() :]
    view = view[start.end() :] if start else view
    if not _looks_like_headers(view):
        return headers_of(""), view
    end = _HEADERS_END.search(view, 0, most)
    if end is None:
        return headers_of(decode(bytes(view[:most]))), view[most:]
    rest = view[end.end() :]
    content = rest[2:] if bytes(rest[:2]) == b"\r\n" else rest[1:]
    return headers_of(decode(bytes(view[: end.end()]))), content


def _looks_like_headers(view: memoryview) -> bool:
    return re.match(rb"(?:>?From |[!-9;-~]{1,80}[ \t]*:)", view) is not None


def headers_of(text: str) -> Message:
    """A header block, read by the standard library; its work on parameters grows with their number."""
    head = message_from_string(visible(text), policy=compat32)
    for name in ("content-type", "content-disposition"):
        if len(str(head.get(name, ""))) > _LONGEST_TYPE:
            head.replace_header(name, str(head[name])[:_LONGEST_TYPE])
    return head


def pieces(view: memoryview, boundary: str, most: int) -> Iterator[memoryview]:
    """At most `most` parts between the boundary's lines; a missing last line, or a lost parameter, is no obstacle."""
    mark = boundary.encode("utf-8", "replace").rstrip()
    if not mark:
        guessed = _FIRST_LINE.match(view, 0, 10_000)
        mark = guessed.group(1) if guessed else b""
    if not mark:
        return
    lines = re.compile(rb"^--" + re.escape(mark) + rb"(--)?[ \t]*\r?$", re.MULTILINE)
    start = -1
    for found in lines.finditer(view):
        if start >= 0:
            yield view[start : max(start, found.start())]
            most -= 1
        start = min(found.end() + 1, len(view))
        if found.group(1) or most <= 0:
            return
    if start >= 0:
        yield view[start:]


def content_of(head: Message, view: memoryview, limit: int | None) -> memoryview:
    """The bytes behind the transfer encoding; damaged base64 gives what can be read of it."""
    encoding = str(head.get("content-transfer-encoding") or "").strip().lower()
    if encoding.startswith("base64"):
        view = view if limit is None else view[: limit * 2]
        try:
            return memoryview(binascii.a2b_base64(view))[:limit]
        except binascii.Error:
            packed = _NOT_BASE64.sub(b"", view)
        usable = len(packed) - (1 if len(packed) % 4 == 1 else 0)
        return memoryview(binascii.a2b_base64(packed[:usable] + b"=" * (-usable % 4)))[:limit]
    view = view[:limit]
    if encoding.startswith("quoted-printable") or _SOFT_QUOTE.search(view, 0, MAX_TEXT):
        return memoryview(binascii.a2b_qp(view))
    return view


def param(head: Message, name: str) -> str:
    """A parameter of Content-Type ("" if absent), RFC 2231 forms too."""
    found = head.get_param(name)
    if isinstance(found, tuple):
        found = found[2]
    return found if isinstance(found, str) else ""


def _filename(head: Message) -> str:
    return decoded(head.get_filename() or "")
