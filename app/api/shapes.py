"""How a follow-up looks to the person who works on it: everything one screen needs, in one answer. Reads only."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.access import customer_token, settings
from app.api.timeline import timeline_json
from app.board.rows import by_follow_up, clock, escalations, next_step, person_json
from app.cadence import own
from app.cadence.reach import Reach, reaches
from app.clock import now
from app.intake.readings import readings
from app.models import Attempt, FollowUp, Lead, Person, PointKind
from app.push.notify import iso
from app.texts.prefill import WRITTEN, prefill


def follow_ups_json(follow_ups: Sequence[FollowUp], viewer: Person) -> list[dict[str, Any]]:
    """Many follow-ups for one person."""
    ids = [f.id for f in follow_ups]
    leads, attempts, raised = by_follow_up(Lead, ids), by_follow_up(Attempt, ids), escalations(follow_ups)
    known = reaches(f.customer for f in follow_ups)
    return [
        {
            **_follow_up(f, leads[f.id], attempts[f.id], viewer, known[f.customer_id]),
            "escalation": raised[f.id],
        }
        for f in follow_ups
    ]


def follow_up_json(follow_up: FollowUp, viewer: Person, *, timeline: bool = False) -> dict[str, Any]:
    """One follow-up, with its timeline when asked."""
    shape = follow_ups_json([follow_up], viewer)[0]
    if timeline:
        shape["timeline"] = timeline_json(follow_up, viewer)
    return shape


def attempt_json(attempt: Attempt) -> dict[str, Any]:
    return {
        "id": str(attempt.id),
        "channel": attempt.channel.value,
        "started_at": iso(attempt.started_at),
        "outcome": attempt.outcome.value if attempt.outcome else None,
        "withdrawn": attempt.withdrawn_at is not None,
        "verified": attempt.provider_ref is not None,
        "talk_seconds": attempt.talk_seconds,
    }


def _follow_up(
    follow_up: FollowUp, leads: list[Lead], attempts: list[Attempt], viewer: Person, known: Reach
) -> dict[str, Any]:
    customer = follow_up.customer
    leads = sorted(leads, key=lambda lead: (lead.arrived_at, lead.id), reverse=True)
    newest = leads[0] if leads else None
    cars = [lead.car for lead in leads if lead.car]
    made = [a for a in attempts if a.outcome is not None and a.withdrawn_at is None]
    open_attempt = _open_attempt(attempts, viewer)
    return {
        "id": str(follow_up.id),
        "state": follow_up.state.value,
        "end_reason": follow_up.end_reason,
        "customer": {
            "id": str(customer.id),
            "first_name": customer.first_name,
            "display_name": customer.display_name
            or next((point.raw for point in reversed(known.points)), ""),
            "language": customer.language,
        },
        "car": newest.car if newest else None,
        "wants": newest.wants if newest else None,
        "question": newest.question if newest else None,
        "trade_in": next((lead.trade_in for lead in leads if lead.trade_in), None),
        "arrived_at": iso(follow_up.opened_at),
        "clock": clock(follow_up),
        "owner": person_json(follow_up.owner),
        "mine": follow_up.owner_id == viewer.id,
        "covered_by": person_json(follow_up.covered_by),
        "accepted_at": _iso(follow_up.accepted_at),
        "attempts_made": len(made),
        "next_step": next_step(follow_up),
        "reach": reach_json(known, follow_up.showroom.country),
        "cadence": {"name": follow_up.cadence, "version": follow_up.cadence_version},
        "texts": _texts(follow_up, newest, viewer, known, bool(open_attempt)),
        "open_attempt": open_attempt,
        "leads": [_lead(lead) for lead in leads],
        "also_asks": list(dict.fromkeys(c for c in cars[1:] if newest is None or c != newest.car)),
        "needs_look": any(lead.needs_look for lead in leads),
        "demo": follow_up.showroom.group.demo,
    }


def reach_json(known: Reach, country: str) -> dict[str, Any]:
    """Channels that lead to the customer; a stopped one is named with the reason and has no address."""
    number = known.dialable.value if known.dialable else None
    return {
        "primary": known.primary,
        "prefers_writing": known.contactable == "write",
        "numbers": [
            {
                "id": str(p.id),
                "raw": p.raw,
                "e164": p.value,
                "wrong": p.wrong_at is not None,
                "readings": list(readings(p.raw, country)),
            }
            for p in known.points
            if p.kind is PointKind.PHONE
        ],
        "email": known.email if known.open("email") else None,
        "call": number if known.open("call") else None,
        "whatsapp": number if known.open("whatsapp") else None,
        "sms": number if known.open("sms") else None,
        "facetime": number if known.open("call") else None,
        "blocked": [{"channel": channel, "reason": "stopped"} for channel in sorted(known.stopped)],
    }


def _open_attempt(attempts: list[Attempt], viewer: Person) -> dict[str, Any] | None:
    unfinished = [a for a in attempts if a.outcome is None and a.withdrawn_at is None]
    if not unfinished:
        return None
    newest = max(unfinished, key=lambda a: a.started_at)
    return {
        "id": str(newest.id),
        "channel": newest.channel.value,
        "started_at": iso(newest.started_at),
        "mine": newest.person_id == viewer.id,
        "verified": newest.provider_ref is not None,
        "talk_seconds": newest.talk_seconds,
    }


def _lead(lead: Lead) -> dict[str, Any]:
    return {
        "id": str(lead.id),
        "arrived_at": iso(lead.arrived_at),
        "source": lead.source.name,
        "kind": lead.source.kind,
        "car": lead.car,
        "question": lead.question,
        "trade_in": lead.trade_in,
        "plates": lead.details.get("plates", []),
        "needs_look": lead.needs_look,
        "is_test": lead.is_test,
    }


def _texts(
    follow_up: FollowUp, newest: Lead | None, viewer: Person, known: Reach, dialled: bool
) -> dict[str, str]:
    """The messages at hand. When every number was wrong, the other channels ask which one suits."""
    customer, writing = follow_up.customer, known.contactable == "write"
    texts = prefill(
        language=customer.language,
        customer_first_name=customer.first_name,
        salesperson_name=viewer.first_name,
        showroom_name=follow_up.showroom.name,
        car=newest.car if newest else None,
        link=f"{settings().public_url}/c/{customer_token(customer)}",
        video_link=viewer.facetime_link or viewer.video_link,
        step=own.words(follow_up, now(), dialled=dialled, writing=writing),
        writing=writing,
    )
    if known.dialable is None and any(point.wrong_at for point in known.numbers):
        texts |= dict.fromkeys(WRITTEN, texts["which_number"])
    return texts


def _iso(at: datetime | None) -> str | None:
    return iso(at) if at else None
