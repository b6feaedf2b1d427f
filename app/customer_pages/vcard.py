"""A salesperson's contact card (vCard 3.0, which phones and desktops of any age can read). In: a person. Out:
text.
"""

from app.models import Person
from app.texts.numbers import Number

ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": ""})
FOLD = 74
"""Octets of a line before it is folded (RFC 2426 §2.6: 75 with the line's own blank)."""


def card(person: Person, line: Number | None) -> str:
    """Name, showroom, number and e-mail address; lines end in CRLF and are folded."""
    lines = [
        "BEGIN:VCARD",
        "VERSION:3.0",
        f"N:{_text(person.last_name)};{_text(person.first_name)};;;",
        f"FN:{_text(person.name)}",
        f"ORG:{_text(person.showroom.name)}",
    ]
    if line:
        kind = "CELL" if line.mobile else "WORK"
        lines.append(f"TEL;TYPE={kind},VOICE:{line.e164}")
    lines += [f"EMAIL;TYPE=INTERNET,WORK:{_text(person.email)}", "END:VCARD"]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _text(value: str) -> str:
    return value.translate(ESCAPES)


def _folded(line: str) -> str:
    """Folded between characters, never inside one."""
    pieces, piece = [], ""
    for char in line:
        if len((piece + char).encode()) > FOLD:
            pieces.append(piece)
            piece = ""
        piece += char
    return "\r\n ".join([*pieces, piece])
