"""Postings, canonical roles, scores and matches."""
