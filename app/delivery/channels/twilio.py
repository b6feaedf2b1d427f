"""Twilio's REST API: one request, and what its answer means. Called by ``sms`` and ``voice``, in the worker.

In: a resource and its parameters; the settings TWILIO_*. Out: a ``Result``. Never raises for what the network does.
Contract: twilio.com/docs/usage/requests-to-twilio and the Message and Call resources; error codes: /docs/api/errors.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal
from urllib.parse import urlencode

import pycurl

from app.config import Settings
from app.delivery.result import Gone, NotSent, Refused, Result, Retry, Sent

Params = Mapping[str, str | list[str]]
"""A list is sent as the same name again and again."""
CONNECT_MS = 3050
TOTAL_MS = 10_000
ANSWER_LIMIT = 65_536
THROTTLED = timedelta(seconds=2)
UNREACHABLE = frozenset({21211, 21214, 21217, 21610, 21612, 21614, 21635, 13223, 13224})
"""The number is none, is no mobile, said STOP to this sender, or cannot be reached: the receiver's matter."""
THROTTLING = frozenset({20429, 14107})


def create(settings: Settings, resource: Literal["Messages", "Calls"], params: Params) -> Result:
    """Ask Twilio to send or call. ``NotSent`` without an account."""
    if not settings.telephony:
        return NotSent("no_telephony")
    url = f"{settings.twilio_api_base}/2010-04-01/Accounts/{settings.twilio_account_sid}/{resource}.json"
    try:
        status, body = _post(url, settings, urlencode(params, doseq=True))
    except pycurl.error as error:
        return Retry(f"Twilio did not answer ({error.args[0]})")
    return judge(status, body)


def judge(status: int, body: bytes) -> Result:
    """What an answer means. The reason names Twilio's code and never the number."""
    said = _read(body)
    code = said.get("code") if isinstance(said.get("code"), int) else 0
    reason = f"{status} from Twilio, code {code}"
    match status:
        case 200 | 201:
            return Sent(provider_ref=str(said.get("sid") or "") or None)
        case 429:
            return Retry(reason, after=THROTTLED)
        case _ if status >= 500:
            return Retry(reason)
        case _ if code in THROTTLING:
            return Retry(reason, after=THROTTLED)
        case _ if code in UNREACHABLE:
            return Gone(reason)
        case 401 | 403:
            return Refused(f"{reason}: Twilio does not accept our account or token", status=status)
        case _:
            return Refused(reason)


def _post(url: str, settings: Settings, form: str) -> tuple[int, bytes]:
    """One request with limits on everything; redirects are not followed: they would carry the token along."""
    answer = bytearray()

    def read(chunk: bytes) -> int:
        answer.extend(chunk[: max(ANSWER_LIMIT - len(answer), 0)])
        return len(chunk)

    handle = pycurl.Curl()
    try:
        handle.setopt(pycurl.URL, url)
        handle.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
        handle.setopt(pycurl.USERPWD, f"{settings.twilio_account_sid}:{settings.twilio_auth_token}")
        handle.setopt(pycurl.HTTPAUTH, pycurl.HTTPAUTH_BASIC)
        handle.setopt(pycurl.FOLLOWLOCATION, 0)
        handle.setopt(pycurl.PROXY, "")
        handle.setopt(pycurl.NOSIGNAL, 1)
        handle.setopt(pycurl.CONNECTTIMEOUT_MS, CONNECT_MS)
        handle.setopt(pycurl.TIMEOUT_MS, TOTAL_MS)
        handle.setopt(pycurl.HTTPHEADER, ["Accept: application/json", "Expect:"])
        handle.setopt(pycurl.POSTFIELDS, form)
        handle.setopt(pycurl.WRITEFUNCTION, read)
        handle.perform()
        return int(handle.getinfo(pycurl.RESPONSE_CODE)), bytes(answer)
    finally:
        handle.close()


def _read(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
