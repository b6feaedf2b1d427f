"""The WSGI target: ``gunicorn -c gunicorn.conf.py wsgi:app``, and ``python wsgi.py`` for eventlet's own server.

``serve`` starts the feed. Only a process that serves people calls it (gunicorn.conf.py, and this file run by itself):
worker, command line and tests never tail events.
"""

import gc
import os

if __name__ == "__main__" and os.environ.get("ASYNC_MODE") == "eventlet":
    import eventlet

    eventlet.monkey_patch()

# A start makes half a million objects that stay. Looking for garbage among them was a fifth of the time until the
# house answers again after a kill; frozen, they are not looked through later either, nor at the end.
gc.disable()

from app import create_app  # noqa: E402
from app.board.socket import start_feed  # noqa: E402
from app.push import keys  # noqa: E402

app = create_app()
gc.freeze()
gc.enable()


def serve() -> None:
    """Begin to serve people. Without a push key no phone could ever ring: better to say so now."""
    keys.newest(app.extensions["vapid"])
    start_feed(app)


if __name__ == "__main__":
    serve()
    app.extensions["live"].run(app, host="127.0.0.1", port=int(os.environ.get("PORT") or 8000))
