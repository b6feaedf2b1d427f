"""One request to a provider's API, with limits on everything. Called by the channels that speak JSON over HTTPS.

Redirects are not followed: they would carry the token along. What is read has an end, and so has the wait.
"""

import json
from collections.abc import Sequence
from typing import Any

import pycurl

CONNECT_MS = 3050


def ask(
    url: str, *, headers: Sequence[str], total_ms: int, limit: int, form: str | None = None, login: str = ""
) -> tuple[int, bytes]:
    """GET, or POST of ``form``; ``login``: ``name:password``. Status and up to ``limit`` bytes. Raises pycurl.error."""
    answer = bytearray()

    def read(chunk: bytes) -> int:
        answer.extend(chunk[: max(limit - len(answer), 0)])
        return len(chunk)

    handle = pycurl.Curl()
    try:
        handle.setopt(pycurl.URL, url)
        handle.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
        handle.setopt(pycurl.FOLLOWLOCATION, 0)
        handle.setopt(pycurl.PROXY, "")
        handle.setopt(pycurl.NOSIGNAL, 1)
        handle.setopt(pycurl.CONNECTTIMEOUT_MS, CONNECT_MS)
        handle.setopt(pycurl.TIMEOUT_MS, total_ms)
        handle.setopt(pycurl.HTTPHEADER, ["Accept: application/json", "Expect:", *headers])
        if login:
            handle.setopt(pycurl.USERPWD, login)
            handle.setopt(pycurl.HTTPAUTH, pycurl.HTTPAUTH_BASIC)
        if form is not None:
            handle.setopt(pycurl.POSTFIELDS, form)
        handle.setopt(pycurl.WRITEFUNCTION, read)
        handle.perform()
        return int(handle.getinfo(pycurl.RESPONSE_CODE)), bytes(answer)
    finally:
        handle.close()


def said(body: bytes) -> dict[str, Any]:
    """The JSON object in an answer, or nothing."""
    try:
        words = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return words if isinstance(words, dict) else {}
