"""Taking messages out of the house: drain the outbox, one channel a file, and believe receipts only."""
