"""Scored pairs of candidate and posting, and what recruiters made of them."""
