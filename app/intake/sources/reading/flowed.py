"""Text that a mail program wrapped: lines joined again (RFC 3676, `format=flowed`).

In: the text of a part. Out: the text as it was typed. Some programs break before the blank instead of after
it; such a line, one that begins with a single blank, belongs to the one before. Used by `email_message`.
"""

from __future__ import annotations

import re

_QUOTE = re.compile(r">+")
_STUFFED = re.compile(r" (?=>|From )")
_CONTINUES = re.compile(r" (?=[^ >])(?!From )")


def unflow(text: str, delete_space: bool = False) -> str:
    """Join soft breaks. `delete_space`: the blank at a soft break is not part of the text (`delsp=yes`)."""
    paragraphs: list[list[str]] = []
    open_depth = -1  # the quote depth of a line that goes on, -1 if none does
    plain_before = False  # the line before has words and is no quote
    for line in text.split("\n"):
        depth, words = _unquoted(line)
        goes_on = words.endswith(" ") and words != "-- "
        kept = words[:-1] if goes_on and delete_space else words
        if depth == open_depth or (plain_before and not depth and _CONTINUES.match(words)):
            paragraphs[-1].append(kept.removeprefix(" ") if _STUFFED.match(kept) else kept)
        else:
            paragraphs.append([">" * depth + " " if depth else "", _STUFFED.sub("", kept, count=1)])
        open_depth = depth if goes_on else -1
        plain_before = not depth and bool(words.strip())
    return "\n".join("".join(pieces) for pieces in paragraphs)


def _unquoted(line: str) -> tuple[int, str]:
    marks = _QUOTE.match(line)
    if not marks:
        return 0, line
    return marks.end(), line[marks.end() :].removeprefix(" ")
