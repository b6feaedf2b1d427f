"""A message that says stop, and nothing else.

In: a text message. Out: True if it is a stop word in Dutch, English, French or German. "Stop by on Saturday?"
is a question, not a stop word: the whole message must be one. Words beyond ours are those that Twilio acts
upon by itself (STOP, STOPALL, UNSUBSCRIBE, CANCEL, END, REVOKE, OPTOUT, QUIT).
"""

from __future__ import annotations

import unicodedata

_STOP_WORDS = """
    stop stopall unsubscribe cancel end revoke optout quit stopplease pleasestop stopit removeme
    stoppen stopaub stopsvp afmelden uitschrijven meldmeaf schrijfmeuit geenberichtenmeer nietmeer
    arret arreter arretez stopsms desabonner desabonnement desinscrire desinscription stopsilvousplait
    stopp abmelden abbestellen austragen aufhoren stoppbitte bitteabmelden keinenachrichtenmehr
    stopwhatsapp stopberichten stopmessages stopmailen
    """
_STOP = frozenset(_STOP_WORDS.split())


def says_stop(text: str | None) -> bool:
    """True if the whole message, without case, accents and punctuation, is a stop word."""
    if not text or len(text) > 60:
        return False
    plain = unicodedata.normalize("NFKD", text).lower()
    return "".join(char for char in plain if char.isalnum()) in _STOP
