"""Scrape sessions: from the claim to the one finalisation (spec 3.14, 3.15, 5.4)."""
