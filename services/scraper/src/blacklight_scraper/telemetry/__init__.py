"""What hosts say of themselves: metrics, kept for a minute and a half, and counts of log lines (spec 8.8)."""
