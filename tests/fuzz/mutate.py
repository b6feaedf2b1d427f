"""Bodies that were right once: bytes flipped, inserted, taken out, doubled; and whole tags, lines, fields and values.

In: a kind of source. Out: a hypothesis strategy of ``Sample``; what it draws, it can make smaller again. Called by
``tests.fuzz.parsers`` and ``tests.fuzz.doors``.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tests.fuzz.corpus import FORM, JSON, XML, Sample, corpus

MOST = 6
"""Changes to one body."""
FULL = 250_000
"""Bytes: about what one request may have; where a step that looks at everything again for every piece shows."""
PIECES = {
    "xml": re.compile(rb"(<[^<>]*>)"),
    "mail": re.compile(rb"(\r?\n)"),
    "fields": re.compile(rb"([&=;,:])"),
}
_WORDS = r"""
null|NaN|-1|1e999|99999999999999999999|0x7fffffff|2026-13-45T25:61:61Z|0000-00-00|9999-12-31T23:59:59+14:00|+31612345678
06 12 34 56 78|0800-1234|++31(0)6|piet@example.com|@|a@b|STOP|%00|%zz|\u0000|\ud800|&#0;|&#xD800;|&amp;amp;|<![CDATA[|]]>
<!--|-->|<?adf?>|<adf><prospect>|</prospect>|=?utf-8?b?w6?=|=?x?q?=zz?=|Content-Type: text/html; charset=klingon
Content-Transfer-Encoding: base64|Content-Type: multipart/mixed; boundary="b"|--b|--b--|=3D|charset=utf-7|xmlns="urn:x"
""".strip().replace("\n", "|").split("|")  # fmt: skip
WORDS = [
    *(word.encode() for word in _WORDS), b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\r\n\r\n", b"\n", b" ",
    b"\t", b"<", b">", b"{", b"}", b"[", b"]", b'"', b"&", b"=", "\u202e".encode(), "\u0660\u0661".encode(), "²".encode(),
]  # fmt: skip
ODD: list[Any] = [
    None, True, False, 0, -1, 2**63, 10**400, 1.5, float("inf"), float("nan"), "", " ", "\x00", "\ud800", "null", "x" * 5000,
    "+31612345678", "a@b.nl", "2026-02-30", "STOP", [], {}, [[]], [None], {"": None}, {"text": {"body": []}}, "²", "\u202e",
]  # fmt: skip
Change = Callable[[st.DrawFn, bytes], bytes]


def mutated(kind: str) -> st.SearchStrategy[Sample]:
    """A sample of this kind with up to ``MOST`` changes; sometimes without any, or of another content type."""
    return _mutated(corpus(kind))


@st.composite
def _mutated(draw: st.DrawFn, samples: tuple[Sample, ...]) -> Sample:
    sample = draw(st.sampled_from(samples))
    body, type_ = sample.body, sample.content_type
    if draw(st.booleans()):
        body = _values(draw, body)
    for change in draw(st.lists(st.sampled_from(CHANGES), max_size=MOST)):
        body = change(draw, body)
    if not draw(st.integers(0, 60)):
        body = _flood(draw, body)
    if not draw(st.integers(0, 9)):
        type_ = draw(
            st.sampled_from(["", JSON, FORM, XML, "multipart/form-data; boundary=b", "a/b; charset=\x00"])
        )
    return Sample(body, type_)


def _span(draw: st.DrawFn, length: int, longest: int = 40) -> tuple[int, int]:
    start = draw(st.integers(0, length))
    return start, min(start + draw(st.integers(1, longest)), length)


def _flip(draw: st.DrawFn, body: bytes) -> bytes:
    at = draw(st.integers(0, max(len(body) - 1, 0)))
    return body[:at] + bytes([draw(st.integers(0, 255))]) + body[at + 1 :]


def _insert(draw: st.DrawFn, body: bytes) -> bytes:
    at = draw(st.integers(0, len(body)))
    return body[:at] + draw(st.one_of(st.sampled_from(WORDS), st.binary(max_size=8))) + body[at:]


def _take_out(draw: st.DrawFn, body: bytes) -> bytes:
    start, end = _span(draw, len(body))
    return body[:start] + body[end:]


def _double(draw: st.DrawFn, body: bytes) -> bytes:
    start, end = _span(draw, len(body), 400)
    return body[:end] + body[start:end] * draw(st.integers(1, 4)) + body[end:]


def _cut_off(draw: st.DrawFn, body: bytes) -> bytes:
    return body[: draw(st.integers(0, len(body)))]


def _move_pieces(draw: st.DrawFn, body: bytes) -> bytes:
    """Tags, lines or fields instead of bytes: what remains is well-formed more often."""
    pieces = PIECES[draw(st.sampled_from(sorted(PIECES)))].split(body)
    start, end = _span(draw, len(pieces), 6)
    taken, rest = pieces[start:end], pieces[:start] + pieces[end:]
    at = draw(st.integers(0, len(rest)))
    put = draw(st.sampled_from([[], taken, taken * 2, taken[::-1], [draw(st.sampled_from(WORDS))]]))
    return b"".join(rest[:at] + put + rest[at:])


CHANGES: list[Change] = [_flip, _insert, _take_out, _double, _cut_off, _move_pieces, _move_pieces]


def _flood(draw: st.DrawFn, body: bytes) -> bytes:
    """Some part of it until the request is as large as it may be."""
    start, end = _span(draw, len(body), 60)
    part = body[start:end] or b" "
    return body[:start] + part * (max(FULL - len(body), 0) // len(part)) + body[end:]


def _values(draw: st.DrawFn, body: bytes) -> bytes:
    """A body that is JSON with some of its values replaced, doubled, wrapped or gone."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return body
    for _ in range(draw(st.integers(1, 3))):
        value = _other_value(draw, value)
    return json.dumps(value).encode()


def _other_value(draw: st.DrawFn, value: Any) -> Any:
    """Down to a random place, and something else there."""
    if isinstance(value, dict) and value and draw(st.integers(0, 5)):
        key = draw(st.sampled_from(sorted(value)))
        if not draw(st.integers(0, 7)):
            return {name: one for name, one in value.items() if name != key}
        return {**value, key: _other_value(draw, value[key])}
    if isinstance(value, list) and value and draw(st.integers(0, 5)):
        at = draw(st.integers(0, len(value) - 1))
        if not draw(st.integers(0, 7)):
            return [*value, *value]
        return [*value[:at], _other_value(draw, value[at]), *value[at + 1 :]]
    return draw(st.sampled_from([*ODD, [value], {"value": value}, str(value) * 3]))
