"""A mail that a customer wrote: what is theirs in it, and what is history, signature or disclaimer.

In: a mail's text. Out: the question, the numbers they sign with, a stock number they name, and whom a
forwarded mail came from. Called by `email`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from phonenumbers import PhoneNumberMatcher

from app.intake.parsed import Phone
from app.intake.phones import read_phones
from app.intake.sources.email_endings import FOOTER
from app.intake.sources.email_headers import addresses

_SEARCHED = 20_000
# Numbers stand in the first lines or in the signature; searching for them is the slowest thing here.
_SEARCHED_FOR_NUMBERS = 2_500
_MOST_LINES = 1_500
_MOST_PHONES = 5
_WROTE = re.compile(
    r"\s*(?:op|on|am|le)\b.{5,200}?(?:schreef|wrote|schrieb|a écrit|geschreven)\b.{0,160}:?\s*", re.IGNORECASE
)
_WROTE_BEGINS = re.compile(
    r"\s*(?:op|on|am|le)\b.{0,200}\d{1,2}.{0,200}(?:@|\d{1,2}[:h.]\d{2})", re.IGNORECASE
)
_WROTE_ENDS = re.compile(r".{0,200}(?:schreef|wrote|schrieb|a écrit|geschreven)\b.{0,160}:\s*", re.IGNORECASE)
_HISTORY = re.compile(
    r"\s*[-_*>]{0,12}\s*(?:original message|oorspronkelijk(?:e)? bericht|ursprüngliche nachricht"
    r"|message d['\u2019]origine"
    r"|message original|forwarded message|doorgestuurd bericht|weitergeleitete nachricht|message transféré"
    r"|begin forwarded message|begin doorgestuurd bericht|anfang der weitergeleiteten nachricht"
    r"|début du message transféré"
    r")\s*:?\s*[-_*]{0,12}\s*",
    re.IGNORECASE,
)
_FROM = re.compile(r"[\s>*]*(?:from|van|von|de)\s?\*?\s?:\*?\s*(\S.{0,300})", re.IGNORECASE)
_SENT = re.compile(
    r"[\s>*]*(?:sent|verzonden|gesendet|envoyé|date|datum|to|aan|an|à|subject|onderwerp|betreff|objet|cc|kopie)\s?\*?\s?:",
    re.IGNORECASE,
)
_SUBJECT = re.compile(r"[\s>*]*(?:subject|onderwerp|betreff|objet)\s?\*?\s?:\*?\s*(.{0,300})", re.IGNORECASE)
_DEVICE = re.compile(
    r"\s*(?:sent from (?:my|outlook|mail|yahoo|the)\b|verstuurd vanaf|verzonden (?:vanaf|met|via)\b|van mijn iphone"
    r"|von meinem \w+ gesendet|gesendet (?:von|mit)|envoyé (?:de|depuis|à partir)|get outlook for|obtenir outlook"
    r"|outlook voor|télécharger outlook).{0,120}",
    re.IGNORECASE,
)
_STARTS_A_NUMBER = re.compile(r"(?:\+|\(?\s?\+?0|00)")
_LABEL_BEFORE = re.compile(
    r"(?:tel|tél|phone|telefoon|telefon|téléphone|mobile|mobiel|gsm|handy|mob|bel|call|nummer|number|whatsapp|t|m)"
    r"\.?\s?(?:nr\.?|no\.?|is|op|me on|:)?\s?:?\s*\Z",
    re.IGNORECASE,
)
_STOCK = re.compile(
    r"\b(?:stock|voorraad|occasion|lager|voertuig|fahrzeug|véhicule|référence|referentie|ref)"
    r"[ .-]{0,2}(?:nummer|number|nr|no|num|#)?[.: #-]{0,3}\s?((?=[\w-]{0,20}\d)[A-Z0-9][A-Z0-9-]{2,20})\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Forwarded:
    """A mail that somebody passed on in the text of theirs: who wrote it, its subject and text."""

    name: str
    address: str
    subject: str
    text: str


def own_text(text: str) -> tuple[str, str]:
    """(what they wrote, their signature): without quoted history, disclaimer and "sent from my phone"."""
    kept: list[str] = []
    signature: list[str] | None = None
    lines = text.split("\n")[:_MOST_LINES]
    for number, line in enumerate(lines):
        if _begins_history(lines, number):
            break
        if signature is None and line.rstrip() == "--" and any(one.strip() for one in kept):
            signature = []
        elif FOOTER.match(line) and any(one.strip() for one in kept):
            break
        elif not line.startswith(">") and not _DEVICE.fullmatch(line):
            (kept if signature is None else signature).append(line.rstrip())
    return "\n".join(kept).strip(), "\n".join(signature or []).strip()


def _begins_history(lines: list[str], number: int) -> bool:
    line = lines[number].strip()
    if not line or len(line) > 1_000:
        return False
    if _WROTE.fullmatch(line) or _HISTORY.fullmatch(line):
        return True
    after = [one.strip()[:1_000] for one in lines[number + 1 : number + 5]]
    if _WROTE_BEGINS.match(line) and after and _WROTE_ENDS.fullmatch(after[0]):
        return True
    return bool(_FROM.fullmatch(line)) and sum(_SENT.match(one) is not None for one in after) >= 2


def forwarded(text: str) -> Forwarded | None:
    """The newest mail below a forwarding mark or a block of From, Sent, To and Subject; None without one."""
    lines = text.split("\n")[:_MOST_LINES]
    for number, line in enumerate(lines):
        sender = _FROM.fullmatch(line.strip()) if len(line) <= 1_000 else None
        head = [one.strip()[:1_000] for one in lines[number + 1 : number + 8]]
        if not sender or sum(_SENT.match(one) is not None for one in head) < 2:
            continue
        found = addresses(sender.group(1).replace("[mailto:", "<").replace("]", ">"))
        subject = next((hit.group(1) for one in head if (hit := _SUBJECT.fullmatch(one))), "")
        end = next((n for n, one in enumerate(head) if not one.strip(" >")), len(head))
        rest = "\n".join(_unquoted(one) for one in lines[number + 1 + end :])
        name, address = found[0] if found else ("", "")
        return Forwarded(name, address, subject.strip(), rest.strip())
    return None


def unquoted(text: str) -> str:
    """Every line without its marks of quoting."""
    return "\n".join(_unquoted(line) for line in text.split("\n"))


def _unquoted(line: str) -> str:
    bare = line.lstrip()
    while bare.startswith(">"):
        bare = bare[1:].removeprefix(" ")
        line = bare
    return line


def phones_in(text: str, region: str) -> tuple[Phone, ...]:
    """The valid numbers that people write in a text, each once: +…, 0… or behind a word like "tel"."""
    found: dict[str, Phone] = {}
    most = _SEARCHED_FOR_NUMBERS
    searched = text if len(text) <= 2 * most else f"{text[:most]}\n{text[-most:]}"
    for hit in PhoneNumberMatcher(searched, region.upper() or None):
        before = searched[max(0, hit.start - 25) : hit.start]
        if not _STARTS_A_NUMBER.match(hit.raw_string) and not _LABEL_BEFORE.search(before):
            continue
        for phone in read_phones(hit.raw_string, region):
            if phone.e164 and len(found) < _MOST_PHONES:
                found.setdefault(phone.e164, replace(phone, raw=hit.raw_string))
    return tuple(found.values())


def stock_in(text: str) -> str | None:
    """A stock number that the text calls one ("stock STK-7", "voorraadnr. OCC-1043")."""
    found = _STOCK.search(text[:_SEARCHED])
    return found.group(1) if found else None


def sender_named(text: str, address: str) -> str | None:
    """ "Van: Jan Bos <jan@bos.nl>" in the text of a form's mail: the name that goes with this address."""
    for line in text.split("\n")[:20]:
        sender = _FROM.fullmatch(line.strip()) if len(line) <= 1_000 else None
        for name, found in addresses(sender.group(1)) if sender else ():
            if name and found.lower() == address.lower():
                return name
    return None
