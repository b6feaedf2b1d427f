"""For machines: is the process alive, is the house ready, how is it doing. No personal data."""

from datetime import timedelta

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from apiflask import APIBlueprint
from flask import Response, current_app, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from app import clock
from app.config import ROOT
from app.db import db
from app.models import (
    STILL_OPEN,
    Delivery,
    DeliveryChannel,
    DeliveryState,
    FollowUp,
    Heartbeat,
    Submission,
)

bp = APIBlueprint("health", __name__, enable_openapi=False)
LATE = timedelta(seconds=10)
REMEMBERED = timedelta(days=1)


@bp.get("/healthz")
def alive() -> Response:
    """This process answers."""
    return jsonify(status="ok")


@bp.get("/readyz")
def ready() -> tuple[Response, int]:
    """Database reachable, migrations applied, a worker alive."""
    checks = {"database": False, "migrations": False, "worker": False}
    try:
        checks["database"] = db.session.scalar(select(1)) == 1
        checks["migrations"] = _migrated()
        beat = db.session.scalar(select(func.max(Heartbeat.beat_at)))
        checks["worker"] = beat is not None and clock.now() - beat < LATE
    except SQLAlchemyError:
        current_app.logger.warning("readyz: the database does not answer")
    return jsonify(status="ok" if all(checks.values()) else "not ready", **checks), 200 if all(
        checks.values()
    ) else 503


@bp.get("/metrics")
def metrics() -> Response:
    """Prometheus text, read from the database at the moment of asking: the same from every process."""
    registry = CollectorRegistry()
    deliveries = Gauge(
        "firstcall_deliveries", "Deliveries by channel and state", ["channel", "state"], registry=registry
    )
    counted = select(Delivery.channel, Delivery.state, func.count()).group_by(
        Delivery.channel, Delivery.state
    )
    for channel, state, count in db.session.execute(counted):
        deliveries.labels(channel.value, state.value).set(count)
    submissions = Gauge("firstcall_submissions", "Submissions by state", ["state"], registry=registry)
    for read, count in db.session.execute(select(Submission.state, func.count()).group_by(Submission.state)):
        submissions.labels(read.value).set(count)
    open_ = Gauge("firstcall_open_follow_ups", "Open follow-ups by state", ["state"], registry=registry)
    states = select(FollowUp.state, func.count()).where(STILL_OPEN)
    for stage, count in db.session.execute(states.group_by(FollowUp.state)):
        open_.labels(stage.value).set(count)
    late = Gauge("firstcall_prompts_late_seconds", "How late the most overdue prompt is", registry=registry)
    oldest = db.session.scalar(select(func.min(FollowUp.prompt_at)))
    late.set(max((clock.now() - oldest).total_seconds(), 0) if oldest else 0)
    refused = Gauge(
        "firstcall_push_refused",
        "Pushes of the last day that a push service refused for our signature (401, 403): look at VAPID_SUBJECT, "
        "the clock and the keys",
        registry=registry,
    )
    refused.set(_refused_pushes())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _refused_pushes() -> int:
    signature = Delivery.reason.startswith("401:") | Delivery.reason.startswith("403:")
    query = select(func.count()).where(
        Delivery.channel == DeliveryChannel.PUSH,
        Delivery.state == DeliveryState.FAILED,
        Delivery.created_at > clock.now() - REMEMBERED,
        signature,
    )
    return int(db.session.scalar(query) or 0)


def _migrated() -> bool:
    heads = set(ScriptDirectory(str(ROOT / "migrations")).get_heads())
    return set(MigrationContext.configure(db.session.connection()).get_current_heads()) == heads
