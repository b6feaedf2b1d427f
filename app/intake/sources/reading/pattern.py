"""Patterns with named gaps: "Gemiste oproep voor {car} ({customer_number})".

In: a pattern that an administrator wrote, and a line. Out: what stands in the gaps. No regular expressions on
purpose: nobody needs to know them, and no pattern can make reading slow. Used by `email_template`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_GAP = re.compile(r"\{([a-z][a-z0-9_]{0,40})\}")
_MOST_GAPS = 12
_LONGEST = 1_000


@dataclass(frozen=True, slots=True)
class Pattern:
    """`literals` stand before, between and behind the gaps; one more of them than of `names`."""

    literals: tuple[str, ...]
    names: tuple[str, ...]


def compile_pattern(text: str) -> Pattern:
    """Raises ValueError in plain words for a pattern that cannot work."""
    words = " ".join(text.split())
    if not words or len(words) > _LONGEST:
        raise ValueError(f"a pattern has 1 to {_LONGEST} characters")
    pieces = _GAP.split(words)
    literals, names = tuple(piece.lower() for piece in pieces[::2]), tuple(pieces[1::2])
    if len(names) > _MOST_GAPS:
        raise ValueError(f"a pattern has at most {_MOST_GAPS} gaps")
    if any(not literal for literal in literals[1:-1]):
        raise ValueError("between two gaps there must be a character")
    if not any(literal.strip() for literal in literals):
        raise ValueError("a pattern needs words beside its gaps")
    return Pattern(literals, names)


def match(pattern: Pattern, line: str) -> dict[str, str] | None:
    """The gaps' texts by name, or None. The whole line must fit; case and runs of blanks do not matter."""
    words = " ".join(line.split())[: _LONGEST * 2]
    folded = words.lower()
    if len(folded) != len(words):  # rare letters change their length; then compare as they are
        folded = words
    if not folded.startswith(pattern.literals[0]):
        return None
    position = len(pattern.literals[0])
    found: dict[str, str] = {}
    for index, name in enumerate(pattern.names):
        after = pattern.literals[index + 1]
        last = index + 1 == len(pattern.names)
        end = _end_of_gap(folded, after, position, last)
        if end < position:
            return None
        found.setdefault(name, words[position:end].strip())
        position = end + len(after)
    return found if position == len(folded) else None


def _end_of_gap(text: str, after: str, position: int, last: bool) -> int:
    """A gap ends where the next words begin; the last one where the words at the line's end do."""
    if not last:
        return text.find(after, position)
    return len(text) - len(after) if text.endswith(after) else -1
