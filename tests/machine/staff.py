"""Salespeople, managers and a stranger: taps, outcomes, handovers, absences, leaving. Rules on top of ``World``."""

import uuid

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from app.db import db
from app.models import Channel, FollowUp, Outcome
from tests.machine.firm import COLLEAGUES, PEOPLE
from tests.machine.world import AHEAD, BACK, DAY, HOUR, MINUTE, NUMBER, WHO, World

NOT_THEIRS = (401, 404)
"""Of another showroom, or they have left."""
MANAGERS = st.sampled_from(["bram", "ada", "mia"])
OUTCOMES = st.sampled_from([outcome.value for outcome in Outcome])
STEPS = [
    {"offset_s": 0, "channel": "call"},
    {"offset_s": HOUR, "channel": "call", "voicemail": True},
    {"offset_s": 3 * DAY, "channel": "call"},
]


class Staff(World):
    """Through the API, from everybody's own phone."""

    @precondition(lambda self: self.follow_ups)
    @rule(number=NUMBER, who=WHO, channel=st.sampled_from([c.value for c in Channel]), ago=BACK)
    def attempt_is_started(self, number: int, who: str, channel: str, ago: int) -> None:
        id_ = str(uuid.uuid4())
        said = {"id": id_, "channel": channel, "started_at": self.at(-ago)}
        answer = self.move(who, "POST", self.follow_up(number, "attempts"), said)
        assert answer in (201, *NOT_THEIRS), f"a fact is never refused: {answer}"
        if answer == 201:
            self.attempts.append(id_)

    @precondition(lambda self: self.follow_ups)
    @rule(number=NUMBER, who=WHO, outcome=OUTCOMES, ahead=AHEAD)
    def call_is_made(self, number: int, who: str, outcome: str, ahead: int) -> None:
        """From tap to outcome, a minute later."""
        before = len(self.attempts)
        self.attempt_is_started(number, who, "call", 0)
        if len(self.attempts) > before:
            self.traveller.shift(MINUTE)
            self.outcome_is_logged(0, who, outcome, 0, ahead, None, "channel")

    @precondition(lambda self: self.attempts)
    @rule(
        number=NUMBER, who=WHO, outcome=OUTCOMES, ago=BACK, ahead=AHEAD,
        step=st.sampled_from([None, "appointment", "call_back", "quote", "check_in"]),
        scope=st.sampled_from(["channel", "request", "everything"]),
    )  # fmt: skip
    def outcome_is_logged(
        self, number: int, who: str, outcome: str, ago: int, ahead: int, step: str | None, scope: str
    ) -> None:
        said = {"outcome": outcome, "at": self.at(-ago), "stop_scope": scope, "note": "Jansen: kofferbak"}
        if outcome == "call_back":
            said["call_back_at"] = self.at(ahead)
        next_ = {"next_step": {"kind": step, "due_at": self.at(ahead)}} if step else {}
        path = f"attempts/{self.pick(self.attempts, number)}/outcome"
        answer = self.move(who, "POST", path, {**said, **next_})
        assert answer in (200, *NOT_THEIRS), f"a fact is never refused: {answer}"

    @precondition(lambda self: self.attempts)
    @rule(number=NUMBER, who=WHO, what=st.sampled_from(["undo", "withdraw"]))
    def attempt_is_taken_back(self, number: int, who: str, what: str) -> None:
        id_ = self.pick(self.attempts, number)
        method, noun = ("DELETE", "outcome") if what == "undo" else ("POST", "withdrawal")
        self.move(who, method, f"attempts/{id_}/{noun}")

    @precondition(lambda self: self.follow_ups)
    @rule(number=NUMBER, who=WHO, kind=st.sampled_from(["appointment", "call_back", "quote"]), ahead=AHEAD)
    def next_step_is_named(self, number: int, who: str, kind: str, ahead: int) -> None:
        said = {"kind": kind, "due_at": self.at(ahead)}
        self.move(who, "POST", self.follow_up(number, "next-steps"), said)

    @precondition(lambda self: self.follow_ups)
    @rule(
        number=NUMBER, who=WHO, to=st.sampled_from([None, *PEOPLE]),
        reason=st.sampled_from(["cannot_now", "absence", "language", "customers_wish"]),
    )  # fmt: skip
    def it_is_passed_on(self, number: int, who: str, to: str | None, reason: str) -> None:
        said = {"reason": reason, "to_person_id": str(self.firm.people[to].id) if to else None}
        self.move(who, "POST", self.follow_up(number, "handovers"), said)

    @precondition(lambda self: self.follow_ups)
    @rule(number=NUMBER, who=WHO)
    def colleague_covers(self, number: int, who: str) -> None:
        self.move(who, "POST", self.follow_up(number, "covers"))

    @precondition(lambda self: self.follow_ups)
    @rule(
        number=NUMBER, who=WHO,
        reason=st.sampled_from(["won", "lost", "trade", "test", "not_a_request", "duplicate"]),
    )  # fmt: skip
    def it_is_closed(self, number: int, who: str, reason: str) -> None:
        self.move(who, "POST", self.follow_up(number, "closure"), {"reason": reason})

    @rule(who=st.sampled_from(PEOPLE), state=st.sampled_from(["on_duty", "with_customer", "break", "off"]))
    def availability_is_tapped(self, who: str, state: str) -> None:
        self.move(who, "PUT", "me/availability", {"state": state})

    @precondition(lambda self: self.follow_ups)
    @rule(number=NUMBER, verb=st.sampled_from(["covers", "closure", "handovers", "attempts"]))
    def a_stranger_tries(self, number: int, verb: str) -> None:
        """Whoever works elsewhere finds nothing of ours, and the other way round."""
        id_ = self.pick(self.follow_ups, number)
        with self.app.app_context():
            ours = db.session.get_one(FollowUp, uuid.UUID(id_)).group_id == self.firm.people["sanne"].group_id
        who = "charlie" if ours else "sanne"
        said = {"reason": "lost", "id": str(uuid.uuid4()), "channel": "call", "started_at": self.at(0)}
        if verb == "handovers":
            said["reason"] = "absence"
        assert self.move(who, "POST", f"follow-ups/{id_}/{verb}", said) in NOT_THEIRS

    @precondition(lambda self: self.follow_ups)
    @rule(number=NUMBER, who=MANAGERS)
    def manager_has_seen_the_alarm(self, number: int, who: str) -> None:
        self.move(who, "POST", self.follow_up(number, "acknowledgements"))

    @precondition(lambda self: self.follow_ups)
    @rule(number=NUMBER, who=WHO, ahead=AHEAD, lift=st.booleans())
    def it_is_snoozed(self, number: int, who: str, ahead: int, lift: bool) -> None:
        path = self.follow_up(number, "snoozes")
        if lift:
            self.move(who, "DELETE", path)
        else:
            self.move(who, "POST", path, {"until": self.at(ahead), "reason": "customers_wish"})

    @rule(who=MANAGERS, name=st.sampled_from(["six_in_ten", "written"]), call_back=st.booleans())
    def cadence_is_edited(self, who: str, name: str, call_back: bool) -> None:
        if not self.seldom("cadence", 3):
            return
        steps = [{**step, "channel": "call" if name == "six_in_ten" else "write"} for step in STEPS]
        steps = [{**step, "voicemail": False} for step in steps] if name == "written" else steps
        more = [{**steps[-1], "offset_s": 6 * DAY, "day_part": "other"}] if call_back else []
        self.move(who, "POST", "cadences", {"name": name, "steps": [*steps, *more]})

    @precondition(lambda self: self.follow_ups)
    @rule(number=NUMBER, who=MANAGERS, version=st.integers(1, 3))
    def it_is_moved_to_another_cadence(self, number: int, who: str, version: int) -> None:
        self.move(who, "POST", self.follow_up(number, "cadence"), {"version": version})

    @rule(
        who=WHO, person=st.sampled_from([None, *COLLEAGUES]), deputy=st.sampled_from(COLLEAGUES),
        begins=st.sampled_from([-60, HOUR, DAY]), days=st.integers(1, 4),
    )  # fmt: skip
    def absence_is_planned(self, who: str, person: str | None, deputy: str, begins: int, days: int) -> None:
        absent = str(self.firm.people[person].id) if person else None
        said = {"person_id": absent, "deputy_id": str(self.firm.people[deputy].id)}
        times = {"starts_at": self.at(begins), "ends_at": self.at(begins + days * DAY)}
        answer = self.firm.ask(who, "POST", "absences", {**said, **times})
        if answer.status_code == 201:
            self.absences.append(answer.json["id"])
            self.came_true["POST absences"] += 1

    @precondition(lambda self: self.absences)
    @rule(number=NUMBER, who=WHO)
    def absence_is_called_off(self, number: int, who: str) -> None:
        self.move(who, "DELETE", f"absences/{self.pick(self.absences, number)}")

    @rule(who=WHO, begins=st.sampled_from([0, 10 * HOUR]))
    def somebody_is_on_call(self, who: str, begins: int) -> None:
        if not self.seldom("on call", 3):
            return
        said = {"person_id": None, "starts_at": self.at(begins), "ends_at": self.at(begins + 12 * HOUR)}
        self.move(who, "POST", "on-call", said)

    @rule(who=MANAGERS, leaver=st.sampled_from(COLLEAGUES))
    def somebody_leaves_the_firm(self, who: str, leaver: str) -> None:
        path = f"people/{self.firm.people[leaver].id}/departure"
        if self.seldom("departure", 3) and self.move(who, "POST", path) == 201:
            self.left.add(leaver)
