"""What a phone shows when it buzzes: title and body of each kind of notification, in the salesperson's
language.

In: a kind, and what is known of lead and colleague. Out: two lines, or a sentence for a text message or a call. Pure;
called by ``app.push.notify``, ``second_channel`` and ``bridge``. How much of the customer shows is the setting
PUSH_DETAIL; prices and birthdays never do (``discreet``).
"""

from app.texts import exists, render
from app.texts.discreet import discreet

KINDS = (
    "lead", "due", "reminder", "escalation", "alarm", "taken", "test", "hold", "stopped", "answer",
    "complaint", "handover",
)  # fmt: skip
ABOUT_THE_REQUEST = frozenset({"lead", "due", "reminder"})
"""Kinds whose second line is what the customer asked, when that may show."""
WHO = 60
"""Characters of a name and a car in a text message: with the link it stays one or two SMS."""


def notification(
    kind: str,
    language: str,
    *,
    detail: str = "full",
    name: str | None = None,
    first_name: str | None = None,
    car: str | None = None,
    wants: str | None = None,
    question: str | None = None,
    person: str | None = None,
    channel: str | None = None,
    position: int | None = None,
    of: int | None = None,
) -> tuple[str, str]:
    """Title and body. ``person``: first name of the colleague it is about (who took it, who did not call, who
    hands over); ``channel``: what was stopped; ``position`` and ``of``: which attempt is due.

    ``detail``: full, name (first name only) or none. Raises ``MissingText`` for a kind that does not exist.
    """
    who = _who(kind, language, detail, name, first_name, car)
    asked = _asked(language, wants, question) if detail == "full" and kind in ABOUT_THE_REQUEST else ""
    body = _step(language, position, of) or asked or _body(kind, language, who, person, channel)
    return _title(kind, language, detail, who, person), body


def text_message(language: str, who: str, link: str) -> str:
    """A text message to a salesperson who stays silent: who waits, and the link. One line, one or two SMS."""
    who = who[:WHO]
    return _begin(render("staff_sms_reminder", language, who=who, link=link), who, language)


def spoken(kind: str, language: str, who: str = "") -> str:
    """A sentence for the telephone. kinds: reminder, bridge (both need ``who``), nobody, over."""
    return _begin(render(f"staff_spoken_{kind}", language, who=who), who, language)


def aloud(language: str, name: str | None, first_name: str | None, car: str | None, detail: str) -> str:
    """Who it is about, to be said or sent in a text message: "Sanne de Boer, Volkswagen Golf"."""
    return _who("spoken", language, detail, name, first_name, car).replace(" · ", ", ")


def _who(
    kind: str, language: str, detail: str, name: str | None, first_name: str | None, car: str | None
) -> str:
    if detail == "none":
        return render("staff_customer", language)
    if detail == "name" or kind == "hold":
        return discreet(first_name) or render("staff_customer", language)
    parts = [discreet(part) for part in (name or first_name, car)]
    return " · ".join(part for part in parts if part) or render("staff_customer", language)


def _title(kind: str, language: str, detail: str, who: str, person: str | None) -> str:
    if kind == "lead" and detail == "name" and who != render("staff_customer", language):
        return render("staff_new_lead_named", language, who=who)
    if kind == "lead" and (detail != "full" or who == render("staff_customer", language)):
        return render("staff_new_lead", language)
    if kind == "taken" and person:
        return render("staff_taken_by", language, person=person)
    return _begin(render(f"staff_{kind}_title", language, who=who), who, language)


def _asked(language: str, wants: str | None, question: str | None) -> str:
    wish = ""
    if wants:
        wish = (
            render(f"wants_{wants}", language)
            if exists(f"wants_{wants}")
            else discreet(wants.replace("_", " "))
        )
    words = discreet(question)
    return " · ".join(part for part in (wish, f"“{words}”" if words else "") if part)


def _step(language: str, position: int | None, of: int | None) -> str:
    if position is None or of is None:
        return ""
    return render("staff_due_step", language, position=position, of=of)


def _body(kind: str, language: str, who: str, person: str | None, channel: str | None) -> str:
    suffix = {"escalation": "for", "alarm": "for", "handover": "from"}.get(kind)
    if person and suffix:
        return render(f"staff_{kind}_{suffix}", language, person=person)
    if kind == "stopped" and channel:
        return render(f"staff_stopped_{channel}", language)
    return _begin(render(f"staff_{kind}_body", language, who=who), who, language)


def _begin(line: str, who: str, language: str) -> str:
    """Our own words begin with a capital; a name is left as it was written (van Dijk, d'Hondt)."""
    return line[:1].upper() + line[1:] if who == render("staff_customer", language) else line
