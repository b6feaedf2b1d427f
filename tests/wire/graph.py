"""Meta's Graph API as far as we use it, on a real port: one lead, the forms of a page, the leads of a form.

In: GET with the token in the header and its proof in the query. Out: JSON as Meta's documentation shows it, errors in
Meta's own shape. Leads and errors are set by the test. Contract: developers.facebook.com, "Retrieving leads", "Handling
errors", "Securing requests" (appsecret_proof), "Paginated results".
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

VERSION = "/v24.0"
TOKEN, APP_SECRET, VERIFY = "EAAtoken-of-the-page", "app-secret-of-ours", "a word we agreed on"
SECRETS = {"access_token": TOKEN, "app_secret": APP_SECRET, "verify_token": VERIFY}
PAGE = 2
"""Leads on one page of a list."""


def signed(body: bytes) -> dict[str, str]:
    """The header that Meta sends with a webhook."""
    made = hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest()
    return {"X-Hub-Signature-256": f"sha256={made}"}


def webhook(*ids: str) -> bytes:
    """One leadgen notice for each id, in one body."""
    changes = [
        {
            "field": "leadgen",
            "value": {"leadgen_id": one, "page_id": "11", "form_id": "22", "created_time": 1795179792},
        }
        for one in ids
    ]
    return json.dumps({"object": "page", "entry": [{"id": "11", "time": 1, "changes": changes}]}).encode()


def lead(id_: str, **answers: str) -> dict[str, Any]:
    """What Graph knows about one lead."""
    fields = [{"name": name, "values": [value]} for name, value in answers.items()]
    return {
        "id": id_,
        "created_time": "2026-11-20T13:03:12+0000",
        "form_id": "22",
        "platform": "fb",
        "field_data": fields,
    }


@dataclass
class Graph:
    """`with Graph() as graph:` answers at `graph.url`. ``wrong``: (status, code) for every question until it is None."""

    leads: dict[str, dict[str, Any]] = field(default_factory=dict)
    wrong: tuple[int, int] | None = None
    token: str = TOKEN
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}{VERSION}"

    def knows(self, id_: str, **answers: str) -> None:
        self.leads[id_] = lead(id_, **answers)

    def answer(
        self, path: str, query: dict[str, str], authorization: str | None
    ) -> tuple[int, dict[str, Any]]:
        self.asked.append(path)
        if self.wrong is not None:
            status, code = self.wrong
            return status, error(code)
        proof = hmac.new(APP_SECRET.encode(), self.token.encode(), hashlib.sha256).hexdigest()
        if authorization != f"Bearer {self.token}":
            return 400, error(190)
        if query.get("appsecret_proof") != proof:
            return 400, error(100)
        if path == "me/leadgen_forms":
            return 200, {"data": [{"id": "22"}]}
        if path == "22/leads":
            return 200, self._page(int(query.get("after") or 0))
        return (200, self.leads[path]) if path in self.leads else (400, error(100))

    def _page(self, start: int) -> dict[str, Any]:
        every = list(self.leads.values())
        more = start + PAGE < len(every)
        cursors = {"before": str(start), "after": str(start + PAGE)}
        paging = {
            "cursors": cursors,
            **({"next": f"{self.url}/22/leads?after={start + PAGE}"} if more else {}),
        }
        return {"data": every[start : start + PAGE], "paging": paging}

    def __enter__(self) -> Self:
        graph = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                path = parts.path.removeprefix(VERSION + "/")
                status, said = graph.answer(path, query, self.headers.get("Authorization"))
                body = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json; charset=UTF-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def error(code: int) -> dict[str, Any]:
    """Meta's own shape."""
    told = {"message": "(words for developers)", "type": "OAuthException", "code": code, "fbtrace_id": "Abc"}
    return {"error": told}
