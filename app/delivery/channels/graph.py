"""Meta's Graph API: the content of a lead. Called by the worker's lane: one delivery in, one ``Result`` out; and by the
backfill command (``get``).

In: a delivery of ``app.intake.graph``. Graph's answer is placed as a lead here, in a write of its own, before the
delivery counts as sent. Contract: developers.facebook.com, "Retrieving leads", "Handling errors", "Securing requests".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from urllib.parse import quote, urlencode

import pycurl
from sqlalchemy.exc import IntegrityError, OperationalError

from app import clock
from app.config import Settings
from app.db import write
from app.delivery.channels.ask import ask, said
from app.delivery.result import Result, Retry, Sent
from app.errors import Problem
from app.intake import graph
from app.intake.sources.signatures import hex_sha256
from app.models import Delivery

TOTAL_MS = 15_000
ANSWER_LIMIT = 2 * 1024 * 1024
PATIENCE = timedelta(seconds=60)
"""A lead whose content has not come by then is a lead without it."""
MEND = timedelta(minutes=15)
"""Between two tries while somebody must act; a new token asks at once."""
FIELDS = (
    "id,created_time,ad_id,ad_name,adset_id,campaign_id,campaign_name,form_id,is_organic,platform,field_data,"
    "custom_disclaimer_responses"
)
SLOWER = frozenset({4, 17, 32, 341, 613, 80001, 80005})
"""Error codes: too many requests for the app, the account, the page."""


@dataclass(frozen=True)
class Answer:
    """What Graph said. ``kind`` mend: an admin must act (token, permission, a lead that is not ours to see)."""

    kind: Literal["good", "later", "mend"]
    body: bytes = b""
    reason: str = ""


def send(delivery: Delivery, settings: Settings) -> Result:
    """Ask for one lead and place it. Never raises for what Graph or the network does."""
    asked = graph.open_(delivery)
    answer = get(settings, asked.secrets, asked.fetch.id, {"fields": FIELDS})
    now = clock.now()
    try:
        with write():
            if answer.kind == "good":
                graph.arrived(asked, answer.body, now)
                return Sent()
            if answer.kind == "mend":
                graph.trouble(asked, answer.reason, now)
            if answer.kind == "mend" or now - delivery.created_at >= PATIENCE:
                graph.unanswered(asked, now)
    except (IntegrityError, OperationalError, Problem) as error:
        return Retry(f"could not be placed ({type(error).__name__})")
    return Retry(answer.reason, after=MEND if answer.kind == "mend" else None)


def get(settings: Settings, secrets: Mapping[str, str], path: str, query: Mapping[str, str]) -> Answer:
    """One GET with the source's token and the proof that it is ours (``appsecret_proof``)."""
    token, app_secret = secrets.get("access_token"), secrets.get("app_secret")
    if not token:
        return Answer("mend", reason="There is no access token. Enter one for this source.")
    proof = {"appsecret_proof": hex_sha256(app_secret, token.encode())} if app_secret else {}
    url = f"{settings.graph_api_base}/{quote(path)}?{urlencode({**query, **proof})}"
    try:
        status, body = ask(
            url, headers=(f"Authorization: Bearer {token}",), total_ms=TOTAL_MS, limit=ANSWER_LIMIT
        )
    except pycurl.error as error:
        return Answer("later", reason=f"Meta did not answer ({error.args[0]})")
    return judge(status, body)


def judge(status: int, body: bytes) -> Answer:
    """What an answer means. The reason names Meta's code and no data of anybody."""
    told = said(body)
    if status == 200 and "error" not in told:
        whole = bool(told) and len(body) < ANSWER_LIMIT
        return Answer("good", body) if whole else Answer("later", reason="Meta's answer is no JSON")
    error = told.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    reason = f"{status} from Meta, code {code}"
    if code in SLOWER or status == 429:
        return Answer("later", reason=f"{reason}: too many requests")
    if code in (102, 190) or status == 401:
        return Answer("mend", reason=f"Meta does not accept the access token ({reason}). Enter a new one.")
    if code in (3, 10) or (isinstance(code, int) and 200 <= code < 300):
        return Answer(
            "mend", reason=f"The token lacks a permission: leads_retrieval, pages_manage_ads ({reason})."
        )
    if code == 100:
        return Answer(
            "mend", reason=f"Meta does not show this lead to our token: whose page is it? ({reason})"
        )
    return Answer("later", reason=reason)
