"""What the phone and the board may send, checked before a handler runs. Unknown members are ignored."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, Field, HttpUrl

from app import clock
from app.models import Channel, Outcome, Role, StopScope

AHEAD = timedelta(days=730)
BACK = timedelta(days=400)


def _without_nul(value: object) -> object:
    """PostgreSQL keeps no NUL; nobody types one, and a note is not refused for it."""
    return value.replace("\x00", "") if isinstance(value, str) else value


def _foreseeable(at: datetime) -> datetime:
    """A step in the year 9999 is a slip, and no calendar can be computed around it."""
    if not clock.now() - BACK < at < clock.now() + AHEAD:
        raise ValueError("a date within the next two years")
    return at


Plain = Annotated[str, BeforeValidator(_without_nul)]
Text = Annotated[Plain, Field(max_length=4000)]
Short = Annotated[Plain, Field(max_length=80)]
Planned = Annotated[AwareDatetime, AfterValidator(_foreseeable)]
DatedKind = Literal["appointment", "call_back", "quote", "check_in"]


Base64 = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]*=*$", max_length=40_000)]
"""base64url of bytes. The longest is an authenticator's statement about itself, and its certificates."""
CredentialId = Annotated[Base64, Field(max_length=1400)]
"""At most 1,023 bytes (W3C WebAuthn level 3)."""


class Asserted(BaseModel):
    clientDataJSON: Base64
    authenticatorData: Base64
    signature: Base64
    userHandle: Base64 | None = None


class Assertion(BaseModel):
    """A passkey's answer when signing in: ``AuthenticationResponseJSON``, as the browser names its members."""

    id: CredentialId
    rawId: CredentialId
    type: Literal["public-key"]
    response: Asserted


class SignIn(BaseModel):
    """A one-time token, the 8-character code that stands for it, or a passkey's answer."""

    passkey: Assertion | None = None
    token: Annotated[str, Field(max_length=200)] | None = None
    code: Annotated[str, Field(max_length=20)] | None = None
    device_name: Short = ""
    platform: Literal["ios", "android", "desktop", ""] = ""


class SignOut(BaseModel):
    keep: Literal["current"] | None = None


class Attested(BaseModel):
    clientDataJSON: Base64
    attestationObject: Base64
    transports: Annotated[list[Short], Field(max_length=20)] = []


class Attestation(BaseModel):
    """A new passkey: ``RegistrationResponseJSON``, as the browser names its members."""

    id: CredentialId
    rawId: CredentialId
    type: Literal["public-key"]
    response: Attested


class PasskeyIn(BaseModel):
    credential: Attestation
    name: Short = ""


class ProfilePatch(BaseModel):
    """What is left out stays; ``weekly`` or ``deputy_id`` null and an empty ``phone`` remove it."""

    weekly: dict[str, Any] | None = None
    deputy_id: UUID | None = None
    phone: Annotated[Plain, Field(max_length=40)] | None = None


class PersonPatch(ProfilePatch):
    role: Role | None = None


class MePatch(ProfilePatch):
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
    token: Annotated[Plain, Field(max_length=60)]
    event: Literal["received", "opened", "closed"]


class AttemptIn(BaseModel):
    """One tap. The id is made by the phone, so that the same tap sent twice is one attempt."""

    id: UUID
    channel: Channel
    contact_point_id: UUID | None = None
    started_at: AwareDatetime


class NextStepIn(BaseModel):
    kind: DatedKind
    due_at: Planned


class OutcomeIn(BaseModel):
    outcome: Outcome
    at: AwareDatetime
    call_back_at: Planned | None = None
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
    """A phone's clock may be wrong; a fact did not happen later than now, nor before there was a Firstcall."""
    return max(min(at, now), now - BACK)
