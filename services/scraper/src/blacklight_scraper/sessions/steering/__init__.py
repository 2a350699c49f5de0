"""What administrators do to open sessions (spec 3.14, 8.9)."""
