"""Passkeys: how a person signs in after their first device link (W3C WebAuthn level 3; ADR 16).

In: what a browser's ``navigator.credentials`` answered, as JSON. Out: a passkey's row, or whose it is. Called by the
API.

A question (``challenges``) is answered once: an answer is taken only if it was asked later than the passkey's last one.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import or_, select, update
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, options_to_json_dict, parse_client_data_json
from webauthn.helpers.cose import COSEAlgorithmIdentifier as Algorithm
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from app.access import challenges
from app.access.hashes import settings
from app.db import db, new_id
from app.errors import Conflict, Gone, NotFound
from app.models import Passkey, Person, append

SIGN_IN = "sign in"
MILLISECOND = timedelta(milliseconds=1)
ALGORITHMS = [Algorithm.EDDSA, Algorithm.ECDSA_SHA_256, Algorithm.RSASSA_PKCS1_v1_5_SHA_256]
"""The three that the specification asks a site for, so that every authenticator finds one."""
UNREADABLE = (WebAuthnException, ValueError)
"""What the library raises about an answer: its own errors, and Python's about text and base64 that are none."""


def options_to_add(person: Person, now: datetime) -> dict[str, Any]:
    """``PublicKeyCredentialCreationOptionsJSON``: found by the phone itself, guarded by face, finger or PIN."""
    have = db.session.scalars(select(Passkey).where(Passkey.person_id == person.id))
    options = generate_registration_options(
        rp_id=settings().public_host,
        rp_name="Firstcall",
        user_id=person.id.bytes,
        user_name=person.email,
        user_display_name=person.name,
        challenge=challenges.ask(_adding(person), now),
        timeout=challenges.LIFE // MILLISECOND,
        exclude_credentials=[PublicKeyCredentialDescriptor(id=passkey.credential_id) for passkey in have],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        supported_pub_key_algs=ALGORITHMS,
    )
    return options_to_json_dict(options)


def add(person: Person, said: dict[str, Any], name: str, now: datetime) -> Passkey:
    """A new passkey of this person, from a ``RegistrationResponseJSON``. Inside a write.

    Raises NotAllowed (passkey_refused), Gone (ask_again), Conflict (passkey_known: an answer sent twice).
    """
    question = _question(said)
    challenges.check(question, _adding(person), now)
    try:
        proof = verify_registration_response(
            credential=said,
            expected_challenge=question,
            expected_rp_id=settings().public_host,
            expected_origin=_origin(),
            require_user_verification=True,
            supported_pub_key_algs=ALGORITHMS,
        )
    except UNREADABLE as error:
        raise challenges.refused() from error
    hash_ = hashlib.sha256(proof.credential_id).hexdigest()
    if _known(hash_) is not None:
        raise Conflict("This passkey has been added already.", code="passkey_known")
    passkey = Passkey(
        id=new_id(),
        group_id=person.group_id,
        person_id=person.id,
        credential_id=proof.credential_id,
        credential_hash=hash_,
        public_key=proof.credential_public_key,
        sign_count=proof.sign_count,
        name=name,
        transports=" ".join(said["response"].get("transports") or ())[:80],
        created_at=now,
    )
    db.session.add(passkey)
    db.session.flush()
    append("passkey_added", now, group_id=person.group_id, person_id=person.id, passkey=str(passkey.id))
    return passkey


def own(id_: UUID, person: Person) -> Passkey:
    """A passkey of this person. Raises NotFound."""
    passkey = db.session.get(Passkey, id_)
    if passkey is None or passkey.person_id != person.id:
        raise NotFound("We cannot find this passkey.")
    return passkey


def remove(passkey: Passkey, now: datetime) -> None:
    """It opens nothing any more; who is signed in stays so. Inside a write."""
    append(
        "passkey_removed",
        now,
        group_id=passkey.group_id,
        person_id=passkey.person_id,
        passkey=str(passkey.id),
    )
    db.session.delete(passkey)


def options_to_sign_in(now: datetime) -> dict[str, Any]:
    """``PublicKeyCredentialRequestOptionsJSON`` for nobody in particular: the phone offers the keys it has for us."""
    options = generate_authentication_options(
        rp_id=settings().public_host,
        challenge=challenges.ask(SIGN_IN, now),
        timeout=challenges.LIFE // MILLISECOND,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json_dict(options)


def recognise(said: dict[str, Any], now: datetime) -> Person:
    """Whose passkey answered, from an ``AuthenticationResponseJSON``. Inside a write.

    Raises NotFound (unknown_passkey: also of whoever left), NotAllowed (passkey_refused), Gone (ask_again).
    """
    question = _question(said)
    asked = challenges.check(question, SIGN_IN, now)
    passkey, person = _owner(said)
    try:
        proof = verify_authentication_response(
            credential=said,
            expected_challenge=question,
            expected_rp_id=settings().public_host,
            expected_origin=_origin(),
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except UNREADABLE as error:
        raise challenges.refused() from error
    # Guarded by what it was checked against: of two answers at once one counts, and none counts twice.
    unchanged = update(Passkey).where(Passkey.id == passkey.id, Passkey.sign_count == passkey.sign_count)
    newer = unchanged.where(or_(Passkey.asked_at.is_(None), Passkey.asked_at < asked))
    used = newer.values(asked_at=asked, last_used_at=now, sign_count=proof.new_sign_count)
    if db.session.execute(used).rowcount != 1:  # type: ignore[attr-defined]
        raise Gone("This passkey was just used elsewhere. Please try once more.", code="ask_again")
    return person


def _owner(said: dict[str, Any]) -> tuple[Passkey, Person]:
    """The passkey that answered and its person, who is the one that the phone keeps it for."""
    try:
        credential_id = base64url_to_bytes(said["rawId"])
        handle = base64url_to_bytes(said["response"].get("userHandle") or "")
    except UNREADABLE as error:
        raise challenges.refused() from error
    passkey = _known(hashlib.sha256(credential_id).hexdigest())
    person = db.session.get(Person, passkey.person_id) if passkey else None
    if passkey is None or person is None or person.left_at or handle != person.id.bytes:
        raise NotFound(
            "We do not know this passkey (any more). Sign in with a link or code.", code="unknown_passkey"
        )
    return passkey, person


def _known(credential_hash: str) -> Passkey | None:
    return db.session.scalar(select(Passkey).where(Passkey.credential_hash == credential_hash))


def _origin() -> str:
    """Our address as browsers write it: small letters, no usual port."""
    parts = urlsplit(settings().public_url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    usual = parts.port in (None, {"http": 80, "https": 443}[parts.scheme])
    return f"{parts.scheme}://{host}" if usual else f"{parts.scheme}://{host}:{parts.port}"


def _adding(person: Person) -> str:
    return f"add to {person.id}"


def _question(said: dict[str, Any]) -> bytes:
    """What the browser says it was asked. Raises NotAllowed."""
    try:
        return parse_client_data_json(base64url_to_bytes(said["response"]["clientDataJSON"])).challenge
    except UNREADABLE as error:
        raise challenges.refused() from error
