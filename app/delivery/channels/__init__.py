"""One channel a file, each with ``send(delivery, settings) -> Result``: no database, no retry logic of its own."""
