"""HTTP: one resource a file, handlers of at most 15 lines: read, authenticate, load through ownership, one verb."""

from apiflask import APIFlask

from app.api import (
    absences,
    app_shell,
    attempts,
    board,
    cadences,
    demo,
    devices,
    edge,
    files,
    follow_ups,
    forwarding,
    health,
    intake,
    me,
    needs_look,
    notes,
    passkeys,
    people,
    push,
    reports,
    sessions,
    showrooms,
    snoozes,
    source_tests,
    sources,
    telephony,
    templates,
    walk_ins,
)
from app.config import Settings


def init_app(app: APIFlask, settings: Settings) -> None:
    """Register every resource; the demo's only in demo mode."""
    edge.init_app(app, settings)
    for module in (
        absences,
        app_shell,
        attempts,
        board,
        cadences,
        devices,
        files,
        follow_ups,
        forwarding,
        health,
        intake,
        me,
        needs_look,
        notes,
        passkeys,
        people,
        push,
        reports,
        sessions,
        snoozes,
        showrooms,
        source_tests,
        sources,
        telephony,
        templates,
        walk_ins,
    ):
        app.register_blueprint(module.bp)
    if settings.demo:
        app.register_blueprint(demo.bp)
