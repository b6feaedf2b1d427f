"""The whole OpenAPI description, and the addresses it leaves out, by people who are signed in: never 5xx, never slow.

In: the running app with people in it. Out: ``Wrong``, one for each address and cause, each with the request to send
again. Called by ``tests.bench.fuzz`` and ``tests.fuzz.test_fuzz``. Requests are made by schemathesis: what the description
allows, and what it does not.
"""

import copy
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

import hypothesis
import schemathesis
import schemathesis.specs.openapi.schemas  # else it is loaded when first used, deep inside a test
from apiflask import APIFlask
from flask import got_request_exception
from hypothesis import given
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode

from app import access
from app.db import db, write
from app.models import Person
from tests.fuzz.doors import without_limits
from tests.fuzz.verdict import TooSlow, in_time
from tests.people import sign_in

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

QUERY = (
    "showroom_id",
    "q",
    "car",
    "empty",
    "done",
    "after",
    "limit",
    "from",
    "to",
    "hub.mode",
    "hub.challenge",
)
SPOKEN = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
TRUTHFUL = frozenset({"GET /readyz"})
"""No worker runs here, and this is who says so."""
LAST = frozenset({"DELETE /api/v1/sessions", "DELETE /api/v1/sessions/current"})
KNOWN = 0.5
"""Share of the ids in addresses that exist."""


@dataclass(frozen=True)
class Wrong:
    """One fault: the operation, what it was, and the request."""

    operation: str
    what: str
    request: str

    def __str__(self) -> str:
        return f"{self.operation}: {self.what}\n  {self.request}"


@dataclass
class Visit:
    """One run over all operations; ``wrong`` by operation and cause, ``asked`` counts requests by status."""

    app: APIFlask
    people: list[Person]
    wrong: dict[tuple[str, str], Wrong] = field(default_factory=dict)
    asked: dict[int, int] = field(default_factory=dict)
    _cookies: dict[UUID, str] = field(default_factory=dict)
    _raised: list[BaseException] = field(default_factory=list)

    def go(
        self, settings: hypothesis.settings, seed: int | None, *, end: float | None = None, only: str = ""
    ) -> None:
        """Every operation (or those with ``only`` in their name) with as many requests as ``settings`` say.

        No further one begins after ``end`` (monotonic seconds).
        """
        with without_limits(), got_request_exception.connected_to(self._note, self.app):
            for operation in operations(self.app):
                if only in operation.label and (end is None or time.monotonic() < end):
                    self._operation(operation, settings, seed)

    def _operation(
        self, operation: APIOperation[Any, Any, Any, Any], settings: hypothesis.settings, seed: int | None
    ) -> None:
        modes = [
            operation.as_strategy(generation_mode=mode)
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
        ]
        ids = st.sampled_from(self._ids())

        @settings
        @given(data=st.data(), person=st.sampled_from(self.people))
        def every_request_is_answered(data: st.DataObject, person: Person) -> None:
            case: Case = data.draw(st.one_of(modes))
            for name in case.path_parameters or {}:
                if name == "id_" and data.draw(st.floats(0, 1)) < KNOWN:
                    case.path_parameters[name] = str(data.draw(ids))
            if data.draw(st.booleans()):
                more = st.dictionaries(st.sampled_from(QUERY), st.text(max_size=20), max_size=3)
                case.query = {**(case.query or {}), **data.draw(more)}
            self._ask(case, person)

        (
            hypothesis.seed(seed)(every_request_is_answered)
            if seed is not None
            else every_request_is_answered
        )()

    def _ask(self, case: Case, person: Person) -> None:
        self._raised.clear()
        cookies = {access.cookie_name(): self._session(person)}
        try:
            with in_time():
                status = case.call(cookies=cookies).status_code
        except TooSlow as slow:
            self._found(case, "too slow:", str(slow))
            return
        self.asked[status] = self.asked.get(status, 0) + 1
        if status == 401 or case.operation.label in LAST:
            self._cookies.pop(person.id, None)
        if status >= 500 and case.operation.label not in TRUTHFUL:
            self._found(case, *(_cause(self._raised[-1]) if self._raised else (f"status {status}",)))

    def _session(self, person: Person) -> str:
        """The request before may have signed this person out, or off for good: then they come back."""
        if person.id not in self._cookies:
            db.session.rollback()
            with write():
                db.session.get_one(Person, person.id).left_at = None
            cookie = sign_in(self.app, person).get_cookie(access.cookie_name())
            assert cookie is not None
            self._cookies[person.id] = cookie.value
        return self._cookies[person.id]

    def _ids(self) -> list[UUID]:
        db.session.rollback()
        tables = [mapper.class_ for mapper in db.Model.registry.mappers]
        return [
            row.id for table in tables if hasattr(table, "id") for row in db.session.query(table).limit(5)
        ]

    def _found(self, case: Case, kind: str, words: str = "") -> None:
        name = case.operation.label
        self.wrong.setdefault((name, kind), Wrong(name, f"{kind} {words}", case.as_curl_command()))

    def _note(self, _app: object, exception: BaseException, **_more: object) -> None:
        self._raised.append(exception)


def operations(app: APIFlask) -> Iterator[APIOperation[Any, Any, Any, Any]]:
    """All that can be asked of this app."""
    schema = schemathesis.openapi.from_dict(whole(app))
    schema.app = _closed(app)
    for result in schema.get_all_operations():
        yield result.ok()


def _closed(app: APIFlask) -> "WSGIApplication":
    """The app with every answer read to its end: schemathesis leaves the file behind a page open."""

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
        parts = app(environ, start_response)
        try:
            return [b"".join(parts)]
        finally:
            if close := getattr(parts, "close", None):
                close()

    return answer


def whole(app: APIFlask) -> dict[str, Any]:
    """The description as it is served, with the pages and the rest that it leaves out: any text, any form."""
    told: dict[str, Any] = copy.deepcopy(app.test_client().get("/api/v1/openapi.json").json)
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:[^:>]*:)?([^>]+)>", r"{\1}", rule.rule)
        for method in SPOKEN & (rule.methods or set()):
            told["paths"].setdefault(path, {}).setdefault(
                method.lower(), _undescribed(method, rule.arguments)
            )
    return told


def _undescribed(method: str, arguments: set[str]) -> dict[str, Any]:
    places = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in sorted(arguments)
    ]
    body = {"content": {"application/x-www-form-urlencoded": {"schema": {"type": "object"}}}}
    return {
        "parameters": places,
        "responses": {"200": {"description": ""}},
        **({"requestBody": body} if method == "POST" else {}),
    }


def _cause(raised: BaseException) -> tuple[str, str]:
    """Its kind and the last place of ours (the same twice is one fault), and its words."""
    at, trace = "", raised.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if "/app/" in name and "site-packages" not in name:
            at = f" at {name.rpartition('/app/')[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(raised).__name__}{at}:", str(raised)[:200]
