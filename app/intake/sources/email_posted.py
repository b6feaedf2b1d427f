"""A mail as the inbound services post it, to the mail itself.

In: a request body and its content type. Out: the raw mail, or None when there is none in it. Shapes: the raw
message as body (any service), Mailgun's `body-mime`, SendGrid's raw `email`, Postmark's `RawEmail`, and Amazon
SES over SNS (`content`, plain or base64). Where only the parsed fields are posted, `email_fields` puts a mail
together from them. Called by `email`.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from app.intake.sources.email_fields import File, composed
from app.intake.sources.email_message import MAX_TEXT, content_of, headers_of, param, pieces, split_head
from app.intake.sources.reading.json_text import objects, read_json, text_at
from app.intake.sources.reading.text import decode

_HEADER = re.compile(rb"\s*[!-9;-~]{1,80}[ \t]*:")
_FIELD = re.compile(rb"(?:^|&)(?:body-mime|email)=([^&]*)")
_FORM = re.compile(rb"[\w.%+-]{1,60}=")
_NAMES = ("body-mime", "email")
_MOST_FIELDS = 200
_LONGEST_FORM = 1_000_000


def raw_mail(body: bytes, content_type: str) -> bytes | None:
    """The raw mail in a request. A body that looks like a mail is one, whatever its content type says."""
    kind = content_type.lower()
    if "multipart/form-data" in kind:
        return _from_multipart(body, content_type)
    if body[:200].lstrip()[:1] == b"{":
        return _from_json(read_json(decode(body)))
    if _FORM.match(body) and not _HEADER.match(body):
        found = _FIELD.search(body)
        return _percent_decoded(found.group(1)) if found else _from_form(body)
    return body


def _from_form(body: bytes) -> bytes:
    """Mailgun's parsed fields; what is no mail's stays as it came."""
    if len(body) > _LONGEST_FORM:
        return body
    try:
        fields = dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=_MOST_FIELDS))
    except ValueError:
        return body
    return composed(fields) or body


def _percent_decoded(value: bytes) -> bytes:
    """By way of quoted-printable, which differs in its sign only: urllib takes a gigabyte for 25 MB."""
    plain = value.replace(b"=", b"=3D").replace(b"+", b" ").replace(b"\n", b"=0A").replace(b"%", b"=")
    return binascii.a2b_qp(plain)


def subscription(body: bytes) -> bool:
    """Amazon's question whether the address may be used: an administrator must confirm it there."""
    if body[:200].lstrip()[:1] != b"{":
        return False
    return text_at(read_json(decode(body)), "Type") == "SubscriptionConfirmation"


def _from_multipart(body: bytes, content_type: str) -> bytes | None:
    fields: dict[str, str] = {}
    files: list[File] = []
    for name, filename, content in _parts_of_form(body, content_type):
        if name in _NAMES and len(content) > 2:
            return bytes(content)
        if filename and len(content) <= MAX_TEXT:  # a photo would not be read anyway
            files.append((filename, bytes(content)))
        elif not filename:
            fields[name] = decode(bytes(content[:_LONGEST_FORM])).strip("\r\n")
    return composed(fields, files)


def _parts_of_form(body: bytes, content_type: str) -> Iterator[tuple[str, str, memoryview]]:
    """(name, file's name or "", content) of each part."""
    head = headers_of("Content-Type: " + content_type)
    for piece in pieces(memoryview(body), param(head, "boundary"), _MOST_FIELDS):
        part, content = split_head(piece)
        name = part.get_param("name", header="content-disposition")
        if isinstance(name, str):
            yield name, part.get_filename() or "", content_of(part, content, None)


def _from_json(data: Any) -> bytes | None:
    """Postmark's and SES's; the latter's notification is JSON inside JSON."""
    if raw := text_at(data, "RawEmail"):
        return raw.encode("utf-8", "replace")
    inner = read_json(text_at(data, "Message") or "")
    content = text_at(inner, "content") or text_at(data, "content")
    if not content:
        return _from_parsed(data) if isinstance(data, dict) else None
    if ":" in content[:200]:
        return content.encode("utf-8", "replace")
    try:
        return base64.b64decode(content)
    except (binascii.Error, ValueError):
        return content.encode("utf-8", "replace")


def _from_parsed(data: dict[str, Any]) -> bytes | None:
    """Postmark's fields, with the mail's own headers and its attachments."""
    fields = {name: value for name, value in data.items() if isinstance(value, str)}
    own = [(text_at(one, "Name"), text_at(one, "Value")) for one in objects(data.get("Headers"))]
    fields["headers"] = "\n".join(
        f"{name}: {' '.join(value.split())}" for name, value in own if name and value
    )
    attached = [
        (text_at(one, "Name") or "file", text_at(one, "Content") or "")
        for one in objects(data.get("Attachments"), _MOST_FIELDS)
    ]
    files = [(name, _unpacked(content)) for name, content in attached if len(content) <= 2 * MAX_TEXT]
    return composed(fields, files)


def _unpacked(content: str) -> bytes:
    try:
        return base64.b64decode(content)
    except (binascii.Error, ValueError):
        return b""
