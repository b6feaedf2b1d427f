"""Measurements, not tests: ``bin/bench`` runs them and prints a table; ``bin/bench --write`` puts it into docs."""
