"""Drain the pushes: claim, encrypt, send many at once, record together. One lane, one thread.

Each push service passes a gate of its own (``app.push.hosts``): one that hangs or is dead fills its allowance and no
more. What is written here need not survive a power cut: a claim or a record that is taken back is done again, and the
phone shows it once (same tag). Called by the worker, which waits in ``wait`` and ends that wait with ``wake`` when
something is due.
"""

import time
from collections import defaultdict, deque
from datetime import datetime, timedelta
from uuid import UUID

from http_ece import ECEException
from sqlalchemy.exc import OperationalError

from app import clock
from app.config import Settings
from app.db import write
from app.delivery.channels import push as push_channel
from app.delivery.loop import IDLE
from app.delivery.record import record
from app.delivery.result import Gone, Refused, Result, Retry
from app.faults import fault_point
from app.models import DeliveryChannel, PushState
from app.outbox import agenda, claim
from app.outbox.claim import Push
from app.push import keys, payload
from app.push.hosts import FLIGHTS, LINE, TRIAL, Gate
from app.push.send import Answer, Sender
from app.push.subscribe import allowed
from app.push.wire import Letter, Signer, origin, seal

BATCH = 200
"""Claimed in one transaction."""
MOST = 8 * (FLIGHTS + LINE)
"""Claimed by one worker, however many push services there are."""
AT_ONCE = 8
"""Encrypted between two looks at the wire, so that answers are not kept waiting."""
TOGETHER, PATIENCE = 200, 0.02
"""Results are recorded when there are so many, or so many seconds after the first of them."""
MOMENT = 0.005
"""Until a full line is looked at again, when nothing comes back."""
BUSY = "the push service has no room or does not answer; asked again soon"


class PushLane:
    """Web pushes, many at once. ``turn`` does what can be done now and says how long it wants to ``wait``."""

    channel = DeliveryChannel.PUSH

    def __init__(self, settings: Settings, worker: str) -> None:
        self._settings, self._worker = settings, worker
        self._lease = timedelta(seconds=settings.lease_seconds)
        self._keys = keys.load(settings.var_dir)
        self._signer = Signer(settings.vapid_subject)
        self._sender = Sender(ca_file=settings.push_ca_file)
        self._gates: defaultdict[str, Gate] = defaultdict(Gate)
        self._lines: defaultdict[str, deque[Push]] = defaultdict(deque)
        self._finished: list[tuple[Push, Result]] = []
        self._finished_at = self._look_at = 0.0

    @property
    def busy(self) -> bool:
        """Whether anything is claimed and not yet recorded."""
        return bool(self._sender.flying or self._finished or any(self._lines.values()))

    def turn(self, rung: bool = True) -> float:
        """One round. ``rung``: something is due. Returns seconds to ``wait``."""
        at = time.monotonic()
        if rung:
            self._claim(at)
        elif at >= self._look_at:
            self._look(at)
        for service, line in self._lines.items():
            if line:
                self._move_up(self._gates[service], line)
        self._record()
        return self._pause()

    def wait(self, seconds: float) -> bool:
        """Let the wire work for at most so long. True when woken."""
        return self._sender.turn(seconds)

    def wake(self) -> None:
        """End a ``wait``. From any thread."""
        self._sender.wake()

    def close(self) -> None:
        """What is under way stays leased and is rescued."""
        self._sender.close()

    def _look(self, at: float) -> None:
        """When to claim next; now, if that is due."""
        due_at = agenda.next_due(agenda.of_channels(self.channel))
        wait = (due_at - clock.now()).total_seconds() if due_at is not None else IDLE
        self._look_at = at + min(max(wait, 0.0), IDLE)
        if wait <= 0:
            self._claim(at)

    def _claim(self, at: float) -> None:
        """Take what is due. What its push service cannot take now is put off in the same transaction."""
        now = clock.now()
        room = min(MOST - self._sender.flying - sum(map(len, self._lines.values())), BATCH)
        self._look_at = at if room > 0 else at + MOMENT
        if room <= 0:
            return
        try:
            with write(ring=False, lasting=False):
                pushes = claim.due_pushes(now, room)
                taken = [push for push in pushes if self._takes(push, at)]
                if taken:
                    claim.take([push.id for push in taken], self._worker, now, self._lease)
                for service, ids in _by_service(pushes, without=taken).items():
                    later = self._gates[service].later(at, len(ids)) - at
                    claim.put_off(ids, now + timedelta(seconds=later), BUSY)
            for push in taken:
                self._lines[_service(push)].append(push)
        finally:  # also when the database refused: what is not claimed stands in no line
            for service, gate in self._gates.items():
                gate.line = len(self._lines[service])
        fault_point("delivery claimed")

    def _takes(self, push: Push, at: float) -> bool:
        gate = self._gates[_service(push)]
        taken = gate.takes(at)
        gate.line += taken
        return taken

    def _move_up(self, gate: Gate, line: deque[Push]) -> None:
        """Send whoever is next, as long as the gate lets them; put the line back when it does not move."""
        now = clock.now()
        while line and gate.sends(time.monotonic()):
            for _ in range(min(AT_ONCE, len(line))):
                if not gate.sends(time.monotonic()):
                    break
                gate.line -= 1
                self._post(line.popleft(), gate, now)
            self._sender.turn(0)
        at = time.monotonic()
        if line and gate.stalled(at):
            until = now + timedelta(seconds=gate.later(at, len(line)) - at)
            with write(ring=False, lasting=False):
                claim.give_back([push.id for push in line], self._worker, until, BUSY)
            line.clear()
            gate.line = 0

    def _post(self, push: Push, gate: Gate, now: datetime) -> None:
        refusal = self._refusal(push, now)
        if refusal is not None:
            self._finish(push, refusal)
            return
        try:
            letter = self._letter(push, now)
        except (ValueError, ECEException) as error:  # a broken row must not stop the ones beside it
            self._finish(push, Refused(f"cannot be encrypted: {type(error).__name__}"))
            return
        trial = gate.sent(time.monotonic())

        def done(answer: Answer) -> None:
            result = push_channel.result(answer)
            wish = push_channel.wait(answer.retry_after) or timedelta()
            ok = answer.overtaken or not isinstance(result, Retry)
            gate.answered(time.monotonic(), ok=ok, trial=trial, wish=wish.total_seconds())
            self._finish(push, result)

        self._sender.post(letter, done, int(TRIAL * 1000) if trial else None)

    def _letter(self, push: Push, now: datetime) -> Letter:
        return seal(
            push.endpoint,
            push.p256dh,
            push.auth,
            payload.encode(push.payload),
            authorization=self._signer.header(self._keys[push.key_id], push.endpoint),
            ttl=int((push.expires_at - now).total_seconds()),
            topic=push.tag,
        )

    def _refusal(self, push: Push, now: datetime) -> Result | None:
        """What need not be sent at all, and why."""
        if push.expires_at <= now:
            return Refused("expired before it could be sent")
        if push.phone in (None, PushState.GONE, PushState.NEEDS_RESUBSCRIBE):
            return Gone(push.lost_because or "gone")
        if push.key_id not in self._keys:
            self._keys = keys.load(self._settings.var_dir)
            if push.key_id not in self._keys:
                return Refused(f"the VAPID key {push.key_id} is missing")
        if not allowed(push.endpoint, self._settings.push_extra_hosts):
            return Refused("the push service is not on the allow-list")
        return None

    def _finish(self, push: Push, result: Result) -> None:
        if not self._finished:
            self._finished_at = time.monotonic()
        self._finished.append((push, result))

    def _record(self) -> None:
        """Write down what is finished, when it is enough or old enough, or nothing more is coming."""
        if not self._finished:
            return
        waited = time.monotonic() - self._finished_at
        if len(self._finished) >= TOGETHER or waited >= PATIENCE or not self._sender.flying:
            finished, self._finished = self._finished, []
            fault_point("delivery sent")
            try:
                record(
                    finished,
                    self._worker,
                    {push.follow_up_id: push.showroom_id for push, _ in finished},
                    lasting=False,
                )
            except OperationalError:  # the database is away: they are written down when it is back
                self._finished = finished + self._finished
                raise

    def _pause(self) -> float:
        now = time.monotonic()
        pause = self._look_at - now
        if self._finished:
            pause = min(pause, self._finished_at + PATIENCE - now)
        if any(self._lines.values()):
            pause = min(pause, MOMENT)
        return max(pause, 0.0)


def _service(push: Push) -> str:
    return origin(push.endpoint) if push.endpoint else ""


def _by_service(pushes: list[Push], *, without: list[Push]) -> dict[str, list[UUID]]:
    """Ids of those that were not taken, by push service."""
    taken = {push.id for push in without}
    found: dict[str, list[UUID]] = {}
    for push in pushes:
        if push.id not in taken:
            found.setdefault(_service(push), []).append(push.id)
    return found
