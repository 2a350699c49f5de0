"""`blacklight fleet`: the commands of scraper hosts."""
