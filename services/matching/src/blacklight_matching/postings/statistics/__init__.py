"""How many postings there are."""
