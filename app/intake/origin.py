"""Is this request really its vendor's? Asked before anything of it is stored.

In: a source and a request as it came in. Out: nothing, or a Problem: 401 where the proof is missing, 403 where it is
wrong. Called by ``app.api.intake``. A kind that is not here proves itself by its secret address.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

from app.errors import NotAllowed, NotSignedIn
from app.intake import kinds, vault
from app.intake.sources import generic, google, meta, twilio
from app.models import Source

MOST_PAIRS = 500
BY_KEY = frozenset({"google"})
"""Kinds whose proof is a word that a person chose, sent along as it is."""


@dataclass(frozen=True)
class Sent:
    """One request: its raw body, the address as the vendor knows it (PUBLIC_URL, not what a proxy made of it), and its
    headers by name."""

    body: bytes
    content_type: str
    address: str
    header: Callable[[str], str | None]


def check(source: Source, sent: Sent) -> None:
    """Raise NotSignedIn without a proof, NotAllowed with a wrong one or before the source knows its secrets."""
    proof = PROOFS.get(source.kind)
    if proof is None:
        return
    secrets = vault.of(source)
    if absent := [name for name in kinds.of(source.kind).proofs if not secrets.get(name)]:
        raise NotAllowed(f"This source waits for its {', '.join(absent)}.", code="not_ready")
    proof(secrets, sent)


def challenge(source: Source, query: Mapping[str, str]) -> str:
    """Meta's handshake: the text to answer. Raises NotAllowed and echoes nothing for a wrong token."""
    told = meta.challenge(query, vault.of(source).get("verify_token", ""))
    if source.kind not in HANDSHAKES or told is None:
        raise NotAllowed("The verify token is not this source's.", code="bad_verify_token")
    return told


def _meta(secrets: Mapping[str, str], sent: Sent) -> None:
    header = sent.header("X-Hub-Signature-256")
    _decide(header, meta.verify_signature(secrets["app_secret"], sent.body, header))


def _google(secrets: Mapping[str, str], sent: Sent) -> None:
    if not google.verify_key(secrets["google_key"], sent.body):
        raise NotAllowed("The google_key is not this source's.", code="bad_signature")


def _twilio(secrets: Mapping[str, str], sent: Sent) -> None:
    header = sent.header("X-Twilio-Signature")
    form = "json" not in sent.content_type.lower()
    told = params(sent.body) if form else {}
    body = None if form else sent.body
    _decide(header, twilio.verify_signature(secrets["auth_token"], sent.address, told, header, body))


def _generic(secrets: Mapping[str, str], sent: Sent) -> None:
    """Only when a signing key was given: many systems cannot sign. Each vendor names its header its own way."""
    if key := secrets.get("signing_key"):
        header = next((text for name in SIGNATURE_HEADERS if (text := sent.header(name))), None)
        _decide(header, generic.verify_signature(key, sent.body, header))


def _decide(header: str | None, good: bool) -> None:
    if not header:
        raise NotSignedIn("The signature is missing.", code="no_signature")
    if not good:
        raise NotAllowed("The signature does not fit.", code="bad_signature")


def params(body: bytes) -> Mapping[str, str | list[str]]:
    """Form fields; a name that comes twice as a list, as Twilio signs it."""
    try:
        pairs = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_PAIRS)
    except ValueError:
        return {}
    return {name: values[0] if len(values) == 1 else values for name, values in pairs.items()}


HANDSHAKES = frozenset({"meta", "whatsapp"})
SIGNATURE_HEADERS = (
    "Signature",
    "X-Signature",
    "X-Signature-256",
    "X-Hub-Signature-256",
    "Typeform-Signature",
    "X-Webhook-Signature",
)
PROOFS: dict[str, Callable[[Mapping[str, str], Sent], None]] = {
    "generic": _generic,
    "google": _google,
    "meta": _meta,
    "twilio": _twilio,
    "whatsapp": _meta,
}
