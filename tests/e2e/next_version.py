"""``wsgi:app`` as it is after an update, as far as a phone can tell: the same app with another service worker.

Run by test_update as gunicorn's target, in the place of ``wsgi:app``.
"""

from flask import Response

from app.api import app_shell
from wsgi import app

__all__ = ["app"]


def _service_worker() -> Response:
    script = (app_shell.DIST / "sw.js").read_text()
    assert script.count('const VERSION = "') == 1
    newer = script.replace('const VERSION = "', 'const VERSION = "next-')
    return Response(newer, mimetype="text/javascript", headers={"Cache-Control": "no-cache"})


app.view_functions["app_shell.service_worker"] = _service_worker
