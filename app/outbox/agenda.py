"""What is due next: the ends of partial indexes, however many of them in one statement. It only looks.

In: which ends. Out: the earliest time behind them. Called by the worker and its lanes.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import ScalarSelect, Select, Table, func, literal_column, select

from app.db import db
from app.models import Delivery, DeliveryChannel, FollowUp

_delivery, _follow_up = cast(Table, Delivery.__table__), cast(Table, FollowUp.__table__)
Ends = tuple[ScalarSelect[Any], ...]
OF_FOLLOW_UPS: Ends = tuple(
    select(func.min(_follow_up.c[name])).scalar_subquery()
    for name in ("prompt_at", "hold_check_at", "escalate_at")
)


@cache
def of_channels(*channels: DeliveryChannel) -> Ends:
    """Where the queued deliveries of these channels begin. The state is a literal: the index holds no others."""
    queued = _delivery.c.state == literal_column("'queued'")
    first = select(func.min(_delivery.c.due_at))
    return tuple(first.where(_delivery.c.channel == one, queued).scalar_subquery() for one in channels)


def next_due(ends: Ends) -> datetime | None:
    """The earliest time; None when nothing waits."""
    return next_dues((ends,))[0]


def next_dues(several: Sequence[Ends]) -> list[datetime | None]:
    """``next_due`` of each, asked in one statement."""
    row = iter(db.session.connection().execute(_question(tuple(several))).one())
    found = [[next(row) for _ in ends] for ends in several]
    db.session.rollback()
    return [min((at for at in times if at is not None), default=None) for times in found]


@cache
def _question(several: tuple[Ends, ...]) -> Select[Any]:
    """Built once: that costs three times as much as asking it."""
    return select(*(end for ends in several for end in ends))
