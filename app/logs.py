"""JSON logs, one object a line, without personal data: routes instead of addresses, ids instead of names."""

import logging
import sys

import structlog
from flask import Flask

from app.config import Settings


def init_app(app: Flask, settings: Settings) -> None:
    """Send everything through one JSON handler; third parties only from warnings on."""
    shared: list[structlog.types.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logger = logging.getLogger("app")
    logger.handlers = [handler]
    logger.propagate = False
    logger.setLevel(settings.log_level)
    for name in ("werkzeug", "engineio", "socketio", "sqlalchemy"):
        logging.getLogger(name).setLevel(logging.WARNING)
