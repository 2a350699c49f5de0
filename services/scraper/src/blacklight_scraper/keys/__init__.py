"""API keys of scraper hosts (spec 3.17)."""
