"""Batches of postings: stored once, handed to matching, accounted for (spec 5.4)."""
