"""The program on a clock that can be set: what ``wsgi`` is to gunicorn and flask, for processes of a test.

In: the environment variable CLOCK_FILE, a file with the seconds the clock is wrong by. Out: ``app``. Started by ``stage``.
Only app/clock.py reads the time, so this is what a wrong system clock looks like to the program. (libfaketime would
set it for the whole process, but Debian's 0.9.10 lets Python's time.sleep fail with EINVAL.)
"""

import os
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from app import clock, create_app

FILE = Path(os.environ["CLOCK_FILE"])


class WrongBy(datetime):
    """``now`` as on a machine whose clock was set wrong."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        return datetime.now(tz) + timedelta(seconds=int(FILE.read_text()))


clock.datetime = WrongBy  # type: ignore[misc]
app = create_app()
