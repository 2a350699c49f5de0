"""The fleet's contract by REST, for hosts that have no stream (spec 8.2-8.6)."""
