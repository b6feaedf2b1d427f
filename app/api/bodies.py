"""What the phone and the board may send, checked before a handler runs. Unknown members are ignored."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, HttpUrl

from app.models import Channel, Outcome, StopScope

Text = Annotated[str, Field(max_length=4000)]
Short = Annotated[str, Field(max_length=80)]
DatedKind = Literal["appointment", "call_back", "quote", "check_in"]


class SignIn(BaseModel):
    """A one-time token, or the 8-character code that stands for it."""

    token: Annotated[str, Field(max_length=200)] | None = None
    code: Annotated[str, Field(max_length=20)] | None = None
    device_name: Short = ""
    platform: Literal["ios", "android", "desktop", ""] = ""


class MePatch(BaseModel):
    language: Literal["nl", "en", "fr", "de"] | None = None
    facetime_link: HttpUrl | Literal[""] | None = None
    video_link: HttpUrl | Literal[""] | None = None


class AvailabilityIn(BaseModel):
    state: Literal["on_duty", "with_customer", "break", "off"]


class PushKeys(BaseModel):
    p256dh: Annotated[str, Field(max_length=200)]
    auth: Annotated[str, Field(max_length=100)]


class SubscriptionIn(BaseModel):
    """The browser's PushSubscription, and the id of the key it was made with."""

    endpoint: Annotated[str, Field(max_length=4000)]
    keys: PushKeys
    key_id: Annotated[str, Field(max_length=40)]


class ReceiptIn(BaseModel):
    token: Annotated[str, Field(max_length=60)]
    event: Literal["received", "opened", "closed"]


class AttemptIn(BaseModel):
    """One tap. The id is made by the phone, so that the same tap sent twice is one attempt."""

    id: UUID
    channel: Channel
    contact_point_id: UUID | None = None
    started_at: AwareDatetime


class NextStepIn(BaseModel):
    kind: DatedKind
    due_at: AwareDatetime


class OutcomeIn(BaseModel):
    outcome: Outcome
    at: AwareDatetime
    call_back_at: AwareDatetime | None = None
    note: Text | None = None
    away_seconds: Annotated[int, Field(ge=0, le=86400)] | None = None
    question_answered: bool | None = None
    next_step: NextStepIn | None = None
    stop_scope: StopScope = StopScope.EVERYTHING


class HandoverIn(BaseModel):
    reason: Literal["cannot_now", "absence", "language", "customers_wish"]
    to_person_id: UUID | None = None


class ClosureIn(BaseModel):
    reason: Literal["won", "lost", "trade", "test", "not_a_request", "duplicate"]


class DemoLinkIn(BaseModel):
    who: Literal["phone", "board"]


def not_in_future(at: datetime, now: datetime) -> datetime:
    """A phone's clock may run ahead; a fact did not happen later than now."""
    return min(at, now)
