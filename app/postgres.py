"""PostgreSQL's connections, made cheaper: most answers are waited for without the hub, and only idle ones are pinged.

In: the engine of ``app.db``. Nothing here changes what is asked or answered.
"""

import select
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import psycopg
from psycopg.abc import RV, PQGen
from psycopg.waiting import Ready, Wait
from sqlalchemy import Connection, Engine, TextClause, event, text
from sqlalchemy.exc import DBAPIError, DisconnectionError

QUICK_MS = 2
"""Most answers come within a fraction of one: sooner than gevent's hub would have gone round and come back."""
IDLE = 1.0
"""Seconds: a connection that has lain so long may have been cut meanwhile; one in use would have told."""


class Quick(psycopg.Connection[Any]):
    """Waits for an answer in place, and lets other greenlets run when it does not come at once.

    Under gevent psycopg asks the hub for every answer: with 25 statements a lead that was a third of the web
    process's time, and while one lead waited for its turn others made it longer.
    """

    def wait(self, gen: PQGen[RV], *args: Any, **kwargs: Any) -> RV:
        return super().wait(_at_once(gen, self.pgconn.socket), *args, **kwargs)


def _at_once(gen: PQGen[RV], descriptor: int) -> PQGen[RV]:
    """``gen``; its waiter is asked only for what does not come at once."""
    try:
        wanted = next(gen)
        while True:
            wanted = gen.send(_ready(descriptor, wanted) or (yield wanted))
    except StopIteration as done:
        answer: RV = done.value
        return answer


def _ready(descriptor: int, wanted: Wait) -> Ready | None:
    """What of ``wanted`` the socket is ready for within ``QUICK_MS``; None: nothing."""
    poll = _original_poll()()
    poll.register(descriptor, (wanted & Wait.R and select.POLLIN) | (wanted & Wait.W and select.POLLOUT))
    for _, events in poll.poll(QUICK_MS):
        readable = events & ~select.POLLOUT  # an error or a hang-up is for the reader to find
        return Ready((readable and Ready.R) | (events & select.POLLOUT and Ready.W))
    return None


@cache
def _original_poll() -> Any:
    """The system's own, which does not ask the hub."""
    from gevent.monkey import get_original

    return get_original("select", "poll")


def tune(engine: Engine) -> None:
    """Make this engine's connections such, and several rows of a table one statement with many VALUES: the driver's own
    way, a statement a row in a pipeline, costs as much as the rows one by one."""
    engine.dialect.use_insertmanyvalues_wo_returning = True

    if _under_gevent():

        @event.listens_for(engine, "do_connect")
        def on_connect(_dialect: object, _record: object, args: Any, named: Any) -> Quick:
            return Quick.connect(*args, **named)

    @event.listens_for(engine, "checkin")
    def on_checkin(_connection: object, record: Any) -> None:
        record.info["since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def on_checkout(connection: Any, record: Any, _proxy: object) -> None:
        if time.monotonic() - record.info.get("since", time.monotonic()) > IDLE:
            try:
                engine.dialect.do_ping(connection)
            except psycopg.Error as error:
                raise DisconnectionError("it was cut while it lay idle") from error


@cache
def last_words(channel: str | None, lasting: bool) -> tuple[TextClause, ...]:
    """What a transaction says before it commits: ring this channel; do not wait for the disk."""
    ring = (text(f"NOTIFY {channel}"),) if channel else ()
    return ring if lasting else (*ring, text("SET LOCAL synchronous_commit TO off"))


@contextmanager
def in_one_go(connection: Connection) -> Iterator[None]:
    """What is executed in here is sent together, and its answers are waited for once, at the end: nothing that is read,
    and no count of rows. Raises what SQLAlchemy would have raised at the statement that went wrong."""
    bare: Any = connection.connection.driver_connection
    try:
        with bare.pipeline():
            yield
    except psycopg.Error as error:
        raise DBAPIError.instance(None, None, error, psycopg.Error, dialect=connection.dialect) from error


def _under_gevent() -> bool:
    monkey = sys.modules.get("gevent.monkey")
    return monkey is not None and bool(monkey.is_module_patched("select"))
