"""What must leave the house: rows written in the transaction of their cause, claimed later by the worker."""
