"""Postings have arrived: read, embed, match whoever is affected."""
