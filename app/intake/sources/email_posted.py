"""A mail as the inbound services post it, to the mail itself.

In: a request body and its content type. Out: the raw mail, or None when there is none in it. Shapes: the raw
message as body (any service), Mailgun's `body-mime`, SendGrid's raw `email`, Postmark's `RawEmail`, and Amazon
SES over SNS (`content`, plain or base64). Called by `email`.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from app.intake.sources.email_message import content_of, headers_of, param, pieces, split_head
from app.intake.sources.reading.json_text import read_json, text_at
from app.intake.sources.reading.text import decode

_HEADER = re.compile(rb"\s*[!-9;-~]{1,80}[ \t]*:")
_FIELD = re.compile(rb"(?:^|&)(?:body-mime|email)=([^&]*)")
_FORM = re.compile(rb"[\w.%+-]{1,60}=")
_NAMES = ("body-mime", "email")
_MOST_FIELDS = 200


def raw_mail(body: bytes, content_type: str) -> bytes | None:
    """The raw mail in a request. A body that looks like a mail is one, whatever its content type says."""
    kind = content_type.lower()
    if "multipart/form-data" in kind:
        return _from_multipart(body, content_type)
    if body[:200].lstrip()[:1] == b"{":
        return _from_json(read_json(decode(body)))
    if _FORM.match(body) and not _HEADER.match(body) and (found := _FIELD.search(body)):
        return _percent_decoded(found.group(1))
    return body


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
    head = headers_of("Content-Type: " + content_type)
    for piece in pieces(memoryview(body), param(head, "boundary"), _MOST_FIELDS):
        part, content = split_head(piece)
        if part.get_param("name", header="content-disposition") in _NAMES and len(content) > 2:
            return bytes(content_of(part, content, None))
    return None


def _from_json(data: Any) -> bytes | None:
    """Postmark's and SES's; the latter's notification is JSON inside JSON."""
    if raw := text_at(data, "RawEmail"):
        return raw.encode("utf-8", "replace")
    inner = read_json(text_at(data, "Message") or "")
    content = text_at(inner, "content") or text_at(data, "content")
    if not content:
        return None
    if ":" in content[:200]:
        return content.encode("utf-8", "replace")
    try:
        return base64.b64decode(content)
    except (binascii.Error, ValueError):
        return content.encode("utf-8", "replace")
