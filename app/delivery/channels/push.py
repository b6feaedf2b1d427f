"""Web push as a channel: what a push service's answer means for the delivery. The wire itself is ``app.push.send``."""

from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime

from app import clock
from app.delivery.result import Gone, Refused, Result, Retry, Sent
from app.push.send import Answer

THROTTLED = timedelta(seconds=30)


def result(answer: Answer) -> Result:
    """No answer at all is nobody's fault: try again. Else the response table decides."""
    if answer.status is None:
        return Retry(answer.text)
    return judge(answer.status, answer.text, answer.retry_after)


def judge(status: int, text: str, retry_after: str | None) -> Result:  # noqa: C901  (a table, one line an answer)
    """What a push service's answer means (push.md section 4, Responses)."""
    match status:
        case 200 | 201 | 202:
            return Sent()
        case 404 | 410:
            return Gone(f"{status} gone")
        case 400 if "VapidPkHashMismatch" in text:
            return Gone("needs_resubscribe: made with another key")
        case 403 if "MismatchSenderId" in text or "does not correspond to the sender ID" in text:
            return Gone("needs_resubscribe: made with another key")
        case 401 | 403:
            return Refused(f"{status}: the push service does not accept our VAPID signature", status)
        case 413:
            return Refused("413: our message was too large")
        case 406 | 429:
            return Retry(f"{status} throttled", after=wait(retry_after) or THROTTLED)
        case _ if status >= 500:
            return Retry(f"{status} from the push service", after=wait(retry_after))
        case _ if 300 <= status < 400:
            return Refused(f"{status}: a push service never redirects")
        case _:
            return Refused(f"{status} from the push service")


def wait(retry_after: str | None) -> timedelta | None:
    """Retry-After as a duration: seconds or an HTTP date; None when absent or unreadable."""
    if not retry_after:
        return None
    if retry_after.strip().isdigit():
        return timedelta(seconds=min(int(retry_after), 86400))
    try:
        at = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(at.astimezone(UTC) - clock.now(), timedelta())
