"""Intake: what comes in from outside (bytes) becomes leads. `sources/` reads, `receive.py` stores."""
