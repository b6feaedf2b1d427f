"""What goes over the wire: encrypted for one phone alone (RFC 8291), signed for one push service (RFC 8292)."""

import time
from pathlib import Path

import http_ece
import pytest
import time_machine

from app.push import keys
from app.push.wire import Letter, Signer, seal
from tests.wire.phone_keys import FakeSubscription
from tests.wire.vapid_check import Refusal, VapidCheck

ENDPOINT = "https://fcm.googleapis.com/fcm/send/abc"
SUBJECT = "mailto:push@firstcall.example"


@pytest.fixture
def key(tmp_path: Path) -> keys.Key:
    return keys.create(tmp_path)


def sealed(
    phone: FakeSubscription, body: bytes = b'{"a":1}', ttl: int = 60, topic: str | None = "t" * 32
) -> Letter:
    said = phone.json()["keys"]
    return seal(
        phone.endpoint,
        said["p256dh"],
        said["auth"],
        body,
        authorization="vapid t=x, k=y",
        ttl=ttl,
        topic=topic,
    )


def header(letter: Letter, name: str) -> str | None:
    found = [h.partition(": ")[2] for h in letter.headers if h.lower().startswith(f"{name.lower()}: ")]
    return found[0] if found else None


def test_only_the_phone_it_is_for_can_read_it() -> None:
    sanne, eva = FakeSubscription(ENDPOINT), FakeSubscription(ENDPOINT)
    for body in (b"x", "Sanne 👩‍👩‍👧‍👦".encode(), b"y" * 2000):
        letter = sealed(sanne, body)
        assert sanne.decrypt_bytes(letter.body) == body
        assert len(letter.body) <= len(body) + 103 <= 4096, "header 86, tag 16, padding delimiter 1"
        with pytest.raises(http_ece.ECEException):
            eva.decrypt_bytes(letter.body)


def test_the_same_message_twice_looks_different_and_a_changed_byte_is_noticed() -> None:
    sanne = FakeSubscription(ENDPOINT)
    first, second = sealed(sanne), sealed(sanne)
    assert first.body != second.body and first.body[:16] != second.body[:16], "a salt of its own"
    with pytest.raises(http_ece.ECEException):
        sanne.decrypt_bytes(first.body[:-1] + bytes([first.body[-1] ^ 1]))


def test_it_is_urgent_is_kept_for_a_while_and_takes_the_place_of_an_older_one() -> None:
    letter = sealed(FakeSubscription(ENDPOINT), ttl=3600)
    assert header(letter, "Urgency") == "high" and header(letter, "TTL") == "3600"
    assert header(letter, "Topic") == "t" * 32 and header(letter, "Content-Encoding") == "aes128gcm"
    assert header(sealed(FakeSubscription(ENDPOINT), ttl=0), "TTL") == "1"
    assert header(sealed(FakeSubscription(ENDPOINT), topic=None), "Topic") is None
    assert len(header(sealed(FakeSubscription(ENDPOINT), topic="t" * 80), "Topic") or "") == 32
    windows = sealed(FakeSubscription("https://wns2-par02p.notify.windows.com/w/?token=abc"))
    assert header(windows, "X-WNS-Cache-Policy") == "cache"


def test_the_signature_is_one_that_a_strict_service_accepts(key: keys.Key) -> None:
    signed = Signer(SUBJECT).header(key, ENDPOINT)
    sender = VapidCheck("https://fcm.googleapis.com").sender(signed)
    assert sender.key == key.public
    assert time.time() < sender.expires <= time.time() + 24 * 3600


def test_it_is_signed_once_for_a_service_and_anew_before_it_runs_out(key: keys.Key, tmp_path: Path) -> None:
    signer = Signer(SUBJECT)
    with time_machine.travel("2026-11-23T10:00:00Z", tick=False) as at:
        first = signer.header(key, ENDPOINT)
        assert signer.header(key, ENDPOINT + "/other") == first
        assert signer.header(key, "https://web.push.apple.com/x") != first
        other = keys.create(tmp_path)
        assert signer.header(other, ENDPOINT) != first
        at.shift(10.9 * 3600)
        assert signer.header(key, ENDPOINT) == first
        at.shift(0.2 * 3600)
        renewed = signer.header(key, ENDPOINT)
        assert renewed != first
        at.shift(11 * 3600 - 60)
        still_good = VapidCheck("https://fcm.googleapis.com").sender(signer.header(key, ENDPOINT))
        assert still_good.key == key.public


def test_another_services_origin_is_in_another_token(key: keys.Key) -> None:
    signed = Signer(SUBJECT).header(key, "http://127.0.0.1:9999/wpush/x")
    assert VapidCheck("http://127.0.0.1:9999").sender(signed).key == key.public
    with pytest.raises(Refusal):
        VapidCheck("https://fcm.googleapis.com").sender(signed)
