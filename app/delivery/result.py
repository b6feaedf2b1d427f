"""What came of one try to send, typed by who must act (house rule 7). One ``match`` in ``drain`` decides the state."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Sent:
    """The provider took it. That proves nothing about the phone."""

    provider_ref: str | None = None


@dataclass(frozen=True)
class Retry:
    """Nobody must act: try again, after ``after`` if the provider said so."""

    reason: str
    after: timedelta | None = None


@dataclass(frozen=True)
class Refused:
    """We must act: a wrong key, a wrong setting, a bug. Never the receiver's fault; nothing is disabled.

    ``status``: the answer that stands for an alarm (a push service that does not accept our signature).
    """

    reason: str
    status: int | None = None


@dataclass(frozen=True)
class Gone:
    """The receiver's address no longer exists; it is soft-disabled and revives when it shows itself again."""

    reason: str


@dataclass(frozen=True)
class NotSent:
    """This house has no such channel configured: kept and shown, plainly marked."""

    reason: str


Result = Sent | Retry | Refused | Gone | NotSent
