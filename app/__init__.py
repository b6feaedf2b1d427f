"""Firstcall: the companion on a car salesperson's phone. ``create_app`` puts the house together, nothing else."""

from collections.abc import Mapping

from apiflask import APIFlask
from werkzeug.middleware.proxy_fix import ProxyFix

from app import api, config, customer_pages, db, logs
from app.api.edge import limiter
from app.board import socket
from app.cli import init_app as init_cli
from app.push import keys

# A customer sends a few a minute; many customers may stand in one showroom's network.
for _blueprint in (customer_pages.pages, customer_pages.forms):
    limiter.limit("60/minute", methods=["POST"])(_blueprint)


def create_app(environment: Mapping[str, str] | None = None) -> APIFlask:
    """The application. ``environment`` replaces ``os.environ`` in tests. A wrong setting stops here."""
    settings = config.load(environment)
    app = APIFlask("app", title="Firstcall", version="1", docs_path=None, spec_path="/api/v1/openapi.json")
    app.extensions["settings"] = settings
    app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024
    app.config["SECRET_KEY"] = settings.secret_key
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, settings.proxies, settings.proxies, settings.proxies)  # type: ignore[method-assign]
    logs.init_app(app, settings)
    db.init_app(app, settings)
    app.extensions["vapid"] = keys.Ring(settings.var_dir)
    api.init_app(app, settings)
    customer_pages.init_app(app)
    socket.init_app(app, settings)
    init_cli(app)
    return app
