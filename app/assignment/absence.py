"""Somebody is away from then to then, and who covers meanwhile. Ownership stays; attention goes to the deputy (rule 7).

In: a person, a deputy who will be there, and a span. Out: ``Absence`` rows; while one runs, its deputy covers the
person's open follow-ups (``stand_in``). Called by the API and the command line inside their transaction.
"""

from datetime import datetime

from sqlalchemy import exists, select

from app.assignment import stand_in
from app.assignment.assign import take_all_turns
from app.db import db, new_id
from app.errors import Conflict, Unreadable
from app.models import Absence, Person, Role, append
from app.texts.moments import moment


def announce(
    person: Person, deputy: Person, starts_at: datetime, ends_at: datetime, now: datetime
) -> Absence:
    """Write an absence down; one that has begun takes effect at once. Inside a write.

    Raises Unreadable for a span or a deputy that cannot be, Conflict (deputy_away, is_deputy, away_already) for a
    deputy who will not be there.
    """
    if ends_at <= starts_at or ends_at <= now:
        raise Unreadable(
            "An absence ends after it begins, and not in the past.", fields={"ends_at": "too early"}
        )
    check_deputy(person, deputy)
    take_all_turns(person.group_id)
    _check_free(person, deputy, starts_at, ends_at, now)
    absence = Absence(
        id=new_id(),
        group_id=person.group_id,
        person_id=person.id,
        deputy_id=deputy.id,
        starts_at=starts_at,
        ends_at=ends_at,
        created_at=now,
    )
    db.session.add(absence)
    db.session.flush()
    db.session.refresh(absence)  # in UTC, whatever zone it was said in
    _note("absence_set", absence, person, now)
    if starts_at <= now:
        stand_in.begin(absence, now)
    return absence


def end(absence: Absence, now: datetime) -> None:
    """They are back, or do not go after all. Inside a write."""
    person = db.session.get_one(Person, absence.person_id)
    if absence.starts_at <= now:
        stand_in.end(absence, now)
    _note("absence_ended", absence, person, now)
    db.session.delete(absence)
    db.session.flush()


def replace_deputy(absence: Absence, now: datetime) -> None:
    """The deputy has left: a colleague who is there all the time, the person's own deputy first. Inside a write.

    Raises Conflict (nobody_else) when there is none.
    """
    away = db.session.get_one(Person, absence.person_id)
    own, sells = Person.id == away.deputy_id, Person.role == Role.SALESPERSON
    query = select(Person).where(
        Person.group_id == away.group_id,
        Person.showroom_id == away.showroom_id,
        Person.role != Role.RECEPTIONIST,
        Person.left_at.is_(None),
        Person.id != away.id,
        ~exists().where(
            Absence.person_id == Person.id,
            Absence.starts_at < absence.ends_at,
            Absence.ends_at > absence.starts_at,
        ),
    )
    found = db.session.scalar(query.order_by(own.desc(), sells.desc(), Person.last_assigned_at).limit(1))
    if found is None:
        raise Conflict(
            f"Nobody else can stand in for {away.first_name}, who is away. End that absence first.",
            code="nobody_else",
        )
    absence.deputy_id = found.id
    db.session.flush()
    if absence.starts_at <= now:
        stand_in.begin(absence, now)


def check_deputy(person: Person, deputy: Person) -> None:
    """Raises Unreadable unless this colleague can see the person's customers: of the same showroom, or an admin."""
    if deputy.id == person.id:
        why = f"{person.first_name} cannot be their own deputy."
    elif deputy.group_id != person.group_id or deputy.left_at is not None:
        why = "This colleague does not work here."
    elif deputy.role is Role.RECEPTIONIST:
        why = f"{deputy.first_name} works at the desk; name somebody who calls customers."
    elif deputy.showroom_id != person.showroom_id and deputy.role is not Role.ADMIN:
        why = f"{deputy.first_name} works in {deputy.showroom.name}; name somebody of {person.showroom.name}."
    else:
        return
    raise Unreadable(why, fields={"deputy_id": why})


def _check_free(
    person: Person, deputy: Person, starts_at: datetime, ends_at: datetime, now: datetime
) -> None:
    same_time = (
        (Absence.group_id == person.group_id) & (Absence.starts_at < ends_at) & (Absence.ends_at > starts_at)
    )
    there = person.showroom.timezone

    def when(at: datetime) -> str:
        return moment(at, now, there, "en").removeprefix("on ")

    query = select(Absence).where(same_time).order_by(Absence.starts_at)
    for other in db.session.scalars(query):
        span = f"from {when(other.starts_at)} to {when(other.ends_at)}"
        if other.person_id == person.id:
            raise Conflict(f"{person.first_name} is away already {span}.", code="away_already")
        if other.person_id == deputy.id:
            raise Conflict(f"{deputy.first_name} is away {span}. Choose another deputy.", code="deputy_away")
        if other.deputy_id == person.id:
            away = db.session.get_one(Person, other.person_id).first_name
            raise Conflict(
                f"{person.first_name} is {away}'s deputy {span}. Name another deputy for {away} first.",
                code="is_deputy",
            )


def _note(type_: str, absence: Absence, person: Person, now: datetime) -> None:
    append(type_, now, group_id=person.group_id, showroom_id=person.showroom_id, person_id=person.id)
    db.session.flush()
