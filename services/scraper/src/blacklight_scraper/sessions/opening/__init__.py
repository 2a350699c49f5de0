"""Sessions as claims open and find them (spec 8.2)."""
