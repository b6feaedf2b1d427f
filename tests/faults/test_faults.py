"""Under load, with real processes: whatever breaks below the program, no lead is lost and none is pushed twice under two tags.

One house for each kind of database: a process takes seconds to start. ``bin/bench faults`` plays all of them longer, and
writes docs/reliability.md. A recovery is only waited for here; how long it takes belongs to the machine.
"""

from collections.abc import Iterator

import pytest

from tests.faults.faults import FAULTS, Fault
from tests.faults.play import stage, suffer
from tests.faults.stage import Account, Stage

SECONDS, RATE = 1.5, 6.0
ON_SQLITE = ("SIGSTOP", "ahead, and back", "answers 500", "429", "in its answer")
ON_POSTGRESQL = ("restarted", "failed over")
"""In this order: after the failover there is no going back."""


def named(words: tuple[str, ...]) -> list[Fault]:
    """The one fault that each of these words names."""
    found = [[fault for fault in FAULTS if word in fault.name] for word in words]
    assert all(len(faults) == 1 for faults in found), found
    return [fault for [fault] in found]


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage("sqlite", tmp_path_factory.mktemp("faults"), wrong_clock=True) as made:
        yield made


@pytest.fixture(scope="module")
def on_postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage("postgres", tmp_path_factory.mktemp("faults"), standby=True) as made:
        yield made


@pytest.mark.parametrize("fault", named(ON_SQLITE), ids=lambda fault: fault.name)
def test_no_lead_is_lost_on_sqlite(on_sqlite: Stage, fault: Fault) -> None:
    all_there(on_sqlite, fault)


@pytest.mark.parametrize("fault", named(ON_POSTGRESQL), ids=lambda fault: fault.name)
def test_no_lead_is_lost_on_postgresql(on_postgresql: Stage, fault: Fault) -> None:
    account = all_there(on_postgresql, fault)
    assert account.refused, "while the database was away somebody was told to come again"


def test_no_lead_is_lost_while_the_disk_is_full(on_sqlite: Stage) -> None:
    [fault] = named(("disk full",))
    assert all_there(on_sqlite, fault).refused, "somebody was told to come again"


def all_there(scene: Stage, fault: Fault) -> Account:
    """Every lead once in the database and on Sanne's phone; who was refused was told when to come again."""
    account = suffer(scene, fault, SECONDS, RATE)
    assert account.sent > RATE, account
    assert (account.lost, account.doubled) == ([], []), account
    assert {word for word in account.refused if word[:1].isdigit()} <= {"503 with Retry-After"}, account
    return account
