"""Fault points: named places between two steps where a test may kill this process with SIGKILL.

Set FAULT_POINT to a name (and FAULT_SKIP to let it pass n times first); unset, which is always outside tests, a call
costs one dictionary look-up. ``tests/test_kill.py`` kills at every one of them and expects nothing lost or doubled.
"""

import os
import signal

POINTS = (
    "submission stored",
    "lead placed",
    "delivery claimed",
    "delivery sent",
    "results recorded",
    "step prompted",
    "rung climbed",
    "file placed",
)
_wanted = os.environ.get("FAULT_POINT", "")
_left = int(os.environ.get("FAULT_SKIP") or 0)


def fault_point(name: str) -> None:
    """Die here, at once and without clean-up, when this is the wanted point."""
    global _left
    if name != _wanted:
        return
    if _left > 0:
        _left -= 1
        return
    os.kill(os.getpid(), signal.SIGKILL)
