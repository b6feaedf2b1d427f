"""A moment as people say it: "tomorrow at 9:00". Pure; in and out of nothing but its arguments."""

from datetime import datetime
from zoneinfo import ZoneInfo

from app.texts import render


def moment(at: datetime, now: datetime, timezone: str, language: str) -> str:
    """``at`` in the showroom's local time, seen from ``now``: "today at 16:00", "on Monday 24 November at
    9:00".

    Both are aware. Seconds are dropped; the hour has no leading zero and 24 hours in every language.
    """
    zone = ZoneInfo(timezone)
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    time = f"{local.hour}:{local.minute:02}"
    days = (local.date() - today).days
    if days in (0, 1):
        return render("moment_tomorrow" if days else "moment_today", language, time=time)
    weekday = render("weekdays", language).split()[local.weekday()]
    month = render("months", language).split()[local.month - 1]
    return render("moment_day", language, weekday=weekday, day=local.day, month=month, time=time)
