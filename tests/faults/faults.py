"""The faults: each reigns for a while over a stage under load, and then it is over.

In: a stage. Out: ``Fault`` rows; ``reign`` does the harm, waits ``seconds`` and puts everything right again before it
returns. Called by ``play``. Every process a fault harms is one that the stage started.
"""

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

import psutil

from tests.faults.machinery import no_room, set_clock
from tests.faults.stage import NOWHERE, Stage
from tests.house import WORKER, until
from tests.wire.phone_keys import FakeSubscription

BOTH = ("sqlite", "postgres")
Reign = Callable[[Stage, float], None]


@dataclass(frozen=True)
class Fault:
    """``name`` is its row in the table; ``kinds``: the databases it can happen to.

    ``wrong_clock``: its processes must run on a clock that can be set; ``standby``: with a second server.
    """

    name: str
    reign: Reign
    kinds: tuple[str, ...] = BOTH
    wrong_clock: bool = False
    standby: bool = False


def nothing(stage: Stage, seconds: float) -> None:
    """For comparison: the load alone."""
    time.sleep(seconds)


def web_killed(stage: Stage, seconds: float) -> None:
    """kill -9, twice; gunicorn's master starts another."""
    for _ in range(2):
        time.sleep(seconds / 2)
        for process in until("there is a web process", stage.web_workers):
            process.kill()
    stage.wait_web()


def worker_killed(stage: Stage, seconds: float) -> None:
    """kill -9 in the middle of its work; the service manager starts another."""
    time.sleep(seconds / 2)
    stage.process("worker").kill()
    stage.wait_killed("worker")
    time.sleep(seconds / 2)
    stage.start_worker()


def worker_paused(stage: Stage, seconds: float) -> None:
    """SIGSTOP past its lease, and nobody else at work."""
    process = stage.process("worker")
    process.send_signal(signal.SIGSTOP)
    time.sleep(seconds)
    process.send_signal(signal.SIGCONT)


def worker_paused_beside_another(stage: Stage, seconds: float) -> None:
    """SIGSTOP with pushes on their way: another worker takes them over, and the first wakes up to answers of old."""
    stage.start("second worker", WORKER)
    stage.push.default(delay=0.3)
    time.sleep(1)
    worker_paused(stage, seconds)
    stage.push.default()
    stage.stop("second worker")


def push_says(status: int, **headers: str) -> Reign:
    """The push service answers nothing but this."""

    def reign(stage: Stage, seconds: float) -> None:
        stage.push.default(status=status, headers=headers)
        time.sleep(seconds)
        stage.push.default()

    return reign


def push_hangs(stage: Stage, seconds: float) -> None:
    """It takes every push and never answers."""
    stage.push.default(hang=True)
    time.sleep(seconds)
    stage.push.default()


def push_closes(when: str) -> Reign:
    """It breaks off: before it has read the push, or in the middle of its answer (with the push accepted)."""

    def reign(stage: Stage, seconds: float) -> None:
        stage.push.default(close="request" if when == "request" else "response")
        time.sleep(seconds)
        stage.push.default()

    return reign


def names_unresolved(stage: Stage, seconds: float) -> None:
    """Sanne's tablet is at a push service whose name does not resolve; her phone must not notice."""
    tablet = stage.sign_in("sanne@doesburg.example")
    offer = {**FakeSubscription(f"http://{NOWHERE}/tablet").json(), "key_id": stage.vapid["key_id"]}
    assert tablet.ask("POST", "/api/v1/subscriptions", offer).status == 201
    time.sleep(seconds)
    assert tablet.ask("DELETE", "/api/v1/sessions/current").status == 204


def database_restarted(stage: Stage, seconds: float) -> None:
    """Stopped as if the power had failed, and started again."""
    server = stage.servers[0]
    server.stop(immediate=True)
    time.sleep(seconds)
    server.start()


def database_failed_over(stage: Stage, seconds: float) -> None:
    """The server is gone for good; its synchronous standby takes over, by hand, after a while."""
    first, second = stage.servers
    psutil.Process(first.pid).kill()
    first.stop(immediate=True)
    time.sleep(seconds)
    second.promote()


def disk_full(stage: Stage, seconds: float) -> None:
    """Not a byte more for the database: every write fails until there is room again."""
    with no_room(stage.directory / "disk", stage.programs()):
        time.sleep(seconds)


def clock_jumps(by: int) -> Reign:
    """The machine's clock is set wrong by so many seconds, and after a while right again."""

    def reign(stage: Stage, seconds: float) -> None:
        set_clock(stage.directory, by)
        time.sleep(seconds)
        set_clock(stage.directory, 0)

    return reign


NOTHING = Fault("nothing (the load alone)", nothing)
FAULTS = (
    NOTHING,
    Fault("web process killed (kill -9), twice", web_killed),
    Fault("worker killed (kill -9)", worker_killed),
    Fault("worker paused (SIGSTOP) past its lease", worker_paused),
    Fault("worker paused, another takes over", worker_paused_beside_another),
    Fault("clock jumps an hour ahead, and back", clock_jumps(3600), wrong_clock=True),
    Fault("clock jumps an hour back, and ahead", clock_jumps(-3600), wrong_clock=True),
    Fault("push service answers 500", push_says(500)),
    Fault("push service answers 429, Retry-After 2", push_says(429, **{"Retry-After": "2"})),
    Fault("push service hangs", push_hangs),
    Fault("push service breaks off in our request", push_closes("request")),
    Fault("push service breaks off in its answer", push_closes("response")),
    Fault("another push service's name does not resolve", names_unresolved),
    Fault("disk full", disk_full, kinds=("sqlite",)),
    Fault("database restarted (immediate)", database_restarted, kinds=("postgres",)),
    Fault(
        "database failed over to its synchronous standby",
        database_failed_over,
        kinds=("postgres",),
        standby=True,
    ),
)
