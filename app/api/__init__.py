"""HTTP: one resource a file, handlers of at most 15 lines: read, authenticate, load through ownership, one verb."""

from apiflask import APIFlask

from app.api import app_shell, attempts, board, demo, edge, follow_ups, health, intake, me, push
from app.config import Settings


def init_app(app: APIFlask, settings: Settings) -> None:
    """Register every resource; the demo's only in demo mode."""
    edge.init_app(app, settings)
    for module in (app_shell, attempts, board, follow_ups, health, intake, me, push):
        app.register_blueprint(module.bp)
    if settings.demo:
        app.register_blueprint(demo.bp)
