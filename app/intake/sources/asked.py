"""A form's question, as people put it, to the word that it asks for: "Wat is je naam?" → "naam".

In: a question in Dutch, English, French or German. Out: what is left of it without the words of asking, to be
compared with the names of fields; "" if it is no question of several words. Called by `generic_find` and
`questions`.
"""

from __future__ import annotations

import re

from app.intake.sources.form_fields import key_of

_ASKING_WORDS = """
    wat is jouw je uw u de het een wie welk welke ben bent op in over mag mogen kunnen kan we wij ons onze je
    bereiken heb hebt heeft geinteresseerd geinteresseerde interesse graag vul hier dan ook nog andere
    what whats s is your you the a an which who are may can could we us our reach on at in of do have interested
    please enter best to contact any other else
    quel quelle quels quelles est sont votre vos le la les l un une des de du d nous pouvons vous joindre a avez
    interesse interessee par sur etes autre autres
    wie ist ihr ihre ihren der die das ein eine einen welches welche welcher wir sie konnen durfen haben unter
    erreichen interessieren fur ich bitte noch weitere
"""
_ASKING = frozenset(_ASKING_WORDS.split())
_WORD = re.compile(r"[^\W_]+")
_MOST_WORDS = 12


def asked_for(question: str) -> str:
    """The word or two that are asked for, compared as a field's name is; "" for anything but a question."""
    words = [key_of(word) for word in _WORD.findall(question[:200])]
    kept = [word for word in words if word not in _ASKING]
    return "".join(kept) if 1 < len(words) <= _MOST_WORDS and len(kept) < len(words) else ""
