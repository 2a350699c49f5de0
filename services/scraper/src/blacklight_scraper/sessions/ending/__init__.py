"""The one place where sessions end (P-39, F-21)."""
