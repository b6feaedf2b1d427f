"""The figures as tables, and their place in ``docs/performance.md`` between two markers.

In: figures by database kind. Out: Markdown. Called by ``tests.bench.__main__``.
"""

import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from app import clock
from tests.bench.cast import KINDS
from tests.bench.drain import DrainFigures
from tests.bench.goals import HEAD, Goal
from tests.bench.lead import LOADS, LeadFigures
from tests.bench.load import Waits

PAGE = Path(__file__).resolve().parents[2] / "docs" / "performance.md"
COMMAND = "bin/bench --write"


def render(
    leads: Mapping[str, LeadFigures], drains: Mapping[str, DrainFigures], goals: Sequence[Goal] = ()
) -> str:
    """Everything that was measured, as Markdown."""
    parts = [f"{clock.now():%d %B %Y}, {_machine()}."]
    if leads:
        parts += [_steady(leads), _burst(leads), _memory(leads)]
    if drains:
        parts.append(_drain(drains))
    if goals:
        parts.append(f"**Goals**\n\n{table(HEAD, [goal.row() for goal in goals])}")
    return "\n\n".join(parts)


def write(text: str, page: Path = PAGE, command: str = COMMAND) -> None:
    """Replace what stands between the markers of this command. ValueError when the page has lost them."""
    begin, last = f"<!-- figures: begin ({command}) -->", "<!-- figures: end -->"
    before, _, rest = page.read_text().partition(begin)
    _, end, after = rest.partition(last)
    if not end:
        raise ValueError(f"{page.name} has no place for the figures ({begin} … {last})")
    page.write_text(f"{before}{begin}\n{text}\n{last}{after}")


def _steady(leads: Mapping[str, LeadFigures]) -> str:
    rows = []
    for kind, figures in leads.items():
        for load in LOADS:
            floor, product = figures.steady["floor", load], figures.steady["product", load]
            ratios = f"**{product.p50 / floor.p50:.1f} · {product.p99 / floor.p99:.1f}**"
            cpu = [figures.cpu[role, load] for role in ("web, worker", "worker")]
            spent = " + ".join(f"{milliseconds:.1f}" for milliseconds in cpu)
            rows.append(
                (
                    KINDS[kind],
                    _load(*load),
                    _pair(floor),
                    _pair(product),
                    ratios,
                    f"{product.rate:.0f}/s",
                    spent,
                )
            )
    head = ("database", "leads/s, answer", "floor", "Firstcall", "ratio", "kept", "CPU-ms/lead, web + worker")
    return f"**Lead POST → push accepted**, p50 · p99 in ms\n\n{table(head, rows)}"


def _burst(leads: Mapping[str, LeadFigures]) -> str:
    rows = [
        (KINDS[kind], f"{f.burst.count}", f"**{f.burst.rate:.0f}**", f"{f.burst.p50:.0f} · {f.burst.p99:.0f}")
        for kind, f in leads.items()
        if f.burst is not None
    ]
    head = ("database", "leads", "leads/s until all are pushed", "p50 · p99 ms")
    return f"**All at once**, 32 connections, service answers at once\n\n{table(head, rows)}"


def _memory(leads: Mapping[str, LeadFigures]) -> str:
    rows = []
    for kind, figures in leads.items():
        for role, first in figures.weight_at_start.items():
            last = figures.weight_after[role]
            weights = [f"{w.rss:.0f} · {w.pss:.0f}" for w in (first, last)]
            rows.append((KINDS[kind], role, *weights))
    head = ("database", "process", "after start", "after the burst")
    return f"**Memory**, RSS · PSS in MB\n\n{table(head, rows)}"


def _drain(drains: Mapping[str, DrainFigures]) -> str:
    rows = [
        (
            KINDS[kind],
            str(f.count),
            f"{f.product:.0f}",
            " / ".join(f"{b:.0f}" for b in f.bare),
            f"**{f.share:.0%}**",
            *(f"{rate:.0f}" if rate else "not run" for rate in f.rivals.values()),
            " → ".join(f"{p99:.1f}" for p99 in f.hanging or ()),
        )
        for kind, f in drains.items()
    ]
    rivals = next(iter(drains.values())).rivals
    head = (
        "database",
        "queued",
        "worker, sends/s",
        "bare (before / after), sends/s",
        "share",
        *rivals,
        "p99 s, one hangs",
    )
    return f"**Drain**, service answers after 50 ms\n\n{table(head, rows)}"


def _load(rate: float, delay: float) -> str:
    return f"{rate:.0f}, " + (f"after {delay * 1000:.0f} ms" if delay else "at once")


def _pair(waits: Waits) -> str:
    return f"{waits.p50:.1f} · {waits.p99:.1f}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _machine() -> str:
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, load average at the end {load:.1f}"
