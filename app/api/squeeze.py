"""Smaller answers: the app's files and its JSON leave gzipped for whoever takes that. A phone on a slow network waits
for bytes, and not everybody has a proxy in front that does this (Caddy leaves alone what is compressed already).

In: a response on its way out. Out: the same, smaller. Called by the edge, after every request.
"""

import gzip

from flask import Response, request

LEAST = 1400
"""Bytes. What fits into one packet arrives no sooner."""
KINDS = frozenset(
    {"application/json", "application/manifest+json", "text/css", "text/html", "text/javascript"}
)
LEVEL = 5
"""600 kB of follow-ups become 20 kB in 6 ms; the next levels take twice as long for a few bytes."""


def squeezed(response: Response) -> Response:
    """A whole answer to our own app. A customer's page holds secrets beside words from outside and stays as it is."""
    ours = request.path.startswith("/api/") or (request.endpoint or "").startswith("app_shell.")
    if not ours or response.mimetype not in KINDS:
        return response
    response.vary.add("Accept-Encoding")
    plain = response.status_code == 200 and not response.content_encoding and request.method == "GET"
    if not plain or not request.accept_encodings["gzip"]:
        return response
    response.direct_passthrough = False
    body = response.get_data()
    if len(body) >= LEAST:
        response.set_data(gzip.compress(body, LEVEL, mtime=0))
        response.content_encoding = "gzip"
        etag, _weak = response.get_etag()
        if etag:
            response.set_etag(etag, weak=True)  # the same content, other bytes (RFC 9110, 8.8.1)
    return response
