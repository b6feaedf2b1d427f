"""What must be true whatever came in: an answer, in time, and of the shape that was promised.

Called by ``tests.fuzz.parsers``, ``tests.fuzz.doors`` and ``tests.fuzz.api``.
"""

import json
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from types import FrameType

from pydantic import TypeAdapter

from app.intake.parsed import Parsed, to_json
from app.intake.phones import is_dialable

SLOW = 1.0
"""Seconds of this process's own processor time; what the machine does meanwhile does not count."""
_SHAPE = TypeAdapter(Parsed)
NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
"""As JSON writes it; what somebody typed as backslash, u, 0000 is text."""


class TooSlow(AssertionError):
    """It took longer than it may, or was broken off because it did not come to an end."""


@contextmanager
def in_time(limit: float = SLOW) -> Iterator[None]:
    """Raise TooSlow for more than ``limit`` seconds of processor time; what hangs is broken off at twice that."""

    def break_off(_signal: int, _frame: FrameType | None) -> None:
        raise TooSlow(f"still at it after {limit * 2:g} s of processor time")

    before = signal.signal(signal.SIGPROF, break_off)
    signal.setitimer(signal.ITIMER_PROF, limit * 2)
    began = time.process_time()
    try:
        yield
        spent = time.process_time() - began
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    if spent > limit:
        raise TooSlow(f"{spent:.1f} s of processor time")


def valid(parsed: Parsed) -> None:
    """AssertionError or ValueError unless this can be stored, printed and dialled, and is a lead or is none."""
    _SHAPE.validate_python(asdict(parsed))
    assert bool(parsed.leads) == (parsed.outcome in ("lead", "quarantine")), parsed.outcome
    assert any(one.outcome == "lead" for one in parsed.leads) == (parsed.outcome == "lead"), "nobody to reach"
    kept = [parsed.raw_text, parsed.delivery_key, parsed.note]
    kept += [[one.delivery_key, dict(one.extra), one.consent] for one in parsed.leads]
    told = json.dumps([to_json(parsed), kept], allow_nan=False, ensure_ascii=False)
    assert not NUL.search(told), "a NUL, which PostgreSQL cannot keep"
    told.encode()  # UnicodeEncodeError, a ValueError: half a surrogate pair
    for lead in parsed.leads:
        when = lead.request_date_utc
        assert when is None or when.utcoffset() == timedelta(0), f"{when!r} is not UTC"
        assert lead.email is None or "@" in lead.email, lead.email
        for phone in lead.phones:
            assert phone.valid == bool(phone.e164 and is_dialable(phone.e164)), phone
