"""Reports for whoever manages: what the house measures about itself (``app.board.reports``)."""

from datetime import date, timedelta

from apiflask import APIBlueprint
from flask import Response, jsonify
from pydantic import BaseModel, Field

from app import clock
from app.access import managers_only, me, signed_in
from app.board.reports import Period, continuity
from app.errors import Unreadable
from app.push.notify import iso

bp = APIBlueprint("reports", __name__, url_prefix="/api/v1")
DEFAULT = timedelta(days=90)
LONGEST = timedelta(days=3 * 366)


class PeriodIn(BaseModel):
    """Local days of my showroom, both included."""

    first: date | None = Field(None, alias="from")
    last: date | None = Field(None, alias="to")


@bp.get("/reports/continuity")
@signed_in
@managers_only
@bp.input(PeriodIn, location="query", arg_name="asked")
def show_continuity(asked: PeriodIn) -> Response:
    """How often one customer stayed with one person, and why not."""
    period = _period(asked)
    return jsonify({"from": iso(period.start), "to": iso(period.end), **continuity(period)})


def _period(asked: PeriodIn) -> Period:
    hours, now = me().showroom.hours, clock.now()
    end = hours.instant(asked.last + timedelta(days=1)) if asked.last else now
    start = hours.instant(asked.first) if asked.first else end - DEFAULT
    if not timedelta(0) < end - start <= LONGEST:
        raise Unreadable(
            "The period must end after it begins and last three years at most.", fields={"to": "period"}
        )
    return Period(me(), start, end)
