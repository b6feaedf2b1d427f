"""How much memory a piece of work takes at its worst. In: a process and an act. Out: MB. Called by the tests of intake."""

from collections.abc import Callable
from pathlib import Path


def peak(act: Callable[[], None], process: int | str = "self") -> float:
    """How many MB more ``process`` (a pid, or this one) held at most while ``act`` ran."""
    Path(f"/proc/{process}/clear_refs").write_text("5")  # the peak begins anew (proc(5))
    before = _status(process, "VmRSS")
    act()
    return (_status(process, "VmHWM") - before) / 1024


def _status(process: int | str, name: str) -> int:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
