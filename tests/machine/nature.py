"""Time, the worker, the wire: what happens without anybody's doing. Rules on top of ``World``."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from app import clock
from app.db import db
from app.delivery.result import Gone, NotSent, Refused, Retry, Sent
from app.models import DeliveryChannel, FollowUp
from tests.machine import laws
from tests.machine.world import DAY, HOUR, MINUTE, NUMBER, WHO, World

SOON = [0, 1, 12, 31, 31, 65, 65, 125, 125, 310, 11 * MINUTE, 21 * MINUTE]
PAUSES = [*SOON, *SOON, HOUR, 4 * HOUR, 20 * HOUR, 3 * DAY, 11 * DAY]
RESULTS = [
    Sent(), Sent(), Retry("no answer"), Retry("429 throttled", timedelta(hours=5)), Gone("410 gone"),
    Refused("403"), NotSent("no mail server configured"),
]  # fmt: skip
ALL_QUIET = timedelta(days=12)


class Nature(World):
    """Past the API: the worker's own turns, and a postman in place of the wire."""

    @rule(who=WHO)
    def phone_shows_itself_again(self, who: str) -> None:
        self.firm.subscribe(who)

    @rule(seconds=st.sampled_from(PAUSES))
    def time_passes(self, seconds: int) -> None:
        self.traveller.shift(seconds)

    @rule(seconds=st.sampled_from(PAUSES))
    def worker_has_a_turn(self, seconds: int) -> None:
        self.traveller.shift(seconds)
        self._turn()

    @rule(rounds=st.sampled_from([0, 0, 40]))
    def everything_due_fires(self, rounds: int) -> None:
        """Nobody acts, until nothing more will happen by itself: then somebody knows of every overdue step."""
        for _ in range(rounds):
            self._turn()
            waking = self._waking()
            if waking is None or waking > clock.now() + ALL_QUIET:
                break
            self.traveller.move_to(max(waking, clock.now()))
        else:
            return
        with self.firm.looking() as connection:
            untold = laws.untold(connection, clock.now())
        assert not untold, f"overdue, and nobody was told: {untold}"

    @rule(channel=st.sampled_from([DeliveryChannel.PUSH, DeliveryChannel.EMAIL]), count=st.integers(1, 5))
    def postman_takes(self, channel: DeliveryChannel, count: int) -> None:
        with self.app.app_context():
            self.post.take(channel, count)

    @precondition(lambda self: self.post.carried)
    @rule(number=NUMBER, result=st.sampled_from(RESULTS))
    def provider_answers(self, number: int, result: Any) -> None:
        with self.app.app_context():
            self.post.answer(number, result)

    @precondition(lambda self: self.post.carried)
    @rule()
    def worker_is_killed(self) -> None:
        with self.app.app_context():
            self.post.die()

    @precondition(lambda self: self.post.tokens)
    @rule(number=NUMBER, event=st.sampled_from(["received", "received", "opened", "closed"]))
    def receipt_comes(self, number: int, event: str) -> None:
        """Also twice, also late, also before the provider's own answer."""
        said = {"token": self.pick(self.post.tokens, number), "event": event}
        assert self.firm.outside.post("/api/v1/push/receipts", json=said).status_code == 204

    def _turn(self) -> None:
        """As long as the worker itself finds something to do."""
        with self.app.app_context():
            turns = 0
            while self.worker._due() == 0.0:
                turns += 1
                assert turns < 50, "the worker never comes to an end"
            self.worker._upkeep()

    def _waking(self) -> datetime | None:
        """When the worker next has something to do."""
        with self.app.app_context():
            columns = (FollowUp.prompt_at, FollowUp.hold_check_at, FollowUp.escalate_at)
            times = [db.session.scalar(db.select(db.func.min(column))) for column in columns]
            return min((at for at in times if at), default=None)
