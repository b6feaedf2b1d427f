"""How long a failed try waits: 1 s, 2 s, 4 s, … five minutes at most, never before the service said."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.outbox.backoff import MOST, backoff


def test_it_doubles_up_to_five_minutes() -> None:
    waits = [backoff(tries, spread=1).total_seconds() for tries in range(1, 12)]
    assert waits[:4] == [1, 2, 4, 8] and waits[-1] == MOST == 300


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_no_dice_make_it_shorter_than_half_or_longer_than_all(tries: int, dice: float) -> None:
    full = backoff(tries, spread=1)
    assert full / 2 <= backoff(tries, spread=dice) <= full
    assert backoff(tries) <= timedelta(seconds=MOST)


def test_what_the_service_asked_for_is_kept() -> None:
    assert backoff(1, timedelta(seconds=90), spread=0) == timedelta(seconds=90)
    assert backoff(20, timedelta(seconds=1), spread=1) == timedelta(seconds=MOST)


def test_many_failing_at_once_do_not_come_back_at_once() -> None:
    assert len({backoff(5) for _ in range(50)}) > 40
