"""Reach a silent owner beside the push: a text message, or a call that says the lead's name.

In: a follow-up and the person. Out: a delivery in the running transaction, or None. Called by escalate at the rung
where the owner is told again. The showroom chooses the channel; without a telephony provider there is none.
"""

from datetime import datetime, timedelta
from typing import Any

from app.access import settings
from app.db import db, new_id
from app.models import Delivery, DeliveryChannel, FollowUp, Person, SecondChannel
from app.outbox import enqueue
from app.push import notify
from app.texts import staff
from app.texts.numbers import number

REMINDER_SMS = "reminder_sms"
REMINDER_CALL = "reminder_call"
KINDS = (REMINDER_SMS, REMINDER_CALL)
TTL = timedelta(minutes=10)
"""An alarm that rings later than this would be about something that others have been told of long ago."""


def remind(follow_up: FollowUp, person: Person, now: datetime) -> Delivery | None:
    """Tell the person by the showroom's second channel. None: none is set up, or we do not know their number."""
    own = own_number(person)
    if not settings().telephony or own is None:
        return None
    match follow_up.showroom.second_channel:
        case SecondChannel.SMS:
            token = enqueue.new_token()
            link = f"{settings().public_url}/l/{follow_up.id}?n={token}"
            who = known_as(follow_up, person)
            payload = {"text": staff.text_message(person.language, who, link)}
            return put_on_the_line(
                follow_up, person, DeliveryChannel.SMS, REMINDER_SMS, own, payload, now, TTL, token
            )
        case SecondChannel.VOICE:
            say = staff.spoken("reminder", person.language, known_as(follow_up, person))
            payload = {"say": say, "language": person.language}
            return put_on_the_line(
                follow_up, person, DeliveryChannel.VOICE, REMINDER_CALL, own, payload, now, TTL
            )
        case _:
            return None


def own_number(person: Person) -> str | None:
    """The person's own telephone in E.164, or None when it is unknown or cannot be dialled."""
    found = number(person.phone, person.showroom.country)
    return found.e164 if found else None


def put_on_the_line(
    follow_up: FollowUp,
    person: Person,
    channel: DeliveryChannel,
    kind: str,
    address: str,
    payload: dict[str, Any],
    now: datetime,
    ttl: timedelta,
    token: str | None = None,
) -> Delivery:
    """One message or call to a member of staff, into the outbox."""
    delivery = Delivery(
        id=new_id(),
        group_id=follow_up.group_id,
        channel=channel,
        kind=kind,
        person_id=person.id,
        follow_up_id=follow_up.id,
        address=address,
        payload=payload,
        token=token or enqueue.new_token(),
        created_at=now,
        due_at=now,
        expires_at=now + ttl,
    )
    db.session.add(delivery)
    return delivery


def known_as(follow_up: FollowUp, person: Person) -> str:
    """Who the lead is, as this person may hear or read it: "Sanne de Boer, Volkswagen Golf"."""
    lead, customer = notify.newest(follow_up).lead, follow_up.customer
    car = lead.car if lead else None
    return staff.aloud(
        person.language, customer.display_name, customer.first_name, car, settings().push_detail
    )
