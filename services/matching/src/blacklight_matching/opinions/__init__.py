"""What an engine makes of a match, kept apart from its score (must-hold H-10)."""
