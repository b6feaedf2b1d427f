"""Whether a phone can be counted on, before a lead needs it. Pure; read by the board and by its owner's own screen.

In: subscriptions. Out: one word. What it rests on: the browser's own sync, receipts (``app.delivery.receipts``), the
messages sent since the last receipt, and the daily check (``app.push.check``).
"""

import enum
from collections.abc import Iterable

from app.models import PushState, Subscription

SILENT_AT = 3
"""Messages in a row without a receipt, from a phone that has sent receipts before."""


class Health(enum.StrEnum):
    """From best to worst."""

    OK = "ok"
    UNPROVEN = "unproven"
    """Subscribed; the test push has not come back yet."""
    SILENT = "silent"
    """It used to report, and the last messages or today's check got no report."""
    LOST = "lost"
    """The push service does not know it any more, or it was made with another key."""
    NOT_SUBSCRIBED = "not_subscribed"


ORDER = list(Health)


def of(subscription: Subscription) -> Health:
    """One subscription's health."""
    if subscription.state in (PushState.GONE, PushState.NEEDS_RESUBSCRIBE):
        return Health.LOST
    if subscription.state is PushState.PENDING:
        return Health.UNPROVEN
    return Health.SILENT if subscription.unheard >= SILENT_AT else Health.OK


def best(subscriptions: Iterable[Subscription]) -> Health:
    """Of a device or a person: one phone that rings is enough."""
    return min(map(of, subscriptions), key=ORDER.index, default=Health.NOT_SUBSCRIBED)
