"""Looking at leads from the command line: a list, and one with its timeline and deliveries."""

from typing import Any
from uuid import UUID

import click
from flask.cli import AppGroup
from sqlalchemy import select

from app import access
from app.api.timeline import timeline_json
from app.cli.output import command, show
from app.db import db
from app.errors import NotFound
from app.models import Attempt, Delivery, FollowUp, Lead, Source
from app.push.notify import iso

lead_cli = AppGroup("lead", help="Leads.")
COMMANDS: tuple[click.Command, ...] = (lead_cli,)


@lead_cli.command("list")
@click.option("--showroom", "slug")
@click.option("--limit", default=100, show_default=True)
@command
def list_leads(slug: str | None, limit: int, as_json: bool) -> None:
    """The newest leads first."""
    query = select(Lead).order_by(Lead.arrived_at.desc(), Lead.id.desc()).limit(limit)
    if slug:
        query = query.where(Lead.showroom_id == access.showroom_of(slug).id)
    show([_row(lead) for lead in db.session.scalars(query)], as_json)


@lead_cli.command("show")
@click.argument("id_", metavar="ID")
@command
def show_lead(id_: str, as_json: bool) -> None:
    """One lead: what was asked, who has it, the timeline and every delivery."""
    lead = db.session.get(Lead, _uuid(id_))
    if lead is None:
        raise NotFound(f"There is no lead {id_}.")
    follow_up = db.session.get_one(FollowUp, lead.follow_up_id)
    body: dict[str, Any] = {
        **_row(lead),
        "question": lead.question,
        "trade_in": lead.trade_in,
        "details": lead.details,
        "follow_up": _follow_up(follow_up),
        "attempts": [_attempt(a) for a in _of(Attempt, follow_up)],
        "timeline": timeline_json(follow_up),
        "deliveries": [_delivery(d) for d in _of(Delivery, follow_up)],
    }
    show(body, as_json)


def _row(lead: Lead) -> dict[str, Any]:
    follow_up = db.session.get_one(FollowUp, lead.follow_up_id)
    return {
        "id": str(lead.id),
        "arrived_at": iso(lead.arrived_at),
        "state": lead.state.value,
        "customer": lead.customer.display_name,
        "customer_id": str(lead.customer_id),
        "car": lead.car,
        "source": db.session.get_one(Source, lead.source_id).name,
        "salesperson": follow_up.owner.name,
        "follow_up_id": str(follow_up.id),
        "needs_look": lead.needs_look,
        "is_test": lead.is_test,
    }


def _follow_up(follow_up: FollowUp) -> dict[str, Any]:
    return {
        "id": str(follow_up.id),
        "state": follow_up.state.value,
        "owner": follow_up.owner.name,
        "opened_at": iso(follow_up.opened_at),
        "next_kind": follow_up.next_kind.value if follow_up.next_kind else None,
        "next_due_at": iso(follow_up.next_due_at) if follow_up.next_due_at else None,
        "position": follow_up.position,
        "cadence": follow_up.cadence,
        "end_reason": follow_up.end_reason,
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "id": str(attempt.id),
        "channel": attempt.channel.value,
        "started_at": iso(attempt.started_at),
        "outcome": attempt.outcome.value if attempt.outcome else None,
        "person": attempt.person.name,
    }


def _delivery(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": str(delivery.id),
        "channel": delivery.channel.value,
        "kind": delivery.kind,
        "state": delivery.state.value,
        "tries": delivery.tries,
        "created_at": iso(delivery.created_at),
        "sent_at": iso(delivery.sent_at) if delivery.sent_at else None,
        "received_at": iso(delivery.received_at) if delivery.received_at else None,
        "opened_at": iso(delivery.opened_at) if delivery.opened_at else None,
        "reason": delivery.reason,
    }


def _of(model: type[Any], follow_up: FollowUp) -> list[Any]:
    return list(
        db.session.scalars(select(model).where(model.follow_up_id == follow_up.id).order_by(model.id))
    )


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound(f"{text!r} is not an id. See: flask --app wsgi lead list") from error
