"""Twilio as far as we use it: its REST API on a real port, and its callbacks, signed as it signs them.

In: POST …/Messages.json and …/Calls.json with the account's Basic auth. Out: 201 with a sid, or Twilio's own refusals; then
what a person at the telephone does is played by the test, step by step (``Line``), so that callbacks can come twice, late or
never. Contract: twilio.com/docs/messaging/api/message-resource, /voice/api/call-resource, /voice/twiml/gather,
/voice/twiml/dial, /usage/webhooks/webhooks-security. The signature is computed here by itself, not by the code under test.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit
from xml.etree import ElementTree

ACCOUNT = "AC" + "0" * 31 + "7"
TOKEN = "a-token-that-nobody-guesses"
FROM = "+31850000000"
PATH = re.compile(rf"/2010-04-01/Accounts/{ACCOUNT}/(Messages|Calls)\.json")
NEEDED = {"Messages": ("To", "Body"), "Calls": ("To", "From")}


@dataclass(frozen=True)
class Said:
    """What our side answered to a callback."""

    status: int
    text: str

    @property
    def twiml(self) -> ElementTree.Element:
        return ElementTree.fromstring(self.text)


Post = Callable[[str, dict[str, str], dict[str, str]], Said]
"""(address, parameters, headers) → what our side answered."""


def over_http(address: str, params: dict[str, str], headers: dict[str, str]) -> Said:
    """As Twilio does it: form-encoded, on a connection of its own."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    try:
        form = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8", **headers}
        connection.request(
            "POST", parts.path + (f"?{parts.query}" if parts.query else ""), urlencode(params), form
        )
        answer = connection.getresponse()
        return Said(answer.status, answer.read().decode())
    finally:
        connection.close()


def signature(token: str, address: str, params: dict[str, str]) -> str:
    """The address, then every parameter's name and value, sorted by name: HMAC-SHA1, base64."""
    whole = address + "".join(name + params[name] for name in sorted(params))
    return base64.b64encode(hmac.new(token.encode(), whole.encode(), hashlib.sha1).digest()).decode()


@dataclass
class Asked:
    """One request that Twilio accepted: ``params`` as sent, repeated ones as lists."""

    resource: str
    sid: str
    params: dict[str, list[str]]

    def __getitem__(self, name: str) -> str:
        return self.params[name][0]


class Twilio:
    """`with Twilio() as twilio:` serves on ``twilio.url``. ``post`` replaces the way its callbacks go."""

    def __init__(self, post: Post = over_http) -> None:
        self.post, self._changed = post, threading.Condition()
        self._asked: list[Asked] = []
        self._refusals: list[tuple[int, int]] = []
        self.silent = False

    @property
    def settings(self) -> dict[str, str]:
        """What the house must be told about it."""
        return {
            "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_FROM": FROM,
            "TWILIO_API_BASE": self.url,
        }  # fmt: skip

    def refuse(self, status: int, code: int, times: int = 1) -> None:
        """Answer the next requests with this error."""
        self._refusals += [(status, code)] * times

    def asked(self, resource: str, count: int = 1, timeout: float = 30.0) -> list[Asked]:
        """What was asked for and accepted, once there are ``count``; AssertionError after ``timeout`` s."""

        def chosen() -> list[Asked]:
            return [one for one in self._asked if one.resource == resource]

        with self._changed:
            there = self._changed.wait_for(lambda: len(chosen()) >= count, timeout)
            assert there, f"{len(chosen())} of {count} {resource} after {timeout} s"
            return chosen()

    def message_status(self, message: Asked, status: str, **more: str) -> Said:
        """Report on a text message: queued, sent, delivered, undelivered, failed."""
        told = {
            "MessageSid": message.sid,
            "SmsSid": message.sid,
            "MessageStatus": status,
            "SmsStatus": status,
        }
        return self.call_back(message["StatusCallback"], {**told, "To": message["To"], **more})

    def line(self, call: Asked) -> Line:
        """The telephone that this call rings."""
        return Line(self, call)

    def call_back(self, address: str, params: dict[str, str], token: str = TOKEN) -> Said:
        """One callback, signed."""
        told = {"AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", "From": FROM, **params}
        return self.post(address, told, {"X-Twilio-Signature": signature(token, address, told)})

    def take(self, path: str, authorization: str, form: str) -> tuple[int, dict[str, Any]]:
        """The REST API: what it says to one request."""
        found = PATH.fullmatch(path)
        wanted = "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        if found is None:
            return 404, _error(404, 20404)
        if authorization != wanted:
            return 401, _error(401, 20003)
        if self._refusals:
            status, code = self._refusals.pop(0)
            return status, _error(status, code)
        params = parse_qs(form, keep_blank_values=True)
        resource = found[1]
        if code := _missing(resource, params):
            return 400, _error(400, code)
        with self._changed:
            sid = ("SM" if resource == "Messages" else "CA") + f"{len(self._asked) + 1:032x}"
            self._asked.append(Asked(resource, sid, params))
            self._changed.notify_all()
        return 201, {"sid": sid, "status": "queued", "account_sid": ACCOUNT}

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, name="twilio", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


@dataclass
class Line:
    """A bridged call as it goes on: first the salesperson's phone, then the customer's."""

    twilio: Twilio
    call: Asked
    heard: list[str] = field(default_factory=list)

    def status(self, status: str, **more: str) -> Said:
        """A status callback about the salesperson's half."""
        return self.twilio.call_back(self.call["StatusCallback"], self._told(status, **more))

    def pick_up(self) -> ElementTree.Element:
        """The salesperson answers; Twilio fetches what to do."""
        self.status("in-progress")
        return self._play(self.twilio.call_back(self.call["Url"], self._told("in-progress")))

    def press(self, key: str, gather: ElementTree.Element) -> ElementTree.Element:
        """A key, or "" for none in time (``actionOnEmptyResult``)."""
        assert gather.tag == "Gather" and gather.get("numDigits") == "1"
        return self._play(
            self.twilio.call_back(gather.attrib["action"], self._told("in-progress", Digits=key))
        )

    def customer(self, dial: ElementTree.Element, status: str, seconds: int | None = None) -> Said:
        """How the customer's half ended; ``DialCallDuration`` comes with a call that was answered only."""
        assert dial.tag == "Dial"
        more = {"DialCallStatus": status, "DialCallSid": self.call.sid.replace("CA", "CB")}
        more |= {"DialCallDuration": str(seconds)} if seconds is not None else {}
        return self.twilio.call_back(dial.attrib["action"], self._told("in-progress", **more))

    def hang_up(self, status: str = "completed") -> Said:
        """The salesperson's half is over, for whatever reason."""
        return self.status(status, CallDuration="7")

    def _told(self, status: str, **more: str) -> dict[str, str]:
        return {
            "CallSid": self.call.sid,
            "CallStatus": status,
            "To": self.call["To"],
            "Direction": "outbound-api",
            **more,
        }

    def _play(self, said: Said) -> ElementTree.Element:
        assert said.status == 200, said
        self.heard += [str(one.text) for one in said.twiml.iter("Say")]
        verb: ElementTree.Element = next(one for one in said.twiml if one.tag != "Say")
        return verb


def _missing(resource: str, params: dict[str, list[str]]) -> int:
    """Twilio's code for what is wrong with a request, or 0."""
    if any(not params.get(name, [""])[0] for name in NEEDED[resource]):
        return 21604 if resource == "Messages" else 21201
    if not re.fullmatch(r"\+[1-9]\d{6,14}", params["To"][0]):
        return 21211
    if resource == "Messages":
        return 0 if {"From", "MessagingServiceSid"} & params.keys() else 21603
    return 0 if ("Url" in params) != ("Twiml" in params) else 21205


def _error(status: int, code: int) -> dict[str, Any]:
    return {
        "code": code,
        "message": "no",
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }


def _handler(twilio: Twilio) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            if twilio.silent:
                time.sleep(0.1)
                self.close_connection = True
                return
            status, answer = twilio.take(self.path, self.headers.get("Authorization", ""), form)
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nobody reads it."""

    return Handler
