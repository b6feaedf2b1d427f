"""The WSGI target: ``gunicorn -c gunicorn.conf.py wsgi:app``, and ``python wsgi.py`` for eventlet's own server.

Only here does the feed start, so that worker, command line and tests never tail events.
"""

import os
import sys

if os.environ.get("ASYNC_MODE") == "eventlet":
    import eventlet

    eventlet.monkey_patch()

from app import create_app

app = create_app()


def _serving() -> bool:
    """Whether this process serves people (gunicorn, or this file run by itself), and not ``flask --app wsgi …``."""
    return __name__ == "__main__" or "gunicorn" in os.path.basename(sys.argv[0])


if _serving():
    from app.board.socket import start_feed
    from app.push import keys

    keys.newest(app.extensions["vapid"])  # no key, no phone: better to say so now than at the first sign-in
    start_feed(app)

if __name__ == "__main__":
    app.extensions["live"].run(app, host="127.0.0.1", port=int(os.environ.get("PORT") or 8000))
