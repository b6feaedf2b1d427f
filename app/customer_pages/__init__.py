"""The customer's own pages: plain HTML that needs no script, no login and no cookie. ``create_app`` calls
``init_app``.
"""

from flask import Flask

from app.customer_pages.forms import forms
from app.customer_pages.routes import pages
from app.customer_pages.videos import videos

__all__ = ["forms", "init_app", "pages"]


def init_app(app: Flask) -> None:
    """Serve ``/c/<token>`` and what belongs to it, personal videos, and the forms."""
    app.register_blueprint(pages)
    app.register_blueprint(videos)
    app.register_blueprint(forms)
