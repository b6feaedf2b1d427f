"""Customers, staff and nature together: everything that can happen, in any order hypothesis likes.

In: an app on a migrated database, which is emptied. Out: a state machine class for ``run_state_machine_as_test``. Called
by test_dead_ends and by ``bin/bench machine``.
"""

from collections import Counter

from flask import Flask

from tests.machine.customers import Customers
from tests.machine.nature import Nature
from tests.machine.staff import Staff


class DeadEnds(Customers, Staff, Nature):
    """After each rule the laws of ``laws`` hold."""


def machine(app: Flask) -> type[DeadEnds]:
    """The state machine on this app; its own counters begin at nothing."""
    app.config["PROPAGATE_EXCEPTIONS"] = True
    return type("DeadEndsHere", (DeadEnds,), {"app": app, "steps": 0, "came_true": Counter()})
