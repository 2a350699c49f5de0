"""What candidates want, as matching tells it, made into targets (spec 2.4, P-42)."""
