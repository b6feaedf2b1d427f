"""Start an attempt, accept, cover: what the first tap on a follow-up means. Called by the API in its transaction."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from app.assignment import second_channel
from app.assignment.acknowledge import alarmed, answer_alarm
from app.cadence import record
from app.db import db
from app.errors import NotFound
from app.models import Attempt, Channel, Delivery, FollowUp, FollowUpState, Person, happened
from app.outbox import enqueue, proof
from app.push import notify

ALERTS = ("lead", "escalation", "alarm", "reminder")


def start_attempt(
    follow_up: FollowUp,
    person: Person,
    *,
    id_: UUID,
    channel: Channel,
    started_at: datetime,
    contact_point_id: UUID | None,
    now: datetime,
) -> Attempt:
    """Write the fact that somebody tried; starting accepts, and a call holds the escalation (rule 5)."""
    known = db.session.get(Attempt, id_)
    if known is not None:
        if known.group_id != person.group_id or known.follow_up_id != follow_up.id:
            raise NotFound("This attempt belongs to something else.")
        return known
    attempt = Attempt(
        id=id_,
        group_id=follow_up.group_id,
        follow_up_id=follow_up.id,
        person_id=person.id,
        contact_point_id=contact_point_id,
        channel=channel,
        started_at=min(started_at, now),
    )
    db.session.add(attempt)
    db.session.flush()
    happened("attempt_started", follow_up, now, person_id=person.id, attempt_id=id_, channel=channel.value)
    proof.acted(person, follow_up, now)
    if follow_up.is_open:
        if accept(follow_up, person, now) is False:
            cover(follow_up, person, now)
            _say_taken(follow_up, person, now)
        record.hold(follow_up, attempt, now)
    return attempt


def accept(follow_up: FollowUp, person: Person, now: datetime) -> bool:
    """One guarded update: the first who starts wins. False when it was accepted already."""
    won = (
        update(FollowUp)
        .where(FollowUp.id == follow_up.id, FollowUp.state == FollowUpState.ASSIGNED)
        .values(state=FollowUpState.ACCEPTED, accepted_at=now)
    )
    if db.session.execute(won).rowcount != 1:  # type: ignore[attr-defined]
        return False
    db.session.refresh(follow_up)
    if person.id != follow_up.owner_id:
        cover(follow_up, person, now)
    happened("accepted", follow_up, now, person_id=person.id)
    _say_taken(follow_up, person, now)
    return True


def cover(follow_up: FollowUp, person: Person, now: datetime) -> None:
    """A colleague acts for a while. Attention moves, ownership does not (rule 7). It answers an alarm, too."""
    if person.id in (follow_up.owner_id, follow_up.covered_by_id):
        return
    if alarmed(follow_up):
        answer_alarm(follow_up, person, now)
    follow_up.covered_by_id = person.id
    db.session.flush()
    db.session.refresh(follow_up)
    happened("covered", follow_up, now, person_id=person.id)
    proof.acted(person, follow_up, now)
    notify.tell(follow_up.owner, "taken", follow_up, _taken(person, now), now, person=person.first_name)
    _say_taken(follow_up, person, now)


def _say_taken(follow_up: FollowUp, by: Person, now: datetime) -> None:
    """Everyone else's notification about this customer is replaced by "taken by …"; a text message or call that has not
    left yet is not needed any more.
    """
    enqueue.cancel(follow_up, "somebody acts", kinds=second_channel.KINDS)
    for person in _alerted(follow_up):
        if person.id != by.id:
            notify.tell(person, "taken", follow_up, _taken(by, now), now, person=by.first_name)


def _taken(by: Person, now: datetime) -> str:
    """The cause, short enough for its column beside the follow-up's id."""
    return f"taken {by.id.hex[-12:]} {now:%Y%m%dT%H%M%S%f}"


def _alerted(follow_up: FollowUp) -> list[Person]:
    """Whose screen still asks for this customer: alerted on whatever rung, and not told since that it is taken."""
    query = select(Delivery.person_id, Delivery.kind).where(
        Delivery.group_id == follow_up.group_id,
        Delivery.follow_up_id == follow_up.id,
        Delivery.kind.in_((*ALERTS, "taken")),
    )
    newest = {person_id: kind for person_id, kind in db.session.execute(query.order_by(Delivery.id))}
    ids = [person_id for person_id, kind in newest.items() if kind != "taken"]
    return list(db.session.scalars(select(Person).where(Person.id.in_(ids)))) if ids else []
