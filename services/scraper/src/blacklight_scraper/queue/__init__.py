"""The queue of canonical roles to scrape, and who holds which (spec 6.14)."""
