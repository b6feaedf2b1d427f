"""Where a long measurement is, on standard error. Called by every part of ``bin/bench``."""

import sys
import time


def say(what: str) -> None:
    """One line with the time: a run that is broken off has said how far it came."""
    print(f"bench: {time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)
