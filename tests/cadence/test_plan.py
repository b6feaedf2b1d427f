"""What Sanne is asked to do next about Jansen, as examples; Bram is her manager."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.cadence.plan import (
    AnswerNow,
    DatedStep,
    Ended,
    Fact,
    FindContact,
    History,
    Kind,
    ManagerAnswers,
    NameNextStep,
    NextAttempt,
    Plan,
    Snooze,
    Unreachable,
    plan_next,
)
from app.cadence.steps import SIX_IN_TEN, WRITTEN, Cadence
from app.hours import DAYS, Hours

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
UTRECHT = Hours.from_json(
    "Europe/Amsterdam",
    {**{day: [["09:00", "18:00"]] for day in DAYS[:5]}, "sat": [["10:00", "17:00"]]},
)


def at(text: str) -> datetime:
    """ "Tue 10:00" in the week of Monday 2 November 2026, in Utrecht; "Tue+1": a week later."""
    day, clock = text.split()
    name, _, weeks = day.partition("+")
    number = 2 + DAYS.index(name.lower()) + 7 * int(weeks or 0)
    return datetime.fromisoformat(f"2026-11-{number:02}T{clock}").replace(tzinfo=AMSTERDAM).astimezone(UTC)


def fact(when: str, kind: Kind, next_at: str | None = None, next_kind: str | None = None) -> Fact:
    return Fact(at(when), kind, None if next_at is None else at(next_at), next_kind)


JANSEN = History(opened_at=at("Tue 10:00"), contactable="call")


def plan(now: str, *facts: Fact, of: History = JANSEN, cadence: Cadence = SIX_IN_TEN) -> Plan:
    return plan_next(replace(of, facts=facts), cadence, UTRECHT, at(now))


def attempt(now: str, *facts: Fact, of: History = JANSEN, cadence: Cadence = SIX_IN_TEN) -> NextAttempt:
    found = plan(now, *facts, of=of, cadence=cadence)
    assert isinstance(found, NextAttempt), found
    return found


FIVE_TRIES = (
    fact("Tue 10:00", "no_answer"),
    fact("Tue 10:10", "voicemail"),
    fact("Tue 11:00", "voicemail"),
    fact("Tue 14:00", "no_answer"),
    fact("Fri 10:00", "no_answer"),
)
SIX_TRIES = (*FIVE_TRIES, fact("Tue+1 10:00", "no_answer"))


def test_a_lead_in_opening_hours_is_to_be_called_at_once() -> None:
    first = attempt("Tue 10:00")
    assert (first.position, first.due_at, first.channel) == (1, at("Tue 10:00"), "call")
    assert not first.voicemail_allowed


def test_a_lead_of_the_evening_is_called_at_its_place_in_the_queue_of_the_morning() -> None:
    evening = replace(JANSEN, opened_at=at("Tue 21:30"), stagger=timedelta(minutes=10))
    assert attempt("Tue 21:30", of=evening).due_at == at("Wed 09:10")
    assert attempt("Wed 09:05", of=evening).due_at == at("Wed 09:10")


def test_what_lay_overnight_is_first_in_the_morning() -> None:
    forgotten = replace(JANSEN, opened_at=at("Tue 17:50"), stagger=timedelta(minutes=10))
    assert attempt("Tue 18:30", of=forgotten).due_at == at("Wed 09:00")


def test_a_lead_nobody_called_is_due_now_and_keeps_its_original_clock() -> None:
    late = attempt("Tue 10:07")
    assert (late.due_at, late.planned_at) == (at("Tue 10:07"), at("Tue 10:00"))


def test_jansen_does_not_answer_and_sanne_calls_again_in_ten_minutes_with_a_voicemail() -> None:
    second = attempt("Tue 10:02", fact("Tue 10:01", "no_answer"))
    assert (second.position, second.due_at, second.voicemail_allowed) == (2, at("Tue 10:11"), True)


def test_the_third_call_is_an_hour_after_the_first_even_when_the_second_was_late() -> None:
    third = attempt("Tue 10:31", fact("Tue 10:00", "no_answer"), fact("Tue 10:30", "busy"))
    assert (third.position, third.due_at, third.voicemail_allowed) == (3, at("Tue 11:00"), True)


def test_nobody_is_called_twice_within_ten_minutes() -> None:
    third = attempt("Tue 11:20", fact("Tue 10:00", "no_answer"), fact("Tue 11:20", "busy"))
    assert third.due_at == at("Tue 11:30")


def test_two_voicemails_are_enough() -> None:
    third = attempt("Tue 10:11", fact("Tue 10:00", "voicemail"), fact("Tue 10:10", "voicemail"))
    assert third.position == 3 and not third.voicemail_allowed


def test_the_fourth_call_is_in_another_part_of_the_day_within_twenty_hours() -> None:
    fourth = attempt("Tue 11:01", *FIVE_TRIES[:3])
    assert (fourth.position, fourth.due_at) == (4, at("Tue 14:00"))
    afternoon = [fact("Tue 14:00", "no_answer"), fact("Tue 14:10", "busy"), fact("Tue 15:00", "busy")]
    assert attempt("Tue 15:01", *afternoon).due_at == at("Wed 09:00")
    queued = replace(JANSEN, stagger=timedelta(minutes=10))
    assert attempt("Tue 15:01", *afternoon, of=queued).due_at == at("Wed 09:10")
    before_lunch = [fact("Tue 12:15", "no_answer"), fact("Tue 12:25", "busy"), fact("Tue 13:15", "busy")]
    assert attempt("Tue 13:16", *before_lunch).due_at == at("Tue 17:00")


def test_over_the_weekend_the_fourth_call_waits_for_the_opening() -> None:
    saturday = [fact("Sat 14:00", "no_answer"), fact("Sat 14:10", "busy"), fact("Sat 15:00", "busy")]
    assert attempt("Sat 16:45", *saturday).due_at == at("Mon+1 09:00")


def test_the_fifth_call_is_on_day_three_and_the_closing_one_on_day_seven() -> None:
    assert attempt("Tue 14:01", *FIVE_TRIES[:4]).due_at == at("Fri 10:00")
    last = attempt("Fri 10:01", *FIVE_TRIES)
    assert (last.position, last.due_at) == (6, at("Tue+1 10:00"))


def test_after_the_sixth_call_jansen_is_unreachable() -> None:
    assert plan("Tue+1 10:01", *SIX_TRIES) == Unreachable()


def test_a_night_between_the_calls_does_not_push_them_together() -> None:
    evening = fact("Tue 17:55", "no_answer")
    assert attempt("Tue 17:56", evening).due_at == at("Wed 09:00")
    third = attempt("Wed 09:01", evening, fact("Wed 09:00", "voicemail"))
    assert third.due_at == at("Wed 09:50")  # fifty minutes after the second, as planned
    fourth = attempt("Wed 09:51", evening, fact("Wed 09:00", "voicemail"), fact("Wed 09:50", "no_answer"))
    assert fourth.due_at == at("Wed 12:50")
    late = attempt("Wed 11:31", evening, fact("Wed 09:00", "voicemail"), fact("Wed 11:30", "no_answer"))
    assert late.due_at == at("Wed 13:55")  # not three hours later: the twenty hours end here


def test_a_day_of_the_plan_is_another_day_than_the_last_calls() -> None:
    late = (*FIVE_TRIES[:3], fact("Fri 16:00", "no_answer"))
    assert attempt("Fri 16:01", *late).due_at == at("Sat 10:00")


def test_across_the_change_of_the_clock_day_three_keeps_its_local_time() -> None:
    friday = datetime(2026, 10, 23, 10, 30, tzinfo=AMSTERDAM)
    tries = tuple(Fact(friday + timedelta(minutes=m), "no_answer") for m in (0, 10, 60, 240))
    found = plan_next(History(friday, "call", tries), SIX_IN_TEN, UTRECHT, friday + timedelta(hours=5))
    assert isinstance(found, NextAttempt)
    assert found.due_at.astimezone(AMSTERDAM).isoformat() == "2026-10-26T10:30:00+01:00"


def test_a_call_back_time_is_kept_also_after_closing_and_uses_up_no_step() -> None:
    asked = fact("Tue 10:01", "call_back", "Tue 21:00")
    assert plan("Tue 10:02", asked) == Snooze(at("Tue 21:00"), 1, planned_at=at("Tue 21:00"))
    assert plan("Tue 21:01", asked) == Snooze(at("Tue 21:01"), 1, planned_at=at("Tue 21:00"))
    missed = attempt("Tue 23:00", asked)
    assert (missed.position, missed.due_at, missed.planned_at) == (1, at("Wed 09:00"), at("Wed 09:00"))


def test_an_early_call_does_not_cancel_the_time_jansen_chose() -> None:
    asked, early = fact("Tue 10:01", "call_back", "Tue 16:00"), fact("Tue 13:00", "no_answer")
    assert plan("Tue 13:01", asked, early) == Snooze(at("Tue 16:00"), 2, planned_at=at("Tue 16:00"))
    kept = attempt("Tue 16:01", asked, early, fact("Tue 16:00", "no_answer"))
    assert (kept.position, kept.due_at) == (3, at("Tue 16:10"))


def test_a_wrong_number_is_followed_at_once_by_the_other_one_at_the_same_step() -> None:
    facts = (fact("Tue 10:00", "no_answer"), fact("Tue 10:10", "wrong_number"))
    other = attempt("Tue 10:10", *facts)
    assert (other.position, other.due_at, other.channel) == (2, at("Tue 10:10"), "call")
    write = attempt("Tue 10:10", *facts, of=replace(JANSEN, contactable="write"))
    assert (write.position, write.due_at, write.channel) == (2, at("Tue 10:10"), "write")
    assert not write.voicemail_allowed
    nobody = plan("Tue 10:10", *facts, of=replace(JANSEN, contactable="none"))
    assert nobody == FindContact(at("Tue 10:10"), planned_at=at("Tue 10:10"))


def test_a_whatsapp_after_a_missed_call_is_no_attempt() -> None:
    facts = (fact("Tue 10:00", "no_answer"), fact("Tue 10:01", "message_sent"))
    assert attempt("Tue 10:02", *facts).position == 2
    wrong = fact("Tue 10:10", "wrong_number")
    written = attempt("Tue 10:12", *facts, wrong, of=replace(JANSEN, contactable="write"))
    assert written.position == 2  # nor does it become one when the number turns out to be wrong


def test_who_prefers_writing_is_written_to_at_once_next_day_on_day_three_and_seven() -> None:
    deaf = replace(JANSEN, contactable="write")
    when = ["Tue 10:00", "Wed 10:00", "Fri 10:00", "Tue+1 10:00"]
    for number, due in enumerate(when):
        sent = [fact(text, "message_sent") for text in when[:number]]
        found = attempt(when[max(number - 1, 0)], *sent, of=deaf, cadence=WRITTEN)
        assert (found.position, found.due_at, found.channel) == (number + 1, at(due), "write")
    everything = [fact(text, "message_sent") for text in when]
    assert plan("Tue+1 10:01", *everything, of=deaf, cadence=WRITTEN) == Unreachable()


def test_without_any_number_or_address_bram_is_to_find_one() -> None:
    nobody = replace(JANSEN, contactable="none", opened_at=at("Sun 12:00"))
    assert plan("Sun 12:00", of=nobody) == FindContact(at("Mon+1 09:00"), planned_at=at("Mon+1 09:00"))


def test_a_reply_is_answered_within_five_minutes_or_at_the_opening() -> None:
    tried = fact("Tue 10:00", "no_answer")
    assert plan("Tue 10:30", tried, fact("Tue 10:30", "replied")) == AnswerNow(
        at("Tue 10:35"), planned_at=at("Tue 10:35")
    )
    night = fact("Tue 22:00", "replied")
    assert plan("Tue 22:00", tried, night) == AnswerNow(at("Wed 09:00"), planned_at=at("Wed 09:00"))


def test_a_dialogue_that_stalls_for_a_working_day_gives_way_to_the_same_step() -> None:
    facts = (fact("Sat 10:30", "no_answer"), fact("Sat 10:35", "replied"), fact("Sat 10:38", "message_sent"))
    resumed = attempt("Sat 10:39", *facts)
    assert (resumed.position, resumed.due_at) == (2, at("Mon+1 10:38"))
    called = attempt("Sat 11:01", *facts, fact("Sat 11:00", "no_answer"))
    assert (called.position, called.due_at) == (3, at("Mon+1 10:38"))  # a call, too, leaves the pause alone


def test_a_missed_call_is_no_answer_to_a_reply() -> None:
    facts = (fact("Tue 10:00", "no_answer"), fact("Tue 10:30", "replied"), fact("Tue 10:33", "no_answer"))
    assert plan("Tue 10:34", *facts) == AnswerNow(at("Tue 10:43"), planned_at=at("Tue 10:43"))


def test_a_follow_up_does_not_end_on_a_customer_who_was_never_answered() -> None:
    wrote = (*SIX_TRIES, fact("Tue+1 10:30", "replied"))
    called = (*wrote, fact("Tue+1 10:33", "no_answer"))
    assert plan("Fri+1 10:00", *called) == AnswerNow(at("Fri+1 10:00"), planned_at=at("Tue+1 10:43"))
    answered = (*wrote, fact("Tue+1 10:33", "message_sent"))
    last = attempt("Tue+1 10:34", *answered)
    assert (last.position, last.due_at) == (6, at("Wed+1 10:33"))
    assert plan("Wed+1 10:34", *answered, fact("Wed+1 10:33", "no_answer")) == Unreachable()


def test_after_contact_the_agreed_date_leads_also_in_closed_hours() -> None:
    spoke = fact("Tue 10:00", "spoke", "Thu 20:00", "appointment")
    assert plan("Tue 10:05", spoke) == DatedStep("appointment", at("Thu 20:00"), planned_at=at("Thu 20:00"))
    check = fact("Tue 10:00", "spoke", "Thu 20:00", "check_in")  # Sanne's own plan, not Jansen's
    assert plan("Tue 10:05", check) == DatedStep("check_in", at("Fri 09:00"), planned_at=at("Fri 09:00"))


def test_contact_without_a_date_asks_sanne_for_one() -> None:
    spoke = fact("Tue 17:50", "called_us")
    assert plan("Tue 17:51", spoke) == NameNextStep(at("Wed 09:05"), planned_at=at("Wed 09:05"))
    named = fact("Tue 17:52", "next_step", "Fri 11:00", "quote")
    assert plan("Tue 17:53", spoke, named) == DatedStep("quote", at("Fri 11:00"), planned_at=at("Fri 11:00"))


def test_three_missed_calls_about_an_agreed_date_ask_sanne_for_a_new_one() -> None:
    facts = [fact("Tue 10:00", "spoke", "Wed 11:00", "call_back"), fact("Wed 11:00", "no_answer")]
    assert plan("Wed 11:01", *facts) == DatedStep("call_back", at("Wed 12:00"), planned_at=at("Wed 12:00"))
    facts.append(fact("Wed 12:00", "voicemail"))
    assert plan("Wed 12:01", *facts) == DatedStep("call_back", at("Thu 12:00"), planned_at=at("Thu 12:00"))
    facts.append(fact("Thu 12:00", "no_answer"))
    assert plan("Thu 12:01", *facts) == NameNextStep(at("Thu 12:15"), planned_at=at("Thu 12:15"))


def test_a_complaint_rests_everything_until_bram_has_answered() -> None:
    complaint = (*FIVE_TRIES[:3], fact("Tue 16:00", "complaint"))
    brams = ManagerAnswers(at("Wed 11:00"), planned_at=at("Wed 11:00"))  # four opening hours
    assert plan("Tue 16:01", *complaint) == brams
    assert plan("Tue 17:01", *complaint, fact("Tue 17:00", "no_answer")) == brams
    assert plan("Tue 17:01", *complaint, fact("Tue 17:00", "next_step", "Fri 11:00", "quote")) == brams
    answered, name = fact("Wed 10:00", "complaint_answered"), at("Wed 10:15")
    assert plan("Wed 10:01", *complaint, answered) == NameNextStep(name, planned_at=name)


def test_a_dialled_call_holds_the_clock_for_twenty_minutes_and_no_longer() -> None:
    dialled = fact("Tue 10:01", "started")
    held = attempt("Tue 10:02", dialled)
    assert (held.due_at, held.planned_at) == (at("Tue 10:21"), at("Tue 10:00"))
    assert attempt("Tue 10:25", dialled).due_at == at("Tue 10:25")


def test_a_call_held_beyond_closing_is_due_at_the_opening() -> None:
    assert attempt("Tue 17:51", fact("Tue 17:50", "started")).due_at == at("Wed 09:00")


def test_did_not_call_resumes_the_original_clock() -> None:
    resumed = attempt("Tue 10:03", fact("Tue 10:01", "started"), fact("Tue 10:02", "not_made"))
    assert (resumed.due_at, resumed.planned_at) == (at("Tue 10:03"), at("Tue 10:00"))


def test_jansen_is_not_given_up_while_somebody_is_on_the_line() -> None:
    assert isinstance(plan("Tue+1 11:00", *SIX_TRIES, fact("Tue+1 10:59", "started")), NextAttempt)


def test_the_same_car_on_three_portals_changes_nothing_within_ten_minutes() -> None:
    tried = fact("Tue 10:01", "no_answer")
    assert plan("Tue 10:08", tried, fact("Tue 10:08", "new_lead")) == plan("Tue 10:08", tried)


def test_an_enquiry_just_after_the_last_call_keeps_the_follow_up_alive() -> None:
    again = attempt("Tue+1 10:05", *SIX_TRIES, fact("Tue+1 10:05", "new_lead"))
    assert (again.position, again.due_at) == (6, at("Wed+1 09:00"))


def test_who_asks_to_be_written_to_after_the_last_call_is_written_to() -> None:
    wish = fact("Tue+1 10:05", "to_writing")
    last = attempt("Tue+1 10:05", *SIX_TRIES, wish, of=replace(JANSEN, contactable="write"))
    assert (last.position, last.due_at, last.channel) == (6, at("Wed+1 09:00"), "write")


def test_a_second_enquiry_on_another_day_is_called_at_once() -> None:
    again = attempt("Wed 15:00", *FIVE_TRIES[:4], fact("Wed 15:00", "new_lead"))
    assert (again.position, again.due_at) == (5, at("Wed 15:00"))


def test_an_enquiry_after_contact_is_called_at_once_and_the_appointment_stays() -> None:
    spoke = fact("Tue 10:00", "spoke", "Fri 11:00", "appointment")
    enquiry = fact("Wed 15:00", "new_lead")
    assert plan("Wed 15:00", spoke, enquiry) == AnswerNow(
        at("Wed 15:00"), "new_lead", planned_at=at("Wed 15:00")
    )
    spoken = fact("Wed 15:01", "spoke")
    assert plan("Wed 15:02", spoke, enquiry, spoken) == DatedStep(
        "appointment", at("Fri 11:00"), planned_at=at("Fri 11:00")
    )


def test_another_owner_gets_no_later_clock() -> None:
    tried = fact("Tue 10:00", "no_answer")
    assert plan("Tue 10:06", tried, fact("Tue 10:05", "reassigned")) == plan("Tue 10:06", tried)


def test_a_stopped_channel_takes_nothing_back_from_a_written_follow_up() -> None:
    deaf = replace(JANSEN, contactable="write")
    facts = (fact("Tue 10:00", "message_sent"), fact("Tue 11:00", "stop"))
    assert attempt("Tue 11:01", *facts, of=deaf, cadence=WRITTEN).position == 2


def test_a_closed_follow_up_asks_for_nothing() -> None:
    assert plan("Tue 10:06", of=replace(JANSEN, closed=True)) == Ended()


def test_demo_speed_hurries_the_second_step_but_not_the_first_two_minutes() -> None:
    hurried = SIX_IN_TEN.at_speed(60)
    assert {step.day_part for step in hurried.steps} == {"any"}
    always = Hours.from_json("Europe/Amsterdam", {"always": True})
    start = at("Tue 10:00")
    first = plan_next(JANSEN, hurried, always, start)
    assert isinstance(first, NextAttempt) and first.due_at == start
    seconds = (10, 60, 240, 3 * 24 * 60, 7 * 24 * 60)  # minutes of life
    tries: list[Fact] = []
    for number, due in enumerate(seconds, start=2):
        tries.append(Fact(start + timedelta(seconds=(0, *seconds)[number - 2]), "no_answer"))
        found = plan_next(replace(JANSEN, facts=tuple(tries)), hurried, always, tries[-1].at)
        assert isinstance(found, NextAttempt)
        assert (found.position, found.due_at) == (number, start + timedelta(seconds=due))


@pytest.mark.parametrize("cadence", [SIX_IN_TEN, WRITTEN, SIX_IN_TEN.at_speed(60)])
def test_a_showroom_can_store_its_own_cadence(cadence: Cadence) -> None:
    assert Cadence.from_json(cadence.to_json()) == cadence


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"steps": []}, "at least one step"),
        ({"steps": ["call"]}, "step 1 must be an object"),
        ({"name": None}, "name is missing"),
        ({"gap_s": -1}, "gap must not be negative"),
        ({"speed": 0}, "speed must be above 0"),
        ({"version": True}, "version is missing or of the wrong kind"),
    ],
)
def test_bram_is_told_what_is_wrong_with_his_cadence(change: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Cadence.from_json({**SIX_IN_TEN.to_json(), **change})


def test_bram_is_told_which_step_of_his_cadence_is_wrong() -> None:
    data = SIX_IN_TEN.to_json()
    steps = data["steps"]
    assert isinstance(steps, list)
    for change, says in (
        ({"channel": "fax"}, "step 3: channel"),
        ({"offset_s": 1e30}, "offset_s is not a number of seconds"),
        ({"offset_s": None}, "step 3 needs offset_s"),
        ({"offset_s": 0}, "follow each other"),
        ({"position": 7}, "numbered"),
        ({"latest_s": 60}, "step 3: latest"),
    ):
        wrong = {**data, "steps": [*steps[:2], {**steps[2], **change}, *steps[3:]]}
        with pytest.raises(ValueError, match=says):
            Cadence.from_json(wrong)


@pytest.mark.parametrize(
    ("kind", "next_at", "next_kind"),
    [
        ("call_back", None, None),
        ("next_step", None, None),
        ("spoke", "Thu 10:00", None),
        ("spoke", None, "x"),
    ],
)
def test_a_fact_that_lacks_its_half_is_refused(
    kind: Kind, next_at: str | None, next_kind: str | None
) -> None:
    with pytest.raises(ValueError, match=kind):
        fact("Tue 10:00", kind, next_at, next_kind)


def test_a_fact_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Fact(datetime(2026, 11, 3, 10), "no_answer")
