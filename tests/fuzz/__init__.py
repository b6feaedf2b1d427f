"""Input that nobody would send, and what must still be true (``bin/bench fuzz``; a short version in ``bin/test``)."""
