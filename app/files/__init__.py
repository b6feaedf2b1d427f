"""What a salesperson adds to a follow-up: photos of the trade-in, a personal video, notes.

In: bytes or words that a phone sends. Out: rows with events, and content under ``VAR_DIR/files``. ``store`` knows the
disk, ``photo`` and ``video`` make what came in fit to be kept, ``keep``, ``notes`` and ``removal`` are the verbs,
``serve`` hands content out. Called by the API, the customer's pages and the worker. Why so: docs/adr/0017-files.md.
"""
