"""What is known about somebody who works here and may be changed: own hours, deputy, number, role.

In: a person and the new value. Out: the row changed in the running transaction. Called by the API and the command line.
"""

from collections.abc import Mapping
from typing import Any

from app.assignment.absence import check_deputy
from app.assignment.duty import manager
from app.db import db
from app.errors import Conflict, Unreadable
from app.models import Person, Role
from app.texts.numbers import number


def set_weekly(person: Person, weekly: Mapping[str, Any] | None) -> None:
    """Own working hours in the shape of the showroom's, or None: whenever it is open. Raises Unreadable."""
    try:
        person.showroom.hours.of_person(weekly)
    except ValueError as error:
        raise Unreadable(str(error), fields={"weekly": str(error)}) from error
    person.weekly = dict(weekly) if weekly is not None else None


def set_deputy(person: Person, deputy: Person | None) -> None:
    """Who is told when they do not answer; None: whose turn it is. Raises Unreadable."""
    if deputy is not None:
        check_deputy(person, deputy)
    person.deputy_id = deputy.id if deputy else None


def set_phone(person: Person, phone: str) -> None:
    """The number customers see and call back; an empty one removes it. Raises Unreadable for one nobody can dial."""
    if phone and number(phone, person.showroom.country) is None:
        why = "Nobody can dial this number; write it like 06 12345678 or +31 6 12345678."
        raise Unreadable(why, fields={"phone": why})
    person.phone = phone or None


def set_role(person: Person, role: Role) -> None:
    """Raises Conflict when nobody would be left to answer alarms and complaints."""
    managed, person.role = person.manages, role
    db.session.flush()
    if managed and not person.manages and manager(person.showroom) is None:
        raise Conflict(
            f"{person.first_name} is the only manager. Make somebody else a manager first.",
            code="nobody_else",
        )
