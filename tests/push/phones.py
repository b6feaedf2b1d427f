"""Browsers that can be pushed to: a row for tests that look at the outbox, real keys for tests that decrypt.

In: a person. Out: subscriptions. Called by the tests of escalation, outbox, delivery and push.
"""

import secrets
from datetime import datetime

from flask import current_app

from app import access, clock
from app.db import db, write
from app.models import Delivery, Person, PushState, Subscription
from app.push import keys
from app.push.subscribe import Offer, keep
from tests.wire.phone_keys import FakeSubscription
from tests.wire.push_service import Endpoint, PushService


def phone(person: Person, *, proven: datetime | None = None, platform: str = "android") -> Subscription:
    """A phone of this person that gets pushes; ``proven``: when it last returned a receipt."""
    return subscribed(person, FakeSubscription(f"https://fcm.googleapis.com/{secrets.token_hex(8)}"), proven)


def subscribed(person: Person, browser: FakeSubscription, proven: datetime | None = None) -> Subscription:
    """This browser's subscription, kept and confirmed for a new device of this person."""
    offered = browser.json()
    key = keys.newest(current_app.extensions["vapid"].fresh())
    with write():
        person = db.session.get_one(Person, person.id)
        device, _ = access.open_session(person, "phone", "android", clock.now())
        offer = Offer(browser.endpoint, offered["keys"]["p256dh"], offered["keys"]["auth"])
        kept, _ = keep(device, offer, key.id, clock.now())
        kept.state, kept.last_received_at = PushState.CONFIRMED, proven
        kept.confirmed_at = proven or clock.now()
    return kept


def at_service(person: Person, service: PushService) -> tuple[FakeSubscription, Endpoint]:
    """A browser of this person at a running push service, bound to our VAPID key."""
    endpoint = service.new_endpoint(keys.newest(current_app.extensions["vapid"].fresh()).public)
    browser = FakeSubscription(endpoint.url)
    subscribed(person, browser)
    return browser, endpoint


def bodies(deliveries: list[Delivery]) -> list[str]:
    return [d.payload["notification"]["body"] for d in deliveries]
