"""Job postings: taken in, deduplicated, read, listed."""
