"""The intake address of each kind with bodies that were right once, signed as the vendor signs: read and placed at once.

In: the running app and a source of the kind. Out: nothing, or AssertionError with the smallest body that was answered
5xx, answered slowly, or left waiting because it could not be placed. Called by ``tests.bench.fuzz`` and
``tests.fuzz.test_fuzz``.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import hypothesis
from flask import Flask
from hypothesis import assume, given

from app.access import settings as house_settings
from app.api import intake
from app.api.edge import limiter
from app.intake import origin
from app.models import Source
from tests.fuzz.corpus import FORM, GOOGLE_KEY, Sample
from tests.fuzz.mutate import mutated
from tests.fuzz.parsers import again
from tests.fuzz.verdict import in_time
from tests.intake.vendors import post, source
from tests.people import House
from tests.wire.graph import SECRETS, signed
from tests.wire.twilio import TOKEN, signature

TAKEN = {200, 201, 202}
UNPROVEN = {"google": {401, 403}, "twilio": {401, 403}}
"""Where the proof is in the content, or made from it, a changed content may lose it."""


def doors(house: House) -> dict[str, Source]:
    """A source of every kind that can be posted to."""
    meta = {name: SECRETS[name] for name in ("app_secret", "verify_token")}
    given = {
        "email": {}, "generic": {}, "google": {"google_key": GOOGLE_KEY}, "meta": SECRETS, "whatsapp": meta,
        "twilio": {"auth_token": TOKEN},
    }  # fmt: skip
    return {**house.sources, **{kind: source(house, kind, secrets) for kind, secrets in given.items()}}


def fuzz(app: Flask, door: Source, settings: hypothesis.settings, seed: int | None) -> None:
    """As many bodies as ``settings`` say."""
    kind = door.kind

    @settings
    @given(sample=mutated(kind))
    def every_body_is_taken_in(sample: Sample) -> None:
        assume(sample.body)  # Flask's client would make one up
        with in_time(), without_limits():
            answer = post(app, door, sample.body, content_type=sample.content_type, **_proof(door, sample))
        told = f"{answer.status_code} {answer.text[:300]}\n{again(kind, sample, 'NL')}"
        if len(sample.body) > intake.LIMITS.get(kind, intake.LIMIT):
            assert answer.status_code == 413, told
            return
        assert answer.status_code in TAKEN | UNPROVEN.get(kind, set()), told
        assert '"state":"received"' not in answer.text.replace(" ", ""), f"could not be placed: {told}"

    (hypothesis.seed(seed)(every_body_is_taken_in) if seed is not None else every_body_is_taken_in)()


def _proof(door: Source, sample: Sample) -> dict[str, str]:
    """The header this vendor would send with this body."""
    if door.kind in ("meta", "whatsapp"):
        return {name.replace("-", "_"): value for name, value in signed(sample.body).items()}
    if door.kind == "twilio" and sample.content_type == FORM:
        told = {name: value for name, value in origin.params(sample.body).items() if isinstance(value, str)}
        return {"X_Twilio_Signature": signature(TOKEN, f"{house_settings().public_url}/in/{door.key}", told)}
    return {}


@contextmanager
def without_limits() -> Iterator[None]:
    """Rate limits would answer 429 to nearly everything."""
    before, limiter.enabled = limiter.enabled, False
    try:
        yield
    finally:
        limiter.enabled = before
