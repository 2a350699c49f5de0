"""Sessions as administrators see them (spec 4.4.3)."""
