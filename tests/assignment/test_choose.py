"""Whose turn it is: round robin among those on duty and free, and never nobody while somebody works here."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.assignment.choose import Candidate, choose
from app.models import Availability

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)


def candidate(
    number: int,
    availability: Availability = Availability.ON_DUTY,
    *,
    unfinished: int = 0,
    open_: int = 0,
    ago: int | None = None,
) -> Candidate:
    """Salesperson ``number``, last given a lead ``ago`` minutes before noon (None: never)."""
    last = None if ago is None else NOON - timedelta(minutes=ago)
    return Candidate(UUID(int=number), availability, unfinished, open_, last)


def chosen(*candidates: Candidate) -> int:
    """Who is chosen, in whatever order they are listed."""
    (one,) = {choose(order) for order in permutations(candidates)}
    assert one is not None
    return one.int


def test_it_is_the_turn_of_whoever_waited_longest() -> None:
    assert chosen(candidate(1, ago=5), candidate(2, ago=50), candidate(3, ago=20)) == 2


def test_a_new_colleague_comes_first() -> None:
    assert chosen(candidate(1, ago=500), candidate(2)) == 2


def test_who_has_not_called_their_last_customer_yet_is_skipped() -> None:
    assert chosen(candidate(1, ago=50, unfinished=1), candidate(2, ago=1)) == 2


def test_who_has_many_open_follow_ups_is_not_skipped() -> None:
    assert chosen(candidate(1, ago=50, open_=30), candidate(2, ago=1)) == 1


def test_with_a_customer_or_at_lunch_is_not_free() -> None:
    busy, lunch = Availability.WITH_CUSTOMER, Availability.BREAK
    assert chosen(candidate(1, busy, ago=90), candidate(2, lunch), candidate(3, ago=1)) == 3


def test_when_all_on_duty_are_behind_it_goes_to_the_least_behind() -> None:
    assert chosen(candidate(1, unfinished=2), candidate(2, unfinished=1, ago=1)) == 2
    assert chosen(candidate(1, unfinished=1, ago=1), candidate(2, unfinished=1, ago=9)) == 2


def test_nobody_on_duty_it_waits_for_whoever_is_soon_back_with_the_fewest_open() -> None:
    away, gone = Availability.BREAK, Availability.OFF
    assert chosen(candidate(1, gone), candidate(2, away, open_=4), candidate(3, away, open_=2, ago=1)) == 3
    assert chosen(candidate(1, gone, open_=3), candidate(2, gone, open_=1)) == 2


def test_at_night_it_is_whoever_begins_first_and_then_who_has_the_fewest_open() -> None:
    def asleep(number: int, hours: int | None, open_: int) -> Candidate:
        back = None if hours is None else NOON + timedelta(hours=hours)
        return replace(candidate(number, Availability.OFF, open_=open_), back_at=back)

    assert chosen(asleep(1, 14, 0), asleep(2, 10, 9), asleep(3, None, 0)) == 2
    assert chosen(asleep(1, 10, 4), asleep(2, 10, 2), asleep(3, 14, 0)) == 2


def test_an_empty_showroom_has_no_turn() -> None:
    assert choose([]) is None


@given(st.integers(1, 6), st.integers(1, 5))
def test_round_after_round_everybody_gets_the_same(people: int, rounds: int) -> None:
    waiting = {UUID(int=n): candidate(n) for n in range(1, people + 1)}
    given_: list[UUID] = []
    for turn in range(people * rounds):
        one = choose(waiting.values())
        assert one is not None
        given_.append(one)
        waiting[one] = replace(waiting[one], last_assigned_at=NOON + timedelta(minutes=turn))
    assert all(given_.count(id_) == rounds for id_ in waiting)


@given(
    st.lists(
        st.builds(
            Candidate,
            st.uuids(),
            st.sampled_from(Availability),
            st.integers(0, 3),
            st.integers(0, 9),
            st.none(),
        ),
        min_size=1,
        max_size=8,
        unique_by=lambda c: c.id,
    )
)
def test_while_somebody_works_here_somebody_is_chosen_and_never_past_a_free_colleague(
    candidates: list[Candidate],
) -> None:
    one = choose(candidates)
    by_id = {c.id: c for c in candidates}
    assert one in by_id
    free = [c for c in candidates if c.availability is Availability.ON_DUTY and not c.unfinished]
    assert not free or by_id[one] in free
