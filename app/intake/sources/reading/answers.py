"""A plain yes or no where something else was asked for ("Inruil: nee").

In: a field's text. Out: True, False, or None when it says more than that; or what it says behind the yes.
Dutch, English, French and German. Called by the parsers of forms and lead mails.
"""

from __future__ import annotations

import re

_YES_WORDS = "ja yes oui jawohl true y j 1"
_NO_WORDS = "nee neen no non nein none geen keine keines keiner kein aucun aucune false n 0 nvt"
_YES, _NO = frozenset(_YES_WORDS.split()), frozenset(_NO_WORDS.split())
_YES_AND = re.compile(r"(?:ja|yes|oui)\s{0,5}[,:;\u2013-]\s{0,5}(?=\S)", re.IGNORECASE)


def yes_or_no(text: str) -> bool | None:
    """Yes, no, or None for anything longer."""
    word = "".join(char for char in text.lower() if char.isalnum())
    return True if word in _YES else False if word in _NO else None


def behind_yes(text: str) -> str:
    """ "ja, Dacia Sandero 2015": the car."""
    text = text.strip()
    found = _YES_AND.match(text)
    return text[found.end() :] if found else text
