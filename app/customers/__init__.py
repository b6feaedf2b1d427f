"""Who the customer is, what we tell them, and what they asked us not to do."""
