"""Who has it: choosing the owner, accepting, handing over, covering, and raising the alarm when nothing happens."""
