"""Which platforms a claim may take at all (spec 8.2)."""
