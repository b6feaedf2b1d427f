"""What somebody may see: rows are loaded through ownership, and a stranger gets 404.

Customer pages: a signed token with the customer's id and page key; no login, no cookie. Called by the API, the customer
pages, the command line, and whoever changes a follow-up.
"""

import hmac
from functools import lru_cache
from uuid import UUID

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import or_, select

from app.access.hashes import settings
from app.access.sessions import me
from app.db import db
from app.errors import NotFound
from app.models import Customer, FollowUp, Group, Person, Showroom


def follow_up(id_: UUID, person: Person | None = None) -> FollowUp:
    """A follow-up of my group: a salesperson sees their showroom's, so that colleagues can cover. Raises NotFound."""
    person = person or me()
    query = select(FollowUp).where(FollowUp.id == id_, FollowUp.group_id == person.group_id)
    if person.role != "admin":
        query = query.where(or_(FollowUp.showroom_id == person.showroom_id, FollowUp.owner_id == person.id))
    found = db.session.scalar(query)
    if found is None:
        raise NotFound("We cannot find this follow-up.")
    return found


def lock_follow_up(id_: UUID) -> FollowUp:
    """A follow-up for changing: no other writer touches it until we commit. Inside a write. Raises NotFound."""
    query = select(FollowUp).where(FollowUp.id == id_).with_for_update(of=FollowUp)
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound("We cannot find this follow-up.")
    return found


def customer_token(customer: Customer) -> str:
    """The signed part of a customer's page address."""
    return _token(settings().secret_key, customer.id.hex, customer.page_key)


@lru_cache(maxsize=1024)
def _token(secret_key: str, *names: str) -> str:
    return _signer(secret_key).dumps(list(names))


def customer_by_token(token: str) -> Customer:
    """The customer whose page this is. Raises NotFound for anything forged, old or unknown."""
    try:
        id_, page_key = _signer(settings().secret_key).loads(token)
        customer = db.session.get(Customer, UUID(id_))
    except (BadSignature, ValueError, TypeError):
        customer = None
        page_key = ""
    if customer is None or not hmac.compare_digest(customer.page_key, str(page_key)):
        raise NotFound("This page does not exist (any more).")
    return customer


@lru_cache(maxsize=4)
def _signer(secret_key: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret_key, salt="customer page")


def showroom_of(slug: str) -> Showroom:
    """A showroom by its slug, for the command line. Raises NotFound."""
    found = db.session.scalar(select(Showroom).where(Showroom.slug == slug))
    if found is None:
        raise NotFound(f"There is no showroom {slug!r}. See: flask --app wsgi showroom list")
    return found


def group_named(name: str) -> Group | None:
    """A group by name, for the command line."""
    return db.session.scalar(select(Group).where(Group.name == name))
