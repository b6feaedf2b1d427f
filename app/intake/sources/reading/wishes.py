"""What the customer asks for between the lines: the channel to answer on, and the language they write.

In: the customer's own words. Out: a channel only when it was asked for (rule 1: otherwise we call), and a
language code of the four the product speaks. Dutch, English, French and German; called by every parser.
"""

from __future__ import annotations

import re

from app.intake.parsed import Channel

_CHANNEL_WORDS: dict[Channel, str] = {
    "whatsapp": "whatsapp|whats app|app|appje|appen|appt|apps|whatsappen|wa",
    "sms": "sms|text|text message|texts|textmessage|smsen|texting|sms'en",
    "email": "email|e-mail|mail|mailtje|mailen|e-mailen|emailen|mails|courriel|mél|schriftelijk|emailadres",
    "call": """call|phone|phone call|telephone|telefoon|telefonisch|bellen|bel|gebeld|telefon|anruf|anrufen\
|appel|téléphone|voice|mobile""",
}
_CHANNELS = {word: channel for channel, words in _CHANNEL_WORDS.items() for word in words.split("|")}
# Channels as the value of a field, other things in a sentence.
_UNCLEAR = {"wa", "voice", "mobile", "bel", "app", "emailadres"}
_LONGEST_FIRST = sorted((name for name in _CHANNELS if name not in _UNCLEAR), key=len, reverse=True)
_NAMES = "|".join(map(re.escape, _LONGEST_FIRST))
_NAMED = re.compile(rf"\b(?:{_NAMES})\b", re.IGNORECASE)
_FILLERS = (
    r"(?:\s+(?:een|een\s+paar|an?|me|mij|contact|by|via|per|over|on|op|de|het|the|you|u|je|maar|graag|dat|"
    r"to|be|contacted|reached|answer|reply|use|send|sent|answered|through|een|met|mit|par|über|ein|eine|un|une|"
    r"le|la|als|receive|get|with|in|alleen|only|nur)){0,5}"
)
# "liever whatsapp", "rather by e-mail", "nur per Mail", "plutôt par SMS", "whatsapp only".
_PREFERS = re.compile(
    rf"\b(?:liever|bij voorkeur|voorkeur|het liefst|alleen|uitsluitend|enkel|rather|prefer|prefers|preferred|"
    rf"preferably|only|lieber|am liebsten|nur|bevorzugt|vorzugsweise|plutôt|de préférence|préfère|uniquement|"
    rf"seulement)\b:?{_FILLERS}\s+(?P<a>{_NAMES})\b(?!\s+(?:address|adres))"
    rf"|\b(?:liever|het liefst|bij voorkeur)(?:\s+(?:via|per|de|een|met|even)){{0,3}}\s+(?P<c>app)\b"
    rf"|\b(?P<b>{_NAMES})\s+(?:only|please only|preferred|alleen|bevorzugt|uniquement)\b",
    re.IGNORECASE,
)
# After these, "don't call" is about the hour or something else, not about calling.
_NOT_NOW = (
    r"(?!\s+(?:me\s+|mij\s+|ons\s+|us\s+|mich\s+)?(?:before|after|until|till|between|on|during|at|voor|na|tot|"
    r"tussen|op|onder|tijdens|overdag|vandaag|morgen|meer|vor|nach|bis|zwischen|am|um|heute|avant|après|entre|"
    r"pendant|le|it|this|that|in|today|tomorrow|tonight|yet|now|'s|s)\b)"
)
_NO_CALLS = re.compile(
    rf"\b(?:(?:do\s+not|don['\u2019]?t|please\s+no)\s+(?:call|phone|ring)(?:\s+(?:me|us))?{_NOT_NOW}(?!\s+(?:it|this|that)\b)"
    rf"|no\s+(?:phone\s+)?calls?(?:\s+please)?{_NOT_NOW}|not\s+by\s+(?:tele)?phone"
    rf"|niet\s+(?:meer\s+)?(?:op)?(?:bellen|gebeld)(?:\s+(?:aub|svp|graag))?{_NOT_NOW}|bel\s+(?:me|mij|ons)\s+niet{_NOT_NOW}"
    rf"|niet\s+telefonisch|geen\s+telefoon(?:tje)?s?"
    rf"|nicht\s+(?:anrufen|telefonieren|telefonisch){_NOT_NOW}|keine?\s+anrufe?"
    rf"|(?:ne\s+(?:pas\s+(?:me\s+|m['\u2019])?appeler|m['\u2019]appelez\s+pas|me\s+t[ée]l[ée]phonez\s+pas)|pas\s+d['\u2019]appels?)"
    rf"{_NOT_NOW})",
    re.IGNORECASE,
)
_WRITTEN = r"(?:whatsapp|whats\s?app|sms|appje|mailtje|e-?mail|mail|courriel)\b"
# Asked of us in so many words: "app me even", "mail mij", "text me", "écrivez-moi par SMS".
_ASKS = re.compile(
    r"\b(?:(?P<whatsapp>(?:whats\s?)?app(?:\s+(?:me|mij|ons|us)\b)|whatsapp(?:en|pen)?\s+(?:me|mij|ons|us)\b)"
    r"|(?P<sms>(?:text|sms)\s+(?:me|mij|ons|us)\b)"
    r"|(?P<email>(?:e-?mail|mail)\s+(?:me|mij|ons|us|mir)\b)"
    r"|(?P<call>(?:call|phone|ring|bel)\s+(?:me|mij|ons|us)\b(?!\s+niet)|rufen\s+sie\s+(?:mich|uns)\b"
    r"|appelez[-\s]moi\b|graag\s+(?:terug)?(?:bellen|gebeld)\b)"
    r"|(?:contact|reach|answer|reply\s+to|schreib(?:en\s+sie)?|antworten\s+sie|écrivez|contactez|répondez|stuur|send)"
    rf"[-\s]+(?:me|mij|ons|us|mir|moi|nous|mich)\b{_FILLERS}\s+(?P<by>{_WRITTEN})"
    # "graag contact via WhatsApp", "bitte per Mail", "please reply by e-mail"
    rf"|\b(?:graag|please|pls|svp|aub|bitte|merci\s+de|contact|bereikbaar|reageren)\b(?:\s+\w+){{0,3}}"
    rf"\s+(?:via|per|by|through|par|over)(?:\s+(?:de|the|een|an?))?\s+(?P<via>{_WRITTEN}))",
    re.IGNORECASE,
)

_COMMON = {
    "nl": """
        de het een en ik is van dat niet je te op voor met zijn er aan graag nog deze auto wat hoe kan of
        heb mijn naar beschikbaar proefrit bel aub wil zou maar kunnen jullie dit bij ook om inruil""",
    "en": """
        the is this and to i you for of a in it still my would have can are available please what your with
        interested like call do be on we if car looking test drive want wants thanks""",
    "fr": """
        le la les je est et de un une pour bonjour vous que ce cette voiture merci mon dans avec disponible
        encore prix essai en du des ne pas sur voudrais suis il y ma""",
    "de": """
        der die das ich ist und ein eine nicht noch für mit sie zu auf den wie guten tag bitte auto fahrzeug
        haben verfügbar probefahrt danke von es kann mein wir dem möchte""",
}
_WORDS = {code: frozenset(words.split()) for code, words in _COMMON.items()}
_BY_COUNTRY = {"NL": "nl", "BE": "nl", "FR": "fr", "LU": "fr", "MC": "fr", "DE": "de", "AT": "de", "CH": "de"}
_BY_NAME = {
    "nederlands": "nl", "dutch": "nl", "vlaams": "nl", "english": "en", "engels": "en", "french": "fr",
    "français": "fr", "frans": "fr", "german": "de", "deutsch": "de", "duits": "de",
}  # fmt: skip
_CODE = re.compile(r"([A-Za-z]{2})(?:[-_][A-Za-z0-9-]{2,10})?")

# Longest text that is searched; wishes stand at the beginning or not at all.
_SEARCHED = 20_000


def channel_named(text: str | None) -> Channel | None:
    """The channel a form field names ("WhatsApp", "E-mail", "telefonisch"); None for anything else."""
    return _CHANNELS.get(text.strip().lower()) if text else None


def channel_asked(text: str | None, can_mail: bool) -> Channel | None:
    """The channel asked for in free text, or None.

    "Don't call" alone means e-mail if there is an address, else WhatsApp; "don't call before ten" is no such
    wish. Of several wishes the plainest wins: a preference, then "don't call", then a request. Who asks for a
    call too gets the call.
    """
    if not text:
        return None
    words = text[:_SEARCHED]
    no_calls = _NO_CALLS.search(words) is not None
    for preferred in _PREFERS.finditer(words):
        channel = _CHANNELS[next(filter(None, preferred.groups())).lower()]
        if not (no_calls and channel == "call"):
            return channel
    asked = [one for found in _ASKS.finditer(words) if (one := _asked(found))]
    if no_calls:
        asked += _only_means_named(words)
        return next((c for c in asked if c != "call"), "email" if can_mail else "whatsapp")
    return "call" if "call" in asked else next(iter(asked), None)


def _only_means_named(words: str) -> list[Channel]:
    """ "Niet bellen maar appen": beside the call exactly one channel is named anywhere."""
    named = {_CHANNELS[name.lower()] for name in _NAMED.findall(words)} - {"call"}
    return list(named) if len(named) == 1 else []


def _asked(found: re.Match[str]) -> Channel | None:
    if means := found.group("by") or found.group("via"):
        return _CHANNELS.get(re.sub(r"\s+", " ", means.lower()))
    return next((_CHANNELS[name] for name in ("whatsapp", "sms", "email", "call") if found.group(name)), None)


def language_of(stated: str | None, text: str | None, region: str | None) -> str:
    """A two-letter code: what the sender states, else what the text looks like, else the country's."""
    if stated:
        name = stated.strip().lower()
        code = _CODE.fullmatch(name)
        if name in _BY_NAME or code:
            return _BY_NAME.get(name) or (code.group(1) if code else "")
    words = re.findall(r"[^\W\d_]+", (text or "")[:_SEARCHED].lower())
    scores = {code: sum(word in common for word in words) for code, common in _WORDS.items()}
    home = _BY_COUNTRY.get((region or "").upper(), "en")
    best = max(scores, key=lambda code: (scores[code], code == home))
    return best if scores[best] >= 2 else home
