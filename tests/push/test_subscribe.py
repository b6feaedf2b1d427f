"""Only known push services, only keys that can be encrypted to: a subscription is checked before it is kept."""

import base64
import os
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.db import db, write
from app.errors import Unreadable
from app.models import Delivery, DeliveryState, Device, PushState, Subscription
from app.push import keys, subscribe
from tests.api.phone import Phone, follow_up_of, fresh, told
from tests.people import House, doesburg, elsewhere, send_lead
from tests.wire.phone_keys import FakeSubscription, pad_free

REAL = [
    "https://fcm.googleapis.com/fcm/send/abc",
    "https://fcm.googleapis.com:443/fcm/send/abc",
    "https://updates.push.services.mozilla.com/wpush/v2/gAAAAA",
    "https://web.push.apple.com/QPm0",
    "https://api.push.apple.com/3/device/x",
    "https://wns2-par02p.notify.windows.com/w/?token=abc",
    "https://FCM.GoogleAPIs.com/fcm/send/abc",
]
FALSE = [
    "", "x", "//127.0.0.1/", "http://fcm.googleapis.com/x", "ftp://fcm.googleapis.com/x", "gopher://127.0.0.1:25/_x",
    "file:///etc/passwd", "javascript:alert(1)",
    "https://localhost:5000/admin", "https://127.0.0.1/", "https://127.1/", "https://0.0.0.0/", "https://0x7f000001/",
    "https://2130706433/", "https://0177.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/",
    "https://[fd00:ec2::254]/", "https://169.254.169.254/latest", "https://10.0.0.1/", "https://172.16.0.1/",
    "https://192.168.1.1/", "https://metadata.google.internal/", "https://localhost.localdomain/",
    "https://127.0.0.1#@fcm.googleapis.com/", "https://127.0.0.1?@fcm.googleapis.com/",
    "https://fcm.googleapis.com@127.0.0.1/", "https://user:pass@fcm.googleapis.com/", "https://@fcm.googleapis.com/x",
    "https://fcm.googleapis.com\\@127.0.0.1/", "https://127.0.0.1\\.push.apple.com/", "https://fcm.googleapis.com/\r\nHost: x",
    "https://fcm.googleapis.com /x", "https://fcm.googleapis.com/\t", "https://fcm.googleapis.com/é", "https://fcm.googleapis.com/\x7f",
    "https://notfcm-googleapis.com/", "https://fcm.googleapis.com.evil.example/", "https://evilpush.apple.com/",
    "https://push.apple.com.evil.example/", "https://notify.windows.com.evil.example/", "https://fcm.googleapis.com./fcm",
    "https://\uff46cm.googleapis.com/x", "https://fcm。googleapis。com/x", "https://127.0.0.1%00.push.apple.com/",
    "https://127.0.0.1%2f.push.apple.com/", "https://127.0.0.1%23.push.apple.com/", "https://[x].push.apple.com/",
    "https://fcm.googleapis.com:8443/x", "https://fcm.googleapis.com:22/x", "https://fcm.googleapis.com:99999/x",
    "https://redirect.example/", "https://" + "a" * 300 + ".example/", "https://fcm.googleapis.com/" + "a" * 3000,
]  # fmt: skip


@pytest.fixture
def house(app: Flask) -> House:
    return doesburg()


def offer(app: Flask, browser: FakeSubscription, **changed: Any) -> dict[str, Any]:
    """What this browser's page posts."""
    shown = browser.json()
    return {
        "endpoint": shown["endpoint"], "keys": shown["keys"], "key_id": keys.newest(app.extensions["vapid"]).id,
        **changed,
    }  # fmt: skip


def browser() -> FakeSubscription:
    return FakeSubscription(f"https://fcm.googleapis.com/fcm/send/{os.urandom(6).hex()}")


@pytest.mark.parametrize("endpoint", REAL)
def test_a_real_push_service_is_known(endpoint: str) -> None:
    assert subscribe.allowed(endpoint, ())


@pytest.mark.parametrize("endpoint", FALSE)
def test_nobody_can_make_us_call_another_address(endpoint: str) -> None:
    assert not subscribe.allowed(endpoint, ())


def test_a_test_service_must_be_named_with_its_port() -> None:
    named = ("127.0.0.1:9999",)
    assert subscribe.allowed("http://127.0.0.1:9999/wpush/x", named)
    for endpoint in (
        "http://127.0.0.1:9998/x",
        "http://127.0.0.1/x",
        "http://u@127.0.0.1:9999/x",
        "ftp://127.0.0.1:9999/x",
    ):
        assert not subscribe.allowed(endpoint, named)


def bad_keys() -> Iterator[tuple[str, dict[str, str]]]:
    good = browser().json()["keys"]
    yield "no point", {**good, "p256dh": ""}
    yield "not base64", {**good, "p256dh": "%%%%"}
    yield "short point", {**good, "p256dh": good["p256dh"][:-4]}
    yield "off the curve", {**good, "p256dh": pad_free(b"\x04" + b"\x01" * 64)}
    yield "infinity", {**good, "p256dh": pad_free(b"\x00")}
    yield "compressed", {**good, "p256dh": pad_free(b"\x02" + b"\x01" * 32)}
    yield "short secret", {**good, "auth": pad_free(b"x" * 15)}
    yield "long secret", {**good, "auth": pad_free(b"x" * 17)}
    yield "no secret", {**good, "auth": ""}


@pytest.mark.parametrize(("name", "wrong"), list(bad_keys()))
def test_keys_that_cannot_be_encrypted_to_are_refused(name: str, wrong: dict[str, str]) -> None:
    with pytest.raises(Unreadable):
        subscribe.check(browser().endpoint, wrong["p256dh"], wrong["auth"], ())


def test_padding_or_none_is_the_same_key() -> None:
    shown = browser().json()
    point, secret = shown["keys"]["p256dh"], shown["keys"]["auth"]
    padded = [base64.urlsafe_b64encode(base64.urlsafe_b64decode(k + "==")).decode() for k in (point, secret)]
    assert subscribe.check(shown["endpoint"], *padded, ()) == subscribe.Offer(
        shown["endpoint"], point, secret
    )


def test_a_new_phone_proves_itself_and_counts_from_its_receipt(app: Flask, house: House) -> None:
    sanne, mine = Phone(app, house.sanne), browser()
    assert sanne.get("me")["device"]["push"] == "none"
    offered = sanne.post("subscriptions", offer(app, mine))
    assert (offered.status_code, offered.json["state"]) == (201, "pending")
    (test,) = told(house.sanne, "test")
    assert sanne.get("me")["device"]["push"] == "pending"
    said = {"token": test.payload["ack"], "event": "received"}
    assert app.test_client().post("/api/v1/push/receipts", json=said).status_code == 204
    me = sanne.get("me")["device"]
    assert me["push"] == "confirmed" and me["confirmed_at"] and me["last_received_at"]
    again = sanne.post("subscriptions", offer(app, mine))
    assert (again.status_code, again.json["state"]) == (200, "confirmed")
    assert len(told(house.sanne, "test")) == 1, "a re-sync is cheap"
    assert sanne.post("subscriptions/current/tests").status_code == 202
    assert len(told(house.sanne, "test")) == 2


def test_changed_keys_must_prove_themselves_again_and_an_older_endpoint_is_retired(
    app: Flask, house: House
) -> None:
    sanne, mine = Phone(app, house.sanne), browser()
    sanne.post("subscriptions", offer(app, mine))
    with write():
        db.session.scalars(select(Subscription)).one().state = PushState.CONFIRMED
    renewed = FakeSubscription(mine.endpoint)
    assert sanne.post("subscriptions", offer(app, renewed)).json["state"] == "pending"
    sanne.post("subscriptions", offer(app, browser()))
    fresh()
    states = {s.endpoint: s.state for s in db.session.scalars(select(Subscription))}
    assert states.pop(mine.endpoint) is PushState.GONE and set(states.values()) == {PushState.PENDING}


def test_a_subscription_made_with_a_key_we_do_not_have_is_refused(app: Flask, house: House) -> None:
    answer = Phone(app, house.sanne).post("subscriptions", offer(app, browser(), key_id="0" * 16))
    assert answer.status_code == 422 and answer.json["type"].endswith("#wrong_key")
    wrong_host = Phone(app, house.sanne).post(
        "subscriptions", offer(app, browser(), endpoint="https://127.0.0.1/")
    )
    assert wrong_host.status_code == 422 and wrong_host.json["type"].endswith("#push_host")
    assert db.session.scalars(select(Subscription)).all() == []


def test_a_phone_without_notifications_cannot_test_them(app: Flask, house: House) -> None:
    answer = Phone(app, house.sanne).post("subscriptions/current/tests")
    assert answer.status_code == 409 and answer.json["type"].endswith("#no_subscription")


def test_a_browser_that_changes_hands_takes_nothing_along(app: Flask, house: House) -> None:
    """The same browser: Sanne's, then Charlie's of another firm."""
    theirs, shared = elsewhere(), browser()
    Phone(app, house.sanne).post("subscriptions", offer(app, shared))
    with write():
        db.session.scalars(select(Subscription)).one().state = PushState.CONFIRMED
    with write():
        db.session.get_one(type(house.eva), house.eva.id).last_assigned_at = clock.now()
    follow_up = follow_up_of(send_lead(app, house.sources["form"]))
    assert len(told(house.sanne, "lead")) == 1
    charlie = Phone(app, theirs.charlie).post("subscriptions", offer(app, shared))
    assert (charlie.status_code, charlie.json["state"]) == (201, "pending")
    fresh()
    kept = db.session.scalars(select(Subscription)).one()
    assert (kept.group_id, kept.person_id) == (theirs.group.id, theirs.charlie.id)
    waiting = db.session.scalars(select(Delivery).where(Delivery.subscription_id == kept.id)).all()
    assert [d.kind for d in waiting] == ["test"]
    (old,) = told(house.sanne, "lead")
    assert old.state is DeliveryState.CANCELLED and old.follow_up_id == follow_up.id


def test_signing_out_silences_this_phone_only(app: Flask, house: House) -> None:
    first, second = Phone(app, house.sanne), Phone(app, house.sanne)
    for one in (first, second):
        one.post("subscriptions", offer(app, browser()))
    fresh()
    assert first.client.delete("/api/v1/sessions/current").status_code == 204
    assert first.client.get("/api/v1/me").status_code == 401
    assert second.get("me")["person"]["first_name"] == "Sanne"
    send_lead(app, house.sources["form"])
    send_lead(app, house.sources["form"], {"name": "X", "phone": "0687654321"})
    assert len(told(house.sanne, "lead")) == 1
    assert len(db.session.scalars(select(Device).where(Device.revoked_at.is_not(None))).all()) == 1
