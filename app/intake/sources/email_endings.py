"""Where a lead mail's own part ends: closing words, and the small print below them.

In: a text. Out: what stands before them, and patterns for the beginning of a line. Dutch, English, French and
German. Read by `email_labels`, `email_lead` and `email_direct`.
"""

from __future__ import annotations

import re

SIGN_OFF = re.compile(
    r"\s*(?:met (?:vriendelijke|hartelijke) groet|vriendelijke groet|mvg\b|groet(?:en|jes)?\b|hoogachtend"
    r"|(?:kind|best|warm) regards|regards\b|sincerely|cheers\b|mit (?:freundlichen|besten|lieben) gr|viele gr[üu]"
    r"|freundliche gr|cordialement|bien (?:cordialement|à vous)|salutations|sincères salutations)",
    re.IGNORECASE,
)
FOOTER = re.compile(
    r"\s*(?:--\s*$|disclaimer|©|\(c\) ?\d{4}|copyright|unsubscribe|afmelden|uitschrijven|abmelden|se désabonner"
    r"|(?:dit|deze) (?:e-?mail|bericht|mail|aanvraag) (?:is|werd|wordt|en |kan )|let op\s*[:!]|privacy"
    r"|(?:beantwoord|reageer op) (?:dit|deze)|je kunt (?:dit|deze)|u kunt (?:dit|deze)"
    r"|this (?:e-?mail|message|communication|lead|enquiry) (?:is|was|may|has|and)|the information contained"
    r"|please do not reply|diese (?:e-?mail|nachricht|anfrage) (?:ist|wurde|enth|kann)"
    r"|ce(?:t|tte)? (?:e-?mail|message|courriel|demande) (?:est|a été|peut|et)"
    r"|ontvangt u deze|u ontvangt dit|you (?:are receiving|received) this|sie erhalten diese|vous recevez ce)",
    re.IGNORECASE,
)


def before_closing(text: str) -> str:
    """The text up to its closing words: a number below them in a portal's mail may be the portal's."""
    lines = text.split("\n")
    end = next((number for number, line in enumerate(lines) if SIGN_OFF.match(line)), len(lines))
    return "\n".join(lines[:end])
