"""Postings that were read before the role that they name was there."""
