"""The e-mails a customer gets, built from templates: confirmation, "also asks", delay, handover, closing, stop.

In: ``Facts`` about customer, salesperson and links. Out: a ``Letter``. Pure; called by confirm, privacy and
whoever tells a customer that a call comes later.
"""

from collections.abc import Callable
from dataclasses import dataclass

from app.texts import render
from app.texts.letter import Letter, Link
from app.texts.prefill import about

WHENS = ("minutes", "opening", "moment", "soon", "writing", "answer")


@dataclass(frozen=True)
class Facts:
    """Whom we write to, who writes, about what. ``number`` is spaced for reading; None when there is none."""

    language: str
    first_name: str
    salesperson: str
    showroom: str
    number: str | None
    car: str | None
    page_url: str
    stop_url: str

    @property
    def about(self) -> str:
        """ "about the VW Golf" in the customer's language."""
        return about(self.car, self.language)


def confirmation(facts: Facts, when: str, moment: str) -> Letter:
    """Rule 9: thanks by name, who will call, from which number, truthfully when, and one open question.

    ``when``: one of ``WHENS``; ``moment`` is used by "opening" and "moment".
    """
    say = _sayer(facts)
    number = [_number(facts, when)] if facts.number else []
    return Letter(
        language=facts.language,
        subject=say("confirmation_subject", salesperson=facts.salesperson),
        greeting=_greeting(facts),
        paragraphs=(
            say("confirmation_thanks", about=facts.about),
            say("confirmation_who", salesperson=facts.salesperson, showroom=facts.showroom),
            " ".join([_when(facts, when, moment), *number]),
        ),
        ask=say("confirmation_ask_writing" if when == "writing" else "confirmation_ask_call"),
        ask_how=say("confirmation_ask_reply"),
        signature=(facts.salesperson, facts.showroom),
        number=facts.number or "",
        page=Link(say("confirmation_page"), facts.page_url),
        stop=Link(say("confirmation_stop"), facts.stop_url),
    )


def also_asks(facts: Facts, when: str, moment: str) -> Letter:
    """A further request in the same follow-up: short, and nothing has to be explained twice (rule 7)."""
    say = _sayer(facts)
    return Letter(
        language=facts.language,
        subject=say("also_asks_subject", about=facts.about),
        greeting=_greeting(facts),
        paragraphs=(
            say("also_asks_thanks", about=facts.about),
            say("also_asks_same"),
            _when(facts, when, moment),
        ),
        ask_how=say("confirmation_ask_reply"),
        signature=(facts.salesperson, facts.showroom),
        page=Link(say("confirmation_page"), facts.page_url),
        stop=Link(say("confirmation_stop"), facts.stop_url),
    )


def delay(facts: Facts, moment: str) -> Letter:
    """The promised call did not come (300 s): a concrete time instead."""
    say = _sayer(facts)
    return Letter(
        language=facts.language,
        subject=say("delay_subject"),
        greeting=_greeting(facts),
        paragraphs=(say("delay_sorry"), say("delay_when", moment=moment)),
        ask_how=say("delay_ask"),
        signature=(facts.salesperson, facts.showroom),
        page=Link(say("confirmation_page"), facts.page_url),
        stop=Link(say("confirmation_stop"), facts.stop_url),
    )


def closing(facts: Facts, own: str | None) -> Letter:
    """The cadence has ended without contact: we stop trying, and one tap on their page brings them back.

    ``own``: the showroom's own words instead of ours, paragraphs apart by an empty line.
    """
    say = _sayer(facts)
    ours = (_greeting(facts), say("closing_tried", about=facts.about), say("closing_back"))
    greeting, *paragraphs = own.split("\n\n") if own else ours
    return Letter(
        language=facts.language,
        subject=say("closing_subject", about=facts.about),
        greeting=greeting,
        paragraphs=tuple(paragraphs),
        signature=(facts.salesperson, facts.showroom),
        page=Link(say("closing_page"), facts.page_url),
        stop=Link(say("confirmation_stop"), facts.stop_url),
    )


def handover(facts: Facts, before: str) -> Letter:
    """Somebody else looks after them now: who, on which number. ``before``: first name of whom they know."""
    say = _sayer(facts)
    names = {"salesperson": facts.salesperson, "showroom": facts.showroom, "before": before}
    number = [_number(facts, "answer")] if facts.number else []
    return Letter(
        language=facts.language,
        subject=say("handover_subject", **names),
        greeting=_greeting(facts),
        paragraphs=(
            " ".join([say("handover_who", **names), *number]),
            say("handover_same", about=facts.about),
        ),
        ask_how=say("confirmation_ask_reply"),
        signature=(facts.salesperson, facts.showroom),
        number=facts.number or "",
        page=Link(say("confirmation_page"), facts.page_url),
        stop=Link(say("confirmation_stop"), facts.stop_url),
    )


def stop_confirmed(facts: Facts, what: str) -> Letter:
    """One neutral message, then silence. ``what``: everything, request, or the channel that was stopped."""
    say = _sayer(facts)
    return Letter(
        language=facts.language,
        subject=say("stop_confirmed_subject"),
        greeting=_greeting(facts),
        paragraphs=(say(f"stop_confirmed_{what}"), say("stop_confirmed_close")),
        signature=(facts.showroom,),
    )


def _sayer(facts: Facts) -> Callable[..., str]:
    """``render`` in the customer's language."""
    return lambda key, **values: render(key, facts.language, **values)


def _greeting(facts: Facts) -> str:
    if facts.first_name:
        return render("greeting", facts.language, first_name=facts.first_name)
    return render("greeting_nameless", facts.language)


def _when(facts: Facts, when: str, moment: str) -> str:
    return render(f"confirmation_when_{when}", facts.language, moment=moment)


def _number(facts: Facts, when: str) -> str:
    key = "confirmation_number_reach" if when in ("writing", "answer") else "confirmation_number"
    return render(key, facts.language, number=facts.number)
