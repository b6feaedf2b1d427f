"""Where the facts so far leave a follow-up: the step it is at, and what its customer is owed.

In:  a `History`, the planned steps and the hours. Out: `Standing`, which plan.py turns into the next step.
Called by: plan.py.

Contact is a conversation: spoke, called_us or a complaint. A promise ("call me at 17:30") and a reply are
not: the first uses up no step, the second pauses the cadence (product.md).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from app.cadence.history import Contactable, Fact, History
from app.cadence.steps import Cadence
from app.hours import Hours

# Steps whose time the customer agreed to, and which only a conversation fulfils.
AGREED_KINDS = frozenset({"appointment", "call_back"})
# After contact, too, three tries are the least (article [004]); then the owner decides.
LEAST_TRIES = 3


@dataclass(slots=True)
class Standing:
    """Where the facts so far leave a follow-up. `position` is one past the last step when all are done."""

    cadence: Cadence
    hours: Hours
    contactable: Contactable
    writing_since: datetime | None
    position: int = 1
    voicemails: int = 0
    first_try: datetime | None = None
    last_try: datetime | None = None
    started: datetime | None = None
    promised: datetime | None = None
    wrong_number: datetime | None = None
    new_lead: datetime | None = None
    replied: datetime | None = None
    answered: datetime | None = None
    contact: bool = False
    complaint: datetime | None = None
    dated: tuple[str, datetime] | None = None
    misses: int = 0
    unnamed_since: datetime | None = None

    @property
    def finished(self) -> bool:
        return self.position > len(self.cadence.steps)

    @property
    def stalled_at(self) -> datetime | None:
        """When the dialogue a reply began counts as stalled: one working day after our answer to it."""
        last = self.answered or self.replied
        if last is None:
            return None
        opening = self.hours.next_open(last)
        if self.cadence.speed != 1:
            return self.hours.add_open(opening, timedelta(days=1) / self.cadence.speed)
        return self.hours.open_days_later(opening, 1)

    def take(self, fact: Fact) -> None:
        handler = self._HANDLERS.get(fact.kind)
        if handler is not None:  # reassigned changes nothing: the clock is the customer's, not the owner's
            handler(self, fact)

    def _started(self, fact: Fact) -> None:
        self.started = fact.at

    def _not_made(self, fact: Fact) -> None:
        self.started = None

    def _missed(self, fact: Fact) -> None:
        self.started = None
        self.voicemails += fact.kind == "voicemail"
        if self.contact:
            self._missed_after_contact(fact)
        else:
            self._advance(fact.at)

    def _advance(self, at: datetime) -> None:
        """A real try: one step further. An answer the customer still waits for stays owed, and so does a
        time they chose, unless this was the call they chose it for."""
        self.position += 1
        self.first_try = self.first_try or at
        self._tried(at)
        self._keep_promise(at)
        stalled_at = self.stalled_at
        if self.answered is not None and stalled_at is not None and at >= stalled_at:
            self.replied = self.answered = None

    def _missed_after_contact(self, fact: Fact) -> None:
        self.last_try = fact.at
        owed = self.replied or self.new_lead
        if owed is None and (self.dated is None or fact.at < self.dated[1] - self.cadence.gap):
            return  # an early or an extra call leaves the dated step where it is
        self.misses += 1
        if self.misses >= LEAST_TRIES:
            if owed is None:
                self.dated = None
            self._settle(fact.at)

    def _wrong_number(self, fact: Fact) -> None:
        self.started = None
        if not self.contact:
            self.wrong_number, self.new_lead = fact.at, None
            self._keep_promise(fact.at)

    def _call_back(self, fact: Fact) -> None:
        self.started = None
        self._tried(fact.at)
        self.replied = self.answered = None
        if self.contact and fact.next_at is not None:
            self.dated, self.misses = ("call_back", fact.next_at), 0
        else:
            self.promised = fact.next_at

    def _snoozed(self, fact: Fact) -> None:
        """The customer named a time without a conversation: no try, and no other call before it."""
        if not self.contact:
            self.replied = self.answered = self.wrong_number = self.new_lead = None
            self.promised = fact.next_at

    def _message_sent(self, fact: Fact) -> None:
        self.started = None
        if self.contact:
            self._message_after_contact(fact)
        elif self.replied is not None and self.answered is None:
            self.answered = fact.at
        elif self.stalled_at is not None and fact.at < self.stalled_at:
            pass  # the dialogue goes on: no step of the cadence
        elif self._is_step(fact.at):
            self._advance(fact.at)

    def _message_after_contact(self, fact: Fact) -> None:
        writing = self.contactable == "write"
        if self.replied is not None or (self.new_lead is not None and writing):
            self._settle(fact.at)
        elif self.dated is not None and (writing or self.dated[0] not in AGREED_KINDS):
            if fact.at < self.dated[1] - self.cadence.gap:
                return  # a message before its time is not the quote that was promised
            self.dated = None
            self._settle(fact.at)

    def _replied(self, fact: Fact) -> None:
        if self.replied is None or self.answered is not None:  # else: the first unanswered one counts
            self.replied, self.answered = fact.at, None
            self.misses = self.misses if self.new_lead else 0

    def _new_lead(self, fact: Fact) -> None:
        self._return_to_plan()
        if self.contact:
            self.misses = self.misses if self.new_lead or self.replied else 0
            self.new_lead = self.new_lead or fact.at
            return
        tries = [at for at in (self.last_try, self.started) if at is not None]
        if tries and all(fact.at - at >= self.cadence.gap for at in tries):
            self.new_lead = self.new_lead or fact.at

    def _spoke(self, fact: Fact) -> None:
        self.contact, self.started, self.last_try = True, None, fact.at
        self.promised = self.wrong_number = None
        self._settle(fact.at)
        if fact.next_kind is not None and fact.next_at is not None:
            self.dated = (fact.next_kind, fact.next_at)
        elif self.dated is not None and (self.dated[0] == "call_back" or self.dated[1] <= fact.at):
            self.dated = None  # any conversation keeps a promised call; an appointment to come stays

    def _complaint(self, fact: Fact) -> None:
        self._spoke(fact)
        self.complaint = self.complaint or fact.at

    def _complaint_answered(self, fact: Fact) -> None:
        if self.complaint is not None:
            self.complaint = None
            self._settle(fact.at)

    def _to_writing(self, fact: Fact) -> None:
        if fact.kind == "stop":
            self.started = None
        self._return_to_plan()

    def _moved(self, fact: Fact) -> None:
        """To a cadence that may be shorter than what was tried: that alone must not end the follow-up."""
        self._return_to_plan()

    def _next_step(self, fact: Fact) -> None:
        if fact.next_kind is not None and fact.next_at is not None:
            self.dated = (fact.next_kind, fact.next_at)
            self.misses = 0

    def _return_to_plan(self) -> None:
        """After a new enquiry, a wish to be written to or a move, at least the last step is open."""
        self.position = min(self.position, len(self.cadence.steps))

    def _tried(self, at: datetime) -> None:
        self.last_try, self.wrong_number, self.new_lead = at, None, None

    def _settle(self, at: datetime) -> None:
        """Nothing is owed any more; without a dated step the owner is asked for one from here."""
        self.replied = self.answered = self.new_lead = None
        self.misses, self.unnamed_since = 0, at

    def _keep_promise(self, at: datetime) -> None:
        if self.promised is not None and at >= self.promised - self.cadence.gap:
            self.promised = None

    def _is_step(self, at: datetime) -> bool:
        """Is a message an attempt of the plan? With a dialable number only a call is (rule 5), or a message
        where the plan asks for one: not the one sent along with the call before. What was sent beside the
        calls does not become an attempt when the customer turns out to be writing only."""
        writing = self.writing_since is None or at >= self.writing_since
        if self.contactable == "write" and writing:
            return True
        step = self.cadence.steps[min(self.position, len(self.cadence.steps)) - 1]
        beside = self.last_try is not None and at < self.last_try + self.cadence.gap
        return step.channel == "write" and not beside

    _HANDLERS: ClassVar[dict[str, Callable[[Standing, Fact], None]]] = {
        "started": _started, "not_made": _not_made, "new_lead": _new_lead, "replied": _replied,
        "no_answer": _missed, "voicemail": _missed, "busy": _missed, "wrong_number": _wrong_number,
        "call_back": _call_back, "snoozed": _snoozed, "message_sent": _message_sent, "spoke": _spoke,
        "called_us": _spoke, "complaint": _complaint, "complaint_answered": _complaint_answered,
        "stop": _to_writing, "to_writing": _to_writing, "moved": _moved, "next_step": _next_step,
    }  # fmt: skip


def replay(history: History, cadence: Cadence, hours: Hours) -> Standing:
    """Take every fact in order of time. Raises `app.hours.NeverOpen` for hours without an opening."""
    facts = history.in_order()
    standing = Standing(cadence, hours, history.contactable, _writing_since(facts))
    for fact in facts:
        standing.take(fact)
    return standing


def _writing_since(facts: list[Fact]) -> datetime | None:
    """From when a customer who is now written to was: the last wrong number before they first asked for it,
    or else that wish. None: from the start."""
    since = None
    for fact in facts:
        if fact.kind == "wrong_number":
            since = fact.at
        elif fact.kind in ("to_writing", "stop"):
            return since or fact.at
    return since
