"""Write to a customer by e-mail: which address, which links, and not when they asked us to stop.

In: a follow-up and a ``Letter``. Out: a delivery in the running transaction, or None. Called by confirm,
privacy and whoever tells a customer that a call comes later.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update

from app.access import customer_token, settings
from app.db import db
from app.models import (
    NOT_LEFT,
    ContactPoint,
    Customer,
    Delivery,
    DeliveryChannel,
    DeliveryState,
    FollowUp,
    Person,
    PointKind,
)
from app.outbox import enqueue, stoplist
from app.texts import known
from app.texts.letter import Letter
from app.texts.mails import Facts
from app.texts.numbers import Number, number


def send(
    follow_up: FollowUp,
    kind: str,
    letter: Letter,
    now: datetime,
    *,
    even_if_stopped: bool = False,
    due_at: datetime | None = None,
) -> Delivery | None:
    """Enqueue one e-mail to the follow-up's customer. None: there is no address, or e-mail was stopped.

    ``even_if_stopped`` is for the one confirmation of a stop, and for nothing else. ``due_at``: it leaves then, not
    now.
    """
    customer = follow_up.customer
    points = points_of(customer)
    address = address_of(points)
    if address is None or (not even_if_stopped and "email" in stoplist.blocked(customer, points)):
        return None
    return post(follow_up, address, kind, letter, now, due_at)


def post(
    follow_up: FollowUp,
    address: str,
    kind: str,
    letter: Letter,
    now: datetime,
    due_at: datetime | None = None,
) -> Delivery:
    """Enqueue one e-mail to an address that may be written to, as the caller knows.

    Replies go to the person who looks after the customer (rule 12).
    """
    payload = {
        **letter.payload(),
        "from_name": follow_up.showroom.name,
        "reply_to": speaker(follow_up).email,
        "headers": _headers(letter),
        "link": letter.page.address if letter.page else None,
    }
    return enqueue.email(
        follow_up.customer,
        address,
        kind=kind,
        payload=payload,
        now=now,
        follow_up_id=follow_up.id,
        due_at=due_at,
    )


def facts(follow_up: FollowUp, car: str | None) -> Facts:
    """What a letter about this follow-up says about people, numbers and links."""
    customer, person = follow_up.customer, speaker(follow_up)
    line = direct_line(person)
    url = page_url(customer)
    return Facts(
        language=known(customer.language),
        first_name=customer.first_name,
        salesperson=person.name,
        showroom=follow_up.showroom.name,
        number=line.shown if line else None,
        car=car,
        page_url=url,
        stop_url=f"{url}/stop",
    )


def speaker(follow_up: FollowUp) -> Person:
    """Who speaks to the customer now: whoever covers, else the owner."""
    return follow_up.covered_by or follow_up.owner


def direct_line(person: Person) -> Number | None:
    """The number a person calls from and is called on: their own, else the showroom's."""
    showroom = person.showroom
    return number(person.phone, showroom.country) or number(showroom.phone, showroom.country)


def page_url(customer: Customer) -> str:
    """Address of the customer's own page; whoever has it may answer and stop, so it goes to the customer
    only.
    """
    return f"{settings().public_url}/c/{customer_token(customer)}"


def points_of(customer: Customer) -> list[ContactPoint]:
    """The customer's numbers and addresses, newest first, wrong ones too."""
    query = select(ContactPoint).where(
        ContactPoint.group_id == customer.group_id, ContactPoint.customer_id == customer.id
    )
    return list(db.session.scalars(query.order_by(ContactPoint.created_at.desc(), ContactPoint.id.desc())))


def address_of(points: Sequence[ContactPoint]) -> str | None:
    """The e-mail address to write to, or None: the newest that is not known to be wrong."""
    usable = (p.value for p in points if p.kind is PointKind.EMAIL and p.value and not p.wrong_at)
    return next(usable, None)


def cancel(customer: Customer, reason: str, *, kinds: tuple[str, ...] = ()) -> int:
    """Cancel every e-mail to this customer that has not left yet (only ``kinds``, when given). Returns how many."""
    queued = update(Delivery).where(
        Delivery.group_id == customer.group_id,
        Delivery.customer_id == customer.id,
        Delivery.channel == DeliveryChannel.EMAIL,
        Delivery.state.in_(NOT_LEFT),
    )
    if kinds:
        queued = queued.where(Delivery.kind.in_(kinds))
    result = db.session.execute(
        queued.values(state=DeliveryState.CANCELLED, reason=reason, lease_until=None, claimed_by=None)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


def _headers(letter: Letter) -> dict[str, str]:
    """RFC 2369; the one-click form of RFC 8058 is allowed over HTTPS only."""
    if letter.stop is None:
        return {}
    headers = {"List-Unsubscribe": f"<{letter.stop.address}>"}
    if letter.stop.address.startswith("https://"):
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers
