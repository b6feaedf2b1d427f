"""One write per request, and the same answer to the same request: the Idempotency-Key of a phone's queue."""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

from flask import Response, jsonify, request
from sqlalchemy import select

from app.access import me
from app.db import db, new_id, write
from app.errors import Unreadable
from app.models import RequestKey

P = ParamSpec("P")
Answer = tuple[dict[str, Any], int]


def once(handler: Callable[P, Answer]) -> Callable[P, Response]:
    """Run the handler inside one write; with an Idempotency-Key store its answer in the same transaction.

    Same key and body → the stored answer with ``Idempotent-Replay: true``; same key, other body → 422.
    """

    @wraps(handler)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> Response:
        key = request.headers.get("Idempotency-Key", "")[:100]
        fingerprint = hashlib.sha256(
            request.method.encode() + request.path.encode() + request.get_data()
        ).hexdigest()
        person_id, group_id = me().id, me().group_id
        with write():
            known = _known(person_id, key)
            if known is None:
                answer, status = handler(*args, **kwargs)
                if key:
                    db.session.add(
                        RequestKey(
                            id=new_id(),
                            group_id=group_id,
                            person_id=person_id,
                            key=key,
                            body_hash=fingerprint,
                            status=status,
                            answer=answer,
                        )
                    )
                return _response(answer, status)
        if known.body_hash != fingerprint:
            raise Unreadable("This Idempotency-Key was used for something else.", code="key_reused")
        replay = _response(known.answer, known.status)
        replay.headers["Idempotent-Replay"] = "true"
        return replay

    return wrapper


def _known(person_id: Any, key: str) -> RequestKey | None:
    if not key:
        return None
    return db.session.scalar(
        select(RequestKey).where(RequestKey.person_id == person_id, RequestKey.key == key)
    )


def _response(answer: dict[str, Any], status: int) -> Response:
    response = jsonify(answer)
    response.status_code = status
    return response
