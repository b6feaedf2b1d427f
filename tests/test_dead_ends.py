"""Nothing lies still: whatever happens in whatever order, every open lead has one owner and a next step that wakes somebody.

Hypothesis plays customers, salespeople, managers, phones, providers, workers and the clock (tests/machine); after each
step the laws are asked of the rows themselves. ``bin/bench machine`` plays far longer, at random.
"""

from collections.abc import Callable

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from app.db import db
from app.delivery.result import Retry
from app.models import DeliveryChannel
from tests.machine.customers import EMAILS, PHONES
from tests.machine.rules import DeadEnds, machine
from tests.machine.world import HOURS

Step = Callable[[DeadEnds], object]
RUNS = {"sqlite": 33, "postgresql": 14}
"""PostgreSQL takes twice as long a step; together they play more than 2,000."""
STEPS = 50
# The same runs each time: a red suite is a broken program, not bad luck. The bench draws new ones.
IN_THE_SUITE = settings(
    stateful_step_count=STEPS,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.timeout(900)
def test_nothing_lies_still_nothing_is_lost_and_stop_means_stop(app: Flask) -> None:
    played, runs = machine(app), RUNS[db.engine.dialect.name]
    run_state_machine_as_test(played, settings=settings(IN_THE_SUITE, max_examples=runs))
    assert played.steps >= 0.9 * runs * STEPS, f"only {played.steps} steps were played"


# What the machine has found at some time and may not meet again in its runs here: each line once broke a law.
FOUND: dict[str, list[Step]] = {
    "a letter on its way comes back after a stop": [
        lambda at: at.postman_takes(DeliveryChannel.EMAIL, 3),
        lambda at: at.customer_stops(0, "everything"),
        lambda at: at.provider_answers(0, Retry("no answer")),
    ],
    "a worker dies with a push about what has ended meanwhile": [
        lambda at: at.postman_takes(DeliveryChannel.PUSH, 3),
        lambda at: at.it_is_closed(0, "bram", "test"),
        lambda at: at.worker_is_killed(),
    ],
    "a worker dies with a push to somebody who has left meanwhile": [
        lambda at: at.postman_takes(DeliveryChannel.PUSH, 5),
        lambda at: [at.somebody_leaves_the_firm("bram", who) for who in ("sanne", "eva")],
        lambda at: at.worker_is_killed(),
    ],
    "an outcome is logged for somebody who has left": [
        lambda at: at.attempt_is_started(0, "rik", "call", 0),
        lambda at: at.somebody_leaves_the_firm("bram", "rik"),
        lambda at: at.outcome_is_logged(0, "bram", "called_us", 0, 0, None, "everything"),
    ],
}


@pytest.mark.parametrize("found", FOUND)
def test_what_was_found_once_stays_right(app: Flask, found: str) -> None:
    firm = machine(app)()
    firm.open_the_doors(HOURS[0])
    try:
        firm.lead_arrives("doesburg", PHONES[0], EMAILS[0], None, False)
        for step in FOUND[found]:
            step(firm)
            firm.the_laws_hold()
        assert firm.steps == len(FOUND[found])
    finally:
        firm.teardown()
