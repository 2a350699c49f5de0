"""Texts of known postings that have changed on their board."""
