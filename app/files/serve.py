"""Hand a file's content out: to a salesperson's phone, and a video to its customer. In: a row. Out: a response.

Safari plays a video only from a server that answers range requests, which this does.
"""

from flask import Response, send_file

from app.errors import NotFound
from app.files import store
from app.models import File, FileKind

HEADERS = {
    "Cache-Control": f"private, max-age={7 * 24 * 3600}, immutable",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Content-Disposition": "inline",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
"""Content never changes, and a phone shows it for a week without a network. Opened by itself it can do nothing."""


def content(file: File, *, small: bool = False) -> Response:
    """The content, whole or the range that was asked for; of a photo also ``small``. Raises NotFound when removed."""
    path = store.path_of(file, small=small and file.kind is FileKind.PHOTO)
    try:
        if file.removed_at is not None:
            raise FileNotFoundError
        response = send_file(path, mimetype=file.content_type, etag=f"{file.sha256[:16]}{small:d}")
    except FileNotFoundError as error:
        raise NotFound("We cannot find this file.") from error
    response.headers.update(HEADERS)
    return response
