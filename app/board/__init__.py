"""The manager's live view: a snapshot, and a feed of events that continues it without a gap."""
