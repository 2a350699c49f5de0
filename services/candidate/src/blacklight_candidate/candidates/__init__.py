"""Candidates: the people a tenant markets, found, kept and changed by its users."""
