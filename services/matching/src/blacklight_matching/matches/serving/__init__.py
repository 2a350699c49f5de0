"""What clients may ask of matches: one service over several features."""
