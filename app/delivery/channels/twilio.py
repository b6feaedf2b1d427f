"""Twilio's REST API: one request, and what its answer means. Called by ``sms`` and ``voice``, in the worker.

In: a resource and its parameters; the settings TWILIO_*. Out: a ``Result``. Never raises for what the network does.
Contract: twilio.com/docs/usage/requests-to-twilio and the Message and Call resources; error codes: /docs/api/errors.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal
from urllib.parse import urlencode

import pycurl

from app.config import Settings
from app.delivery.channels.ask import ask, said
from app.delivery.result import Gone, NotSent, Refused, Result, Retry, Sent

Params = Mapping[str, str | list[str]]
"""A list is sent as the same name again and again."""
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
        login = f"{settings.twilio_account_sid}:{settings.twilio_auth_token}"
        form = urlencode(params, doseq=True)
        status, body = ask(url, headers=(), total_ms=TOTAL_MS, limit=ANSWER_LIMIT, form=form, login=login)
    except pycurl.error as error:
        return Retry(f"Twilio did not answer ({error.args[0]})")
    return judge(status, body)


def judge(status: int, body: bytes) -> Result:
    """What an answer means. The reason names Twilio's code and never the number."""
    told = said(body)
    code = told.get("code") if isinstance(told.get("code"), int) else 0
    reason = f"{status} from Twilio, code {code}"
    match status:
        case 200 | 201:
            return Sent(provider_ref=str(told.get("sid") or "") or None)
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
