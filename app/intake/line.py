"""Requests stand in line for the database, and those that wait are served in one transaction: a crowd costs one commit,
not one each, and nobody is overtaken. Called by ``raw`` and ``receive``.

In: something to do. Out: its result, or None: to be done alone, because doing it together went wrong.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from app.db import db
from app.errors import Problem

Asked = TypeVar("Asked")
Result = TypeVar("Result")
AT_ONCE = 16
"""So many: the first of them, and whoever else waits for the database, waits for the last."""
log = logging.getLogger(__name__)


class Alone(Exception):
    """Raised by the work: they get in each other's way."""


class _Waiting(Generic[Asked, Result]):
    """Somebody in line, until ``served``."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.result: Result | None = None
        self.served = False


class Line(Generic[Asked, Result]):
    """One line of this process. ``work``: serves several in one transaction, in their order; a result for each."""

    def __init__(self, work: Callable[[Sequence[Asked]], Sequence[Result]]) -> None:
        self._work = work
        self._waiting: deque[_Waiting[Asked, Result]] = deque()
        self._turn = threading.Lock()

    def take(self, asked: Asked) -> Result | None:
        """Stand in line. Whose turn it is serves all who wait, first come first served, until they are served too."""
        db.session.rollback()  # who waits holds no connection: those who serve could not get one any more
        me: _Waiting[Asked, Result] = _Waiting(asked)
        self._waiting.append(me)
        with self._turn:
            while not me.served:
                self._serve()
                if not me.served:
                    db.session.expire_all()  # what was read for those may change before the next are served
        return me.result

    def _serve(self) -> None:
        some = [self._waiting.popleft() for _ in range(min(AT_ONCE, len(self._waiting)))]
        for one in some:
            one.served = True  # whatever happens: nobody else has it any more
        try:
            for one, result in zip(some, self._work([one.asked for one in some]), strict=True):
                one.result = result
        except Exception as error:  # whatever it is: each is done alone, and whose it is gets it then
            foreseen = isinstance(error, (Alone, Problem, SQLAlchemyError))
            said = {"reason": type(error).__name__, "count": len(some)}
            log.log(
                logging.INFO if foreseen else logging.ERROR,
                "served one by one",
                extra=said,
                exc_info=not foreseen,
            )
