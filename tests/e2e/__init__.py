"""Real browsers against real processes."""
