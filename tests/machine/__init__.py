"""A machine that does anything a firm's people, customers, phones and clocks may do, in any order (test_dead_ends)."""
