"""JSON logs, one object a line, without personal data: routes instead of addresses, ids instead of names."""

import logging
import sys
import traceback
from types import TracebackType

import structlog
from flask import Flask, request

from app.config import Settings


def init_app(app: Flask, settings: Settings) -> None:
    """Send everything through one JSON handler; third parties only from warnings on."""
    shared: list[structlog.types.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(_where),
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
    app.log_exception = _request_failed  # type: ignore[method-assign, assignment]
    for name in ("werkzeug", "engineio", "socketio", "sqlalchemy"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _where(exc_info: tuple[type[BaseException], BaseException, TracebackType | None]) -> str:
    """Types and places of an exception and its causes. Not the messages: a database quotes the row it refuses."""
    lines: list[str] = []
    error: BaseException | None = exc_info[1]
    while error is not None:
        name = f"{type(error).__module__}.{type(error).__qualname__}"
        lines += [*traceback.format_tb(error.__traceback__), f"{name}\n"]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "".join(lines)


def _request_failed(exc_info: tuple[type[BaseException], BaseException, TracebackType | None]) -> None:
    """Flask's own line names the address, which may hold the key of a source or of a customer's page."""
    route = request.url_rule.rule if request.url_rule else None
    logging.getLogger("app").error(
        "a request failed", exc_info=exc_info, extra={"method": request.method, "route": route}
    )
