"""What a customer says or taps on their own page: kept with the request, and due for an answer at once (rule 12).

In: a follow-up and the words. Out: the follow-up's next step is *answer now*, and its owner is told. Called by the
customer's page, and by intake for a mail. An ended follow-up goes on (``come_back``), except after a stop.
"""

from datetime import datetime

from app.access import lock_follow_up
from app.customers import come_back, reply
from app.customers.reply import LONGEST
from app.models import FollowUp


def answer(follow_up: FollowUp, text: str, now: datetime, *, via: str = "page") -> None:
    """Keep the words with the newest request and make *answer now* the next step. Inside a write.

    Raises ``Conflict`` after a stop: then nothing opens again.
    """
    before = lock_follow_up(follow_up.id)
    follow_up = come_back.welcome(before, text[:LONGEST], now)
    if follow_up.id != before.id and follow_up.opened_at == now:
        return  # a new request with these words as its question, and its owner was told
    reply.joined(follow_up, text, via, now)


def one_tap(follow_up: FollowUp, now: datetime) -> None:
    """ "I still want an answer": the closed request goes on, without a word. Inside a write. Raises ``Conflict``."""
    before = lock_follow_up(follow_up.id)
    if before.is_open:
        return  # tapped twice
    follow_up = come_back.welcome(before, None, now)
    if follow_up.id == before.id:
        reply.due_now(follow_up, now)
