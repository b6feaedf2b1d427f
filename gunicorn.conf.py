"""How gunicorn serves ``wsgi:app``; read by ``bin/run``, the container and the systemd unit.

In: PORT or BIND (``host:port`` or ``unix:/path``) from the environment or .env. Figures: docs/performance.md.
"""

import os
from pathlib import Path

from dotenv import load_dotenv

# The flask commands read .env too: one set of settings for all processes. The environment wins.
load_dotenv(Path(__file__).with_name(".env"))

# Loopback, because HTTPS is a proxy's work; a container sets BIND=0.0.0.0:8000.
bind = os.environ.get("BIND") or f"127.0.0.1:{os.environ.get('PORT') or '8000'}"

# 1,000 connected boards: p99 73 ms, against 294 ms and four times the CPU with threads.
# WebSockets go through simple-websocket; with gevent-websocket installed this class drops every one of them.
worker_class = "gevent"

# Socket.IO without a message queue loses 60 % of its messages between several workers, silently.
# To scale, start the process again on another port behind a sticky load balancer.
workers = 1

# An open board is a connection that never ends. At the default of 1,000 the boards lock out every new lead.
worker_connections = 5000

# Several gunicorns of one account would share ~/.gunicorn/gunicorn.ctl, and one would answer for the other.
control_socket_disable = True

# Requests take less than a second; what is still open after five is a board, which reconnects by itself.
graceful_timeout = 5

# A worker that has not breathed for 30 s is stuck (a C call that never yields) and is replaced.
timeout = 30

# Longer than a proxy keeps an idle connection (deploy/Caddyfile: 30 s), so that a lead is never sent into one
# that we are closing. An idle connection costs a greenlet, no thread.
keepalive = 75

# Our addresses are short and our cookies few; what is larger is an attack or a mistake.
limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190

# No access log: addresses hold the keys of sources and links, and the program logs what matters without them.
accesslog = None
errorlog = "-"
loglevel = "info"


def post_worker_init(worker: object) -> None:
    """The process is ready to serve: start what only serving processes do (the board's feed)."""
    import wsgi

    wsgi.serve()
