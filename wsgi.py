"""The WSGI target: ``gunicorn -c gunicorn.conf.py wsgi:app``, and ``python wsgi.py`` for eventlet's own server.

``serve`` starts the feed. Only a process that serves people calls it (gunicorn.conf.py, and this file run by itself):
worker, command line and tests never tail events.
"""

import os

if __name__ == "__main__" and os.environ.get("ASYNC_MODE") == "eventlet":
    import eventlet

    eventlet.monkey_patch()

from app import create_app
from app.board.socket import start_feed
from app.push import keys

app = create_app()


def serve() -> None:
    """Begin to serve people. Without a push key no phone could ever ring: better to say so now."""
    keys.newest(app.extensions["vapid"])
    start_feed(app)


if __name__ == "__main__":
    serve()
    app.extensions["live"].run(app, host="127.0.0.1", port=int(os.environ.get("PORT") or 8000))
