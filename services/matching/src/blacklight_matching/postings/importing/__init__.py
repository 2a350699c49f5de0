"""Batches of postings: checked row by row, deduplicated and stored as a set."""
