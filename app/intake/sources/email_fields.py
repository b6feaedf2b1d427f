"""A mail that its service has taken apart already, put together again.

In: the fields that Mailgun ("body-plain"), SendGrid ("text", "headers") or Postmark ("TextBody", "Headers") post
when nobody ticked the box for the raw message, and files by name. Out: a raw mail, or None when the fields are
no mail's. Called by `email_posted`; the raw message is better, because nothing is lost in it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping

from app.intake.sources.form_fields import key_of

_HEADERS = {
    "from": "From", "replyto": "Reply-To", "to": "To", "subject": "Subject", "date": "Date",
    "messageid": "Message-ID", "inreplyto": "In-Reply-To", "references": "References",
    "autosubmitted": "Auto-Submitted", "precedence": "Precedence",
}  # fmt: skip
_PLAIN = ("bodyplain", "textbody", "text")
_HTML = ("bodyhtml", "htmlbody", "html")
_LONGEST_HEADER = 2_000

File = tuple[str, bytes]


def composed(fields: Mapping[str, str], files: Iterable[File] = ()) -> bytes | None:
    """The mail of these fields. It needs a sender, and a text or a file; headers of its own win."""
    said = {key_of(name): value for name, value in fields.items()}
    own = dict(_lines(said.get("headers", "")))
    head = {
        _HEADERS[key]: value for key, value in {**said, **own}.items() if key in _HEADERS and value.strip()
    }
    parts = [_part("text/plain", said[key].encode()) for key in _PLAIN if said.get(key)][:1]
    parts += [_part("text/html", said[key].encode()) for key in _HTML if said.get(key)][:1]
    parts += [_part("application/octet-stream", content, name) for name, content in files]
    if "From" not in head or not parts:
        return None
    mark = "-=" + hashlib.sha256(b"".join(parts)).hexdigest()[:40]
    lines = [f"{name}: {' '.join(value[:_LONGEST_HEADER].split())}" for name, value in head.items()]
    lines += [f'Content-Type: multipart/mixed; boundary="{mark}"', "", ""]
    body = b"".join(b"--" + mark.encode() + b"\n" + part for part in parts)
    return "\n".join(lines).encode("utf-8", "replace") + body + b"--" + mark.encode() + b"--\n"


def _lines(headers: str) -> Iterable[tuple[str, str]]:
    """SendGrid's header block: names to compare, values; folded lines joined."""
    for line in headers.replace("\r\n", "\n").replace("\n\t", " ").replace("\n ", " ").split("\n")[:300]:
        name, colon, value = line.partition(":")
        if colon:
            yield key_of(name), value


def _part(kind: str, content: bytes, name: str = "") -> bytes:
    shown = "".join(char for char in name if char.isalnum() or char in "._-")
    head = f"Content-Type: {kind}; charset=utf-8\nContent-Transfer-Encoding: base64\n"
    head += f'Content-Disposition: attachment; filename="{shown}"\n' if name else ""
    return head.encode() + b"\n" + base64.encodebytes(content) + b"\n"
