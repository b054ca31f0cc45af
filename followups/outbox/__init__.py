"""Messages on their way: queued in the transaction that wants them, sent by the sweep (DESIGN 5)."""
