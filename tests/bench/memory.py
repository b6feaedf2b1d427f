"""What a process weighs. In: processes. Out: ``Weight`` by role, in MB. Called by ``tests.bench.lead``."""

from collections.abc import Mapping
from dataclasses import dataclass

import psutil

MB = 1024 * 1024


@dataclass(frozen=True)
class Weight:
    """``rss``: all memory it holds. ``pss``: shared pages counted by share, so that processes add up."""

    rss: float
    pss: float


def weigh(processes: Mapping[str, psutil.Process]) -> dict[str, Weight]:
    """Each of them now."""
    full = {name: process.memory_full_info() for name, process in processes.items()}
    return {name: Weight(info.rss / MB, info.pss / MB) for name, info in full.items()}
