"""What a customer's page shows, as plain values for the template. In: a customer and now. Out: ``Page``.
Reads only.

Called by ``routes``. What is said about the next step is what the follow-up's row says, never more
(``expectation``).
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from sqlalchemy import select
from werkzeug.datastructures import LanguageAccept

from app.customers.come_back import is_stopped
from app.customers.expectation import Expectation, expectation
from app.customers.privacy import may_go_on
from app.db import db
from app.errors import NotFound
from app.models import Customer, FollowUp, Lead, Person, StopScope
from app.outbox import letters, stoplist
from app.texts import FALLBACK, LANGUAGES, known, render
from app.texts.moments import moment

TONES = 8
"""Colours for initials in the style sheet."""
CALLING = frozenset({"minutes", "opening", "moment", "again", "soon", "agreed"})
STOPPABLE = ("call", "whatsapp", "email")


@dataclass(frozen=True)
class Who:
    """Who looks after the customer, and the links that reach them."""

    first_name: str
    name: str
    initials: str
    tone: int
    number: str | None
    call: str | None
    whatsapp: str | None
    email: str
    stands_in_for: str | None


@dataclass(frozen=True)
class Asked:
    """One request of the customer: when (in words), about which car, what."""

    moment: str
    car: str | None
    question: str | None


@dataclass(frozen=True)
class Page:
    """Everything the templates need. ``stopped``: show the neutral page; ``ended``: one tap opens it again."""

    language: str
    say: Callable[..., str]
    token: str = ""
    notice: str = ""
    first_name: str = ""
    showroom: str = ""
    who: Who | None = None
    when: str = ""
    calls: bool = False
    writes: bool = False
    asked: tuple[Asked, ...] = ()
    answers: tuple[str, ...] = ()
    ended: bool = False
    request_may_stop: bool = False
    stopped: bool = False
    stopped_request: bool = False
    blocked: frozenset[str] = frozenset()
    stoppable: tuple[str, ...] = ()


def status(customer: Customer, token: str, now: datetime, accepted: LanguageAccept) -> Page:
    """The page of one customer. Raises NotFound when they have no request (any more)."""
    follow_up = newest_follow_up(customer)
    language = language_of(customer.language, accepted)
    points = letters.points_of(customer)
    expected = expectation(follow_up, now)
    leads = _leads(follow_up)
    blocked = frozenset(stoplist.blocked(customer, points))
    kinds = {point.kind for point in points if point.value and not point.wrong_at}
    stopped = not follow_up.is_open and is_stopped(follow_up)
    return Page(
        language=language,
        say=_sayer(language),
        token=token,
        first_name=customer.first_name,
        showroom=follow_up.showroom.name,
        who=who(follow_up),
        when=_when(follow_up, expected, language, now),
        calls=expected.what in CALLING,
        writes=expected.what == "writing",
        asked=tuple(_asked(lead, follow_up, language, now) for lead in leads),
        answers=tuple(said["text"] for lead in leads for said in lead.details.get("answers", [])),
        ended=not follow_up.is_open,
        request_may_stop=may_go_on(follow_up),
        stopped=stopped,
        stopped_request=stopped and stoplist.stopped_at(customer, points) is None,
        blocked=blocked,
        stoppable=tuple(c for c in STOPPABLE if stoplist.CHANNELS[c] in kinds and c not in blocked),
    )


def notice(what: str, accepted: LanguageAccept) -> Page:
    """A page about no customer: "gone", "too_long" or "too_many"."""
    language = language_of(None, accepted)
    return Page(language=language, say=_sayer(language), notice=what)


def around_video(follow_up: FollowUp, token: str, accepted: LanguageAccept) -> Page:
    """What stands around a personal video: whose customer this is now, whoever made it."""
    language = language_of(follow_up.customer.language, accepted)
    return Page(
        language=language,
        say=_sayer(language),
        token=token,
        showroom=follow_up.showroom.name,
        who=who(follow_up),
    )


def newest_follow_up(customer: Customer) -> FollowUp:
    """The open follow-up, else the last one. Raises NotFound."""
    query = select(FollowUp).where(
        FollowUp.group_id == customer.group_id, FollowUp.customer_id == customer.id
    )
    found = db.session.scalars(query.order_by(FollowUp.opened_at.desc(), FollowUp.id.desc()).limit(1)).first()
    if found is None:
        raise NotFound("This page does not exist (any more).")
    return found


def chosen(what: str) -> tuple[StopScope, str | None]:
    """What the stop form says: "request", a channel, or (anything else) everything."""
    if what == "request":
        return StopScope.REQUEST, None
    return (StopScope.CHANNEL, what) if what in stoplist.CHANNELS else (StopScope.EVERYTHING, None)


def who(follow_up: FollowUp) -> Who:
    """Whoever covers, else the owner: the person the customer can reach now."""
    person = letters.speaker(follow_up)
    line = letters.direct_line(person)
    return Who(
        first_name=person.first_name,
        name=person.name,
        initials=initials(person),
        tone=zlib.crc32(person.id.bytes) % TONES,
        number=line.shown if line else None,
        call=f"tel:{line.e164}" if line else None,
        whatsapp=f"https://wa.me/{line.e164.lstrip('+')}" if line and line.mobile else None,
        email=f"mailto:{quote(person.email, safe='@')}",
        stands_in_for=follow_up.owner.first_name if follow_up.covered_by else None,
    )


def initials(person: Person) -> str:
    """First letters of first and last name; of "van der Berg" the B."""
    last = next((word for word in reversed(person.last_name.split()) if word), "")
    return (person.first_name[:1] + last[:1]).upper()


def language_of(own: str | None, accepted: LanguageAccept) -> str:
    """The customer's language if we write in it, else the best their browser asks for, else English."""
    code = known(own)
    if own and (code != FALLBACK or own.lower().startswith(FALLBACK)):
        return code
    return accepted.best_match(LANGUAGES, FALLBACK) or FALLBACK


def _sayer(language: str) -> Callable[..., str]:
    return lambda key, **values: render(key, language, **values)


def _when(follow_up: FollowUp, expected: Expectation, language: str, now: datetime) -> str:
    at = moment(expected.at, now, follow_up.showroom.timezone, language) if expected.at else ""
    return render(
        f"page_when_{expected.what}",
        language,
        name=letters.speaker(follow_up).first_name,
        showroom=follow_up.showroom.name,
        moment=at,
    )


def _leads(follow_up: FollowUp) -> list[Lead]:
    query = select(Lead).where(Lead.group_id == follow_up.group_id, Lead.follow_up_id == follow_up.id)
    return list(db.session.scalars(query.order_by(Lead.arrived_at.desc(), Lead.id.desc())))


def _asked(lead: Lead, follow_up: FollowUp, language: str, now: datetime) -> Asked:
    at = moment(lead.arrived_at, now, follow_up.showroom.timezone, language)
    return Asked(moment=at, car=lead.car, question=lead.question)
