"""Each parser with bodies that were right once: no exception, no hang, always a valid ``Parsed``.

In: a kind and hypothesis's settings. Out: nothing, or the call that breaks it with the smallest body found. Called by
``tests.bench.fuzz`` and ``tests.fuzz.test_fuzz``.
"""

import base64
import hashlib
from collections.abc import Callable

import hypothesis
from hypothesis import given
from hypothesis import strategies as st

from app.config import ROOT
from app.intake import sources
from app.intake.parsed import Parsed
from tests.fuzz.corpus import Sample
from tests.fuzz.mutate import mutated
from tests.fuzz.verdict import in_time, valid

REGIONS = ("NL", "BE", "FR", "DE", "US", "", "??")
FOUND = ROOT / "var" / "fuzz"
LONG = 2_000
"""Characters that a person may want to look at on a screen."""
Read = Callable[[str, bytes, str, str], Parsed]


def fuzz(kind: str, settings: hypothesis.settings, seed: int | None, read: Read = sources.parse) -> None:
    """As many bodies as ``settings`` say. What ``read`` does wrong is raised with the body that caused it."""

    @settings
    @given(sample=mutated(kind), region=st.sampled_from(REGIONS))
    def every_body_is_read(sample: Sample, region: str) -> None:
        try:
            with in_time():
                parsed = read(kind, sample.body, sample.content_type, region)
            valid(parsed)
        except BaseException as wrong:
            wrong.add_note(again(kind, sample, region))
            raise

    (hypothesis.seed(seed)(every_body_is_read) if seed is not None else every_body_is_read)()


def again(kind: str, sample: Sample, region: str) -> str:
    """The call that goes wrong, to be pasted; a long body is kept in a file."""
    body = f"base64.b64decode({base64.b64encode(sample.body).decode()!r})"
    if len(body) > LONG:
        path = FOUND / f"{kind}-{hashlib.sha256(sample.body).hexdigest()[:12]}"
        FOUND.mkdir(parents=True, exist_ok=True)
        path.write_bytes(sample.body)
        body = f"Path({str(path)!r}).read_bytes()"
    return f"parse({kind!r}, {body}, {sample.content_type!r}, {region!r})"
