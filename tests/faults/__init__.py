"""Faults of everything below the program, under load: processes, clock, database, disk, network."""
