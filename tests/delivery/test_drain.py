"""Draining the outbox to a real push service: what each answer does, and that nobody's trouble is everybody's.

In: a push service on the loopback that misbehaves on demand. The lane is the worker's own.
"""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from app import clock
from app.access import settings
from app.db import db, write
from app.delivery.channels.push import judge, wait
from app.delivery.drain import PushLane
from app.delivery.result import Gone, Refused, Result, Retry, Sent
from app.models import Delivery, DeliveryState, FollowUp, Person, PushState, Subscription
from app.outbox import claim
from app.push import keys, notify
from app.push.hosts import FAILURES
from app.push.send import Sender
from tests.api.phone import events, fresh, told
from tests.people import House, doesburg, jansen, send_lead
from tests.push.phones import at_service, subscribed
from tests.wire.phone_keys import FakeSubscription
from tests.wire.push_service import Endpoint, PushService

LIMIT = 30.0


@pytest.fixture(scope="module")
def service() -> Iterator[PushService]:
    with PushService.start() as running:
        yield running


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[PushService]:
    """Another browser vendor's service, on another host."""
    with PushService.start(host="127.0.0.2") as running:
        yield running


@pytest.fixture
def environment(environment: dict[str, str], service: PushService, elsewhere: PushService) -> dict[str, str]:
    hosts = [urlsplit(one.base_url).netloc for one in (service, elsewhere)]
    return {**environment, "PUSH_EXTRA_HOSTS": ",".join(hosts)}


@pytest.fixture
def house(app: Flask) -> House:
    """The next lead is Sanne's."""
    house = doesburg()
    with write():
        db.session.get_one(Person, house.eva.id).last_assigned_at = clock.now()
    return house


@pytest.fixture
def lane(app: Flask, house: House) -> Iterator[PushLane]:
    lane = PushLane(settings(), "worker 1")
    yield lane
    lane.close()


@pytest.fixture
def endpoint(house: House, service: PushService) -> Endpoint:
    return at_service(house.sanne, service)[1]


def turn_until(lane: PushLane, done: Callable[[], bool]) -> None:
    """Let the worker turn until this is so; AssertionError when it takes too long."""
    until = time.monotonic() + LIMIT
    while not done():
        assert time.monotonic() < until, [(d.state, d.reason) for d in all_pushes()]
        lane.wait(min(lane.turn(), 0.003))


def drain(lane: PushLane) -> None:
    """Send what is due, and wait for every answer."""
    lane.turn()
    turn_until(lane, lambda: not lane.busy)
    fresh()


def all_pushes() -> list[Delivery]:
    fresh()
    return list(
        db.session.scalars(
            select(Delivery).where(Delivery.subscription_id.is_not(None)).order_by(Delivery.id)
        )
    )


def make_due() -> None:
    """The wait before the next try is over."""
    with write():
        db.session.execute(update(Delivery).where(Delivery.state == "queued").values(due_at=clock.now()))


def lead(app: Flask, house: House) -> FollowUp:
    answer = send_lead(app, house.sources["form"])
    assert answer.status_code == 201
    fresh()
    return db.session.scalars(select(FollowUp)).one()


def subscription() -> Subscription:
    fresh()
    return db.session.scalars(select(Subscription)).one()


def test_the_lead_arrives_encrypted_and_can_be_read_by_the_phone_alone(
    app: Flask, house: House, lane: PushLane, service: PushService
) -> None:
    phone, endpoint = at_service(house.sanne, service)
    follow_up = lead(app, house)
    drain(lane)
    (sent,) = told(house.sanne)
    assert sent.state is DeliveryState.SENT and sent.sent_at is not None and sent.tries == 1
    (post,) = service.posts(endpoint.token)
    assert post.status == 201
    assert phone.decrypt(post.body) == sent.payload
    assert b"Piet" not in post.body and b"Golf" not in post.body
    assert post.headers["urgency"] == "high" and post.headers["topic"] == follow_up.id.hex
    assert 0 < int(post.headers["ttl"]) <= 4 * 3600
    assert [e.data["kind"] for e in events(follow_up, "push_sent")] == ["lead"]


def test_a_phone_that_is_gone_is_switched_off_softly(
    app: Flask, house: House, lane: PushLane, service: PushService, endpoint: Endpoint
) -> None:
    service.gone(endpoint.token)
    follow_up = lead(app, house)
    drain(lane)
    assert told(house.sanne)[0].state is DeliveryState.FAILED
    assert subscription().state is PushState.GONE
    assert len(events(follow_up, "delivery_failed")) == 1
    send_lead(app, house.sources["form"], jansen(message="Nog iets"))
    assert len(told(house.sanne)) == 1 and len(service.posts(endpoint.token)) == 1


@pytest.mark.parametrize(("status", "wait"), [(429, 120), (503, None)])
def test_a_service_in_trouble_is_asked_again_when_it_said(
    app: Flask,
    house: House,
    lane: PushLane,
    service: PushService,
    endpoint: Endpoint,
    status: int,
    wait: int | None,
) -> None:
    headers = {"Retry-After": str(wait)} if wait else {}
    service.rule(endpoint.token, status=status, headers=headers, times=1)
    lead(app, house)
    before = clock.now()
    drain(lane)
    (push,) = told(house.sanne)
    assert (
        push.state is DeliveryState.QUEUED and push.claimed_by is None and str(status) in (push.reason or "")
    )
    assert push.due_at > before + timedelta(seconds=wait or 0)
    assert subscription().state is PushState.CONFIRMED
    make_due()
    drain(lane)
    (push,) = told(house.sanne)
    assert push.state is DeliveryState.SENT and push.tries == 2 and push.reason is None


@pytest.mark.parametrize("status", [403, 413, 307])
def test_our_own_mistakes_are_not_the_phones_fault(
    app: Flask,
    house: House,
    lane: PushLane,
    service: PushService,
    elsewhere: PushService,
    endpoint: Endpoint,
    status: int,
) -> None:
    target = elsewhere.new_endpoint()
    service.rule(endpoint.token, status=status, headers={"Location": target.url})
    lead(app, house)
    drain(lane)
    (push,) = told(house.sanne)
    assert push.state is DeliveryState.FAILED and str(status) in (push.reason or "")
    assert subscription().state is PushState.CONFIRMED
    assert elsewhere.posts(target.token) == [], "a redirect is never followed"
    assert len(service.posts(endpoint.token)) == 1


def test_every_answer_of_a_push_service_has_one_meaning() -> None:
    meant: dict[type[Result], tuple[int, ...]] = {
        Sent: (200, 201, 202),
        Gone: (404, 410),
        Retry: (406, 429, 500, 502, 503, 504),
        Refused: (204, 301, 302, 307, 308, 400, 401, 403, 405, 411, 413, 418),
    }
    for result, statuses in meant.items():
        for status in statuses:
            assert type(judge(status, "", None)) is result, status
    for status, text in ((400, "VapidPkHashMismatch"), (403, '{"reason":"MismatchSenderId"}')):
        made_with_another_key = judge(status, text, None)
        assert isinstance(made_with_another_key, Gone)
        assert made_with_another_key.reason.startswith("needs_resubscribe")


@time_machine.travel("2026-11-23T10:00:00Z", tick=False)
def test_how_long_to_wait_is_read_in_seconds_or_as_a_date() -> None:
    for text, seconds in (
        ("120", 120), (" 5 ", 5), ("0", 0), ("999999999", 86400), ("Mon, 23 Nov 2026 10:01:00 GMT", 60),
        ("Sun, 22 Nov 2026 10:00:00 GMT", 0),
    ):  # fmt: skip
        assert wait(text) == timedelta(seconds=seconds), text
    for text in (None, "", "soon", "-5", "1.5", "Mon, 99 Nov"):
        assert wait(text) is None, text


@pytest.mark.parametrize("close", ["request", "response"])
def test_a_connection_that_breaks_is_tried_again_and_shows_once(
    app: Flask, house: House, lane: PushLane, service: PushService, endpoint: Endpoint, close: str
) -> None:
    service.rule(endpoint.token, close=close, times=1)  # type: ignore[arg-type]
    lead(app, house)
    drain(lane)
    assert told(house.sanne)[0].state is DeliveryState.QUEUED
    make_due()
    drain(lane)
    (push,) = told(house.sanne)
    assert push.state is DeliveryState.SENT and push.tries == 2
    assert len(service.waiting(endpoint.token)) == 1, "the same topic takes the place of the first"


def test_a_service_that_hangs_is_given_up_in_time(
    app: Flask, house: House, lane: PushLane, service: PushService, endpoint: Endpoint
) -> None:
    lane._sender = Sender(connect_ms=2000, total_ms=400)
    service.rule(endpoint.token, hang=True, times=1)
    lead(app, house)
    drain(lane)
    (push,) = told(house.sanne)
    assert push.state is DeliveryState.QUEUED and "no answer" in (push.reason or "")
    make_due()
    lane._sender = Sender()
    drain(lane)
    assert told(house.sanne)[0].state is DeliveryState.SENT


def test_one_vendors_silence_does_not_stop_anothers_deliveries(
    app: Flask, house: House, lane: PushLane, service: PushService, elsewhere: PushService
) -> None:
    elsewhere.default(hang=True)
    try:
        for _ in range(20):
            at_service(house.sanne, elsewhere)
        good = [at_service(house.eva, service)[1] for _ in range(5)]
        with write():
            for person in (house.sanne, house.eva):
                for one in notify.subscriptions(db.session.get_one(Person, person.id)):
                    notify.prove(one, one.device.person, clock.now())
        turn_until(lane, lambda: all(d.state is DeliveryState.SENT for d in told(house.eva)))
        assert all(len(service.posts(e.token)) == 1 for e in good)
        assert all(d.state is DeliveryState.SENDING for d in told(house.sanne)), "still waiting for the other"
    finally:
        elsewhere.default()


def test_one_broken_row_does_not_stop_the_deliveries_beside_it(
    app: Flask, house: House, lane: PushLane, service: PushService
) -> None:
    _, good = at_service(house.eva, service)
    for broken in ({"p256dh": "p"}, {"endpoint": "http://127.0.0.2/\u00e9"}, {"key_id": "0" * 16}):
        browser, _ = at_service(house.sanne, service)
        with write():
            row = update(Subscription).where(Subscription.endpoint == browser.endpoint)
            db.session.execute(row.values(**broken))
    with write():
        for person in (house.sanne, house.eva):
            for one in notify.subscriptions(db.session.get_one(Person, person.id)):
                notify.prove(one, one.device.person, clock.now())
    drain(lane)
    assert [d.state for d in told(house.eva)] == [DeliveryState.SENT]
    assert {d.state for d in told(house.sanne)} == {DeliveryState.FAILED}
    assert len(service.posts(good.token)) == 1


def test_what_is_too_old_to_be_of_use_is_not_sent(
    app: Flask, house: House, lane: PushLane, service: PushService, endpoint: Endpoint
) -> None:
    lead(app, house)
    with write():
        db.session.execute(update(Delivery).values(expires_at=clock.now() - timedelta(seconds=1)))
    drain(lane)
    (push,) = told(house.sanne)
    assert push.state is DeliveryState.FAILED and "expired" in (push.reason or "")
    assert service.posts(endpoint.token) == []


def test_retries_end_when_the_message_does(
    app: Flask, house: House, lane: PushLane, service: PushService, endpoint: Endpoint
) -> None:
    service.rule(endpoint.token, status=503, headers={"Retry-After": "86400"})
    lead(app, house)
    drain(lane)
    assert told(house.sanne)[0].state is DeliveryState.FAILED
    assert subscription().state is PushState.CONFIRMED


def test_a_phone_that_stopped_being_allowed_is_never_called(
    app: Flask, house: House, service: PushService, lane: PushLane
) -> None:
    subscribed(house.sanne, FakeSubscription("http://127.0.0.3:9/admin"))
    lead(app, house)
    drain(lane)
    (push,) = told(house.sanne)
    assert push.state is DeliveryState.FAILED and "allow-list" in (push.reason or "")


def test_what_a_killed_worker_had_claimed_is_sent_by_the_next(
    app: Flask, house: House, service: PushService, endpoint: Endpoint
) -> None:
    lead(app, house)
    with write():
        assert len(claim.claim(PushLane.channel, "killed", clock.now(), timedelta(minutes=5), 10)) == 1
    second = PushLane(settings(), "worker 2")
    drain(second)
    assert service.posts(endpoint.token) == []
    assert claim.needs_rescue(clock.now()), "it beats no more"
    with write():
        claim.rescue(clock.now())
    drain(second)
    second.close()
    (push,) = told(house.sanne)
    assert push.state is DeliveryState.SENT and push.tries == 2
    assert len(service.posts(endpoint.token)) == 1


def test_a_receipt_may_be_faster_than_the_services_answer(
    app: Flask, house: House, lane: PushLane, service: PushService, endpoint: Endpoint
) -> None:
    service.rule(endpoint.token, delay=0.6, times=1)
    follow_up = lead(app, house)
    (push,) = told(house.sanne)
    lane.turn()
    turn_until(lane, lambda: len(service.posts(endpoint.token)) == 1)
    said = {"token": push.token, "event": "received"}
    assert app.test_client().post("/api/v1/push/receipts", json=said).status_code == 204
    drain(lane)
    (push,) = told(house.sanne)
    assert push.state is DeliveryState.RECEIVED and push.sent_at is not None
    assert len(events(follow_up, "push_received")) == 1


def test_a_rotated_key_is_picked_up_without_a_restart(
    app: Flask, house: House, lane: PushLane, service: PushService
) -> None:
    newer = keys.create(settings().var_dir)
    at_service(house.sanne, service)
    assert subscription().key_id == newer.id
    lead(app, house)
    drain(lane)
    assert told(house.sanne)[0].state is DeliveryState.SENT


def alert(person: Person) -> None:
    """A push to each of their devices."""
    with write():
        for one in notify.subscriptions(db.session.get_one(Person, person.id)):
            notify.prove(one, one.device.person, clock.now())


def test_a_dead_service_is_left_alone_costs_no_try_and_is_found_again(
    app: Flask, house: House, lane: PushLane, service: PushService, elsewhere: PushService
) -> None:
    elsewhere.default(hang=True)
    lane._sender = Sender(total_ms=300)
    phones = [at_service(house.sanne, elsewhere)[1] for _ in range(FAILURES + 4)]
    at_service(house.eva, service)

    try:
        alert(house.sanne)
        turn_until(lane, lambda: lane._gates[elsewhere.base_url].breaker.open_until is not None)
        before = len(elsewhere.posts())
        with write():
            db.session.execute(update(Delivery).values(state="cancelled"))
        alert(house.sanne)
        alert(house.eva)
        turn_until(lane, lambda: all(d.state is DeliveryState.SENT for d in told(house.eva)))
        put_off = [d for d in told(house.sanne) if d.state is DeliveryState.QUEUED and d.tries == 0]
        assert put_off and all(d.due_at > d.created_at for d in put_off), "asked again later, as if not tried"
        assert len(elsewhere.posts()) <= before + 2, "nobody but the one that tries"
    finally:
        elsewhere.default()
    wanted = {DeliveryState.SENT, DeliveryState.CANCELLED}
    turn_until(lane, lambda: {d.state for d in told(house.sanne)} <= wanted)
    assert all(len(elsewhere.posts(phone.token)) >= 1 for phone in phones)


def test_a_service_that_wants_less_is_left_alone_as_long_as_it_says_and_then_gets_everything(
    app: Flask, house: House, lane: PushLane, service: PushService, elsewhere: PushService
) -> None:
    elsewhere.default(status=429, headers={"Retry-After": "30"})
    phones = [at_service(house.sanne, elsewhere)[1] for _ in range(2 * FAILURES)]
    at_service(house.eva, service)
    breaker = lane._gates[elsewhere.base_url].breaker
    try:
        alert(house.sanne)
        turn_until(lane, lambda: breaker.open_until is not None and not lane.busy)
        assert breaker.open_until is not None and breaker.open_until > time.monotonic() + 10
        asked = len(elsewhere.posts())
        with write():
            db.session.execute(update(Delivery).values(state="cancelled"))
        alert(house.sanne)
        alert(house.eva)
        turn_until(lane, lambda: all(d.state is DeliveryState.SENT for d in told(house.eva)))
        waiting = [d for d in told(house.sanne) if d.state is DeliveryState.QUEUED]
        assert len(waiting) == len(phones) and not any(d.tries for d in waiting), "put off, as if not tried"
        assert len(elsewhere.posts()) == asked, "and not asked about"
    finally:
        elsewhere.default()
    breaker.open_until = time.monotonic()  # half a minute later
    make_due()
    wanted = {DeliveryState.SENT, DeliveryState.CANCELLED}
    turn_until(lane, lambda: {d.state for d in told(house.sanne)} <= wanted)
    assert all(d.tries == 1 for d in told(house.sanne) if d.state is DeliveryState.SENT)


def test_a_signature_that_is_refused_alarms_us_and_switches_no_phone_off(
    app: Flask, house: House, lane: PushLane, service: PushService, endpoint: Endpoint
) -> None:
    service.rule(endpoint.token, status=403)
    follow_up = lead(app, house)
    drain(lane)
    (failed,) = events(follow_up, "delivery_failed")
    assert failed.data["status"] == 403
    assert "firstcall_push_refused 1.0" in app.test_client().get("/metrics").text
    assert subscription().state is PushState.CONFIRMED


def test_what_was_sent_and_not_reported_is_counted_until_the_phone_reports(
    app: Flask, house: House, lane: PushLane, service: PushService, endpoint: Endpoint
) -> None:
    lead(app, house)
    for count in (1, 2):
        drain(lane)
        assert subscription().unheard == count
        with write():
            one = db.session.scalars(select(Subscription)).one()
            notify.prove(one, one.device.person, clock.now())
    said = {"token": told(house.sanne)[0].token, "event": "received"}
    assert app.test_client().post("/api/v1/push/receipts", json=said).status_code == 204
    assert subscription().unheard == 0
