"""The hosts' stream: claims, batches, reports (spec 8)."""
