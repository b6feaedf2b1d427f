"""One write per request, and the same answer to the same request: the Idempotency-Key of a phone's queue."""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import Response, jsonify, request
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, OperationalError

from app.access import me
from app.db import db, new_id, write
from app.errors import Unreadable
from app.models import RequestKey

P = ParamSpec("P")
Answer = tuple[dict[str, object], int]


def once(handler: Callable[P, Answer]) -> Callable[P, Response]:
    """Run the handler inside one write; with an Idempotency-Key store its answer in the same transaction.

    Same key and body → the stored answer with ``Idempotent-Replay: true``; same key, other body → 422.
    """

    @wraps(handler)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> Response:
        try:
            return _answer(lambda: handler(*args, **kwargs))
        except (IntegrityError, OperationalError):
            # the same request at the same instant, or two that locked each other out: once more, on what stands now
            return _answer(lambda: handler(*args, **kwargs))

    return wrapper


def _answer(act: Callable[[], Answer]) -> Response:
    key = request.headers.get("Idempotency-Key", "")[:100]
    fingerprint = hashlib.sha256(
        f"{request.method} {request.path} ".encode() + request.get_data()
    ).hexdigest()
    with write():
        known = _known(key)
        if known is None:
            answer, status = act()
            if key:
                db.session.add(_keep(key, fingerprint, answer, status))
            return _response(answer, status)
    if known.body_hash != fingerprint:
        raise Unreadable("This Idempotency-Key was used for something else.", code="key_reused")
    replay = _response(known.answer, known.status)
    replay.headers["Idempotent-Replay"] = "true"
    return replay


def _known(key: str) -> RequestKey | None:
    if not key:
        return None
    return db.session.scalar(select(RequestKey).where(RequestKey.person_id == me().id, RequestKey.key == key))


def _keep(key: str, fingerprint: str, answer: dict[str, object], status: int) -> RequestKey:
    return RequestKey(
        id=new_id(),
        group_id=me().group_id,
        person_id=me().id,
        key=key,
        body_hash=fingerprint,
        status=status,
        answer=answer,
    )


def _response(answer: dict[str, object], status: int) -> Response:
    response = jsonify(answer)
    response.status_code = status
    return response
