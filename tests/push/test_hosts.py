"""One push service's trouble is its own: its allowance, its line and its breaker. No clock, no wire."""

from app.push.hosts import (
    FAILURES,
    FAR,
    FLIGHTS,
    LINE,
    LONGEST_PAUSE,
    LONGEST_WISH,
    PAUSE,
    STALLED,
    TRIAL,
    Breaker,
    Gate,
)


def half() -> float:
    return 0.5


def full(now: float = 0.0) -> Gate:
    """A service with all its flights under way."""
    gate = Gate(half)
    for _ in range(FLIGHTS):
        assert gate.takes(now) and gate.sends(now)
        gate.sent(now)
    return gate


def dead(now: float = 0.0) -> Gate:
    """A service that did not answer so often that it is taken for dead."""
    gate = Gate(half)
    for _ in range(FAILURES):
        trial = gate.sent(now)
        gate.answered(now, ok=False, trial=trial)
    return gate


def test_four_failures_are_bad_luck_and_five_in_a_row_are_a_dead_service() -> None:
    gate = Gate(half)
    for _ in range(3):
        for _ in range(FAILURES - 1):
            gate.answered(0.0, ok=False, trial=gate.sent(0.0))
        assert gate.takes(0.0) and gate.sends(0.0)
        gate.answered(0.0, ok=True, trial=gate.sent(0.0))
    assert not dead().takes(0.0) and not dead().sends(0.0)


def test_after_the_pause_one_goes_ahead_and_the_others_wait_for_what_it_finds() -> None:
    gate = dead()
    until = gate.breaker.open_until
    assert until is not None and PAUSE / 2 <= until <= PAUSE
    assert not gate.sends(until - 0.01) and gate.takes(until) and gate.sends(until)
    assert gate.sent(until) is True, "it is the trial"
    assert not gate.takes(until) and not gate.sends(until), "one at a time"
    gate.answered(until + 0.1, ok=True, trial=True)
    assert gate.takes(until + 0.1) and gate.sends(until + 0.1)
    assert gate.sent(until + 0.1) is False


def test_each_trial_that_fails_makes_the_pause_longer_up_to_a_limit() -> None:
    gate, now, pauses = dead(), 0.0, []
    for _ in range(6):
        until = gate.breaker.open_until
        assert until is not None
        pauses.append(until - now)
        now = until + TRIAL
        assert gate.sent(until)
        gate.answered(now, ok=False, trial=True)
    assert pauses == sorted(pauses) and pauses[0] < pauses[-1] <= LONGEST_PAUSE


def test_what_a_service_wishes_is_granted_to_everybody_but_not_for_hours() -> None:
    for wish, kept in ((2.0, 2.0), (3600.0, LONGEST_WISH)):
        gate = Gate(half)
        for _ in range(FAILURES):
            gate.answered(0.0, ok=False, trial=gate.sent(0.0), wish=wish)
        assert gate.breaker.open_until == kept
        assert not gate.takes(kept - 0.01) and gate.takes(kept)
        gate.answered(kept, ok=False, trial=gate.sent(kept), wish=wish)
        assert gate.breaker.open_until == 2 * kept, "the trial was told so again"


def test_one_phone_that_is_throttled_keeps_nobody_elses_waiting() -> None:
    gate = Gate(half)
    for _ in range(3 * FAILURES):
        gate.answered(0.0, ok=False, trial=gate.sent(0.0), wish=30.0)
        gate.answered(0.0, ok=True, trial=gate.sent(0.0))
    assert gate.takes(0.0) and gate.sends(0.0)


def test_what_was_under_way_when_it_died_neither_lengthens_the_pause_nor_ends_a_trial() -> None:
    gate = full()
    for _ in range(FAILURES):
        gate.answered(8.0, ok=False, trial=False)
    until = gate.breaker.open_until
    for _ in range(20):
        gate.answered(8.1, ok=False, trial=False)
    assert gate.breaker.open_until == until and until is not None
    assert gate.sent(until)
    gate.answered(until, ok=False, trial=False)
    assert gate.breaker.trying and not gate.sends(until), "the trial goes on"


def test_the_way_back_takes_less_than_five_seconds_however_long_it_was_dead() -> None:
    """It comes back just after a trial began: that one runs out, one pause, one trial, and who was put off asks."""
    worst = Breaker(lambda: 1.0)
    for _ in range(FAILURES):
        worst.failed(0.0, trial=False)
    for _ in range(50):
        worst.failed(0.0, trial=True)
    assert worst.open_until == LONGEST_PAUSE
    spread = 0.8
    assert TRIAL + LONGEST_PAUSE + spread < 5


def test_a_service_has_so_many_flights_and_a_short_line_and_no_more() -> None:
    gate = full()
    assert not gate.sends(0.1)
    for _ in range(LINE):
        assert gate.takes(0.1)
        gate.line += 1
    assert not gate.takes(0.1)
    assert not gate.stalled(0.1)
    gate.answered(0.2, ok=True, trial=False)
    assert gate.sends(0.2)


def test_a_full_service_from_which_nothing_comes_back_keeps_nobody_in_line() -> None:
    gate = full()
    assert gate.stalled(STALLED) and not gate.takes(STALLED)
    gate.answered(STALLED, ok=True, trial=False)
    assert not gate.stalled(STALLED) and gate.takes(STALLED)


def test_one_push_that_hangs_does_not_keep_the_next_one_waiting() -> None:
    gate = Gate(half)
    gate.sent(0.0)
    assert gate.takes(7.9) and gate.sends(7.9) and not gate.stalled(7.9)


def test_who_is_put_off_asks_again_when_it_may_be_their_turn_and_never_far_off() -> None:
    quick = full()
    quick.line = LINE
    first, second = quick.later(0.0, 100), quick.later(0.0, 100)
    assert 0 < first < second < FAR
    assert quick.later(0.0, 10**6) == FAR
    assert full().later(STALLED) <= STALLED + FAR
    hopeless = dead()
    assert hopeless.breaker.open_until is not None
    assert hopeless.later(0.0) > hopeless.breaker.open_until
    hopeless.sent(1.0)
    assert hopeless.later(1.0) > 1.0 + TRIAL, "not before the trial is over"
    assert hopeless.later(1.0) < 1.0 + TRIAL + 1
